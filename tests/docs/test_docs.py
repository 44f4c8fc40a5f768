"""What the pages say is true: their code runs, their commands parse, their links lead somewhere."""

import importlib.util
import re
import tomllib
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from connector_core import Connector, SystemClock
from connector_core.cli import exits, main
from connector_core.settings import Settings
from docs.pages import (
    PAGES,
    ROOT,
    Block,
    anchors,
    blocks,
    commands,
    links,
    make_targets,
    name,
    read,
)

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC).timestamp()
MOCK = "emailsecurity_defender_for_office_mock"
WITH_PYTHON = [page for page in PAGES if blocks(page, "python")]
COMMANDS = sorted({tuple(command) for page in PAGES for command in commands(page)})
WITHOUT_TENANT = [
    command
    for command in COMMANDS
    if MOCK in command or command == ("providers",) or command[:2] == ("mapping", "--provider")
]
CONFIGURATIONS = [block for page in PAGES for block in blocks(page, "toml")]


@pytest.fixture(autouse=True)
def _fixed_time_and_no_settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(SystemClock, "now", lambda clock: NOW)
    monkeypatch.setenv("EMAIL_SECURITY_CONFIG", str(tmp_path / "config.toml"))


# -- code ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("page", WITH_PYTHON, ids=name)
def test_the_python_on_a_page_runs_from_top_to_bottom(page: Path) -> None:
    names: dict[str, Any] = {"__name__": "page"}
    for block in blocks(page, "python"):
        exec(compile(block.text, str(block), "exec"), names)  # noqa: S102  # our own pages


def test_the_pages_that_must_have_code_have_it() -> None:
    assert {"README.md", "docs/embedding.md"} <= {name(page) for page in WITH_PYTHON}


# -- commands --------------------------------------------------------------------------------------


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_a_command_that_is_shown_exists_and_parses(command: tuple[str, ...]) -> None:
    if "COMMAND" in command:
        pytest.skip("stands for any command")
    typer_main = pytest.importorskip("typer.main")
    from connector_core.cli.app import app

    root = typer_main.get_command(app)
    words = [word for word in command if word not in ("--debug", "...")]
    if not words:
        return
    with root.make_context("email-security", words, obj=None, resilient_parsing=True) as context:
        found, chosen, rest = root.resolve_command(context, words)
        assert chosen is not None
        needs = ["ID"] if found == "threat" and not rest else []
        needs = ["events"] if found == "explain" and not rest else needs
        inner = chosen.make_context(found, [*rest, *needs], parent=context)
        if found == "integrations" and rest:
            found, chosen, rest = chosen.resolve_command(inner, rest)
            chosen.make_context(found, rest, parent=inner)


@pytest.mark.parametrize("command", WITHOUT_TENANT, ids=" ".join)
def test_a_command_that_needs_no_tenant_works(
    command: tuple[str, ...], capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    code = main(list(command))
    said = capfdbinary.readouterr()
    assert code == 0, said.err.decode()
    assert said.out.strip()


def test_the_make_targets_that_are_shown_exist() -> None:
    known = re.findall(r"^([a-z]+):.*## ", read(ROOT / "Makefile"), re.MULTILINE)
    shown = {target for page in PAGES for target in make_targets(page)}
    assert {"demo", "test"} <= shown <= set(known)


def test_the_first_screen_has_two_commands_and_no_others() -> None:
    screen = read(ROOT / "README.md").splitlines()[:40]
    text = "\n".join(screen).split("\n## ")[0]
    typed = re.findall(r"```sh\n(.*?)```", text, re.DOTALL)
    assert typed == ["make demo\nmake test\n"]
    assert text.count("```") == 2


# -- configuration ---------------------------------------------------------------------------------


@pytest.mark.parametrize("block", CONFIGURATIONS, ids=str)
def test_a_configuration_that_is_shown_opens(block: Block, tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text(block.text.replace("/etc/ssl/proxy.pem", ""), encoding="utf-8")
    _credentials(tmp_path)
    settings = Settings.load(path)
    assert settings.names()
    for integration in settings.names():
        found = settings.integration(integration, {"WORK_CLIENT_SECRET": "a-secret-of-a-test"})
        Connector.open(found.provider, found.config).close()


def test_every_configuration_is_toml() -> None:
    assert CONFIGURATIONS
    for block in CONFIGURATIONS:
        tomllib.loads(block.text)


def _credentials(folder: Path) -> None:
    """The files to which the examples refer: a secret, a key and its certificate."""
    import trustme

    rsa = trustme.KeyType.RSA
    pair = trustme.CA(key_type=rsa).issue_cert("reader.example", key_type=rsa)
    (folder / "work.key").write_bytes(pair.private_key_pem.bytes())
    (folder / "work.crt").write_bytes(pair.cert_chain_pems[0].bytes())
    (folder / "work.secret").write_text("a-secret-of-a-test\n", encoding="utf-8")
    for file in folder.glob("work.*"):
        file.chmod(0o600)


# -- links -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_the_links_of_a_page_lead_somewhere(page: Path) -> None:
    for link in links(page):
        if link.startswith(("https://", "mailto:")):
            continue
        file, _, anchor = link.partition("#")
        target = (page.parent / file).resolve() if file else page
        assert target.exists(), f"{name(page)} links to {link}"
        if anchor:
            assert anchor in anchors(target), f"{name(page)} links to {link}"


def test_every_page_can_be_reached_from_the_readme() -> None:
    reached: set[Path] = set()
    waiting = [ROOT / "README.md"]
    while waiting:
        page = waiting.pop()
        if page in reached or page.suffix != ".md":
            continue
        reached.add(page)
        files = (link.partition("#")[0] for link in links(page) if "://" not in link)
        waiting += [(page.parent / file).resolve() for file in files if file]
    by_themselves = {"CHANGELOG.md", "providers/connector_defender_office365/README.md"}
    assert {name(page) for page in PAGES} - {name(page) for page in reached} <= by_themselves


# -- agreement with the code -----------------------------------------------------------------------


def test_the_exit_codes_are_those_of_the_program() -> None:
    shown = re.findall(r"^\| (\d+) \| (.+?) \|$", read(ROOT / "docs/command-line.md"), re.MULTILINE)
    assert [(int(code), meaning) for code, meaning in shown] == [
        (row.code, row.meaning) for row in exits.TABLE
    ]


def test_the_advice_for_jobs_speaks_of_known_exit_codes_alone() -> None:
    advice = read(ROOT / "docs/running.md").partition("What to do with an exit code:")[2]
    rows = re.findall(r"^\| ([\d, ]+) \|", advice, re.MULTILINE)
    spoken = {int(code) for row in rows for code in row.split(",")}
    assert spoken == {row.code for row in exits.TABLE} - {exits.INTERRUPTED, exits.OUTPUT_CLOSED}


def test_the_check_steps_are_those_of_the_check() -> None:
    with Connector.open(MOCK) as email:
        items = {item.name for item in email.check().items if not item.name.startswith("table ")}
    page = read(ROOT / "docs/providers/defender_office365.md")
    table = page.partition("## When it does not work")[2].partition("\n\nOften")[0]
    shown = set(re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE))
    assert shown == items | {"certificate"}


def test_the_regions_are_those_of_the_code() -> None:
    from connector_defender_office365.regions import REGIONS

    page = read(ROOT / "docs/providers/defender_office365.md")
    table = page.partition("### Regions")[2].partition("\n\nTokens")[0]
    for region, endpoints in REGIONS.items():
        (line,) = [line for line in table.splitlines() if f"`{region}`" in line[:20]]
        assert f"`{endpoints.graph.removeprefix('https://')}`" in line
        assert f"`{endpoints.login.removeprefix('https://')}`" in line


def test_the_generated_pages_are_fresh() -> None:
    script = _script("generate_filter_docs")
    for file, text in script.pages().items():
        assert read(script.FOLDER / file) == text, f"run python scripts/{script.__name__}.py"


def test_every_known_code_of_entra_is_on_the_page_of_refusals() -> None:
    from connector_defender_office365.entra_errors import MEANINGS

    page = read(ROOT / "docs/providers/defender_office365_errors.md")
    assert [code for code in MEANINGS if f"| AADSTS{code} |" not in page] == []


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_the_files_that_a_page_names_exist(page: Path) -> None:
    folders = ("connector_core", "providers", "conformance", "scripts", "tests")
    known = {file.name for folder in folders for file in (ROOT / folder).rglob("*.py")}
    assert set(re.findall(r"\b\w+\.py\b", read(page))) <= known


# -- the demonstration -----------------------------------------------------------------------------


def test_the_demonstration_shows_a_table_an_event_the_query_and_commands_that_parse(
    capsys: pytest.CaptureFixture[str],
) -> None:
    demo = _script("demo")
    demo.main()
    said = capsys.readouterr().out
    table, event, query, next_steps = re.split(r"^--- .* ---$", said, flags=re.MULTILINE)
    assert len(re.findall(r"^2026-11-\d\d \d\d:\d\d ", table, re.MULTILINE)) == demo.HOW_MANY
    assert "; whole." in table
    assert '"class_uid": 2004' in event
    assert "EmailEvents" in query
    assert "\x1b" not in said
    assert next_steps.count("email-security ") == 5


def _script(file: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(file, ROOT / "scripts" / f"{file}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


# -- style -----------------------------------------------------------------------------------------

_LEFT_OVER = re.compile(r"\b(TODO|FIXME|TBD|XXX|lorem ipsum|coming soon|not yet written)\b", re.I)


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_nothing_on_a_page_waits_to_be_written(page: Path) -> None:
    assert not _LEFT_OVER.search(read(page))
    for block in blocks(page, "python"):
        assert not re.search(r"\.\.\.\s*$", block.text), str(block)


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_the_rows_of_a_table_have_as_many_cells_as_its_head(page: Path) -> None:
    width = 0
    previous = ""
    for line in [*read(page).splitlines(), ""]:
        if not line.startswith("|"):
            previous = line
            continue
        cells = len(re.findall(r"(?<!\\)\|", re.sub(r"`[^`]*`", "", line)))
        width = width if previous.startswith("|") else cells
        assert cells == width, f"{name(page)}: {line}"
        previous = line


def test_no_page_names_a_folder_of_the_machine_on_which_it_was_written() -> None:
    assert [
        name(page) for page in PAGES if re.search(r"/(work|home|Users|root)/", read(page))
    ] == []
