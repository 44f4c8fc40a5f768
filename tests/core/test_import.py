"""Importing the package costs next to nothing: what is heavy is loaded when it is used."""

import subprocess
import sys

import pytest

HEAVY = ("httpx", "pydantic", "duckdb", "duckdb_kql", "msal", "msgspec", "orjson", "pluggy")
HEAVY_CLI = ("typer", "rich", "fastapi", "uvicorn")

LIST_MODULES = """
import sys
{statement}
print(*sorted(name.partition('.')[0] for name in sys.modules))
"""


def loaded_by(statement: str) -> set[str]:
    """The packages that a fresh interpreter has loaded after a statement."""
    code = LIST_MODULES.format(statement=statement)
    ran = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    return set(ran.stdout.split())


def test_importing_the_package_loads_no_heavy_one_and_no_provider() -> None:
    found = loaded_by("import connector_core")
    assert found.isdisjoint(HEAVY + HEAVY_CLI)
    assert not {name for name in found if name.startswith("connector_")} - {"connector_core"}


@pytest.mark.parametrize("name", ["Connector", "AsyncConnector", "where", "ConnectorError"])
def test_using_a_name_loads_no_provider_and_no_engine(name: str) -> None:
    found = loaded_by(f"from connector_core import {name}")
    # Not rich: httpx loads it for its own command line wherever it is installed.
    assert found.isdisjoint({*HEAVY_CLI, "duckdb", "duckdb_kql", "msal"} - {"rich"})
    assert not {name for name in found if name.startswith("connector_")} - {"connector_core"}


def test_every_public_name_is_there() -> None:
    code = "import connector_core as c; print([n for n in c.__all__ if not hasattr(c, n)])"
    ran = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert ran.stdout.strip() == "[]"


def test_an_unknown_name_is_an_attribute_error() -> None:
    import connector_core

    with pytest.raises(AttributeError, match="no attribute 'Konnektor'"):
        _ = connector_core.Konnektor
