"""Write a provider: every block is a part of the example, every command on the page works."""

import shlex
import shutil
from pathlib import Path

import pytest

from docs.pages import ROOT, Block, blocks, links
from stranger import (
    ACME,
    KIT,
    environment,
    proof,
    repository,
    tidy,  # noqa: F401  # a fixture
)

pytestmark = pytest.mark.xdist_group("stranger")

PAGE = ROOT / "docs" / "write-a-provider.md"
EXCERPTS = blocks(PAGE, "py", "ini")
COMMANDS = [
    tuple(shlex.split(line)) for block in blocks(PAGE, "sh") for line in block.text.splitlines()
]
FILES = sorted(
    file for file in ACME.rglob("*") if file.is_file() and "__pycache__" not in file.parts
)


def source(block: Block) -> Path:
    """The file that the first line of a block names."""
    return ACME / block.text.splitlines()[0].removeprefix("# ")


@pytest.mark.parametrize("block", EXCERPTS, ids=str)
def test_a_block_is_a_part_of_the_file_that_it_names(block: Block) -> None:
    file, part = source(block), block.text.partition("\n")[2]
    assert file.is_file(), f"{block} names no file of the example"
    assert part.strip()
    assert f"\n{part}" in f"\n{file.read_text('utf-8')}", f"{block} differs from {file.name}"


def test_every_language_of_the_page_is_checked() -> None:
    fences = [line for line in PAGE.read_text("utf-8").splitlines() if line.startswith("```")]
    shown = {fence for fence in fences if fence != "```"}
    assert shown == {"```py", "```ini", "```sh"}
    assert len(fences) == 2 * (len(EXCERPTS) + len(blocks(PAGE, "sh")))


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.relative_to(ACME).as_posix())
def test_every_file_of_the_example_is_shown_or_linked(file: Path) -> None:
    linked = {(PAGE.parent / link).resolve() for link in links(PAGE)}
    shown = {source(block) for block in EXCERPTS}
    empty_and_named = not file.stat().st_size and f"`{file.name}`" in PAGE.read_text("utf-8")
    assert file in linked | shown or empty_and_named


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_a_command_of_the_page_works_for_a_stranger(
    command: tuple[str, ...], tmp_path: Path
) -> None:
    if command == KIT:
        done = proof()
    else:
        folder = shutil.copytree(repository(), tmp_path / "connector-acme")
        done = environment().run(*command, folder=folder)
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"


def test_the_commands_of_the_page_show_what_it_says() -> None:
    assert ("email-security", "providers") in COMMANDS
    assert KIT in COMMANDS
    listed = environment().run("email-security", "providers")
    (line,) = [line for line in listed.stdout.splitlines() if "emailsecurity_acme" in line]
    assert "Acme" in line
