"""The steps of an MCP server, played by an MCP client: steps 1, 2, 3, 4 and 6 of the seven."""

import json

from .apps import Running
from .browser import Browser, Page
from .service import Service, free_port
from .steps import Report, must, post, token

CLIENT = "http://127.0.0.1/callback"  # where the client is answered; nobody listens
CALL = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": "whoami", "arguments": {}}}
HEADERS = {
    "Content-Type": "application/json",
    "Accept": "application/json, text/event-stream",
    "MCP-Protocol-Version": "2025-06-18",
}


def check(name: str, service: Service, scratch, report: Report):
    port = free_port()
    server = service.client("service", name)
    service.set_roles("admin")
    environment = {"ISSUER": service.issuer, "CLIENT_ID": server["client_id"], "CLIENT_SECRET": server["client_secret"]}
    running = Running(name, port, scratch, environment)
    try:
        Steps(service, running, report).run()
        if report.failed:
            print(running.output())
    finally:
        running.stop()


class Steps:
    def __init__(self, service: Service, running: Running, report: Report):
        self.service, self.report = service, report
        self.resource, self.access = f"{running.base}/mcp", ""
        self.client = service.client("mcp", "Checking client", "--redirect-uri", CLIENT, "--auth-method", "none")["client_id"]

    def run(self):
        step = self.report.step
        step(1, "sign-in", self.sign_in)
        step(2, "roles shown", self.roles)
        step(3, "a role that changes live", self.role_changes)
        step(4, "sign-out", self.sign_out)
        self.report.absent(5, "back-channel logout", "an MCP server keeps no session of the person")
        step(6, "Universal Logout", self.universal_logout)
        self.report.absent(7, "JWT checked locally", "MCP clients get opaque tokens; the server introspects each")

    def call(self, access: str) -> Page:
        bearer = {"Authorization": f"Bearer {access}"} if access else {}
        return Browser().request("POST", self.resource, json.dumps(CALL).encode(), {**HEADERS, **bearer})

    def refused(self, access: str, why: str):
        answer = self.call(access)
        must(answer.status == 401, f"{why}: {answer}")

    def token(self, resource: str) -> dict:
        return token(self.service, Browser(), self.client, CLIENT, "mcp", resource)

    def sign_in(self) -> str:
        self.refused("", "no token")
        challenge = self.call("").headers["WWW-Authenticate"]
        must("resource_metadata=" in challenge, f"no metadata in the challenge: {challenge}")
        metadata = challenge.split('resource_metadata="')[1].split('"')[0]
        found = json.loads(Browser().get(metadata).body)
        must(found["resource"] == self.resource, f"the metadata names another resource: {found}")
        must(found["authorization_servers"][0].rstrip("/") == self.service.issuer, f"another server: {found}")
        self.access = self.token(self.resource)["access_token"]
        must(self.call(self.access).status == 200, f"the token was refused: {self.call(self.access)}")
        self.refused(self.token(f"{self.resource}/other")["access_token"], "a token for another resource was accepted")
        return "metadata found, client approved, tool called; a token for another resource is refused"

    def said(self) -> str:
        answer = self.call(self.access)
        must(answer.status == 200, answer)
        return json.loads(answer.body)["result"]["content"][0]["text"]

    def roles(self) -> str:
        must(self.said() == f"Signed in as {self.service.login}. Roles: admin", self.said())
        return self.said()

    def role_changes(self) -> str:
        self.service.set_roles("admin", "auditor")
        must("auditor" in self.said(), self.said())
        self.service.set_roles("admin")
        must("auditor" not in self.said(), self.said())
        return "auditor came and went, each seen by the next call"

    def sign_out(self) -> str:
        answer = post(Browser(), f"{self.service.issuer}/oauth/revoke", {"token": self.access, "client_id": self.client})
        must(answer.status == 200, answer)
        self.refused(self.access, "a token that was given back was accepted")
        return "the client gave its token back (RFC 7009): the next call is refused"

    def universal_logout(self) -> str:
        self.access = self.token(self.resource)["access_token"]
        self.said()
        self.service.universal_logout()
        self.refused(self.access, "the next call was not refused")
        return "the next call is refused with 401"
