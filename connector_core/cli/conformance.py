"""`conformance`: prove a provider with the conformance kit."""

import os
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated, Final

import typer

from connector_core.cli import exits
from connector_core.cli.output import note
from connector_core.errors import ConnectorError
from connector_core.registry import registry

KIT: Final = "connector_conformance"
CODES: Final = {
    0: exits.OK,
    1: exits.CHECK_FAILED,
    2: exits.INTERRUPTED,
    3: exits.UNEXPECTED,
    4: exits.USAGE,
    5: exits.UNEXPECTED,
    6: exits.UNEXPECTED,
}
"""pytest's exit codes as ours; 5 is a run in which nothing was proved, 6 one with too many
warnings."""


def conformance(
    name: Annotated[str, typer.Argument(metavar="NAME", help="A provider's id.")],
    report: Annotated[
        Path | None, typer.Option("--report", metavar="PATH", help="Write PATH.json and PATH.md.")
    ] = None,
    live: Annotated[
        bool, typer.Option("--live", help="Ask a real tenant, too; reads only.")
    ] = False,
    integration: Annotated[
        str, typer.Option("--integration", metavar="NAME", help="The tenant for --live.")
    ] = "",
) -> None:
    """Prove that a provider keeps the contract.

    Runs the conformance kit against the provider's offline vendor.

    \b
    Example:
      email-security conformance emailsecurity_acme --report acme
    """
    if live != bool(integration):
        raise typer.TyperException("--live and --integration NAME belong together")
    registry().get(name)
    for needed in ("pytest", KIT):
        if find_spec(needed) is None:
            raise ConnectorError(
                f"The conformance kit needs {needed}.",
                remediation="Run: pip install 'connector-core[conformance]'",
            )
    import pytest

    code = int(pytest.main(arguments(name, report, live=live, integration=integration)))
    if code == pytest.ExitCode.NO_TESTS_COLLECTED:
        note("error: The kit found nothing to prove.")
    raise typer.Exit(CODES[code])


def arguments(name: str, report: Path | None, *, live: bool, integration: str) -> list[str]:
    """What pytest is called with: the kit alone, whatever is configured where the command runs."""
    here = str(Path.cwd())
    words = ["--pyargs", KIT, "-c", os.devnull, "--rootdir", here, "-p", "no:cacheprovider"]
    words += ["--provider", name]
    if live:
        words += ["--live", "--integration", integration]
    if report is not None:
        words += ["--conformance-report", str(report.absolute())]
    return words
