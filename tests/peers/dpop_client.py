#!/usr/bin/env python3
"""Plays an app that binds its tokens to a key (DPoP, RFC 9449), with proofs made by joserfc, a library that others wrote.

dpop_client.py API_URL, with a JSON object in PEER: app (client_id, client_secret; DPoP required), public (client_id; DPoP optional),
redirect_uri, cookie (of a browser that is signed in). Prints a line a step; the first that goes wrong ends it.
"""

import base64
import hashlib
import json
import os
import secrets
import sys
import time
from urllib.parse import parse_qs, urlencode, urlsplit

import requests
from joserfc import jws, jwt
from joserfc.jwk import ECKey, KeySet, OctKey, RSAKey

LIMIT = 30


class Client:
    """A client with one key. Uses a nonce where the server hands one out (RFC 9449, section 8)."""

    def __init__(self, key, alg):
        self.key, self.alg, self.nonces = key, alg, {}

    def proof(self, method, url, token=None, *, key=None, alg=None, typ="dpop+jwt", jwk=None, **changed):
        """A proof for a request. What is named is wrong on purpose; None leaves a claim out."""
        claims = {"jti": secrets.token_urlsafe(16), "htm": method, "htu": url, "iat": int(time.time())}
        if token is not None:
            claims["ath"] = digest(token)
        if nonce := self.nonces.get(origin(url)):
            claims["nonce"] = nonce
        claims = {name: value for name, value in {**claims, **changed}.items() if value is not None}
        header = {"typ": typ, "alg": alg or self.alg, "jwk": jwk or self.key.as_dict(private=False)}
        # joserfc's registry of headers doesn't know typ, so it checks the others only.
        registry = jws.JWSRegistry(algorithms=[header["alg"]], strict_check_header=False)
        payload = json.dumps(claims).encode()
        return jws.serialize_compact(header, payload, key or self.key, registry=registry)

    def send(self, method, url, token=None, **options):
        """A request with a new proof, sent again once if the server wants a nonce in it."""
        for _ in range(2):
            headers = {"DPoP": self.proof(method, url, token)}
            if token is not None:
                headers["Authorization"] = f"DPoP {token}"
            answer = requests.request(method, url, headers=headers, timeout=LIMIT, **options)
            nonce = answer.headers.get("DPoP-Nonce")
            if not nonce or self.nonces.get(origin(url)) == nonce:
                return answer
            self.nonces[origin(url)] = nonce
            if answer.status_code < 400:
                return answer
        return answer


def main():
    api, peer = sys.argv[1], json.loads(os.environ["PEER"])
    found = requests.get(f"{api}/.well-known/openid-configuration", timeout=LIMIT).json()
    keys = KeySet.import_key_set(requests.get(found["jwks_uri"], timeout=LIMIT).json())
    offered = found["dpop_signing_alg_values_supported"]
    assert set(offered) == {"ES256", "RS256"}, offered
    for alg, make in (("ES256", lambda: ECKey.generate_key("P-256")), ("RS256", lambda: RSAKey.generate_key(2048))):
        walk(Client(make(), alg), peer["app"], found, keys, peer)
    walk(Client(ECKey.generate_key("P-256"), "ES256"), peer["public"], found, keys, peer)
    hostile(found, peer)
    print("joserfc: every step went as it must")


def code(app, found, peer, jkt=None):
    """An authorization code of the signed-in browser, and its verifier."""
    verifier = secrets.token_urlsafe(48)
    query = {
        "response_type": "code",
        "client_id": app["client_id"],
        "redirect_uri": peer["redirect_uri"],
        "scope": "openid email offline_access",
        "nonce": secrets.token_urlsafe(16),
        "state": secrets.token_urlsafe(16),
        "code_challenge": digest(verifier),
        "code_challenge_method": "S256",
    }
    if jkt:
        query["dpop_jkt"] = jkt
    url = f"{found['authorization_endpoint']}?{urlencode(query)}"
    answer = requests.get(url, headers={"Cookie": peer["cookie"]}, allow_redirects=False, timeout=LIMIT)
    assert answer.status_code in (302, 303), answer.text
    given = parse_qs(urlsplit(answer.headers["Location"]).query)
    assert given["state"] == [query["state"]] and given["iss"] == [found["issuer"]], given
    return given["code"][0], verifier


def form(app, **fields):
    secret = {"client_secret": app["client_secret"]} if app["client_secret"] else {}
    return {"client_id": app["client_id"], **secret, **fields}


def exchange(app, peer, given):
    code, verifier = given
    return form(
        app, grant_type="authorization_code", code=code, code_verifier=verifier, redirect_uri=peer["redirect_uri"]
    )


def walk(client, app, found, keys, peer):
    """Code flow, userinfo, the check, refresh and introspection, each with a proof."""
    title = f"{client.alg}, {'confidential' if app['client_secret'] else 'public'}"
    jkt = client.key.thumbprint()
    answer = client.send("POST", found["token_endpoint"], data=exchange(app, peer, code(app, found, peer, jkt)))
    assert answer.status_code == 200, answer.text
    token = answer.json()
    assert token["token_type"] == "DPoP", token
    claims = jwt.decode(token["id_token"], keys, algorithms=found["id_token_signing_alg_values_supported"]).claims
    opens(client, found, token["access_token"], claims["sub"])
    told(f"{title}: code flow, userinfo, check", claims["team_id"])
    refresh = form(app, grant_type="refresh_token", refresh_token=token["refresh_token"])
    answer = client.send("POST", found["token_endpoint"], data=refresh)
    assert answer.status_code == 200, answer.text
    renewed = answer.json()
    assert renewed["token_type"] == "DPoP" and renewed["refresh_token"] != token["refresh_token"], renewed
    opens(client, found, renewed["access_token"], claims["sub"])
    told(f"{title}: refresh", renewed["scope"])
    if app["client_secret"]:
        asked = requests.post(
            found["introspection_endpoint"], data=form(app, token=renewed["access_token"]), timeout=LIMIT
        ).json()
        assert asked["active"] is True and asked["token_type"] == "DPoP", asked
        assert asked["cnf"] == {"jkt": jkt}, (asked, jkt)
        told(f"{title}: introspection names the thumbprint that joserfc computes", jkt)
    else:
        # RFC 9449, section 5: the refresh token of a public client is bound, and another key gets nothing for it.
        thief = Client(ECKey.generate_key("P-256"), "ES256")
        data = form(app, grant_type="refresh_token", refresh_token=renewed["refresh_token"])
        refused(thief.send("POST", found["token_endpoint"], data=data), 400, "invalid_grant")
        assert client.send("POST", found["token_endpoint"], data=data).status_code == 200
        told(f"{title}: refresh by another key", "refused")


def opens(client, found, token, sub):
    """The token opens userinfo and the check with its proof, and neither as a bearer token."""
    check = f"{found['issuer']}/api/check"
    person = client.send("GET", found["userinfo_endpoint"], token)
    assert person.status_code == 200 and person.json()["sub"] == sub, person.text
    checked = client.send("GET", check, token)
    assert checked.status_code == 200 and checked.headers["X-Vestibule-User"] == sub, checked.headers
    for url in (found["userinfo_endpoint"], check):
        answer = requests.get(url, headers={"Authorization": f"Bearer {token}"}, timeout=LIMIT)
        assert answer.status_code == 401, (url, answer.status_code)


def hostile(found, peer):
    """Proofs that must not count: at a resource with a token of ours, and at the token endpoint."""
    app, client = peer["app"], Client(ECKey.generate_key("P-256"), "ES256")
    other = ECKey.generate_key("P-256")
    answer = client.send("POST", found["token_endpoint"], data=exchange(app, peer, code(app, found, peer)))
    token = answer.json()["access_token"]
    for url in (found["userinfo_endpoint"], f"{found['issuer']}/api/check"):
        used = client.proof("GET", url, token)
        assert at(url, token, used).status_code == 200
        symmetric = OctKey.generate_key(256)
        for what, proof in {
            "used twice": used,
            "another key": client.proof("GET", url, token, key=other, jwk=other.as_dict(private=False)),
            "a key that did not sign": client.proof("GET", url, token, key=other),
            "a private key": client.proof("GET", url, token, jwk=client.key.as_dict(private=True)),
            "a shared secret": client.proof("GET", url, token, key=symmetric, alg="HS256", jwk=symmetric.as_dict()),
            "another method": client.proof("POST", url, token),
            "another URL": client.proof("GET", f"{found['issuer']}/elsewhere", token),
            "another token": client.proof("GET", url, token + "x"),
            "no token": client.proof("GET", url),
            "an old one": client.proof("GET", url, token, iat=int(time.time()) - 3600),
            "one of tomorrow": client.proof("GET", url, token, iat=int(time.time()) + 86400),
            "no jti": client.proof("GET", url, token, jti=None),
            "another type": client.proof("GET", url, token, typ="JWT"),
            "no proof": None,
        }.items():
            answer = at(url, token, proof)
            assert answer.status_code == 401, (url, what, answer.status_code)
            told(f"{urlsplit(url).path}: {what}", "refused")
        both = {"Authorization": f"DPoP {token}", "DPoP": f"{client.proof('GET', url, token)}, {used}"}
        assert requests.get(url, headers=both, timeout=LIMIT).status_code == 401, "two proofs in a header"
        assert client.send("GET", url, token).status_code == 200, "an honest proof counts still"
    endpoint = found["token_endpoint"]
    given = code(app, found, peer)
    for what, headers in {
        "no proof": {},
        "another URL": {"DPoP": client.proof("POST", found["userinfo_endpoint"])},
        "another method": {"DPoP": client.proof("GET", endpoint)},
        "no JWT": {"DPoP": "x"},
        "an old one": {"DPoP": client.proof("POST", endpoint, iat=int(time.time()) - 3600)},
    }.items():
        answer = requests.post(endpoint, data=exchange(app, peer, given), headers=headers, timeout=LIMIT)
        refused(answer, 400, "invalid_dpop_proof")
        told(f"{urlsplit(endpoint).path}: {what}", "refused")
    # A refused proof uses the code up for nobody.
    answer = client.send("POST", endpoint, data=exchange(app, peer, given))
    assert answer.status_code == 200, answer.text


def at(url, token, proof):
    headers = {"Authorization": f"DPoP {token}", **({"DPoP": proof} if proof else {})}
    return requests.get(url, headers=headers, timeout=LIMIT)


def refused(answer, status, error):
    assert answer.status_code == status and answer.json()["error"] == error, (answer.status_code, answer.text)


def digest(text):
    return base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=").decode()


def origin(url):
    return "{0.scheme}://{0.netloc}".format(urlsplit(url))


def told(step, detail):
    print(f"{step}: {detail}")


if __name__ == "__main__":
    main()
