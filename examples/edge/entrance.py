"""Vestibule behind the proxy, with an OpenID provider of its own: signs people in for tokens, and ends their access."""

import base64
import hashlib
import hmac
import json
import os
import subprocess
import time
import urllib.parse
from pathlib import Path

from checks.browser import Browser
from checks.service import LIMIT, Service, free_port
from checks.steps import token
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256
from joserfc.jwk import RSAKey

from front import Front
from provider import CLIENT_ID, CLIENT_SECRET, Provider

ELSEWHERE = "http://127.0.0.1/other-client"  # where the client that calls the API is answered; nobody listens
LIFE = 300  # seconds that a JWT access token lives at most


class Entrance(Service):
    """The service at `issuer`, which is the proxy's address. Its people are `ada`, `grace` and `alan`."""

    def __init__(self, binary: str, scratch: Path, port: int):
        behind, self.binary, self.scratch = free_port(), binary, scratch
        self.front, self.provider = Front(port, behind), Provider()
        self.issuer = self.front.url
        key = subprocess.run([binary, "generate-key", "--json"], capture_output=True, text=True, check=True)
        self.environment = {
            **os.environ,
            "VESTIBULE__SERVER__LISTEN": f"127.0.0.1:{behind}",
            "VESTIBULE__SERVER__METRICS_LISTEN": "",
            "VESTIBULE__REGION__NAME": "edge",
            "VESTIBULE__REGION__API_URL": self.issuer,
            "VESTIBULE__REGION__APP_URL": self.issuer,
            "VESTIBULE__DATABASE__URL": f"sqlite://{scratch}/vestibule.db",
            "VESTIBULE__SECURITY__SEALING_KEY": next(iter(json.loads(key.stdout).values())),
            "VESTIBULE__OKTA__ALLOW_INSECURE_ISSUERS": "true",
            "VESTIBULE__RATE_LIMITS__ENABLED": "false",
        }
        self.log = (scratch / "service.log").open("w+")
        self._start()
        self._seed()

    def _start(self):
        self.process = subprocess.Popen(
            [self.binary, "serve"], env=self.environment, stdout=self.log, stderr=subprocess.STDOUT
        )
        end = time.monotonic() + LIMIT
        while not self._ready():
            if self.process.poll() is not None or time.monotonic() > end:
                raise SystemExit(f"vestibule serve did not start: {Path(self.log.name).read_text()[-2000:]}")
            time.sleep(0.1)

    def _ready(self) -> bool:
        try:
            return Browser().request("GET", f"{self.issuer}/readyz").status == 200
        except OSError:
            return False

    def _seed(self):
        self.workspace = self.command("workspace", "create", "--name", "Acme")["id"]
        connection = ["connection", "set", "--workspace", self.workspace, "--issuer", self.provider.url, "--client-id", CLIENT_ID]
        self.command(*connection, "--client-secret-stdin", "--enabled", "on", stdin=CLIENT_SECRET)
        self.users = {}
        for person in ("ada", "grace", "alan"):
            name = ["--user-name", f"{person}@acme.example", "--external-id", person]
            self.users[person] = self.command("user", "create", "--workspace", self.workspace, *name)["id"]
        self.login = "ada@acme.example"
        self.set_roles("admin")
        self.provisioning = self.command("token", "create", "--workspace", self.workspace, "--name", "Edge")["token"]
        self.caller = self.client(
            "app", "API caller", *("--redirect-uri", ELSEWHERE, "--auth-method", "none", "--jwt-access-tokens", str(LIFE))
        )["client_id"]

    def restart(self):
        self.process.terminate()
        self.process.wait(30)
        self._start()

    def tokens(self, person: str, resource: str, browser: Browser | None = None) -> dict:
        """A sign-in of the person: the token response, with an access token for `resource`."""
        self.provider.person = person
        time.sleep(1.1)  # `auth_time` has whole seconds, and must be later than the last end of access
        return token(self, browser or Browser(), self.caller, ELSEWHERE, "openid roles", resource)

    def access(self, person: str, resource: str) -> str:
        return self.tokens(person, resource)["access_token"]

    def sign_out(self, browser: Browser, id_token: str):
        """The person signs out of their session (RP-Initiated Logout)."""
        query = urllib.parse.urlencode({"id_token_hint": id_token, "client_id": self.caller})
        page = browser.get(f"{self.issuer}/oauth/logout?{query}")
        if any("Sign out" in form.text for form in page.forms):
            page = browser.choose(page, "Sign out")
        there = browser.request("GET", f"{self.issuer}/api/check")
        assert there.status == 401, f"Vestibule's session lives on: {page} {there}"

    def universal_logout(self, person: str = "ada"):
        self.provider.universal_logout(f"{self.issuer}/api/okta/universal-logout", person)

    def set_active(self, person: str, active: bool):
        """What Okta's SCIM client sends when somebody is unassigned, or assigned again."""
        change = {"op": "replace", "value": {"active": active}}
        body = {"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": [change]}
        answer = Browser().request(
            "PATCH",
            f"{self.issuer}/api/scim/v2/{self.workspace}/Users/{self.users[person]}",
            json.dumps(body).encode(),
            {"Authorization": f"Bearer {self.provisioning}", "Content-Type": "application/scim+json"},
        )
        assert answer.status in (200, 204), answer

    def stop(self):
        super().stop()
        self.front.stop()
        self.provider.stop()


class Forger:
    """Signs tokens that Vestibule never would, with keys that the proxy adds to the published set."""

    def __init__(self, entrance: Entrance, genuine: str):
        self.front, self.published = entrance.front, new_key()
        self.front.keys.append(self.published.as_dict(private=False))
        self.header, self.claims = decode(genuine)

    def make(self, key: RSAKey | None = None, header: dict | None = None, **changes) -> str:
        """The genuine token, dated now, with some claims changed; `None` removes one."""
        now, key = int(time.time()), key or self.published
        claims = {**self.claims, "iat": now, "exp": now + LIFE, "jti": f"edge-{time.monotonic_ns()}", **changes}
        claims = {name: value for name, value in claims.items() if value is not None}
        signed = f"{encode({'alg': 'RS256', 'typ': 'at+jwt', 'kid': key.kid, **(header or {})})}.{encode(claims)}"
        return f"{signed}.{base64url(key.private_key.sign(signed.encode(), PKCS1v15(), SHA256()))}"

    def unsigned(self) -> str:
        header = {"alg": "none", "typ": "at+jwt", "kid": self.published.kid}
        return f"{encode(header)}.{self.make().split('.')[1]}."

    def by_public_key(self) -> str:
        """HS256, with the bytes of the public key as the secret: what a verifier does that lets the token choose (RFC 8725 §2.1)."""
        signed = f"{encode({'alg': 'HS256', 'typ': 'at+jwt', 'kid': self.published.kid})}.{self.make().split('.')[1]}"
        digest = hmac.new(self.published.as_pem(private=False), signed.encode(), hashlib.sha256).digest()
        return f"{signed}.{base64url(digest)}"


def new_key() -> RSAKey:
    return RSAKey.generate_key(2048, {"kid": f"edge-{time.monotonic_ns()}", "use": "sig", "alg": "RS256"})


def encode(value: dict) -> str:
    return base64url(json.dumps(value).encode())


def base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def decode(token: str) -> tuple[dict, dict]:
    header, claims, _ = token.split(".")
    return tuple(json.loads(base64.urlsafe_b64decode(part + "==")) for part in (header, claims))
