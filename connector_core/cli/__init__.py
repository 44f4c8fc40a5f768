"""The command line `email-security`; its packages are installed with the extra ``cli``."""

from collections.abc import Sequence


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code (see `connector_core.cli.exits`)."""
    try:
        from connector_core.cli.app import run
    except KeyboardInterrupt:
        return 130
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in ("typer", "rich"):
            raise
        from connector_core.cli.output import note

        note(f"error: The command line needs {error.name}. Run: pip install 'connector-core[cli]'")
        return 1
    return run(argv)
