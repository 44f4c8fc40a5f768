"""`threat`, `explain`, `check`, `mapping`, `providers`: one look at one thing."""

from dataclasses import asdict
from typing import Annotated, Any, Literal

import typer

from connector_core.cli import exits
from connector_core.cli.listing import FilterOption, OrderOption
from connector_core.cli.output import emit, emit_json, notices, progress
from connector_core.cli.printable import printable
from connector_core.cli.tables import summary, table
from connector_core.cli.target import (
    IntegrationOption,
    ProviderOption,
    choose,
    connect,
    provider_id,
)
from connector_core.errors import ConfigurationError, ConnectorError, PluginError
from connector_core.provider import CheckItem, CheckReport
from connector_core.registry import InstalledProvider, registry

Form = Literal["table", "json"]
FormOption = Annotated[Form, typer.Option("--output", "-o", help="table for people, or json.")]


def threat(
    id: Annotated[str, typer.Argument(metavar="ID", help="finding_info.uid of a finding.")],
    provider: ProviderOption = "",
    integration: IntegrationOption = "",
    output: FormOption = "json",
) -> None:
    """Print one finding in full.

    \b
    Example:
      email-security threat --integration work ID --output table
    """
    with connect(choose(provider, integration)) as connector, progress("reading"):
        detail = connector.get_threat(id)
    if output == "json":
        emit_json(detail.event)
    else:
        emit(summary(detail.event))
    notices(detail.messages)


def explain(
    what: Annotated[Literal["events", "threats"], typer.Argument(help="What would be listed.")],
    provider: ProviderOption = "",
    integration: IntegrationOption = "",
    filters: FilterOption = None,
    order: OrderOption = None,
    output: FormOption = "table",
) -> None:
    """Show the vendor's query and what becomes of each filter. Sends nothing.

    \b
    Example:
      email-security explain events --integration work -f "email.subject[like]invoice"
    """
    operation: Literal["query_events", "query_threats"] = (
        "query_events" if what == "events" else "query_threats"
    )
    with connect(choose(provider, integration)) as connector:
        explanation = connector.explain(operation, filters or [], order=order)
    if output == "json":
        emit(explanation.json() + b"\n")
        return
    plan = explanation.plan
    span = plan["effective_range"]
    lines = [explanation.native_query, "", f"range: {span['start']} to {span['end']}"]
    lines += [f"{item['disposition']}: {item['filter']}" for item in plan["filters"]]
    lines += [f"notice: {notice}" for notice in plan["notices"]]
    # The query's own line breaks are the vendor language's; everything else is escaped.
    emit("".join(f"{printable(line)}\n" for line in "\n".join(lines).split("\n")))


def check(
    provider: ProviderOption = "",
    integration: IntegrationOption = "",
    output: FormOption = "table",
) -> None:
    """Try whether a configuration reaches the vendor.

    Tells with which rights, and for what fails what would help.

    \b
    Example:
      email-security check --integration work
    """
    with connect(choose(provider, integration)) as connector, progress("checking"):
        report = connector.check()
    if output == "json":
        emit_json(report_dict(report))
    else:
        emit(check_text(report))
    if not report.ok:
        raise typer.Exit(exits.CHECK_FAILED)


def mapping(provider: ProviderOption = "", integration: IntegrationOption = "") -> None:
    """Print how the vendor's columns become OCSF, as Markdown.

    \b
    Example:
      email-security mapping --provider emailsecurity_defender_for_office
    """
    spec = registry().get(provider_id(provider, integration))
    if spec.mapping is None:
        raise ConfigurationError(f"The provider {spec.id} publishes no mapping.")
    text = spec.mapping()
    emit(text if text.endswith("\n") else f"{text}\n")


def providers(output: FormOption = "table") -> None:
    """List the installed providers, the broken ones too.

    \b
    Example:
      email-security providers --output json
    """
    found = registry().providers()
    if output == "json":
        emit_json([_provider_dict(one) for one in found])
        return
    rows = [
        (
            one.id,
            one.spec.fullname if one.spec else "",
            f"{one.distribution} {one.version}",
            f"broken: {one.error} {one.remediation}".rstrip() if one.error else "ready",
        )
        for one in found
    ]
    emit(table(("id", "product", "package", "state"), rows))


def _provider_dict(one: InstalledProvider) -> dict[str, Any]:
    return {
        "id": one.id,
        "name": one.spec.fullname if one.spec else None,
        "vendor": one.spec.vendor if one.spec else None,
        "distribution": one.distribution,
        "version": one.version,
        "needs_configuration": one.spec.needs_configuration if one.spec else None,
        "error": one.error,
        "remediation": one.remediation or None,
    }


def report_dict(report: CheckReport) -> dict[str, Any]:
    """A report, JSON-ready."""
    return {"ok": report.ok, "items": [asdict(item) for item in report.items]}


def check_text(report: CheckReport) -> str:
    """A report in lines: what was tried, how it went, and what to do about it."""
    lines = []
    for item in report.items:
        lines.append(f"{item.status:<8} {item.name}" + (f": {item.detail}" if item.detail else ""))
        if item.remedy and item.status != "ok":
            lines.append(f"         {item.remedy}")
    return "".join(f"{printable(line)}\n" for line in lines)


def failed_check(error: ConnectorError) -> CheckReport:
    """The report of a check that could not be made: for our own reasons, or those of the way."""
    ours = isinstance(error, ConfigurationError | PluginError)
    name = "configuration" if ours else "connection"
    return CheckReport((CheckItem(name, "failed", str(error), error.remediation),))
