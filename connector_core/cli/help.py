"""Help goes the way of all answers: whole, or with the error that stopped it."""

from typing import Any

from typer.core import TyperCommand, TyperGroup

from connector_core.cli.output import emit


class Command(TyperCommand):
    """A command whose help is written with `emit`."""

    def get_help_option(self, ctx: Any) -> Any:
        """The option, with our way to print."""
        return _emitting(super().get_help_option(ctx))


class Group(TyperGroup):
    """A group whose help is written with `emit`."""

    def get_help_option(self, ctx: Any) -> Any:
        """The option, with our way to print."""
        return _emitting(super().get_help_option(ctx))


def show(context: Any) -> None:
    """Print the help of a command."""
    emit(f"{context.get_help()}\n")


def _emitting(option: Any) -> Any:
    if option is not None:
        option.callback = _callback
    return option


def _callback(context: Any, option: object, wanted: bool) -> None:
    if wanted and not context.resilient_parsing:
        show(context)
        context.exit()
