#!/usr/bin/env python3
"""Runs Authlib, an OAuth and OpenID Connect library that others wrote, as an app and as a service of Vestibule.

authlib_client.py API_URL, with a JSON object in PEER: app (client_id, client_secret), signer (client_id, key: a private
JWK), service (client_id, client_secret), redirect_uri, cookie (of a browser that is signed in). Prints a line a step; the
first that goes wrong ends it.
"""

import json
import os
import secrets
import sys

import requests
from authlib.integrations.requests_client import OAuth2Session
from authlib.oauth2.rfc7523 import PrivateKeyJWT
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.jwk import JWKRegistry, KeySet

SCOPE = "openid profile email roles offline_access"


def main():
    api, peer = sys.argv[1], json.loads(os.environ["PEER"])
    found = requests.get(f"{api}/.well-known/openid-configuration", timeout=30).json()
    assert found["issuer"] == api, found
    keys = KeySet.import_key_set(requests.get(found["jwks_uri"], timeout=30).json())
    app, signer = peer["app"], peer["signer"]
    for method in ("client_secret_basic", "client_secret_post"):
        session = OAuth2Session(app["client_id"], app["client_secret"], token_endpoint_auth_method=method)
        walk(session, method, found, keys, peer)
    key = JWKRegistry.import_key(signer["key"])
    method = "private_key_jwt"
    session = OAuth2Session(
        signer["client_id"], key, token_endpoint_auth_method=method, revocation_endpoint_auth_method=method
    )
    session.register_client_auth_method(PrivateKeyJWT(api, alg="ES256"))
    walk(session, method, found, keys, peer)
    service = peer["service"]
    session = OAuth2Session(service["client_id"], service["client_secret"], scope="scim.read")
    token = session.fetch_token(found["token_endpoint"], grant_type="client_credentials")
    told("client_credentials", token["scope"])
    print("Authlib: every step went as it must")


def walk(session, method, found, keys, peer):
    """One sign-in with PKCE and nonce, and what follows."""
    verifier, nonce = secrets.token_urlsafe(48), secrets.token_urlsafe(16)
    session.redirect_uri, session.scope, session.code_challenge_method = peer["redirect_uri"], SCOPE, "S256"
    url, state = session.create_authorization_url(
        found["authorization_endpoint"], nonce=nonce, code_verifier=verifier
    )
    answer = requests.get(url, headers={"Cookie": peer["cookie"]}, allow_redirects=False, timeout=30)
    assert answer.status_code in (302, 303), answer.text
    token = session.fetch_token(
        found["token_endpoint"],
        authorization_response=answer.headers["Location"],
        state=state,
        code_verifier=verifier,
    )
    claims = id_token(token, nonce, session.client_id, found, keys)
    told(f"{method}: code, PKCE, state, ID token", claims["team_id"])
    session.token = token
    person = session.get(found["userinfo_endpoint"]).json()
    assert person["sub"] == claims["sub"] and person["email"], person
    told(f"{method}: userinfo", person["email"])
    renewed = session.refresh_token(found["token_endpoint"])
    assert renewed["refresh_token"] != token["refresh_token"]
    told(f"{method}: refresh", renewed["scope"])
    introspected = session.introspect_token(found["introspection_endpoint"], token=renewed["access_token"]).json()
    assert introspected["active"] is True and introspected["sub"] == claims["sub"], introspected
    told(f"{method}: introspection", introspected["client_id"])
    answer = session.revoke_token(found["revocation_endpoint"], token=renewed["refresh_token"])
    assert answer.status_code == 200, answer.text
    introspected = session.introspect_token(found["introspection_endpoint"], token=renewed["access_token"]).json()
    assert introspected == {"active": False}, introspected
    told(f"{method}: revocation", "ends the access token too")


def id_token(token, nonce, client_id, found, keys):
    """The claims, judged by Authlib's own rules for the code flow (OpenID Connect Core, section 3.1.3.7)."""
    decoded = jwt.decode(token["id_token"], keys, algorithms=found["id_token_signing_alg_values_supported"])
    options = {"iss": {"value": found["issuer"]}, "aud": {"value": client_id}}
    params = {"nonce": nonce, "client_id": client_id, "access_token": token["access_token"]}
    claims = CodeIDToken(decoded.claims, decoded.header, options, params)
    claims.validate()
    return claims


def told(step, detail):
    print(f"{step}: {detail}")


if __name__ == "__main__":
    main()
