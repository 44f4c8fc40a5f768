"""Puts the commands together and turns whatever happens into an exit code."""

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import version
from typing import Annotated

import typer

from connector_core.cli import exits, help, integrations
from connector_core.cli.conformance import conformance
from connector_core.cli.emulate import emulate
from connector_core.cli.listing import events, threats
from connector_core.cli.output import OutputClosed, OutputFailed, abandon, emit, note
from connector_core.cli.report import report, sentence
from connector_core.cli.serve import serve
from connector_core.cli.single import check, explain, mapping, providers, threat
from connector_core.cli.wizard import setup
from connector_core.wording import plain

_COMMANDS = (
    providers,
    setup,
    check,
    threats,
    threat,
    events,
    explain,
    mapping,
    emulate,
    conformance,
    serve,
)


@dataclass
class _State:
    debug: bool = False


app = typer.Typer(
    cls=help.Group,
    invoke_without_command=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
for _command in _COMMANDS:
    app.command(cls=help.Command)(_command)
app.add_typer(integrations.app, name="integrations")


def _show_version(wanted: bool) -> None:
    if wanted:
        emit(f"email-security {version('connector-core')}\n")
        raise typer.Exit


@app.callback(epilog=f"\b\nExit codes:\n{exits.table_text()}")
def _root(
    context: typer.Context,
    debug: Annotated[bool, typer.Option("--debug", help="Show the traceback of an error.")] = False,
    version: Annotated[
        bool,
        typer.Option("--version", help="Print the version.", callback=_show_version, is_eager=True),
    ] = False,
) -> None:
    """Ask any email-security product the same questions and get OCSF back.

    \b
    Without an account:
      email-security threats --provider emailsecurity_defender_for_office_mock
    With one:
      email-security setup
    """
    context.obj.debug = debug
    if context.invoked_subcommand is None:
        help.show(context)


def run(argv: Sequence[str] | None = None) -> int:
    """Run one command; never raises for what can go wrong, returns the exit code."""
    state = _State()
    try:
        code = app(
            None if argv is None else list(argv),
            prog_name="email-security",
            standalone_mode=False,
            obj=state,
        )
        return code if isinstance(code, int) else exits.OK
    except OutputClosed:
        abandon(sys.stdout)
        return exits.OUTPUT_CLOSED
    except OutputFailed as error:
        note(f"error: The output cannot be written: {error}.")
        abandon(sys.stdout)
        return exits.OUTPUT_FAILED
    except (KeyboardInterrupt, typer.Abort):
        return exits.INTERRUPTED
    except typer.TyperException as error:
        return _usage(error)
    except Exception as error:  # the last resort of a program for people
        return report(error, debug=state.debug)


def _usage(error: typer.TyperException) -> int:
    context = getattr(error, "ctx", None)
    command = context.command_path if context else "email-security"
    note(f"error: {sentence(plain(error.format_message()))} See: {command} --help")
    return exits.USAGE
