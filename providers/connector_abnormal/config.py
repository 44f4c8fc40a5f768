"""What a person has to say to reach an Abnormal account, checked before anything is sent.

No value from the input ever appears in an error: a token pasted into the wrong field stays unseen.
"""

import hashlib
import re
from typing import Annotated, Final, NoReturn, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr, model_validator

from .regions import REGIONS, Region

MAX_TOKEN: Final = 4_096
MAX_PAGE: Final = 1_000
"""Most search results per request, and the largest page of threats that clients use."""

_TOKEN: Final = re.compile(r"[\x21-\x7e]+")
_HOST: Final = re.compile(r"(?:[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?|\[[0-9a-f:]+\])(?::[0-9]{1,5})?")
_PATH: Final = re.compile(r"(?:/[A-Za-z0-9._~-]+)*")


def checked_token(text: str) -> str:
    """The same text; raises `ValueError` with the reason, which shows none of it, when it cannot be
    a token."""
    if not text:
        raise ValueError("is empty")
    if len(text) > MAX_TOKEN:
        raise ValueError(f"is longer than {MAX_TOKEN} characters, so it cannot be a token")
    if text.lower().startswith("bearer "):
        raise ValueError("begins with the word Bearer, which is added here: give the token alone")
    if not _TOKEN.fullmatch(text):
        raise ValueError("holds characters that no token has, such as a blank or a line break")
    return text


def _token(secret: SecretStr) -> SecretStr:
    checked_token(secret.get_secret_value())
    return secret


def _base_url(text: str) -> str:
    parts = urlsplit(text)
    try:
        known = parts.port is None or 0 < parts.port < 65_536
    except ValueError:
        known = False
    path = parts.path.rstrip("/")
    if (
        not known
        or parts.scheme != "https"
        or not _HOST.fullmatch(parts.netloc)
        or not _PATH.fullmatch(path)
        or any(step in (".", "..") for step in path.split("/"))
        or "?" in text
        or "#" in text
    ):
        raise ValueError(
            "has to be an https address such as https://127.0.0.1:8443/v1, in lower case,"
            " without user, query or fragment"
        )
    return f"https://{parts.netloc.removesuffix(':443')}{path}"


class AbnormalConfig(BaseModel):
    """One account of Abnormal Security and the token that may read it."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True, strict=True)

    token: Annotated[SecretStr, AfterValidator(_token)]
    """The API token from the portal, without the word Bearer; up to 4,096 characters."""
    region: Region = "us"
    base_url: Annotated[str, Field(max_length=512), AfterValidator(_base_url)] | None = None
    """Another place that serves the same API, such as an emulator; the token is sent there."""
    page_size: Annotated[int, Field(ge=1, le=MAX_PAGE)] | None = None
    """Ids or search results per request; left out, the connector chooses."""
    push_text: bool = False
    """Whether the vendor is told filters whose rule it does not publish: texts, and the types of a
    campaign. An answer may then lack what the vendor alone thinks does not match, so each one that
    was narrowed in this way says that it may be incomplete."""

    @model_validator(mode="after")
    def _one_place(self) -> Self:
        if self.base_url is not None and "region" in self.model_fields_set:
            raise ValueError("give region or base_url, not both")
        return self

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        """Refuse to be pickled."""
        raise TypeError("AbnormalConfig holds a token and cannot be pickled")

    @property
    def root(self) -> str:
        """The base URL that requests go to, without a slash at its end."""
        return self.base_url or REGIONS[self.region]

    @property
    def host(self) -> str:
        """Host, with the port if it is not 443; an IPv6 address without its brackets."""
        parts = urlsplit(self.root)
        return f"{parts.hostname}:{parts.port}" if parts.port else str(parts.hostname)

    @property
    def account(self) -> str:
        """What tells accounts apart: the API names none, so it is made from the token, one way."""
        text = f"connector_abnormal|{self.token.get_secret_value()}"
        return hashlib.sha256(text.encode()).hexdigest()[:16]
