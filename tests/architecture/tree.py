"""Reads the sources as syntax trees, for the tests of how they hang together."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SHELVES = (ROOT, ROOT / "providers", ROOT / "conformance")
PROVIDERS = ("connector_defender_office365", "connector_abnormal")
PACKAGES = ("connector_core", *PROVIDERS, "connector_conformance")


@dataclass(frozen=True)
class Module:
    """One source file."""

    name: str
    path: Path

    @property
    def tree(self) -> ast.Module:
        """Its syntax."""
        return _parsed(self.path)

    def imports(self, *, typing: bool = False) -> Iterator[str]:
        """Modules, or names in modules, that it imports anywhere; `typing` adds those that only
        a type checker sees."""
        hidden = set() if typing else set(_typing_only(self.tree))
        package = self.name if self.path.name == "__init__.py" else self.name.rpartition(".")[0]
        for node in ast.walk(self.tree):
            if node in hidden:
                continue
            if isinstance(node, ast.Import):
                yield from (alias.name for alias in node.names)
            elif isinstance(node, ast.ImportFrom):
                base = node.module or ""
                if node.level:
                    above = package.split(".")[: len(package.split(".")) - node.level + 1]
                    base = ".".join([*above, *([base] if base else [])])
                yield from (f"{base}.{alias.name}" for alias in node.names)


@cache
def _parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text("utf-8"))


def _typing_only(tree: ast.Module) -> Iterator[ast.AST]:
    for node in ast.walk(tree):
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            for statement in node.body:
                yield from ast.walk(statement)


@cache
def modules(package: str) -> tuple[Module, ...]:
    """Every module of a package, by name."""
    shelf = next(shelf for shelf in SHELVES if (shelf / package).is_dir())
    found = []
    for path in sorted((shelf / package).rglob("*.py")):
        parts = path.relative_to(shelf).with_suffix("").parts
        found.append(Module(".".join(parts).removesuffix(".__init__"), path))
    return tuple(found)


def everything() -> list[Module]:
    """Every module of every package."""
    return [module for package in PACKAGES for module in modules(package)]


def within(name: str, *parents: str) -> bool:
    """Whether `name` is one of `parents` or stands inside one."""
    return any(name == parent or name.startswith(f"{parent}.") for parent in parents)
