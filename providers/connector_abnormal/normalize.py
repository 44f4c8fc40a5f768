"""The mapping tables compiled, and the forms in which the vendor's objects are read."""

from collections.abc import Callable, Collection, Mapping
from typing import Any, Final

from connector_abnormal.mapping import (
    ATTACHMENT,
    JOINING,
    LINK,
    MESSAGE,
    PAGING,
    SEARCH_RESULT,
    THREAT,
)
from connector_abnormal.rows import Form
from connector_abnormal.schema import TABLES, VOCABULARY
from connector_core.mapping import Table, normalizer

Event = dict[str, Any]
Make = Callable[[Any], Event]

_COLUMNS: Final[Mapping[str, str]] = {"number": "number", "boolean": "boolean"}
"""Kind of a field -> kind of column for the mapping compiler; anything else is text to it."""


def _form(table: Table) -> Form:
    return Form(table.name, TABLES[table.name], VOCABULARY.get(table.name, {}))


def _compiled(table: Table, without: Collection[str] = (), *, observed: bool = False) -> Make:
    columns = {
        name: _COLUMNS.get(kind, "text")
        for name, kind in TABLES[table.name].items()
        if name not in without
    }
    return normalizer(table, columns=columns, observed=observed).normalize


THREAT_FORM: Final = _form(THREAT)
MESSAGE_FORM: Final = _form(MESSAGE)
ATTACHMENT_FORM: Final = _form(ATTACHMENT)
LINK_FORM: Final = _form(LINK)
RESULT_FORM: Final = _form(SEARCH_RESULT)

make_threat: Final = _compiled(THREAT, PAGING)
make_message: Final = _compiled(MESSAGE)
make_attachment: Final = _compiled(ATTACHMENT, JOINING)
make_link: Final = _compiled(LINK, JOINING)
make_result: Final = _compiled(SEARCH_RESULT, observed=True)


def leave(event: Event, rest: Mapping[str, Any]) -> None:
    """Put what has no attribute under `unmapped`."""
    if rest:
        event.setdefault("unmapped", {}).update(rest)


def addressed(email: Event) -> Event:
    """The same with what the object must have: a sender or recipients; none is ever made up."""
    if "from" not in email and "to" not in email:
        email["to"] = []
    return email
