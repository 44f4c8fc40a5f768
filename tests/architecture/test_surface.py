"""What users hold: pinned names, a docstring for each, examples that run, types that ship."""

import ast
import doctest
import importlib
import re
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

import connector_core
from architecture.tree import PACKAGES, ROOT, SHELVES, Module, everything, within

# fmt: off
NAMES = [
    "AsyncConnector", "AsyncFederation", "Capabilities", "Clock", "Connector", "ConnectorError",
    "Detail", "EmailSecurityProvider", "Explanation", "FederatedEvent", "FederatedPage",
    "Federation", "Filter", "ManualClock", "Network", "Page", "ProviderSpec", "SystemClock",
    "federate", "hookimpl", "where",
]
# fmt: on

MODULES = [pytest.param(module, id=module.name) for module in everything()]


def test_the_public_names_are_these() -> None:
    assert connector_core.__all__ == NAMES
    assert dir(connector_core) == NAMES
    for name in NAMES:
        assert getattr(connector_core, name) is not None


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="Conector"):
        connector_core.Conector  # noqa: B018


@pytest.mark.parametrize("module", MODULES)
def test_everything_public_has_a_summary_line(module: Module) -> None:
    if module.name == "connector_core.ocsf.models":
        return  # generated: the schema's own descriptions stand there
    lacking = [
        name
        for name, node in documented(module)
        if not summary(node) and not name.rpartition(".")[2].startswith("test_")
    ]  # what a test of the kit promises stands in its @promise
    assert not [name for name in lacking if not inner(module) or name == module.name]


def inner(module: Module) -> bool:
    """The emulator's own parts, which nobody imports: their modules alone need a docstring."""
    parts = ("mock.engine", "mock.dataset")
    return within(module.name, *(f"connector_defender_office365.{part}" for part in parts))


def documented(module: Module) -> Iterator[tuple[str, ast.AST]]:
    yield module.name, module.tree
    yield from _public(module.tree, "")


def _public(parent: ast.AST, prefix: str) -> Iterator[tuple[str, ast.AST]]:
    for node in ast.iter_child_nodes(parent):
        if not isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        overload = any("overload" in ast.unparse(one) for one in node.decorator_list)
        if node.name.startswith("_") or overload:
            continue
        name = f"{prefix}{node.name}"
        yield name, node
        if isinstance(node, ast.ClassDef):
            yield from _public(node, f"{name}.")


def summary(node: ast.AST) -> str:
    text = ast.get_docstring(node) or ""  # type: ignore[arg-type]
    return text.split("\n\n")[0]


@pytest.mark.parametrize("module", MODULES)
def test_every_example_runs(module: Module) -> None:
    examples = re.findall(r"^ *>>> (?!.*[+]SKIP)", module.path.read_text("utf-8"), re.MULTILINE)
    if examples:
        loaded = importlib.import_module(module.name)
        result = doctest.testmod(loaded, optionflags=doctest.ELLIPSIS)
        assert result.attempted >= len(examples)
        assert result.failed == 0


def test_every_package_ships_its_types() -> None:
    config = (ROOT / "pyproject.toml").read_text("utf-8")
    for shelf in SHELVES:
        for package in shelf.glob("connector_*/__init__.py"):
            assert (package.parent / "py.typed").is_file()
            assert str(package.parent.relative_to(ROOT)) in config, "the wheel must hold it"


def test_the_built_wheel_holds_the_packages_with_their_types(tmp_path: Path) -> None:
    pytest.importorskip("hatchling", reason="hatchling builds the wheel; it is not installed")
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    (wheel,) = tmp_path.glob("*.whl")
    names = zipfile.ZipFile(wheel).namelist()
    tops = {name.split("/")[0] for name in names}
    assert set(PACKAGES) <= tops
    assert not tops & {"providers", "conformance", "tests"}
    for package in PACKAGES:
        assert f"{package}/py.typed" in names
    assert len(names) == len(set(names))
