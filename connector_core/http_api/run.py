"""Runs the host under uvicorn."""

import os
from pathlib import Path
from typing import Any

import uvicorn
from starlette.types import ASGIApp

from connector_core.http_api.app import make_app
from connector_core.http_api.config import server_config
from connector_core.http_api.host import Host
from connector_core.settings import Settings, config_path


def serve(
    path: Path, *, host: str | None = None, port: int | None = None, workers: int = 1
) -> None:
    """Serve the integrations of a configuration file until SIGINT or SIGTERM.

    Raises `ConfigurationError` before anything is bound.
    """
    config = server_config(Settings.load(path), os.environ)
    os.environ["EMAIL_SECURITY_CONFIG"] = str(path)  # for further processes
    uvicorn.run(
        "connector_core.http_api.run:application",
        factory=True,
        host=host or config.host,
        port=config.port if port is None else port,
        workers=workers,
        **options(config),
    )


def options(config: Any) -> dict[str, Any]:
    """How uvicorn is run, whoever runs it."""
    return {
        "access_log": False,  # its lines hold query strings, and those hold addresses
        "log_config": None,
        "server_header": False,
        "ws": "none",
        "timeout_graceful_shutdown": config.shutdown_seconds,
    }


def application() -> ASGIApp:
    """The application of one worker process."""
    return make_app(Host(config_path()))
