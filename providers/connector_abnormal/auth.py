"""Signs requests with the account's token, and never shows it."""

from collections.abc import Generator

import httpx
from pydantic import SecretStr


class TokenAuth(httpx.Auth):
    """A bearer token that does not expire. Source: Client API 1.4.3, "securitySchemes"."""

    def __init__(self, token: SecretStr) -> None:
        self._token = token

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        """Add the token to the request."""
        request.headers["Authorization"] = f"Bearer {self._token.get_secret_value()}"
        yield request
