"""`setup`: asks a provider's questions, checks the answers, writes the configuration file."""

import copy
from typing import Annotated, Any

import typer

from connector_core.cli import exits
from connector_core.cli.dialog import Dialog
from connector_core.cli.output import note, progress, say
from connector_core.cli.set_options import SetOption, given, has, put
from connector_core.cli.single import check_text, failed_check
from connector_core.cli.target import ProviderOption, connect
from connector_core.clock import SystemClock
from connector_core.errors import ConfigurationError, ConnectorError
from connector_core.private_files import write_private
from connector_core.provider import CheckReport, ProviderSpec
from connector_core.registry import registry
from connector_core.settings import (
    Integration,
    Settings,
    check_name,
    check_network,
    config_path,
    write_integration,
)
from connector_core.setup import SetupGuide, SetupQuestion


def setup(
    provider: ProviderOption = "",
    name: Annotated[
        str, typer.Option("--integration", metavar="NAME", help="What to call the integration.")
    ] = "",
    settings: SetOption = None,
) -> None:
    """Connect a tenant: ask, check, write the configuration.

    Asks for what a provider needs, and tries it before the file is written.

    \b
    Example:
      email-security setup --provider emailsecurity_defender_for_office --integration work
    """
    dialog = Dialog()
    spec, guide = _choose(provider, dialog)
    path = config_path()
    known = Settings.load(path).names()
    chosen = given(spec, settings or [], instead="it is asked for, never given here")
    name = dialog.until(check_name, name, "Name of the integration", default="default")
    if name in known and not dialog.yes(f"{name} exists. Replace it?"):
        raise typer.Exit(exits.OK)
    answers = _Answers(spec, guide, name, chosen)
    for question in guide.questions:
        answers.ask(question, dialog)
    for title, url in guide.links(answers.stored) if guide.links else ():
        say(f"\n{title}:\n  {url}\n")
    dialog.line("Press Enter to run the check")
    report = answers.check(dialog)
    say(check_text(report))
    if not report.ok and not dialog.yes("The check failed. Write the configuration anyway?"):
        note("Nothing was written.")
        raise typer.Exit(exits.CHECK_FAILED)
    for file, secret in answers.files.items():
        write_private(path.parent / file, f"{secret}\n")
    now, before = SystemClock().now(), Settings.load(path)
    hashes = before.token_hashes(name) if name in before.names() else ()
    write_integration(
        path,
        name,
        provider=spec.id,
        config=answers.stored,
        network=answers.network,
        token_hashes=[one for one in hashes if one.holds(now)],  # who has a token keeps it
    )
    say(f"\nWritten to {path}. Try: email-security threats --integration {name}\n")
    if not report.ok:
        raise typer.Exit(exits.CHECK_FAILED)


class _Answers:
    """What was answered so far, as it will be stored and as it is."""

    def __init__(
        self, spec: ProviderSpec, guide: SetupGuide, name: str, chosen: dict[str, Any]
    ) -> None:
        self._spec = spec
        self._guide = guide
        self._name = name
        self.network = check_network(chosen.pop("network", {}))
        self.stored: dict[str, Any] = chosen
        """With references in place of secrets."""
        self._live: dict[str, Any] = copy.deepcopy(chosen)
        self.files: dict[str, str] = {}
        """Private files still to be written, beside the configuration: name -> secret."""

    def ask(self, question: SetupQuestion, dialog: Dialog, *, again: bool = False) -> None:
        """Ask one question, if it is to be asked, and keep the answer."""
        if not again and has(self.stored, question.setting):
            return
        if question.when is not None and not question.when(copy.deepcopy(self.stored)):
            return
        file = f"{self._name}.{question.setting.rpartition('.')[2]}"
        self.files.pop(file, None)
        answer = dialog.answer(question, file)
        put(self.stored, question.setting, answer.stored)
        put(self._live, question.setting, answer.live)
        if answer.new_file:
            self.files[file] = answer.live

    def check(self, dialog: Dialog) -> CheckReport:
        """Run the provider's check; asks again for a setting that the provider refuses."""
        while True:
            integration = Integration(
                provider=self._spec.id,
                name=self._name,
                config=self._live,
                network=self.network,
            )
            try:
                with connect(integration) as connector, progress("checking"):
                    return connector.check()
            except ConfigurationError as error:
                question = self._about(error.setting)
                if question is None:
                    raise
                dialog.refuse(str(error))
                self.ask(question, dialog, again=True)
            except ConnectorError as error:
                return failed_check(error)

    def _about(self, setting: str) -> SetupQuestion | None:
        for question in self._guide.questions:
            if setting == question.setting and has(self.stored, setting):
                return question
        return None


def _choose(provider: str, dialog: Dialog) -> tuple[ProviderSpec, SetupGuide]:
    if not provider:
        ids = tuple(one.id for one in registry().providers() if one.spec and one.spec.setup)
        match ids:
            case ():
                raise ConfigurationError("No installed provider has a guided set-up.")
            case (only,):
                say(f"Provider: {only}\n")
                provider = only
            case _:
                question = SetupQuestion(
                    setting="provider", prompt="Provider", kind="choice", choices=ids
                )
                provider = dialog.answer(question, "").live
    spec = registry().get(provider)
    if spec.setup is None:
        raise ConfigurationError(
            f"The provider {spec.id} has no guided set-up.",
            remediation="Use it with --provider alone, or write the configuration file by hand.",
        )
    return spec, spec.setup
