"""The five kinds of mapping row, in the words of the OCSF examples, and the table they make up.

Every column of the vendor's table is *at home* in exactly one row, so that none can be forgotten;
a row may read further columns that are at home elsewhere.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from connector_core.ocsf.enums import Captioned

OTHER = 99
"""The id that says: see the caption for the source's own word."""


@dataclass(frozen=True, slots=True)
class Word:
    """In place of a value: the id 99 with the text of this column as its caption."""

    column: str
    expected: bool = False
    """Whether any word is welcome; else the word counts as drift."""


@dataclass(frozen=True, slots=True)
class Other:
    """In place of a value: the id 99 with this caption, the vendor's own word for it."""

    caption: str


Value = Captioned | Word | Other | bool | int | str


@dataclass(frozen=True, slots=True)
class When:
    """A test of one column's text, without case."""

    column: str
    test: Literal["is", "has", "empty", "true"]
    words: tuple[str, ...] = ()


def is_(column: str, *words: str) -> When:
    """The column's text is one of `words`."""
    return When(column, "is", words)


def has(column: str, *words: str) -> When:
    """The column's text contains one of `words`."""
    return When(column, "has", words)


def true(column: str) -> When:
    """The column, a boolean, is true."""
    return When(column, "true")


def empty(column: str) -> When:
    """The column holds no text."""
    return When(column, "empty")


@dataclass(frozen=True, slots=True)
class Rule:
    """The values of an `Enum` row's attributes when every test holds; no test means always."""

    when: tuple[When, ...]
    then: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class Static:
    """An attribute with one value for the whole table; an enum value brings its caption along."""

    attribute: str
    value: Any
    columns: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Direct:
    """A column's value as it is, in one or more attributes; left out when there is none."""

    attributes: tuple[str, ...]
    columns: tuple[str, ...]
    keep_empty: bool = False
    """Whether an empty text is a value worth keeping."""


@dataclass(frozen=True, slots=True)
class Enum:
    """Attributes whose values a list of rules decides; the first rule that holds wins.

    The rules are data, so that a translator can say the same in the vendor's query language.
    """

    attributes: tuple[str, ...]
    columns: tuple[str, ...]
    rules: tuple[Rule, ...]
    uses: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Computed:
    """Attributes that a named function makes from columns; None means "no value"."""

    attributes: tuple[str, ...]
    columns: tuple[str, ...]
    function: Callable[..., Any]
    uses: tuple[str, ...] = ()
    """Columns read beside the row's own; the function gets `columns`, then `uses`."""
    why: str = ""
    """Said in place of the function's own words when the table is printed."""


@dataclass(frozen=True, slots=True)
class Unmapped:
    """Columns without an attribute of their own: kept under `unmapped` by their vendor name."""

    columns: tuple[str, ...]
    why: str


Row = Static | Direct | Enum | Computed | Unmapped


def static(attribute: str, value: Any) -> Static:
    """An attribute that is the same for every row."""
    return Static(attribute, value)


def direct(attributes: str, column: str, *, keep_empty: bool = False) -> Direct:
    """One or more attributes (separated by blanks) that hold a column's value as it is."""
    return Direct(tuple(attributes.split()), (column,), keep_empty)


def enum(attribute: str, column: str, values: Mapping[str, Captioned], none: Captioned) -> Enum:
    """An id for each known word of a column; `none` when empty, 99 with the word when unknown."""
    rules = [Rule((is_(column, word),), (value,)) for word, value in values.items()]
    rules += [Rule((empty(column),), (none,)), Rule((), (Word(column),))]
    return Enum((attribute,), (column,), tuple(rules))


def decided(attributes: str, rules: tuple[Rule, ...], *, home: str = "") -> Enum:
    """Attributes (separated by blanks) decided by rules over several columns.

    `home` names the columns that are at home in this row.
    """
    read = dict.fromkeys(when.column for rule in rules for when in rule.when)
    read |= dict.fromkeys(v.column for rule in rules for v in rule.then if isinstance(v, Word))
    columns = tuple(home.split())
    uses = tuple(column for column in read if column not in columns)
    return Enum(tuple(attributes.split()), columns, rules, uses)


def computed(
    attributes: str, columns: str, function: Callable[..., Any], uses: str = ""
) -> Computed:
    """Attributes that `function` makes from `columns` and `uses` (names separated by blanks).

    For several attributes the function returns a tuple, one value or None for each.
    """
    return Computed(
        tuple(attributes.split()), tuple(columns.split()), function, tuple(uses.split())
    )


def unmapped(
    columns: str, why: str, parse: Callable[[Any], Any] | None = None
) -> Unmapped | Computed:
    """Columns (separated by blanks) that OCSF has no attribute for, and why.

    `parse` makes the value that is kept out of each column's; None from it means "no value".
    """
    names = tuple(columns.split())
    if parse is None:
        return Unmapped(names, why)
    attributes = tuple(f"unmapped.{name}" for name in names)
    function = parse if len(names) == 1 else _each(parse)
    return Computed(attributes, names, function, why=why)


def _each(parse: Callable[[Any], Any]) -> Callable[..., tuple[Any, ...]]:
    return lambda *values: tuple([parse(value) if value else None for value in values])


@dataclass(frozen=True, slots=True)
class Table:
    """How one vendor table becomes one OCSF class or object."""

    name: str
    """The vendor's table."""
    produces: str
    """The OCSF class or object, by its schema name."""
    rows: tuple[Row, ...]
    title: str = ""
    _by_attribute: dict[str, Row] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Index the rows by attribute, captions included."""
        index: dict[str, Row] = {}
        for row in self.rows:
            for attribute in attributes_of(row):
                index.setdefault(attribute, row)
        object.__setattr__(self, "_by_attribute", index)

    def find(self, attribute: str) -> Row | None:
        """The row that fills `attribute`, if any."""
        return self._by_attribute.get(attribute)

    def homes(self) -> Iterator[tuple[str, Row]]:
        """Each column with the row it is at home in."""
        for row in self.rows:
            for column in row.columns:
                yield column, row


def table(name: str, produces: str, rows: tuple[Row, ...], title: str = "") -> Table:
    """Make a table."""
    return Table(name, produces, rows, title or name)


def caption_of(attribute: str) -> str | None:
    """The attribute that holds the caption of an id: ``severity`` for ``severity_id``.

    >>> caption_of("severity_id"), caption_of("activity_id"), caption_of("class_uid")
    ('severity', 'activity_name', 'class_name')
    """
    head, dot, last = attribute.rpartition(".")
    if last == "activity_id":
        return f"{head}{dot}activity_name"
    if last.endswith("_ids"):
        return (
            f"{head}{dot}{last[:-4]}s"
            if not last.endswith("category_ids")
            else f"{head}{dot}categories"
        )
    if last in {"class_uid", "category_uid", "type_uid"}:
        return f"{head}{dot}{last[:-4]}_name"
    return f"{head}{dot}{last[:-3]}" if last.endswith("_id") else None


def attributes_of(row: Row) -> tuple[str, ...]:
    """Every attribute that a row fills, captions included."""
    match row:
        case Static(attribute=attribute, value=value):
            return _with_caption(attribute, isinstance(value, Captioned))
        case Enum(attributes=attributes, rules=rules):
            found: list[str] = []
            for index, attribute in enumerate(attributes):
                captioned = any(
                    isinstance(rule.then[index], Captioned | Word | Other) for rule in rules
                )
                found.extend(_with_caption(attribute, captioned))
            return tuple(found)
        case Direct(attributes=attributes) | Computed(attributes=attributes):
            return attributes
        case Unmapped(columns=columns):
            return tuple(f"unmapped.{column}" for column in columns)


def _with_caption(attribute: str, captioned: bool) -> tuple[str, ...]:
    caption = caption_of(attribute) if captioned else None
    return (attribute, caption) if caption else (attribute,)
