"""The table ``server`` of the configuration file: how the HTTP host serves.

    [server]
    host = "127.0.0.1"
    port = 8080
    concurrency = 8                          # operations of one integration at a time
    cursor_key = { file = "cursor.key" }     # the same for every worker; made on first use

Every setting may be left out.
"""

from typing import Any

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError

from connector_core.opening import configuration_error
from connector_core.references import Environment, References, refuse_inline_secrets
from connector_core.settings import Settings


class ServerConfig(BaseModel):
    """How the host serves; times in seconds, sizes in bytes."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    host: str = "127.0.0.1"
    port: int = Field(default=8080, ge=0, le=65535)
    concurrency: int = Field(default=8, ge=1, le=1000)
    """Operations of one integration under way at once, in each process."""
    queue: int = Field(default=64, ge=0, le=10_000)
    """Operations of one integration that may wait for their turn, in each process."""
    queue_seconds: float = Field(default=5.0, ge=0, le=300)
    """How long an operation may wait for its turn before it is refused with 429."""
    operation_seconds: float = Field(default=210.0, gt=0, le=3600)
    """How long an operation may take before it is given up with 504."""
    shutdown_seconds: int = Field(default=30, ge=0, le=600)
    """How long operations may go on after the host was told to stop."""
    max_url: int = Field(default=16_384, ge=1024, le=65_536)
    """Bytes of path and query string together."""
    max_body: int = Field(default=16_384, ge=1024, le=1_048_576)
    """Bytes of a request's body; only the web page sends any."""
    body_seconds: float = Field(default=10.0, gt=0, le=300)
    """How long a request's body may take to arrive."""
    cursor_key: SecretStr | None = None
    """64 hexadecimal digits; `cursor.key` beside the configuration file when left out."""
    previous_cursor_keys: tuple[SecretStr, ...] = ()
    """Keys that were in use before: cursors sealed with them are still taken."""
    metrics_token: SecretStr | None = Field(default=None, min_length=16)
    """What a reader of ``/metrics`` has to show; without it everybody may read them."""


def server_config(settings: Settings, environ: Environment) -> ServerConfig:
    """The table ``server`` with its references replaced. Raises `ConfigurationError`."""
    table: Any = settings.document.get("server", {})
    refuse_inline_secrets(table, "server", settings.path)
    resolved = References(environ, settings.path.parent).resolve(table, "server")
    try:
        return ServerConfig.model_validate(resolved)
    except ValidationError as error:
        raise configuration_error(error, "server", ServerConfig.model_fields) from None


def hex_key(secret: SecretStr, where: str) -> bytes:
    """The 32 bytes that 64 hexadecimal digits stand for. Raises `ConfigurationError`."""
    from connector_core.errors import ConfigurationError

    try:
        key = bytes.fromhex(secret.get_secret_value().strip())
    except ValueError:
        key = b""
    if len(key) != 32:
        raise ConfigurationError(
            f"{where} is not a key of 64 hexadecimal digits.",
            setting=where,
            remediation="Make one with: openssl rand -hex 32",
        )
    return key
