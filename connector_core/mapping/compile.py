"""Compile a mapping table into one straight-line function, row in, event out.

The function is Python source, generated once per table. What makes it fast: attribute access
instead of look-ups, each column read once; no loop over rules; constants shared between events;
all decisions joined into one that picks the event to start from, since few combinations of words
occur;
converters not called where all their columns are empty and they are known to make nothing of that.
Only names from the mapping table reach the source; values are passed in beside it.
"""

from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from connector_core.mapping.decide import TRUE, decide
from connector_core.mapping.rows import (
    Computed,
    Direct,
    Enum,
    Row,
    Static,
    Table,
    Unmapped,
    caption_of,
)
from connector_core.ocsf.enums import Captioned
from connector_core.ocsf.observables import observable_at, observer

REMEMBERED = 4_096
"""How many different inputs of one decision are remembered before starting afresh."""

_Path = tuple[str, ...]
_code = lru_cache(128)(compile)  # one code for all tenants with the same columns


@dataclass(frozen=True, slots=True)
class Normalizer:
    """A compiled table."""

    normalize: Callable[[Any], dict[str, Any]]
    """Takes an object with the columns as attributes; returns a new event."""
    drift: Counter[str]
    """``column=word`` -> how often a word was met that the table does not know."""


def normalizer(
    table: Table,
    *,
    columns: Mapping[str, str],
    statics: Mapping[str, Any] | None = None,
    extra: Collection[str] = (),
    observed: bool = False,
) -> Normalizer:
    """Compile `table` for rows that have `columns` (name -> ``text``, ``number`` or ``boolean``).

    `statics` are further constant attributes, such as the tenant; `extra` are columns that the
    table does not know: they are kept under `unmapped`. Columns missing from `columns` are
    treated as empty. With `observed` the event gets its `observables`, in the order of the table:
    where an attribute is filled its path is known, and nobody has to look for it later.
    """
    writer = _Writer(columns, table.produces if observed else None)
    for attribute, value in (statics or {}).items():
        writer.static(attribute, value)
    rows = (*table.rows, *(Unmapped((column,), "not known to the table") for column in extra))
    for row in rows:
        writer.row(row)
    return writer.finish(table)


class _Writer:
    def __init__(self, columns: Mapping[str, str], observed: Any) -> None:
        self.columns = columns
        self.observed = observed
        self.constants: dict[_Path, dict[str, Any]] = {(): {}}
        self.locals: dict[str, str] = {}
        self.enums: list[Enum] = []
        self.lines: list[str] = []
        self.scope: dict[str, Any] = {}
        self.drift: Counter[str] = Counter()

    # -- names -------------------------------------------------------------------------------

    def _bind(self, value: Any, hint: str) -> str:
        name = f"{hint}_{len(self.scope)}"
        self.scope[name] = value
        return name

    def _container(self, path: _Path) -> str:
        for length in range(len(path) + 1):
            self.constants.setdefault(path[:length], {})
        return "_".join(("event", *path))

    def _target(self, attribute: str) -> str:
        *path, last = attribute.split(".")
        return f"{self._container(tuple(path))}[{last!r}]"

    def _value(self, column: str) -> str:
        """A local variable with what the row holds, which may be None."""
        return self.locals.setdefault(column, f"cell_{column}")

    def _read(self, column: str) -> str:
        kind = self.columns.get(column)
        if kind is None:
            return "''"
        return f"({self._value(column)} or '')" if kind == "text" else self._value(column)

    def _text(self, column: str) -> str:
        if self.columns.get(column) == "boolean":
            return f"({TRUE!r} if {self._value(column)} == 1 else '')"
        return self._read(column)

    # -- rows --------------------------------------------------------------------------------

    def row(self, row: Row) -> None:
        match row:
            case Static(attribute=attribute, value=value):
                self.static(attribute, value)
            case Direct():
                self._direct(row)
            case Enum():
                if any("." in attribute for attribute in row.attributes):
                    raise ValueError(f"a decision fills attributes of the event itself: {row}")
                self.enums.append(row)
            case Computed():
                self._computed(row)
            case Unmapped():
                self._unmapped(row)

    def static(self, attribute: str, value: Any) -> None:
        *path, last = attribute.split(".")
        self._container(tuple(path))
        if isinstance(value, Captioned):
            caption = caption_of(last)
            if caption:
                self.constants[tuple(path)][caption] = value.caption
            value = int(value)
        self.constants[tuple(path)][last] = value

    def _direct(self, row: Direct) -> None:
        (column,) = row.columns
        if column not in self.columns:
            return
        targets = [self._target(attribute) for attribute in row.attributes]
        self._when_present(column, " = ".join(targets), "{}", row.keep_empty)
        for attribute in row.attributes:
            self.lines += [f"    {line}" for line in self._seen(attribute, self._value(column))]

    def _when_present(self, column: str, target: str, value: str, keep_empty: bool) -> None:
        kind, cell = self.columns[column], self._value(column)
        if kind == "number":
            test = f"{cell}.__class__ is int"
        elif kind == "boolean":
            test, value = f"{cell}.__class__ is int or {cell}.__class__ is bool", "{} == 1"
        else:
            test = f"{cell} is not None" if keep_empty else cell
        self.lines += [f"if {test}:", f"    {target} = {value.format(cell)}"]

    def _unmapped(self, row: Unmapped) -> None:
        for column in row.columns:
            if column in self.columns:
                self._when_present(column, self._target(f"unmapped.{column}"), "{}", False)

    def _decisions(self, constant: dict[str, Any]) -> list[str]:
        """Lines that pick the event to start from: the constants and all that is decided.

        One look-up, by the texts of all the columns that any decision reads.
        """
        columns = tuple(dict.fromkeys(c for row in self.enums for c in (*row.columns, *row.uses)))
        memory: dict[Any, tuple[dict[str, Any], list[str]]] = {}

        def miss(key: Any) -> tuple[dict[str, Any], list[str]]:
            texts = dict(zip(columns, key if len(columns) > 1 else (key,), strict=True))
            outcomes = [decide(row, texts) for row in self.enums]
            start = dict(constant)
            for values, _ in outcomes:
                start |= values
            if len(memory) >= REMEMBERED:
                memory.clear()
            memory[key] = outcome = start, [word for _, word in outcomes if word]
            return outcome

        key = ", ".join(self._text(column) for column in columns)
        get, make = self._bind(memory.get, "known"), self._bind(miss, "decide")
        drift = self._bind(self.drift, "drift")
        return [
            f"key = {f'({key})' if len(columns) > 1 else key}",
            f"start, words = {get}(key) or {make}(key)",
            f"{self._container(())} = start.copy()",
            "if words:",
            f"    {drift}.update(words)",
        ]

    def _computed(self, row: Computed) -> None:
        columns = (*row.columns, *row.uses)
        present = [column for column in columns if column in self.columns]
        skips = self._skips_empty(row.function, columns)
        if skips and not present:
            return
        function = self._bind(row.function, "make")
        read = self._value if skips and len(columns) == 1 else self._read
        lines = [f"value = {function}({', '.join(map(read, columns))})"]
        if len(row.attributes) == 1:
            lines += ["if value is not None:", f"    {self._target(row.attributes[0])} = value"]
            lines += [f"    {line}" for line in self._seen(row.attributes[0], "value")]
        else:
            names = [f"part{index}" for index in range(len(row.attributes))]
            lines += ["if value is not None:", f"    {', '.join(names)} = value"]
            for name, attribute in zip(names, row.attributes, strict=True):
                target = self._target(attribute)
                lines += [f"    if {name} is not None:", f"        {target} = {name}"]
                lines += [f"        {line}" for line in self._seen(attribute, name)]
        if skips:
            test = " or ".join(map(self._value, present))
            lines = [f"if {test}:", *(f"    {line}" for line in lines)]
        self.lines += lines

    def _seen(self, attribute: str, value: str) -> list[str]:
        """Lines that note the observables of an attribute which was just filled."""
        sample = observable_at(self.observed, attribute) if self.observed else None
        if sample is None:
            return []
        look = self._bind(observer(self.observed, attribute), "look")
        if not sample:
            return [f"{look}(seen, {value})"]
        told = ", ".join(f"{key!r}: {fact!r}" for key, fact in sample.items() if key != "value")
        return [
            f"if {value}.__class__ is str:",
            f"    if {value}: note({{{told}, 'value': {value}}})",
            f"elif {value}.__class__ is list:",
            f"    for item in {value} if len({value}) == 1 else dict.fromkeys({value}):",
            f"        if item.__class__ is not str: {look}(seen, item)",
            f"        elif item: note({{{told}, 'value': item}})",
            f"else: {look}(seen, {value})",
        ]

    def _skips_empty(self, function: Callable[..., Any], columns: Sequence[str]) -> bool:
        """Whether the function makes nothing of empty texts, tried once: converters are pure."""
        if not columns or any(self.columns.get(column, "text") != "text" for column in columns):
            return False
        try:
            made = function(*("" for _ in columns))
        except Exception:
            return False
        return made is None or (isinstance(made, tuple) and all(part is None for part in made))

    # -- the whole ---------------------------------------------------------------------------

    def finish(self, table: Table) -> Normalizer:
        filled = {
            path
            for path in self.constants
            if path and f"{self._container(path)}[" in "".join(self.lines)
        }
        start: list[str] = []
        end: list[str] = []
        if self.observed:
            start += ["seen = []", "note = seen.append"]
            end.append("event['observables'] = seen")
        for path in sorted(self.constants, key=len):
            name, constant = self._container(path), self.constants[path]
            dynamic = not path or any(other[: len(path)] == path for other in filled)
            if not dynamic:
                continue
            for child in self._constant_children(path, filled):
                constant[child[-1]] = self._constant(child)
            if not path and self.enums:
                start += self._decisions(constant)
            else:
                bound = self._bind(constant, "constant") if constant else ""
                start.append(f"{name} = {f'{bound}.copy()' if bound else '{}'}")
            if path:
                parent = f"{self._container(path[:-1])}[{path[-1]!r}] = {name}"
                end.append(parent if constant else f"if {name}: {parent}")
        end.reverse()
        reads = [f"{name} = row.{column}" for column, name in self.locals.items()]
        lines = [*reads, *start, *self.lines, *end, "return event"]
        source = "\n    ".join(["def normalize(row):", *lines])
        exec(_code(source, f"<mapping {table.title}>", "exec"), self.scope)  # noqa: S102
        return Normalizer(self.scope["normalize"], self.drift)

    def _constant_children(self, path: _Path, filled: set[_Path]) -> list[_Path]:
        """Containers right below `path` that hold nothing but constants."""
        return [
            child
            for child in self.constants
            if len(child) == len(path) + 1
            and child[: len(path)] == path
            and not any(other[: len(child)] == child for other in filled)
        ]

    def _constant(self, path: _Path) -> dict[str, Any]:
        value = dict(self.constants[path])
        for child in self.constants:
            if len(child) == len(path) + 1 and child[: len(path)] == path:
                value[child[-1]] = self._constant(child)
        return value
