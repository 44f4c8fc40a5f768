"""What a person has to say to reach a tenant, checked before anything is sent.

No value from the input ever appears in an error: a secret pasted into the wrong field stays unseen.
"""

import re
from collections.abc import Callable, Mapping
from difflib import get_close_matches
from typing import Annotated, Any, Final, Literal, NoReturn, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    ModelWrapValidatorHandler,
    SecretStr,
    ValidationError,
    model_validator,
)

from connector_core.errors import ConfigurationError

from .regions import REGIONS, Endpoints, Region

MAX_SECRET_BYTES: Final = 4_096
MAX_KEY_BYTES: Final = 65_536
"""Most bytes of a private key, certificate chain or PFX file in base64."""

_GUID: Final = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", re.ASCII)
_DOMAIN: Final = re.compile(
    r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]"
)
_SHARED: Final = frozenset({"common", "organizations", "consumers"})
_LOOPBACK: Final = re.compile(
    r"https://(?:127\.0\.0\.1|localhost|\[::1\]):(?P<port>[1-9][0-9]{0,4})/?", re.ASCII
)
_UNPRINTABLE: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_UNPRINTABLE_IN_PEM: Final = re.compile(r"[^\n\r\t\x20-\x7e]")


def tenant(value: str) -> str:
    """The id of one tenant, or one of its domains in lower case; raises `ValueError` for others."""
    if value in _SHARED:
        raise ValueError("has to name one tenant; the shared names belong to no tenant")
    if _GUID.fullmatch(value.lower()):
        return value.lower()
    if len(value) <= 253 and _DOMAIN.fullmatch(value):
        return value
    raise ValueError(
        "has to be the tenant's GUID, or one of its domain names in lower case,"
        " such as contoso.onmicrosoft.com"
    )


def client_id(value: str) -> str:
    """The id of an application in lower case; raises `ValueError` for anything but a GUID."""
    if not _GUID.fullmatch(value.lower()):
        raise ValueError("has to be the application (client) id, a GUID")
    return value.lower()


def _secret(
    limit: int, unprintable: re.Pattern[str], *, trim: bool
) -> Callable[[SecretStr], SecretStr]:
    """Check a secret without a way to show it; `trim` forgives white space around a block."""

    def check(secret: SecretStr) -> SecretStr:
        text = secret.get_secret_value()
        text = text.strip() if trim else text
        if not text:
            raise ValueError("is empty")
        if len(text.encode("utf-8", "surrogatepass")) > limit:
            raise ValueError(f"is longer than {limit} bytes, so it cannot be what is meant here")
        if unprintable.search(text):
            raise ValueError("holds characters that cannot belong to it, such as a line break")
        if text != text.strip():
            raise ValueError("begins or ends with a blank, which is hardly part of it")
        return SecretStr(text)

    return check


def _emulator(value: str) -> str:
    match = _LOOPBACK.fullmatch(value)
    if match is None or int(match["port"]) > 65_535:
        raise ValueError("has to be https on this machine with a port: https://127.0.0.1:8443")
    return value.rstrip("/")


def _thumbprint(value: str) -> str:
    text = value.replace(":", "").lower()
    if not re.fullmatch(r"[0-9a-f]{40}", text):
        raise ValueError("has to be the certificate's SHA-1 thumbprint: 40 hexadecimal digits")
    return text


ClientId = Annotated[str, Field(max_length=64), AfterValidator(client_id)]
Secret = Annotated[SecretStr, AfterValidator(_secret(MAX_SECRET_BYTES, _UNPRINTABLE, trim=False))]
Block = Annotated[SecretStr, AfterValidator(_secret(MAX_KEY_BYTES, _UNPRINTABLE_IN_PEM, trim=True))]


class _Closed(BaseModel):
    """Knows its settings exactly, does not change, never shows or pickles a secret."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True, strict=True)

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        raise TypeError(f"{type(self).__name__} holds secrets and cannot be pickled")


class ClientSecret(_Closed):
    """An application's client secret."""

    type: Literal["o_auth_client"]
    client_id: ClientId
    client_secret: Secret
    """The secret's value (never its id), up to 4,096 bytes."""
    token_url: str | None = Field(default=None, max_length=2_048)
    """Accepted for compatibility, and only when it is the region's own token endpoint."""
    extra: dict[str, str] | None = Field(default=None, max_length=0)
    """Accepted for compatibility, and only when empty: the token request has no room for more."""


class Certificate(_Closed):
    """An application's certificate, in one of three forms.

    `private_key` with `certificate` (both PEM; signed with PS256), `private_key` with `thumbprint`
    (SHA-1; RS256), or `pfx` (PKCS #12 in base64). RSA keys only: Entra takes no others here.
    """

    type: Literal["certificate"]
    client_id: ClientId
    private_key: Block | None = None
    certificate: Annotated[str, Field(max_length=MAX_KEY_BYTES)] | None = None
    thumbprint: Annotated[str, Field(max_length=64), AfterValidator(_thumbprint)] | None = None
    pfx: Block | None = None
    passphrase: Secret | None = None

    @model_validator(mode="after")
    def _one_form(self) -> Self:
        given = {
            name
            for name in ("private_key", "certificate", "thumbprint", "pfx")
            if getattr(self, name)
        }
        if given not in ({"private_key", "certificate"}, {"private_key", "thumbprint"}, {"pfx"}):
            raise ValueError(
                "expects private_key with certificate, private_key with thumbprint, or pfx alone"
            )
        from .certificates import load  # reading keys needs cryptography, which not everybody uses

        load(self)
        return self


class Federated(_Closed):
    """An assertion signed by another identity provider that the application trusts."""

    type: Literal["federated"]
    client_id: ClientId
    assertion: Annotated[SecretStr, AfterValidator(_secret(MAX_KEY_BYTES, _UNPRINTABLE, trim=True))]
    """The signed JWT. It is short-lived: open the connector again once it has expired."""


class DefenderConfig(_Closed):
    """One tenant of Defender for Office 365 and the application that may read it."""

    tenant_id: Annotated[str, Field(max_length=253), AfterValidator(tenant)]
    credential: Annotated[ClientSecret | Certificate | Federated, Field(discriminator="type")]
    region: Region = "global"
    emulator_url: Annotated[str, Field(max_length=64), AfterValidator(_emulator)] | None = None
    """Sends everything, the credential included, to the project's emulator on this machine."""

    @model_validator(mode="after")
    def _own_token_url(self) -> Self:
        given = getattr(self.credential, "token_url", None)
        if given is not None and given != self.endpoints.token_url(self.tenant_id):
            raise ValueError(
                "credential.token_url is not the token endpoint of this tenant in this region;"
                " leave it out, the region decides"
            )
        return self

    @model_validator(mode="wrap")
    @classmethod
    def _explained(cls, settings: Any, handler: ModelWrapValidatorHandler[Self]) -> Self:
        """Raise our error instead of pydantic's, which may repeat names and tags of the input."""
        try:
            return handler(settings)
        except ValidationError as failure:
            faults = failure.errors(include_url=False, include_context=False, include_input=False)
        raise _explain(faults[0]["type"], faults[0]["msg"], faults[0]["loc"])

    @property
    def endpoints(self) -> Endpoints:
        """Where requests go: the region's hosts, or the emulator."""
        if self.emulator_url:
            return Endpoints(self.emulator_url, self.emulator_url)
        return REGIONS[self.region]

    @property
    def consent_url(self) -> str:
        """The page on which an administrator grants this application its rights."""
        return self.endpoints.consent_url(self.tenant_id, self.credential.client_id)


def looks_like_id(secret: SecretStr) -> bool:
    """Whether a secret has the form of a GUID: then it is probably the id of the secret."""
    return _GUID.fullmatch(secret.get_secret_value().lower()) is not None


_FORMS: Final[Mapping[str | None, type[BaseModel]]] = {
    None: DefenderConfig,
    "o_auth_client": ClientSecret,
    "certificate": Certificate,
    "federated": Federated,
}
_MESSAGES: Final = {
    "missing": "is missing",
    "literal_error": "is not one of the known choices",
    "union_tag_invalid": "has an unknown type; known are o_auth_client, certificate and federated",
    "union_tag_not_found": "has no type; known are o_auth_client, certificate and federated",
    "string_type": "has to be text",
    "string_too_long": "is too long to be what is meant here",
    "too_long": "has to be empty",
    "model_type": "has to be a mapping of settings",
    "model_attributes_type": "has to be a mapping of settings",
    "dict_type": "has to be a mapping of settings",
}


def parse_config(settings: Mapping[str, Any]) -> DefenderConfig:
    """Check settings and return them typed.

    >>> parse_config({"tenant_id": "common"})
    Traceback (most recent call last):
    ...
    connector_core.errors.ConfigurationError: tenant_id has to name one tenant; ...

    Raises `ConfigurationError` for the first setting that cannot be right, without its value.
    """
    return DefenderConfig.model_validate(settings)


def _explain(kind: str, message: str, loc: tuple[int | str, ...]) -> ConfigurationError:
    place = tuple(str(part) for part in loc)
    form = place[1] if len(place) > 1 and place[0] == "credential" and place[1] in _FORMS else None
    path = tuple(part for number, part in enumerate(place) if not (form and number == 1))
    if kind == "extra_forbidden":
        # An unknown name is input too: it is compared with the known names, never repeated.
        known = tuple(_FORMS[form].model_fields)
        near = get_close_matches(path[-1], known, n=1)
        hint = f"Did you mean {near[0]}?" if near else ""
        where = ".".join(path[:-1]) or "configuration"
        problem = f"{where} holds a setting that is not known; known are {', '.join(known)}"
        return ConfigurationError(problem, setting=".".join(path[:-1]), remediation=hint)
    setting = ".".join(path)
    if kind == "literal_error":
        problem = f"is not one of {', '.join(REGIONS)}"
    elif kind == "value_error":
        problem = message.removeprefix("Value error, ")
        if not setting:  # a rule over several settings names the one that it is about
            setting, _, problem = problem.partition(" ")
    else:
        problem = _MESSAGES.get(kind, "does not have the expected form")
    return ConfigurationError(f"{setting or 'configuration'} {problem}", setting=setting)
