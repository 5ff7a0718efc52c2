"""The seven steps of an app where people sign in with a browser."""

import json

from .apps import EXAMPLES, Running
from .browser import Browser
from .service import Service, free_port
from .steps import Report, eventually, must, token

ELSEWHERE = "http://127.0.0.1/other-client"  # where the client that calls the API is answered; nobody listens


def start(name: str, service: Service, scratch, dpop: bool = False) -> Running:
    """The example, registered as an app of the workspace, whose tokens may have to be bound to a key."""
    example, port = EXAMPLES[name], free_port()
    base = f"http://127.0.0.1:{port}"
    client = service.client(
        "app",
        name,
        *("--redirect-uri", base + example.callback),
        *("--post-logout-redirect-uri", f"{base}/"),
        *("--backchannel-logout-uri", f"{base}/backchannel-logout"),
    )
    service.set_roles("admin")
    environment = {"ISSUER": service.issuer, "CLIENT_ID": client["client_id"], "CLIENT_SECRET": client["client_secret"]}
    if dpop:
        service.command("client", "update", "--client", client["client_id"], "--dpop", "required")
        environment["DPOP"] = "1"
    return Running(name, port, scratch, environment)


def check(name: str, service: Service, scratch, report: Report):
    for dpop in (False, True) if EXAMPLES[name].dpop else (False,):
        running = start(name, service, scratch, dpop)
        try:
            if dpop:
                report.example = f"{name}, DPoP"
                Steps(service, running, report).of_browser()
            else:
                Steps(service, running, report).run(EXAMPLES[name].api)
            if report.failed:
                print(running.output())
        finally:
            running.stop()


def stay(name: str, service: Service, scratch) -> int:
    running = start(name, service, scratch)
    print(f"Open {running.base} and sign in as {service.login}, password {service.password}.")
    print(f"Then press “Sign out of the app” in her row at {service.okta}, and open {running.base}/roles again.")
    print("Ctrl-C ends both.", flush=True)
    try:
        running.process.wait()
    except KeyboardInterrupt:
        pass
    finally:
        running.stop()
    return 0


class Steps:
    def __init__(self, service: Service, running: Running, report: Report):
        self.service, self.running, self.report = service, running, report
        self.base = running.base
        self.browser = Browser()

    def of_browser(self):
        """Steps 1 to 6."""
        step = self.report.step
        step(1, "sign-in", self.sign_in)
        step(2, "roles shown", self.roles)
        step(3, "a role that changes live", self.role_changes)
        step(4, "sign-out", self.sign_out)
        step(5, "back-channel logout", self.back_channel)
        step(6, "Universal Logout", self.universal_logout)

    def run(self, api: bool):
        self.of_browser()
        step = self.report.step
        if api:
            step(7, "JWT checked locally", self.local)
        else:
            self.report.absent(7, "JWT checked locally", "this example has no API for JWT access tokens")

    def home(self):
        return self.browser.get(f"{self.base}/")

    def signed_in(self) -> bool:
        return f"Signed in as {self.service.login}" in self.home().text

    def sign_in(self) -> str:
        home = self.home()
        must("Signed in" not in home.text, f"signed in before the sign-in: {home}")
        page = self.browser.choose(home, "Sign in")
        if page.url.startswith(self.base) and any("Sign in with" in form.text for form in page.forms):
            page = self.browser.choose(page, "Sign in with Vestibule")  # NextAuth asks with which provider
        page = self.service.sign_in(self.browser, page)
        must(page.url.startswith(self.base) and self.signed_in(), f"not signed in: {page}")
        return f"as {self.service.login}, by the pretend Okta"

    def roles(self) -> str:
        page = self.browser.get(f"{self.base}/roles")
        must(page.status == 200 and "Roles: admin" in page.text and "auditor" not in page.text, page)
        return "Roles: admin"

    def role_changes(self) -> str:
        self.service.set_roles("admin", "auditor")
        page = self.browser.get(f"{self.base}/roles")
        must(page.status == 200 and "auditor" in page.text, page)
        self.service.set_roles("admin")
        page = self.browser.get(f"{self.base}/roles")
        must(page.status == 200 and "auditor" not in page.text, page)
        return "auditor came and went, each seen by the next request"

    def sign_out(self) -> str:
        page = self.browser.choose(self.home(), "Sign out")
        if any("Sign out" in form.text for form in page.forms) and page.url.startswith(self.service.issuer):
            page = self.browser.choose(page, "Sign out")
        must(page.url.startswith(self.base) and not self.signed_in(), f"still signed in: {page}")
        there = self.browser.request("GET", f"{self.service.issuer}/api/check")
        must(there.status == 401, f"Vestibule's session lives on: {there}")
        return "the app's session and Vestibule's have ended, the browser is back at the app"

    def back_channel(self) -> str:
        self.sign_in()
        forged = self.browser.request("POST", f"{self.base}/backchannel-logout", b"logout_token=a.b.c")
        must(forged.status == 400 and self.signed_in(), f"a forged logout token: {forged}")
        self.service.end_sessions()
        took = eventually(lambda: not self.signed_in(), "the app's session ends")
        return f"ended elsewhere, the app's own session is gone after {took:.1f} s; a forged token is refused"

    def universal_logout(self) -> str:
        first = self.browser
        self.sign_in()
        self.browser = Browser()
        self.sign_in()
        must(first.get(f"{self.base}/roles").status == 200, "no roles before")
        self.service.universal_logout()
        page = first.get(f"{self.base}/roles")
        must(page.status == 401, f"the next request was not refused: {page}")
        took = eventually(lambda: not self.signed_in(), "the other browser's session ends")
        return f"the next request is refused with 401; another browser that asks nothing is out after {took:.1f} s"

    def local(self) -> str:
        client = self.service.client(
            "app",
            "API caller",
            *("--redirect-uri", ELSEWHERE, "--auth-method", "none", "--jwt-access-tokens", "300"),
        )
        browser = Browser()
        granted = token(self.service, browser, client["client_id"], ELSEWHERE, "openid roles", self.base)
        access = granted["access_token"]
        must(access.count(".") == 2, "the access token is no JWT")
        eventually(lambda: self.me(access).status != 503, "the stream is connected")
        found = self.me(access)
        must(found.status == 200 and json.loads(found.body)["roles"] == ["admin"], found)
        must(self.me(granted["id_token"]).status == 401, "an ID token was taken for an access token")
        head, body, signature = access.split(".")
        changed = f"{head}.{body}.{signature[:-8]}{'A' * 8}"
        must(self.me(changed).status == 401, "a changed signature was accepted")
        self.service.universal_logout()
        took = eventually(lambda: self.me(access).status == 401, "the token is refused")
        self.running.stop()
        self.running.start()
        eventually(lambda: self.me(access).status != 503, "the stream is connected again")
        must(self.me(access).status == 401, "after a restart the ended token was accepted")
        return f"accepted, then refused {took:.1f} s after Universal Logout by the stream of ends, also after a restart"

    def me(self, access: str):
        return Browser().request("GET", f"{self.base}/api/me", headers={"Authorization": f"Bearer {access}"})
