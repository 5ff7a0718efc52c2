"""`vestibule demo`: the service with a pretend Okta, and the command line beside it on the same database."""

import glob
import json
import os
import re
import socket
import subprocess
import time
import urllib.parse
from pathlib import Path

from .browser import Browser, Page

LIMIT = 60  # seconds that a program may take to start


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


class Service:
    """The demo, in a scratch directory. `ada` is an administrator of the workspace, assigned in the pretend Okta."""

    okta = ""

    def __init__(self, binary: str, scratch: Path):
        self.binary, self.login = binary, "ada@acme.example"
        port, okta_port = free_port(), free_port()
        command = [binary, "demo", "--port", str(port), "--okta-port", str(okta_port)]
        self.log = (scratch / "service.log").open("w+")
        environment = {**os.environ, "TMPDIR": str(scratch)}
        self.process = subprocess.Popen(command, env=environment, stdout=self.log, stderr=subprocess.STDOUT)
        self.password = self._wait(rf"{re.escape(self.login)}\s+(\S+)")
        # As it says: where a port was taken meanwhile, it listens on another.
        self.issuer, self.okta = self._wait(r"(http://\S+)/auth\s"), self._wait(r"(http://\S+)\s+the pretend Okta")
        (database,) = glob.glob(f"{scratch}/vestibule-demo-*/vestibule.db")
        self.environment = {
            **os.environ,
            "VESTIBULE__DATABASE__URL": f"sqlite://{database}",
            "VESTIBULE__REGION__NAME": "demo",
            "VESTIBULE__OKTA__ALLOW_INSECURE_ISSUERS": "true",
        }
        key = subprocess.run([binary, "generate-key", "--json"], capture_output=True, text=True, check=True)
        # No command here seals or opens anything, but each wants a key.
        self.environment["VESTIBULE__SECURITY__SEALING_KEY"] = next(iter(json.loads(key.stdout).values()))
        (workspace,) = self.command("workspace", "list")
        self.workspace = workspace["id"]

    def _wait(self, pattern: str) -> str:
        end = time.monotonic() + LIMIT
        while time.monotonic() < end and self.process.poll() is None:
            self.log.seek(0)
            if found := re.search(pattern, self.log.read()):
                return found[1]
            time.sleep(0.1)
        raise SystemExit(f"vestibule demo did not start: see {self.log.name}")

    def command(self, *arguments: str, stdin: str | None = None):
        done = subprocess.run(
            [self.binary, *arguments, "--json"], env=self.environment, input=stdin, capture_output=True, text=True, timeout=60
        )
        if done.returncode != 0:
            raise AssertionError(f"vestibule {' '.join(arguments)}: {done.stderr.strip()}")
        return json.loads(done.stdout)

    def client(self, kind: str, name: str, *options: str) -> dict:
        return self.command("client", "create", "--kind", kind, "--name", name, "--workspace", self.workspace, *options)

    def set_roles(self, *roles: str):
        options = [word for role in roles for word in ("--role", role)]
        self.command("user", "set-roles", "--workspace", self.workspace, "--user-name", self.login, *options)

    def end_sessions(self):
        self.command("session", "end", "--workspace", self.workspace, "--user-name", self.login)

    def universal_logout(self):
        """The administrator of the pretend Okta presses “Sign out of the app” in Ada's row."""
        browser = Browser()
        home = browser.get(f"{self.okta}/")
        person = re.search(rf"{re.escape(self.login)}.*?name=\"person\" value=\"([^\"]+)\"", home.body, re.S)[1]
        form = next(
            form
            for form in home.forms
            if form.fields.get("action") == "sign out of the app" and form.fields.get("person") == person
        )
        answer = browser.submit(home, form, {})
        if "Done: sign out of the app" not in answer.text:
            raise AssertionError(f"Universal Logout: {answer}")

    def sign_in(self, browser: Browser, page: Page, until: str | None = None) -> Page:
        """Types Ada's name and password where the pretend Okta asks, and approves where Vestibule asks."""
        for _ in range(4):
            where = "{0.scheme}://{0.netloc}".format(urllib.parse.urlsplit(page.url))
            form = next((form for form in page.forms if "password" in form.fields), None)
            if where == self.okta and form:
                time.sleep(1.1)  # a person takes longer than a second; auth_time has whole seconds
                name = next(name for name in form.fields if name in ("username", "identifier", "login"))
                page = browser.submit(page, form, {name: self.login, "password": self.password}, until)
            elif where == self.issuer and any("Approve" in form.text for form in page.forms):
                page = browser.choose(page, "Approve", until)
            else:
                break
        return page

    def stop(self):
        self.process.terminate()
        self.process.wait(30)
        self.log.close()
