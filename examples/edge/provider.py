"""The smallest OpenID provider: signs in whoever `person` names, at once, and sends Universal Logout (Global Token Revocation)."""

import base64
import hashlib
import json
import secrets
import threading
import time
import urllib.parse
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from joserfc import jwt
from joserfc.jwk import RSAKey

CLIENT_ID, CLIENT_SECRET = "0oa0edge0conformance", secrets.token_urlsafe(32)


class Provider:
    def __init__(self):
        self.person, self.key = "", RSAKey.generate_key(2048, {"kid": secrets.token_hex(8), "use": "sig", "alg": "RS256"})
        self._codes: dict[str, dict] = {}
        provider = self

        class Handler(_Handler):
            pass

        Handler.provider = provider
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def stop(self):
        self._server.shutdown()
        self._server.server_close()

    def metadata(self) -> dict:
        return {
            "issuer": self.url,
            "authorization_endpoint": f"{self.url}/authorize",
            "token_endpoint": f"{self.url}/token",
            "jwks_uri": f"{self.url}/keys",
            "response_types_supported": ["code"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["RS256"],
            "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
            "code_challenge_methods_supported": ["S256"],
        }

    def code(self, query: dict) -> str:
        code = secrets.token_urlsafe(32)
        self._codes[code] = {"nonce": query.get("nonce"), "challenge": query.get("code_challenge"), "sub": self.person}
        return code

    def tokens(self, form: dict) -> dict:
        known, now = self._codes.pop(form["code"]), int(time.time())
        verifier = hashlib.sha256(form["code_verifier"].encode()).digest()
        assert base64.urlsafe_b64encode(verifier).rstrip(b"=").decode() == known["challenge"]
        claims = {"iss": self.url, "aud": CLIENT_ID, "iat": now, "exp": now + 300, "auth_time": now, "sub": known["sub"]}
        claims |= {"nonce": known["nonce"]} if known["nonce"] else {}
        claims |= {"email": f"{known['sub']}@acme.example", "email_verified": True, "name": known["sub"].title()}
        return {"access_token": secrets.token_urlsafe(32), "token_type": "Bearer", "expires_in": 300, "id_token": self.sign("JWT", claims)}

    def sign(self, typ: str, claims: dict) -> str:
        return jwt.encode({"alg": "RS256", "typ": typ, "kid": self.key.kid}, claims, self.key)

    def universal_logout(self, endpoint: str, sub: str):
        now = int(time.time())
        claims = {"iss": self.url, "sub": CLIENT_ID, "aud": endpoint, "jti": secrets.token_hex(16)}
        token = self.sign("global-token-revocation+jwt", {**claims, "iat": now, "nbf": now - 300, "exp": now + 300})
        body = {"sub_id": {"format": "iss_sub", "iss": self.url, "sub": sub}}
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        request = urllib.request.Request(endpoint, json.dumps(body).encode(), headers)
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(request, timeout=30) as answer:
            assert answer.status == 204, answer.status


class _Handler(BaseHTTPRequestHandler):
    provider: Provider

    def do_GET(self):
        address = urllib.parse.urlsplit(self.path)
        query = dict(urllib.parse.parse_qsl(address.query))
        if address.path == "/.well-known/openid-configuration":
            self._json(self.provider.metadata())
        elif address.path == "/keys":
            self._json({"keys": [self.provider.key.as_dict(private=False)]})
        elif address.path == "/authorize":
            answer = {"code": self.provider.code(query), "state": query["state"]}
            self.send_response(303)
            self.send_header("Location", f"{query['redirect_uri']}?{urllib.parse.urlencode(answer)}")
            self.send_header("Content-Length", "0")
            self.end_headers()
        else:
            self.send_error(404)

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
        self._json(self.provider.tokens(dict(urllib.parse.parse_qsl(body))))

    def _json(self, value: dict):
        data = json.dumps(value).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_):
        pass
