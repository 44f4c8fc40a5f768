"""The image, and the page about running it, agree with the code: nothing here needs Docker."""

import configparser
import fnmatch
import json
import re
import shlex
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from connector_core import ManualClock
from connector_core.http_api.config import ServerConfig, server_config
from connector_core.http_api.connections import HEADER_SECONDS, KEEP_ALIVE_SECONDS
from connector_core.http_api.limits import MAX_HEADERS
from connector_core.settings import Settings
from docs.pages import ROOT, blocks, read
from http_api.served import Desktop, serving
from opened import NOW

PAGE = ROOT / "docs/deploying.md"
DEFAULTS = ServerConfig()
PROJECT = tomllib.loads(read(ROOT / "pyproject.toml"))["project"]


class Step(NamedTuple):
    """One instruction of the Dockerfile."""

    word: str
    rest: str


def steps() -> list[Step]:
    text = re.sub(r"^#.*\n", "", read(ROOT / "Dockerfile"), flags=re.MULTILINE)
    lines = text.replace("\\\n", " ").splitlines()
    return [Step(*line.split(None, 1)) for line in lines if line.strip()]


def final_stage() -> list[Step]:
    found = steps()
    last = max(index for index, step in enumerate(found) if step.word == "FROM")
    return found[last:]


def only(word: str) -> str:
    """The one instruction of this word in the final stage."""
    (step,) = [step for step in final_stage() if step.word == word]
    return step.rest


def copied() -> Iterator[str]:
    """What is copied from the repository."""
    for step in steps():
        if step.word == "COPY" and "--from=" not in step.rest:
            *sources, _ = step.rest.split()
            yield from sources


# -- the image


def test_every_stage_starts_from_the_same_slim_python_of_a_supported_version() -> None:
    (base,) = [step.rest for step in steps() if step.word == "ARG"]
    found = re.fullmatch(r"BASE=python:(3\.\d+)-slim-\w+", base)
    assert found is not None
    assert f"Programming Language :: Python :: {found[1]}" in PROJECT["classifiers"]
    assert {step.rest.split()[0] for step in steps() if step.word == "FROM"} == {"${BASE}"}


def test_the_host_does_not_run_as_root() -> None:
    user, group = only("USER").split(":")
    assert int(user) >= 10_000
    assert int(group) >= 10_000


def test_the_final_stage_brings_no_tool_that_builds() -> None:
    words = " ".join(step.rest for step in final_stage())
    assert not re.search(r"\b(apt-get|gcc|git|curl|wget|npm|pip|hatchling)\b", words)
    copies = [step.rest for step in final_stage() if step.word == "COPY"]
    assert copies == ["--from=build /opt/email-security /opt/email-security"]
    assert "--without-pip /opt/email-security" in " ".join(step.rest for step in steps())


def test_what_is_copied_exists_and_is_let_in() -> None:
    ignored = [
        line for line in read(ROOT / ".dockerignore").splitlines() if line[:1] not in ("", "#")
    ]
    assert ignored[0] == "*"
    let_in = {line[1:] for line in ignored if line.startswith("!")}
    sources = {source.removeprefix("./") for source in copied()}
    assert sources == let_in
    assert all((ROOT / source).exists() for source in sources)
    # What the wheel is made of is there.
    target = tomllib.loads(read(ROOT / "pyproject.toml"))["tool"]["hatch"]["build"]["targets"][
        "wheel"
    ]
    assert {Path(package).parts[0] for package in target["packages"]} <= sources
    assert {PROJECT["readme"], *PROJECT["license-files"]} <= sources


@pytest.mark.parametrize("path", ["work.secret", "providers/.env", "connector_core/cursor.key"])
def test_secrets_that_lie_around_stay_out(path: str) -> None:
    patterns = [
        line for line in read(ROOT / ".dockerignore").splitlines() if line.startswith("**/")
    ]
    assert any(fnmatch.fnmatch(Path(path).name, line.removeprefix("**/")) for line in patterns)


def test_no_secret_is_in_the_image() -> None:
    given = [step.rest for step in steps() if step.word in ("ARG", "ENV")]
    names = re.findall(r"(\w+)=", " ".join(given))
    assert not [name for name in names if re.search(r"SECRET|TOKEN|KEY|PASSWORD", name)]


def test_the_extras_exist_and_everything_is_pinned() -> None:
    install = [step.rest for step in steps() if step.word == "RUN" and "/bin/pip " in step.rest]
    assert all("--constraint constraints.txt" in run or "--no-deps" in run for run in install)
    (extras,) = re.findall(r"\[([\w,-]+)\]", " ".join(install))
    assert {"cli", "server"} <= set(extras.split(",")) <= set(PROJECT["optional-dependencies"])
    assert not {"all", "dev", "mock"} & set(extras.split(","))
    pinned = {_plain(line.split("==")[0]) for line in read(ROOT / "constraints.txt").splitlines()}
    wanted = [*PROJECT["dependencies"], "hatchling"]
    for extra in extras.split(","):
        wanted += PROJECT["optional-dependencies"][extra]
    assert {_plain(re.split(r"[<>=\[]", one)[0]) for one in wanted} <= pinned


def _plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def test_what_it_starts_is_a_command_of_the_program() -> None:
    typer_main = pytest.importorskip("typer.main")
    from connector_core.cli.app import app

    assert json.loads(only("ENTRYPOINT")) == ["email-security"]
    assert "email-security" in PROJECT["scripts"]
    command, *rest = json.loads(only("CMD"))
    root = typer_main.get_command(app)
    with root.make_context("email-security", [command], resilient_parsing=True) as context:
        found = root.get_command(context, command)
        chosen = found.make_context(command, rest, parent=context).params
    assert chosen["host"] == "0.0.0.0"  # noqa: S104
    assert str(chosen["port"]) == only("EXPOSE")


def test_its_folder_is_that_of_the_configuration_and_its_users_alone() -> None:
    (folder,) = json.loads(only("VOLUME"))
    assert f"EMAIL_SECURITY_CONFIG={folder}/config.toml" in only("ENV")
    made = next(step.rest for step in final_stage() if step.word == "RUN")
    user, group = only("USER").split(":")
    assert made == f"install --directory --owner {user} --group {group} --mode 0700 {folder}"


def test_the_health_check_tells_a_host_from_nothing(tmp_path: Path) -> None:
    check = only("HEALTHCHECK")
    python, option, code = json.loads(check[check.index("CMD") + 3 :])
    assert (python, option) == ("python", "-c")
    address = f"http://127.0.0.1:{only('EXPOSE')}"
    assert address in code
    desktop = Desktop(tmp_path / "config.toml", ManualClock(NOW))
    with serving(desktop.host()) as url:
        assert _runs(code.replace(address, url)) == 0
    assert _runs(code.replace(address, url)) != 0


def _runs(code: str) -> int:
    return subprocess.run([sys.executable, "-c", code], check=False, capture_output=True).returncode


# -- the page


def test_the_configuration_on_the_page_is_one_of_a_host(tmp_path: Path) -> None:
    (block,) = blocks(PAGE, "toml")
    path = tmp_path / "config.toml"
    path.write_text(block.text)
    key = tmp_path / "cursor.key"
    key.write_text("0" * 64)
    key.chmod(0o600)
    config = server_config(Settings.load(path), {"METRICS_TOKEN": "a-token-of-a-test"})
    assert config.metrics_token is not None
    assert config.concurrency == DEFAULTS.concurrency
    assert config.shutdown_seconds == DEFAULTS.shutdown_seconds
    assert Settings.load(path).token_hashes("work")


def test_the_unit_starts_the_host_and_waits_longer_than_it_takes_to_stop() -> None:
    (block,) = blocks(PAGE, "ini")
    unit = configparser.ConfigParser(interpolation=None)
    unit.optionxform = str  # type: ignore[assignment]
    unit.read_string(block.text)
    service = unit["Service"]
    assert shlex.split(service["ExecStart"])[1] == "serve"
    assert int(service["TimeoutStopSec"]) > DEFAULTS.shutdown_seconds
    assert f"/var/lib/{service['StateDirectory']}/" in service["Environment"]


def test_the_container_is_given_longer_to_stop_than_it_takes() -> None:
    (seconds,) = re.findall(r"--stop-timeout (\d+)", read(PAGE))
    assert int(seconds) > DEFAULTS.shutdown_seconds


def test_the_proxy_waits_longer_than_the_host_and_takes_what_the_host_takes() -> None:
    (block,) = blocks(PAGE, "nginx")
    (seconds,) = re.findall(r"proxy_read_timeout (\d+)s;", block.text)
    assert int(seconds) > DEFAULTS.operation_seconds + DEFAULTS.queue_seconds
    (kilobytes,) = re.findall(r"large_client_header_buffers 4 (\d+)k;", block.text)
    assert int(kilobytes) * 1024 > DEFAULTS.max_url
    (kilobytes,) = re.findall(r"client_max_body_size (\d+)k;", block.text)
    assert int(kilobytes) * 1024 >= DEFAULTS.max_body


def test_the_limits_on_the_page_are_those_of_the_code() -> None:
    page = read(PAGE)
    shown = dict(re.findall(r"`(\w+)`, (\d+)", page.partition("## What the host refuses")[2]))
    for setting, figure in shown.items():
        factor = 1024 if setting.startswith("max_") else 1
        assert getattr(DEFAULTS, setting) == int(figure) * factor, setting
    assert {"max_url", "max_body", "body_seconds", "queue", "queue_seconds", "concurrency"} <= set(
        shown
    )
    assert f"| all headers | {MAX_HEADERS // 1024} KB |" in page
    assert f"{HEADER_SECONDS:g} to {2 * HEADER_SECONDS:g} s" in page
    assert f"The host keeps them for {KEEP_ALIVE_SECONDS} seconds" in page
    assert f"`operation_seconds` ({DEFAULTS.operation_seconds:g} by default)" in page
