"""The rules of docs/edge.md, each played against the middleware. T: the token. K: keys. E: ends. S: the stream and restarts."""

import json
import time
from collections.abc import Callable

from checks.apps import Running
from checks.browser import Browser, Page
from checks.steps import must

from entrance import Entrance, Forger, decode, new_key

FRESH = 30  # seconds for which a silent stream may be trusted
FETCHES = 5  # of the key set, that fifty tokens with unknown keys may cause
NEW_KEY = 35  # seconds within which a new key must be known; libraries wait up to thirty before they fetch again
RECOVERY = 15  # within which a middleware must have recovered


class Rules:
    def __init__(self, entrance: Entrance, running: Running | None, url: str, resource: str, within: float):
        self.entrance, self.running, self.url, self.resource, self.within = entrance, running, url, resource, within

    def ask(self, token: str | None, query: str = "") -> Page:
        headers = {"Authorization": f"Bearer {token}"} if token is not None else {}
        return Browser().request("GET", self.url + query, headers=headers)

    def status(self, token: str) -> int:
        """The status; 0 where nobody answers."""
        try:
            return self.ask(token).status
        except OSError:
            return 0

    def accepted(self, token: str, why: str, seconds: float = 0):
        self.until(lambda: self.status(token) == 200, f"{why} was not accepted", token, seconds)

    def refused(self, token: str, why: str):
        answer = self.ask(token)
        must(answer.status == 401, f"{why}: {answer.status} in place of 401")

    def ends(self, token: str, seconds: float | None = None) -> float:
        """Waits until the token is refused, and looks for a while that it stays so."""
        took = self.until(lambda: self.status(token) != 200, "the token was not refused", token, seconds or self.within)
        for _ in range(5):
            must(self.status(token) != 200, "a token that had been refused was accepted again")
            time.sleep(0.1)
        return took

    def until(self, holds: Callable[[], bool], what: str, token: str, seconds: float) -> float:
        begin = time.monotonic()
        while not holds():
            must(time.monotonic() - begin < seconds, f"{what} within {seconds:.0f} s: {self.status(token)}")
            time.sleep(0.1)
        return time.monotonic() - begin

    def play(self, report: Callable[[str, str, Callable[[], str | None]], None]):
        entrance, resource = self.entrance, self.resource
        granted = entrance.tokens("ada", resource)
        genuine = granted["access_token"]
        report("T1", "a genuine token is accepted", lambda: self.accepted(genuine, "a genuine token", RECOVERY))
        forger = Forger(entrance, genuine)
        report("K1", "a key that is new is fetched", lambda: self.new_key(forger.make()))
        for rule, title, make in self.tokens(forger, granted):
            report(rule, title, lambda make=make: self.forged(forger, make))
        report("T17", "no token, or one in the query: 401 and a challenge", lambda: self.without(genuine))
        report("K2", f"50 unknown keys: {FETCHES} requests at most", lambda: self.unknown_keys(forger))
        report("E1", "roles are those of each token", self.roles)
        report("E2", "one session ended elsewhere", self.session_ended)
        report("E3", "sign-out", self.sign_out)
        report("E4", "Universal Logout", self.universal_logout)
        report("E5", "deactivation, and back again", self.deactivated)
        report("E6", "an older end that comes again", self.older)
        report("S1", "stream cut during an end, and back", self.cut)
        report("S2", "a silent stream is not trusted", self.silent)
        report("S3", "Vestibule away: nobody is let in", self.down)
        if self.running:
            report("S4", "a restart: what came before is read first", self.restart)
            report("S5", "a start without the stream: nobody is let in", self.start_without)

    def tokens(self, forger: Forger, granted: dict):
        other, now = new_key(), int(time.time())
        genuine = granted["access_token"]
        head, body, signature = genuine.split(".")
        changed = f"{head}.{body}.{signature[:20]}{'A' if signature[20] != 'A' else 'B'}{signature[21:]}"
        make = forger.make
        yield "T2", "no JWT", lambda: "a.b.c"
        yield "T3", "a changed signature", lambda: changed
        yield "T4", "another key under a published id", lambda: make(other, {"kid": forger.published.kid})
        yield "T5", "alg none", forger.unsigned
        yield "T6", "HS256 with the public key as its secret", forger.by_public_key
        yield "T7", "another issuer", lambda: make(iss="https://issuer.example")
        yield "T8", "a genuine token for another resource", lambda: self.entrance.access("ada", f"{self.resource}/other")
        yield "T9", "expired two minutes ago", lambda: make(iat=now - 420, exp=int(time.time()) - 120)
        yield "T10", "valid only in ten minutes", lambda: make(nbf=int(time.time()) + 600)
        yield "T11", "a genuine ID token", lambda: granted["id_token"]
        yield "T12", "typ JWT in place of at+jwt", lambda: make(header={"typ": "JWT"})
        yield "T13", "no exp", lambda: make(exp=None)
        yield "T14", "no epoch", lambda: make(epoch=None)
        yield "T15", "an extension in crit that nobody knows", lambda: make(header={"crit": ["edge"], "edge": 1})
        yield "T16", "bound to a key, and no proof comes with it", lambda: make(cnf={"jkt": genuine[-43:]})

    def forged(self, forger: Forger, make: Callable[[], str]):
        # Else it would be refused because of its key, and prove nothing.
        self.accepted(forger.make(), "not checked, because a faultless token by the new key (K1)")
        self.refused(make(), "it was answered")

    def without(self, genuine: str):
        for answer in (self.ask(None), self.ask(None, f"?access_token={genuine}")):
            must(answer.status == 401, f"{answer.status} in place of 401")
            challenge = answer.headers.get("WWW-Authenticate") or ""
            must(challenge.lower().startswith("bearer"), f"WWW-Authenticate: {challenge or 'none'} (RFC 6750 section 3)")

    def new_key(self, token: str) -> str:
        took = self.until(lambda: self.status(token) == 200, "the token was not accepted", token, NEW_KEY)
        return f"after {took:.1f} s"

    def unknown_keys(self, forger: Forger) -> str:
        before, key = self.entrance.front.key_requests, new_key()
        for number in range(50):
            self.refused(forger.make(key, {"kid": f"unknown-{number}"}), "an unknown key")
        asked = self.entrance.front.key_requests - before
        must(asked <= FETCHES, f"{asked} requests for the key set")
        return f"{asked} requests"

    def roles(self) -> str:
        before = self.entrance.access("ada", self.resource)
        self.entrance.set_roles("admin", "auditor")
        after = self.entrance.access("ada", self.resource)
        self.entrance.set_roles("admin")
        for token, roles in ((before, {"admin"}), (after, {"admin", "auditor"}), (before, {"admin"})):
            answer = self.ask(token)
            must(answer.status == 200, f"{answer.status} in place of 200")
            try:
                found = set(json.loads(answer.body)["roles"])
            except (ValueError, KeyError, TypeError):
                return "the answer names no roles: only that both tokens are accepted"
            must(found == roles, f"{sorted(found)} in place of {sorted(roles)}")
        return "a token of before keeps its roles, the next has the new ones"

    def session_ended(self) -> str:
        one, other = (self.entrance.access("ada", self.resource) for _ in range(2))
        session = decode(one)[1]["sid"]
        self.accepted(one, "a genuine token")
        ended = ["session", "end", "--workspace", self.entrance.workspace, "--user-name", self.entrance.login]
        self.entrance.command(*ended, "--session", session)
        took = self.ends(one)
        self.accepted(other, "the token of the other session")
        return f"after {took:.1f} s; the other session goes on"

    def sign_out(self) -> str:
        browser = Browser()
        granted = self.entrance.tokens("ada", self.resource, browser)
        self.accepted(granted["access_token"], "a genuine token")
        self.entrance.sign_out(browser, granted["id_token"])
        return f"after {self.ends(granted['access_token']):.1f} s"

    def universal_logout(self) -> str:
        tokens = [self.entrance.access("ada", self.resource) for _ in range(2)]
        grace = self.entrance.access("grace", self.resource)
        for token in (*tokens, grace):
            self.accepted(token, "a genuine token")
        self.entrance.universal_logout()
        took = max(self.ends(token) for token in tokens)
        self.accepted(grace, "another person's token")
        self.accepted(self.entrance.access("ada", self.resource), "a token of after")
        return f"both sessions after {took:.1f} s; another person and a new sign-in are let in"

    def deactivated(self) -> str:
        token = self.entrance.access("alan", self.resource)
        self.accepted(token, "a genuine token")
        self.entrance.set_active("alan", False)
        took = self.ends(token)
        self.entrance.set_active("alan", True)
        must(self.status(token) != 200, "the token of before was accepted again")
        self.accepted(self.entrance.access("alan", self.resource), "a token of after")
        return f"after {took:.1f} s; who was activated again and signs in is let in"

    def older(self) -> str:
        self.entrance.universal_logout()
        token = self.entrance.access("ada", self.resource)
        self.accepted(token, "a token of after", self.within)
        first = self.entrance.front.ends[-1]
        self.entrance.universal_logout()
        self.ends(token)
        self.entrance.front.send_again(first)
        for _ in range(10):
            must(self.status(token) != 200, "the older end brought back a token that had ended")
            time.sleep(0.1)
        return "it brings nothing back"

    def cut(self) -> str:
        ada, grace = (self.entrance.access(person, self.resource) for person in ("ada", "grace"))
        self.accepted(ada, "a genuine token")
        self.entrance.front.set("cut")
        self.entrance.universal_logout()
        time.sleep(2)
        self.entrance.front.set("open")
        took = self.until(lambda: self.status(grace) == 200, "another person's token was not accepted", grace, RECOVERY)
        # As soon as anybody is let in, the end that was missed must be known.
        must(self.status(ada) != 200, "the end during the cut was missed")
        self.ends(ada)
        return f"the missed end is known; others are let in {took:.1f} s after the stream is back"

    def silent(self) -> str:
        ada = self.entrance.access("ada", self.resource)
        self.accepted(ada, "a genuine token")
        self.entrance.front.set("silent")
        try:
            self.entrance.universal_logout()
            took = self.ends(ada, FRESH + self.within)
            return f"the ended token is refused after {took:.1f} s without a byte ({self.status(ada)})"
        finally:
            self.entrance.front.set("open")

    def down(self) -> str:
        grace = self.entrance.access("grace", self.resource)
        self.accepted(grace, "a genuine token", RECOVERY)
        self.entrance.front.set("down")
        try:
            took, status = self.ends(grace, FRESH + self.within), self.status(grace)
        finally:
            self.entrance.front.set("open")
        back = self.until(lambda: self.status(grace) == 200, "the token was not accepted again", grace, RECOVERY)
        return f"{status} after {took:.1f} s; let in again {back:.1f} s after Vestibule is back"

    def restart(self) -> str:
        ada, grace = (self.entrance.access(person, self.resource) for person in ("ada", "grace"))
        self.accepted(ada, "a genuine token", RECOVERY)
        self.entrance.universal_logout()
        self.ends(ada)
        self.running.stop()
        self.entrance.front.hold_seconds = 4  # what was missed comes so much later than the greeting
        self.running.launch()
        begin = time.monotonic()
        while self.status(grace) != 200:
            must(self.status(ada) != 200, "the ended token was accepted")
            must(time.monotonic() - begin < 2 * RECOVERY, f"nobody was let in: {self.status(grace)}")
            time.sleep(0.1)
        took = time.monotonic() - begin
        # As soon as anybody is let in, the ends of before must be known.
        must(self.status(ada) != 200, f"after {took:.1f} s the ended token was accepted: the missed ends had not come yet")
        self.entrance.front.hold_seconds = 0
        self.ends(ada)
        return f"the first person is let in after {took:.1f} s, the ended token never"

    def start_without(self) -> str:
        grace = self.entrance.access("grace", self.resource)
        self.running.stop()
        self.entrance.front.set("cut")
        try:
            seen = self.without_stream(grace)
        finally:
            self.entrance.front.set("open")
        self.accepted(self.entrance.access("grace", self.resource), "a token", RECOVERY)
        return f"{', '.join(str(status) for status in sorted(seen))} until the stream is there"

    def without_stream(self, grace: str) -> set[int]:
        """The statuses of eight seconds after a start. Who asks /oauth/introspect meanwhile may let in whom that knows."""
        self.running.launch()
        end, seen = time.monotonic() + 8, set()
        while time.monotonic() < end:
            seen.add(self.status(grace))
            time.sleep(0.1)
        seen.discard(0)
        must(seen, "nobody answers")
        if 200 in seen:
            self.entrance.universal_logout("grace")
            must(self.status(grace) != 200, "without the stream, a token was accepted that had ended")
        return seen
