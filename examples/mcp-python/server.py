"""An MCP server whose clients get their tokens from Vestibule. README.md lists the environment variables."""

import os
from urllib.parse import urlsplit

import httpx
from mcp.server.auth.middleware.auth_context import get_access_token
from mcp.server.auth.provider import AccessToken
from mcp.server.auth.settings import AuthSettings
from mcp.server.mcpserver import MCPServer

ISSUER, CLIENT_ID, CLIENT_SECRET = (os.environ[name] for name in ("ISSUER", "CLIENT_ID", "CLIENT_SECRET"))
BASE_URL = os.environ.get("BASE_URL", "http://127.0.0.1:3001")
RESOURCE, SCOPES = f"{BASE_URL}/mcp", os.environ.get("SCOPE", "mcp").split()


class Introspection:
    """Asks Vestibule on each request (RFC 7662): what has ended is refused at once."""

    http = httpx.AsyncClient(auth=(CLIENT_ID, CLIENT_SECRET), timeout=5)

    async def verify_token(self, token: str) -> AccessToken | None:
        answer = await self.http.post(f"{ISSUER}/oauth/introspect", data={"token": token})
        answer.raise_for_status()
        found = answer.json()
        if not found["active"]:
            return None
        return AccessToken(
            token=token,
            client_id=found["client_id"],
            scopes=found["scope"].split(),
            expires_at=found["exp"],
            resource=found.get("aud"),  # compared with RESOURCE by the SDK (RFC 8707)
            subject=found["sub"],
            claims=found,
        )


mcp = MCPServer(
    "Vestibule example",
    token_verifier=Introspection(),
    auth=AuthSettings(
        issuer_url=ISSUER, resource_server_url=RESOURCE, required_scopes=SCOPES, validate_token_resource=True
    ),
)


@mcp.tool()
def whoami() -> str:
    """Who the client acts for, with the roles of this moment."""
    person = get_access_token().claims
    return f"Signed in as {person['username']}. Roles: {', '.join(person['roles'])}"


if __name__ == "__main__":
    at = urlsplit(BASE_URL)
    mcp.run("streamable-http", host=at.hostname, port=at.port, stateless_http=True, json_response=True)
