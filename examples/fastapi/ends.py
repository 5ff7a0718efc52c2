"""Follows Vestibule's live stream of ends, so that JWT access tokens are refused before they expire."""

import asyncio
import json
import logging
import time
from contextlib import asynccontextmanager

import httpx

KEEP = 15 * 60  # seconds; longer than a token lives (5 minutes at most) and a clock differs
SILENCE = 30  # a comment comes every 15 seconds; after so many without one the stream is not trusted


class Ends:
    def __init__(self, issuer: str, client_id: str, client_secret: str):
        self.url, self.auth = f"{issuer}/api/events/stream", (client_id, client_secret)
        self.epochs: dict[str, tuple[float, int]] = {}
        self.gone: dict[str, float] = {}  # ids of users and sessions
        # Event ids are times in microseconds. The first connection asks for those of KEEP ago: an end may be older than this process.
        self.begin, self.last, self.last_id = 0.0, 0.0, str(int((time.time() - KEEP) * 1_000_000))

    @asynccontextmanager
    async def followed(self):
        task = asyncio.create_task(self._follow())
        try:
            yield
        finally:
            task.cancel()

    def fresh(self) -> bool:
        """Older events follow at once after the connection, and have a second to arrive."""
        now = time.monotonic()
        return self.begin > 0 and now - self.begin > 1 and now - self.last < SILENCE

    def ended(self, claims: dict) -> bool:
        _, epoch = self.epochs.get(claims["sub"], (0, 0))
        return epoch > claims["epoch"] or claims["sub"] in self.gone or claims.get("sid") in self.gone

    async def _follow(self):
        while True:
            try:
                await self._listen()
            except (httpx.HTTPError, ValueError) as error:
                logging.warning("the stream of ends: %s", error)
            self.begin = 0.0
            await asyncio.sleep(1)

    async def _listen(self):
        headers = {"Last-Event-ID": self.last_id}
        timeout = httpx.Timeout(10, read=SILENCE)
        async with httpx.AsyncClient(auth=self.auth, timeout=timeout) as http, http.stream("GET", self.url, headers=headers) as answer:
            answer.raise_for_status()
            self.begin = time.monotonic()
            async for line in answer.aiter_lines():
                self.last = time.monotonic()
                if line.startswith("id:"):
                    self.last_id = line[3:].strip()
                elif line.startswith("data:"):
                    self._take(json.loads(line[5:]))

    def _take(self, event: dict):
        """An end is told at least once: taking it twice changes nothing."""
        now, kind, data = time.monotonic(), event["kind"], event.get("data") or {}
        if kind == "access_ended":
            self.epochs[event["user_id"]] = (now, data["epoch"])
        elif kind in ("user_deactivated", "user_deleted"):
            self.gone[event["user_id"]] = now
        for session in data.get("sessions", [data["session"]] if "session" in data else []):
            self.gone[session] = now
        self.epochs = {key: value for key, value in self.epochs.items() if now - value[0] < KEEP}
        self.gone = {key: at for key, at in self.gone.items() if now - at < KEEP}
