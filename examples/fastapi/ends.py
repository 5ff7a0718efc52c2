"""Follows Vestibule's live stream of ends, so that JWT access tokens are refused before they expire.

It is trusted from the comment `: current` on, which follows the last of the ends that were missed, while it is not silent.
"""

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
        self.current, self.last, self.last_id = False, 0.0, str(int((time.time() - KEEP) * 1_000_000))

    @asynccontextmanager
    async def followed(self):
        task = asyncio.create_task(self._follow())
        try:
            yield
        finally:
            task.cancel()

    def fresh(self) -> bool:
        return self.current and time.monotonic() - self.last < SILENCE

    def ended(self, claims: dict) -> bool:
        if not isinstance(claims.get("epoch"), int) or "sub" not in claims:
            return True  # nothing that Vestibule gave
        _, epoch = self.epochs.get(claims["sub"], (0, 0))
        return epoch > claims["epoch"] or claims["sub"] in self.gone or claims.get("sid") in self.gone

    async def _follow(self):
        while True:
            try:
                await self._listen()
            except (httpx.HTTPError, ValueError) as error:
                logging.warning("the stream of ends: %s", error)
            self.current = False
            await asyncio.sleep(1)

    async def _listen(self):
        headers = {"Last-Event-ID": self.last_id}
        timeout = httpx.Timeout(10, read=SILENCE)
        async with httpx.AsyncClient(auth=self.auth, timeout=timeout) as http, http.stream("GET", self.url, headers=headers) as answer:
            answer.raise_for_status()
            async for line in answer.aiter_lines():
                self.last = time.monotonic()
                if line == ": current":
                    self.current = True
                elif line.startswith("id:"):
                    self.last_id = line[3:].strip()
                elif line.startswith("data:"):
                    self._take(json.loads(line[5:]))

    def _take(self, event: dict):
        """An end is told at least once: taking it twice changes nothing."""
        now, kind, data = time.monotonic(), event["kind"], event.get("data") or {}
        if kind == "access_ended":
            _, known = self.epochs.get(event["user_id"], (0, 0))
            self.epochs[event["user_id"]] = (now, max(data["epoch"], known))  # an older end may come again, or late
        elif kind == "user_deleted":  # a deactivation comes with access_ended, and may be taken back
            self.gone[event["user_id"]] = now
        for session in data.get("sessions", [data["session"]] if "session" in data else []):
            self.gone[session] = now
        self.epochs = {key: value for key, value in self.epochs.items() if now - value[0] < KEEP}
        self.gone = {key: at for key, at in self.gone.items() if now - at < KEEP}
