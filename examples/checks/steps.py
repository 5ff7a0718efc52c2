"""What the steps have in common: a line for each, and waiting."""

import base64
import hashlib
import json
import os
import secrets
import time
import urllib.parse
from collections.abc import Callable

from .browser import Browser, Page
from .service import Service

# Within which what Vestibule tells an app must have arrived. CI's machine compiles another example meanwhile.
SECONDS = 15 if os.environ.get("CI") == "true" else 5


class Report:
    """One line a step. A step that an example doesn't have is said, and is no failure."""

    def __init__(self, example: str):
        self.example, self.failed = example, 0

    def step(self, number: int, title: str, run: Callable[[], str]):
        begin = time.monotonic()
        try:
            outcome, detail = "ok", run()
        except AssertionError as error:
            outcome, detail = "FAILED", str(error)
            self.failed += 1
        self._line(number, title, outcome, f"{detail} ({time.monotonic() - begin:.1f} s)")

    def absent(self, number: int, title: str, why: str):
        self._line(number, title, "none", why)

    def _line(self, number, title, outcome, detail):
        print(f"{self.example:<15} {number} {title:<28} {outcome:<7} {detail}", flush=True)


def must(holds: bool, what: object):
    if not holds:
        raise AssertionError(str(what))


def eventually(holds: Callable[[], bool], what: str) -> float:
    """Waits until it holds; the seconds that took."""
    begin = time.monotonic()
    while not holds():
        must(time.monotonic() - begin < SECONDS, f"not within {SECONDS} s: {what}")
        time.sleep(0.05)
    return time.monotonic() - begin


def token(service: Service, browser: Browser, client_id: str, redirect: str, scope: str, resource: str) -> dict:
    """A public client's sign-in with PKCE for a resource (RFC 8707): the token response."""
    verifier, state = secrets.token_urlsafe(48), secrets.token_urlsafe(16)
    challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
    query = {
        "response_type": "code",
        "client_id": client_id,
        "redirect_uri": redirect,
        "scope": scope,
        "resource": resource,
        "state": state,
        "code_challenge": challenge,
        "code_challenge_method": "S256",
    }
    page = browser.get(f"{service.issuer}/oauth/authorize?{urllib.parse.urlencode(query)}", redirect)
    if not page.url.startswith(redirect):
        page = service.sign_in(browser, page, redirect)
    answer = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(page.url).query))
    must(page.url.startswith(redirect) and "code" in answer, f"no code: {page} {answer}")
    must(answer["state"] == state and answer["iss"] == service.issuer, f"state or iss: {answer}")
    form = {
        "grant_type": "authorization_code",
        "client_id": client_id,
        "code": answer["code"],
        "redirect_uri": redirect,
        "code_verifier": verifier,
        "resource": resource,
    }
    answer = post(Browser(), f"{service.issuer}/oauth/token", form)
    must(answer.status == 200, answer)
    return json.loads(answer.body)


def post(browser: Browser, url: str, form: dict[str, str]) -> Page:
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    return browser.request("POST", url, urllib.parse.urlencode(form).encode(), headers)
