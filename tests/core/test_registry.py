"""Plugins as strangers install them: folders with a distribution's metadata on the search path."""

import inspect
import re
import subprocess
import sys
import textwrap
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest

from connector_core.connector import Connector
from connector_core.errors import BrokenProvider, ProviderNotFound
from connector_core.hookspecs import connector_providers
from connector_core.provider import ProviderSpec
from connector_core.registry import GROUP, InstalledProvider, Registry, registry

PLUGINS = Path(__file__).parent.parent / "plugins"


Load = Callable[..., Registry]


@pytest.fixture
def load(monkeypatch: pytest.MonkeyPatch) -> Load:
    def load(*folders: str) -> Registry:
        for folder in folders:
            monkeypatch.syspath_prepend(str(PLUGINS / folder))
            for module in (PLUGINS / folder).glob("*.py"):
                monkeypatch.delitem(sys.modules, module.stem, raising=False)
        return Registry.load()

    return load


def listed(found: Registry, distribution: str) -> list[InstalledProvider]:
    return [one for one in found.providers() if one.distribution == distribution]


def test_a_strangers_provider_is_found_with_its_distribution(load: Load) -> None:
    found = load("good")
    (one,) = listed(found, "acme-connector")
    assert (one.id, one.version, one.error) == ("emailsecurity_acme", "1.0", None)
    assert found.get("emailsecurity_acme") is one.spec
    assert isinstance(one.spec, ProviderSpec)


@pytest.mark.parametrize(
    ("folder", "distribution", "says", "remedy"),
    [
        (
            "import_error",
            "lame-connector",
            "lame_vendor_sdk",
            "pip install 'lame-connector[vendor]'",
        ),
        (
            "incomplete",
            "incomplete-connector",
            "No module named 'incomplete_connector.capabilities'.",
            "is a part of incomplete-connector itself",
        ),
        ("exits", "exiting-connector", "SystemExit: good bye", "exiting-connector"),
        ("misspelt", "misspelt-connector", "connector_provider", "misspelt-connector"),
        ("hookless", "hookless-connector", "connector_providers", "hookless-connector"),
    ],
)
def test_a_broken_plugin_is_listed_with_its_reason_and_harms_no_other(
    load: Load, folder: str, distribution: str, says: str, remedy: str
) -> None:
    found = load("good", folder)
    (one,) = listed(found, distribution)
    assert one.spec is None
    assert says in (one.error or "")
    assert remedy in one.remediation
    assert found.get("emailsecurity_acme").vendor == "Acme"
    with pytest.raises(BrokenProvider, match=distribution) as caught:
        found.get(one.id)
    assert says in str(caught.value)
    assert caught.value.remediation == one.remediation


def test_ctrl_c_while_a_plugin_loads_is_obeyed(load: Load) -> None:
    with pytest.raises(KeyboardInterrupt):
        load("interrupted")


def test_cards_that_cannot_be_used_are_refused_one_by_one(load: Load) -> None:
    found = load("versions")
    errors = {one.id: one.error for one in listed(found, "versions-connector")}
    assert errors.pop("emailsecurity_usable") is None
    assert "outdated" in (errors.pop("emailsecurity_outdated") or "")
    assert "too new" in (errors.pop("emailsecurity_too_new") or "")
    # What has no usable id is listed under the entry point's name.
    wrong = [one.error or "" for one in listed(found, "versions-connector") if one.id == "versions"]
    assert any("not lower snake case" in error for error in wrong)
    assert any("returned a str" in error for error in wrong)
    with pytest.raises(BrokenProvider) as outdated:
        found.get("emailsecurity_outdated")
    assert outdated.value.remediation == "Update versions-connector."
    with pytest.raises(BrokenProvider) as newer:
        found.get("emailsecurity_too_new")
    assert newer.value.remediation == "Update connector-core."


@pytest.mark.parametrize("order", [("good", "rival"), ("rival", "good")])
def test_of_two_distributions_with_one_id_neither_wins(load: Load, order: tuple[str, str]) -> None:
    found = load(*order)
    with pytest.raises(BrokenProvider) as caught:
        found.get("emailsecurity_acme")
    assert "acme-connector 1.0" in str(caught.value)
    assert "rival-connector 2.0" in str(caught.value)
    assert [one.spec for one in found.providers() if one.id == "emailsecurity_acme"] == [None, None]


@pytest.mark.parametrize("order", [("good", "squatter"), ("squatter", "good")])
def test_of_two_distributions_with_one_entry_point_neither_is_imported(
    load: Load, order: tuple[str, str]
) -> None:
    found = load(*order)
    with pytest.raises(BrokenProvider, match="acme-connector and squatter-connector"):
        found.get("emailsecurity_acme")
    assert "squatter_plugin" not in sys.modules


def test_the_same_card_twice_from_one_distribution_counts_once(load: Load) -> None:
    found = load("twice")
    (one,) = listed(found, "twice-connector")
    assert found.get("emailsecurity_twice") is one.spec


def test_a_misspelt_id_is_answered_with_near_names(load: Load) -> None:
    with pytest.raises(ProviderNotFound, match="Did you mean emailsecurity_acme") as caught:
        load("good").get("emailsecurity_amce")
    assert "emailsecurity_acme" in caught.value.remediation


def test_providers_are_sorted_by_id(load: Load) -> None:
    ids = [one.id for one in load("versions", "good", "twice").providers()]
    assert ids == sorted(ids)


def test_a_missing_vendor_package_is_answered_with_the_line_to_type(
    load: Load, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = load("good")
    monkeypatch.setattr("connector_core.opening.registry", lambda: found)
    with pytest.raises(BrokenProvider, match="acme_connector") as caught:
        Connector.open("emailsecurity_acme")
    assert "pip install 'acme-connector[vendor]'" in caught.value.remediation


def test_the_registry_of_a_process_is_loaded_once() -> None:
    assert registry() is registry()


def test_loading_imports_nothing_heavy() -> None:
    script = (
        "import sys\n"
        "from connector_core.registry import registry\n"
        "registry()\n"
        "print(*sorted({'msal', 'duckdb', 'pydantic', 'httpx', 'typer'} & set(sys.modules)))"
    )
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == ""


def test_the_example_of_the_hook_is_a_complete_plugin(load: Load, tmp_path: Path) -> None:
    example = inspect.getdoc(connector_providers) or ""
    settings, code = (textwrap.dedent(part) for part in re.split(r"::\n\n", example)[1:])
    settings = settings.partition("\nand in")[0]
    group = tomllib.loads(settings)["project"]["entry-points"][GROUP]
    (tmp_path / "example-1.dist-info").mkdir()
    (tmp_path / "example-1.dist-info" / "METADATA").write_text("Name: example\nVersion: 1\n")
    (tmp_path / "example-1.dist-info" / "entry_points.txt").write_text(
        f"[{GROUP}]\n" + "".join(f"{name} = {value}\n" for name, value in group.items())
    )
    (tmp_path / "acme_connector").mkdir()
    (tmp_path / "acme_connector" / "plugin.py").write_text(code)
    (one,) = listed(load(str(tmp_path)), "example")
    assert (one.id, one.error) == ("emailsecurity_acme", None)
