"""The client of the official Python SDK, driven by check.py: a command a line in, an answer a line out."""

import asyncio
import os
import sys
from urllib.parse import parse_qs, urlsplit

from mcp import ClientSession
from mcp.client.auth import OAuthClientProvider
from mcp.client.streamable_http import streamable_http_client
from mcp.shared._httpx_utils import create_mcp_http_client
from mcp.shared.auth import AuthorizationCodeResult, OAuthClientMetadata

SERVER, REDIRECT = os.environ["SERVER"], os.environ["REDIRECT"]


def say(word: str, value: object):
    print(word, str(value).replace("\n", " "), flush=True)


async def line() -> str:
    return (await asyncio.to_thread(sys.stdin.readline)).strip()


class Storage:
    tokens = client = None

    async def get_tokens(self):
        return self.tokens

    async def set_tokens(self, tokens):
        self.tokens = tokens
        say("SCOPE", tokens.scope)

    async def get_client_info(self):
        return self.client

    async def set_client_info(self, client_info):
        self.client = client_info


async def redirect(url: str):
    say("OPEN", url)


async def callback() -> AuthorizationCodeResult:
    """The next line is the address at which the browser ended."""
    answer = {name: values[0] for name, values in parse_qs(urlsplit(await line()).query).items()}
    if "code" not in answer:
        raise RuntimeError(answer.get("error_description", "refused"))
    return AuthorizationCodeResult(code=answer["code"], state=answer.get("state"), iss=answer.get("iss"))


def cause(error: BaseException) -> BaseException:
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error


async def main():
    metadata = OAuthClientMetadata(client_name="Python SDK", redirect_uris=[REDIRECT], scope=os.environ.get("SCOPE") or None)
    storage, url = Storage(), os.environ.get("METADATA_URL") or None
    provider = OAuthClientProvider(SERVER, metadata, storage, redirect, callback, client_metadata_url=url)
    while command := await line():
        if command == "expire":
            provider.context.token_expiry_time = 1  # as if its time had passed: the SDK refreshes before it asks
        try:
            async with create_mcp_http_client(auth=provider) as http:
                async with streamable_http_client(SERVER, http_client=http) as streams:
                    async with ClientSession(*streams[:2]) as session:
                        await session.initialize()
                        answer = await session.call_tool("whoami", {})
            say("SAID", answer.content[0].text)
            say("CLIENT", storage.client.client_id)
        except Exception as error:
            say("FAILED", f"{type(cause(error)).__name__}: {cause(error)}")


asyncio.run(main())
