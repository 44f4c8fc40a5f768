"""Who may import whom, and who alone may do what."""

import ast
import re
import subprocess
import sys

import pytest

import connector_core
from architecture.tree import PROVIDERS, Module, everything, modules, within

CORE = modules("connector_core")
PROVIDER = "connector_defender_office365"
DEFENDER = modules(PROVIDER)

PUBLIC_CORE = (
    "connector_core.clock",
    "connector_core.convert",
    "connector_core.errors",
    "connector_core.filter",
    "connector_core.hookspecs",
    "connector_core.mapping",
    "connector_core.ocsf",
    "connector_core.provider",
    "connector_core.query",
    "connector_core.setup",
    "connector_core.vendor_text",
)
"""The core's modules that a provider may use; the rest may change without notice."""

KIT_CORE = (
    *PUBLIC_CORE,
    "connector_core.page",
    "connector_core.registry",
    "connector_core.settings",
    "connector_core.stream",
)
"""What the kit uses beside the names of `connector_core` itself: it is a caller and a host, too."""
KIT_INNER = {
    "connector_conformance.direct": (
        "connector_core.flow",
        "connector_core.opening",
        "connector_core.paging",
        "connector_core.retry",
        "connector_core.transport",
    ),
    "connector_conformance.laws_fixtures": ("connector_core.opening",),
}
"""Inner modules of the core that the kit, which is released with it, needs to reach a provider
without the core's second look; a change of them is a change of these few modules."""

HTTPX = {
    "connector_core.flow",
    "connector_core.failures",
    "connector_core.reply",
    "connector_core.sign_in_retry",
    "connector_core.telemetry.traced",
    "connector_core.transport",
    f"{PROVIDER}.auth",
    f"{PROVIDER}.entra_errors",
    f"{PROVIDER}.errors",
    f"{PROVIDER}.graph",
    f"{PROVIDER}.msal_http",
    f"{PROVIDER}.mock.transport",
    f"{PROVIDER}.mock.relay",
    "connector_abnormal.auth",
    "connector_abnormal.wire",
    "connector_abnormal.mock.transport",
}
"""The modules that know httpx; a change of the library stays among them."""


def named(items: list[Module]) -> list[object]:
    return [pytest.param(module, id=module.name) for module in items]


@pytest.mark.parametrize("module", named(list(CORE)))
def test_the_core_imports_no_provider_and_no_kit(module: Module) -> None:
    for name in module.imports(typing=True):
        top = name.split(".")[0]
        assert top == "connector_core" or not top.startswith("connector_"), name


@pytest.mark.parametrize("module", named([m for one in PROVIDERS for m in modules(one)]))
def test_a_provider_imports_the_public_core_and_itself(module: Module) -> None:
    for name in module.imports(typing=True):
        top = name.split(".")[0]
        if top == "connector_core":
            assert within(name, *PUBLIC_CORE), name
        elif top == "connector_conformance":
            assert module.name.endswith((".mock.bench", ".mock.planted")), name
            assert within(name, "connector_conformance.bench"), name
        elif top.startswith("connector_"):
            assert top == module.name.split(".")[0], name


@pytest.mark.parametrize("module", named(list(modules("connector_conformance"))))
def test_the_kit_knows_no_provider_and_no_command_line(module: Module) -> None:
    known = ("connector_core", "connector_conformance")
    for name in module.imports(typing=True):
        assert not name.startswith("connector_") or within(name, *known), name
        assert not within(name, "connector_core.cli"), name


@pytest.mark.parametrize("module", named(list(modules("connector_conformance"))))
def test_the_kit_uses_the_parts_of_the_core_that_are_named(module: Module) -> None:
    allowed = (*KIT_CORE, *KIT_INNER.get(module.name, ()))
    for name in module.imports(typing=True):
        if within(name, "connector_core") and name != "connector_core":
            public = name.removeprefix("connector_core.") in connector_core.__all__
            assert public or within(name, *allowed), name


def inside(*parents: str) -> list[object]:
    return named([module for module in DEFENDER if within(module.name, *parents)])


@pytest.mark.parametrize("module", inside(f"{PROVIDER}.kql"))
def test_the_query_language_knows_neither_mail_nor_graph(module: Module) -> None:
    for name in module.imports(typing=True):
        if name.split(".")[0].startswith("connector_"):
            assert within(name, f"{PROVIDER}.kql"), name


@pytest.mark.parametrize("module", inside(f"{PROVIDER}.mapping", f"{PROVIDER}.schema"))
def test_mapping_and_schema_are_data(module: Module) -> None:
    allowed = (
        "connector_core.convert",
        "connector_core.mapping",
        "connector_core.ocsf.enums",
        f"{PROVIDER}.mapping",
        f"{PROVIDER}.convert",
        f"{PROVIDER}.schema",
    )
    for name in module.imports(typing=True):
        if name.split(".")[0].startswith("connector_"):
            assert within(name, *allowed), name


@pytest.mark.parametrize(
    "module",
    named([m for one in PROVIDERS for m in modules(one) if not within(m.name, f"{one}.mock")]),
)
def test_the_provider_does_not_know_its_emulator(module: Module) -> None:
    package = module.name.split(".")[0]
    for name in module.imports(typing=True):
        assert not within(name, f"{package}.mock"), name


@pytest.mark.parametrize("module", named(everything()))
def test_only_one_module_imports_msal_and_few_import_httpx(module: Module) -> None:
    for name in module.imports():
        if within(name, "msal"):
            assert module.name == f"{PROVIDER}.msal_http"
        if within(name, "httpx") and not within(module.name, "connector_conformance"):
            assert module.name in HTTPX
        assert not within(name, "requests", "urllib.request", "http.client", "aiohttp", "urllib3")


@pytest.mark.parametrize("module", named(everything()))
def test_only_the_flow_sends_requests(module: Module) -> None:
    if module.name == "connector_core.flow":
        return
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            receiver = ast.unparse(node.func.value).lower()
            sends = node.func.attr in {"send", "request", "post", "put", "patch", "stream"}
            assert not (sends and re.search(r"client|httpx|session", receiver)), (
                f"line {node.lineno}: {ast.unparse(node.func)}"
            )


KQL_TEXT = re.compile(
    r"\|\s*(where|project|summarize|extend|take|sort|join|union|distinct|count)\b(?!\|)"
)


@pytest.mark.parametrize(
    "module",
    named([m for m in DEFENDER if not within(m.name, f"{PROVIDER}.kql", f"{PROVIDER}.mock")]),
)
def test_only_the_query_language_writes_query_text(module: Module) -> None:
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            assert not KQL_TEXT.search(node.value), f"line {node.lineno}: {node.value[:80]}"


@pytest.mark.parametrize("module", named(everything()))
def test_nothing_imports_the_command_line_or_the_http_host(module: Module) -> None:
    for name in module.imports(typing=True):
        if not within(module.name, "connector_core.cli"):
            assert not within(name, "connector_core.cli"), name
        if not within(module.name, "connector_core.http_api", "connector_core.cli.serve"):
            assert not within(name, "connector_core.http_api"), name


@pytest.mark.parametrize(
    ("module", "heavy"),
    [
        (
            "connector_core",
            ["pydantic", "httpx", "cryptography", "msal", "duckdb", "typer", "rich", "fastapi"],
        ),
        # Not rich: httpx loads it for its own command line wherever it is installed.
        ("connector_core.connector", ["pydantic", "msal", "duckdb", "typer", "fastapi", PROVIDER]),
    ],
)
def test_importing_loads_nothing_heavy(module: str, heavy: list[str]) -> None:
    code = f"import sys, {module}; print([name for name in {heavy} if name in sys.modules])"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"
