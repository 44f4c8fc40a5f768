"""duckdb-kql's parser and its walk over the syntax tree, with the same results in less time."""

from typing import Any, Final

from antlr4.atn.PredictionMode import PredictionMode  # type: ignore[import-untyped]
from antlr4.error.Errors import ParseCancellationException  # type: ignore[import-untyped]
from antlr4.error.ErrorStrategy import BailErrorStrategy  # type: ignore[import-untyped]

from .base import grammar

_NAMES: Final[dict[type, str]] = {}
"""Class of a node -> the name of its rule; empty for a token."""


class Syntax:
    """Parses the text of one query, and finds nodes in its tree."""

    def __init__(self) -> None:
        self._tree: Any = None
        self._present: set[str] = set()  # rules that the tree has somewhere

    def parse(self, kql: str) -> Any:
        """As the package's own `parse`.

        Prediction without the rule's context (SLL) either gives the tree that full prediction gives
        or meets an error. On any error the package parses again, so errors are its own.
        """
        result = _quickly(kql) or grammar.parse(kql)
        self._tree = result.tree
        self._present = set(map(rule_name, _rules(result.tree)))
        return result

    def find_all(self, node: Any, name: str) -> list[Any]:
        """The nodes of a rule at or below `node` in the order of the text, none below another."""
        if node is self._tree and name not in self._present:
            return []
        found, stack = [], [node]
        while stack:
            node = stack.pop()
            if rule_name(node) == name:
                found.append(node)
            else:
                stack += reversed(rule_children(node))
        return found


def rule_name(node: Any) -> str:
    """The name of the rule that made `node`; empty for a token."""
    kind = type(node)
    name = _NAMES.get(kind)
    if name is None:
        own = kind.__name__
        name = _NAMES[kind] = own.removesuffix("Context") if own.endswith("Context") else ""
    return name


def rule_children(node: Any) -> list[Any]:
    """The children of `node` that are rules."""
    return [child for child in getattr(node, "children", None) or () if rule_name(child)]


def _rules(tree: Any) -> list[Any]:
    found = [tree]
    for node in found:  # which grows
        found += rule_children(node)
    return found


def _quickly(kql: str) -> Any:
    """The package's result for text without errors; None when it has to parse itself."""
    if grammar.is_control_command(kql):
        return None
    errors = grammar._DiagnosticCollector()
    lexer = grammar.KqlLexer(grammar.InputStream(kql))
    parser = grammar.KqlParser(grammar.CommonTokenStream(lexer))
    for recognizer in (lexer, parser):
        recognizer.removeErrorListeners()
        recognizer.addErrorListener(errors)
    parser._interp.predictionMode = PredictionMode.SLL
    parser._errHandler = BailErrorStrategy()
    try:
        tree = parser.top()
    except ParseCancellationException:
        return None
    return None if errors.diagnostics else grammar.ParseResult(tree, [], kql)
