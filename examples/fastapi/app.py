"""A FastAPI app whose people sign in through Vestibule. README.md lists the environment variables."""

import os
import secrets
import time
from contextlib import asynccontextmanager
from html import escape
from typing import Annotated
from urllib.parse import urlencode, urlsplit

import httpx
from authlib.integrations.starlette_client import OAuth
from fastapi import FastAPI, Form, Header, Request
from fastapi.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from joserfc import jwt
from joserfc.errors import InvalidKeyIdError, JoseError
from joserfc.jwk import KeySet
from starlette.middleware.sessions import SessionMiddleware

from ends import Ends

ISSUER, CLIENT_ID, CLIENT_SECRET = (os.environ[name] for name in ("ISSUER", "CLIENT_ID", "CLIENT_SECRET"))
BASE_URL = os.environ.get("BASE_URL", "http://127.0.0.1:3000")
LOGOUT = "http://schemas.openid.net/event/backchannel-logout"

oauth = OAuth()
oauth.register(
    "vestibule",
    client_id=CLIENT_ID,
    client_secret=CLIENT_SECRET,
    server_metadata_url=f"{ISSUER}/.well-known/openid-configuration",
    client_kwargs={"scope": "openid profile email roles", "code_challenge_method": "S256"},
)
ends = Ends(ISSUER, CLIENT_ID, CLIENT_SECRET)
keys_fetched = 0.0  # when the keys were last asked for because of an unknown one
sessions: dict[str, dict] = {}  # of one process; several processes share one store


@asynccontextmanager
async def lifespan(_app):
    async with ends.followed():
        yield


app = FastAPI(lifespan=lifespan)
# The cookie holds the session's id and, during a sign-in, its state and nonce.
app.add_middleware(
    SessionMiddleware, secret_key=os.environ["SESSION_SECRET"], same_site="lax", https_only=BASE_URL.startswith("https:")
)


def page(body: str, status: int = 200) -> HTMLResponse:
    return HTMLResponse(f"<!doctype html><title>FastAPI</title>{body}", status)


def signed_out(status: int = 200) -> HTMLResponse:
    return page('<a href="/login">Sign in</a>', status)


@app.get("/")
async def home(request: Request):
    """Answered from the app's own session, which ends when Vestibule calls /backchannel-logout."""
    user = sessions.get(request.session.get("id"))
    if not user:
        return signed_out()
    return page(f'Signed in as {escape(user["email"])}. <a href="/roles">Roles</a> <a href="/logout">Sign out</a>')


@app.get("/roles")
async def roles(request: Request):
    """Asks Vestibule on each request: roles are those of this moment, and the end of access is seen at once."""
    user = sessions.get(request.session.get("id"))
    if not user:
        return signed_out(401)
    try:
        now = await oauth.vestibule.userinfo(token=user["token"])
    except httpx.HTTPStatusError as error:
        if error.response.status_code != 401:
            raise
        sessions.pop(request.session.pop("id"), None)
        return signed_out(401)
    return page(f'Roles: {escape(", ".join(now["roles"]))}')


@app.get("/login")
async def login(request: Request):
    return await oauth.vestibule.authorize_redirect(request, f"{BASE_URL}/callback")


@app.get("/callback")
async def callback(request: Request):
    token = await oauth.vestibule.authorize_access_token(request)  # checks state, nonce and the ID token
    claims = token["userinfo"]
    request.session.clear()
    request.session["id"] = secrets.token_urlsafe(32)
    sessions[request.session["id"]] = {
        "sub": claims["sub"],
        "sid": claims["sid"],
        "email": claims["email"],
        "token": {"access_token": token["access_token"], "token_type": "Bearer"},
        "id_token": token["id_token"],
    }
    return RedirectResponse("/", 303)


@app.get("/logout")
async def logout(request: Request):
    user = sessions.pop(request.session.pop("id", None), None)
    end = (await oauth.vestibule.load_server_metadata())["end_session_endpoint"]
    hint = {"id_token_hint": user["id_token"]} if user else {"client_id": CLIENT_ID}
    return RedirectResponse(f"{end}?{urlencode({**hint, 'post_logout_redirect_uri': f'{BASE_URL}/'})}", 303)


async def verified(token: str, typ: str, audience: str, leeway: int) -> dict:
    """The claims of a JWT that Vestibule signed; JoseError or ValueError if it is anything else."""
    global keys_fetched
    keys = KeySet.import_key_set(await oauth.vestibule.fetch_jwk_set())
    try:
        decoded = jwt.decode(token, keys, algorithms=["RS256"])
    except InvalidKeyIdError:  # a key that is newer than the set in memory; asked for once in 10 seconds, whatever strangers send
        if time.monotonic() - keys_fetched < 10:
            raise
        keys_fetched = time.monotonic()
        keys = KeySet.import_key_set(await oauth.vestibule.fetch_jwk_set(force=True))
        decoded = jwt.decode(token, keys, algorithms=["RS256"])
    if decoded.header.get("typ") != typ:
        raise ValueError(f"the token is no {typ}")
    jwt.JWTClaimsRegistry(
        leeway=leeway,
        iss={"essential": True, "value": ISSUER},
        aud={"essential": True, "value": audience},
        exp={"essential": True},
        iat={"essential": True},
    ).validate(decoded.claims)
    return decoded.claims


@app.post("/backchannel-logout")
async def backchannel_logout(logout_token: Annotated[str, Form()]):
    try:
        claims = await verified(logout_token, "logout+jwt", CLIENT_ID, 120)
        if LOGOUT not in claims.get("events", {}) or "nonce" in claims:
            raise ValueError("no logout token")
    except (JoseError, ValueError) as error:
        return JSONResponse({"error": "invalid_request", "error_description": str(error)}, 400)
    # A token with a sid ends that session, one without ends every session of the person.
    name = "sid" if "sid" in claims else "sub"
    for key in [key for key, user in sessions.items() if user[name] == claims[name]]:
        del sessions[key]
    return Response(status_code=204)


@app.get("/api/me")
async def me(authorization: Annotated[str, Header()] = ""):
    """An API for access tokens that are JWTs (RFC 9068). Checked here, without a request to Vestibule."""
    if not ends.fresh():
        return JSONResponse({"error": "the feed of ends is not connected"}, 503, {"Retry-After": "5"})
    try:
        claims = await verified(authorization.removeprefix("Bearer "), "at+jwt", BASE_URL, 60)
        if "cnf" in claims:
            raise ValueError("bound to a key (RFC 9449), and no proof is checked here")
        if ends.ended(claims):
            raise ValueError("access has ended")
    except (JoseError, ValueError):
        return JSONResponse({"error": "invalid_token"}, 401, {"WWW-Authenticate": 'Bearer error="invalid_token"'})
    return {"sub": claims["sub"], "roles": claims["roles"]}


if __name__ == "__main__":
    import uvicorn

    uvicorn.run(app, host=urlsplit(BASE_URL).hostname, port=urlsplit(BASE_URL).port)
