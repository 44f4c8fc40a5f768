"""What a caller is told beside the answer: what is missing, and why."""

from collections.abc import Iterable
from typing import Final

from connector_core.errors import MappingError
from connector_core.provider import Notice

from .wire import MAX_MESSAGES, MESSAGES_PER_PAGE

_LISTS: Final = {
    "threats": "list of threats",
    "abnormal": "search in delivered mail",
    "quarantine": "search in the quarantine",
}


def once(said: Iterable[Notice]) -> list[Notice]:
    """Each notice once."""
    found: list[Notice] = []
    for notice in said:
        if notice not in found:
            found.append(notice)
    return found


def list_changed(source: str) -> Notice:
    """Before the place to go on from stand others than were read."""
    return Notice(
        code="list_changed",
        message=f"The {_LISTS[source]} changed while it was read: before the place to go on from"
        " are others than before. Some may be missing, or come twice; ask again for a sure answer.",
        incomplete=True,
        details={"source": source},
    )


def list_short(source: str, total: int, seen: int) -> Notice:
    """The list ended before as many items came as the vendor counts."""
    return Notice(
        code="list_short",
        message=f"The {_LISTS[source]} has {total:,} results by Abnormal's count, and ended after"
        f" {seen:,}.",
        incomplete=True,
        details={"source": source},
    )


def list_endless(source: str) -> Notice:
    """Page after page is empty, and each names one more."""
    return Notice(
        code="list_endless",
        message=f"The {_LISTS[source]} goes on with empty pages, of which each names one more; what"
        " may follow them is missing.",
        incomplete=True,
        details={"source": source},
    )


def unpublished_rule(parameters: Iterable[str]) -> Notice:
    """The vendor chose by a rule that nobody knows."""
    return Notice(
        code="unpublished_rule",
        message=f"Because of the setting push_text Abnormal chose by {', '.join(parameters)}, and"
        " how it compares is not published: what it left out cannot be noticed.",
        incomplete=True,
        details={"setting": "push_text"},
    )


def page_repeated(source: str) -> Notice:
    """The vendor answers every page number with the same page."""
    return Notice(
        code="page_repeated",
        message=f"The {_LISTS[source]} came with the same page twice; what follows is missing.",
        incomplete=True,
        details={"source": source},
    )


def unfiltered() -> Notice:
    """The vendor lists as if there were no filter."""
    return Notice(
        code="filter_ignored",
        message="The list of threats came without page numbers, as if Abnormal had not taken the"
        " time filter; it may be cut.",
        incomplete=True,
    )


def fan_out() -> Notice:
    """What a list of threats costs."""
    return Notice(
        code="request_per_threat",
        message=f"Every threat costs a request for each {MESSAGES_PER_PAGE} of its messages, mostly"
        " one.",
    )


def source_skipped() -> Notice:
    """The account may search delivered mail, but not the quarantine."""
    return Notice(
        code="source_skipped",
        message="Abnormal does not allow this account to search the quarantine; the answer lacks"
        " quarantined mail.",
        incomplete=True,
        details={"source": "quarantine"},
    )


def threat_gone(threat: str) -> Notice:
    """A threat that was listed and could not be read."""
    return Notice(
        code="finding_unread",
        message=f"The threat with the id {threat[:80]!r} was listed but could not be read;"
        " the answer lacks it.",
        incomplete=True,
        details={"table": "Threat"},
    )


def threat_outside(threat: str) -> Notice:
    """A threat that was listed for the range, though no message that came has a time in it."""
    return Notice(
        code="finding_outside",
        message=f"The threat with the id {threat[:80]!r} was listed for this range, but none of its"
        " messages that came has a time in it; the answer lacks it.",
        incomplete=True,
        details={"table": "Threat"},
    )


def threat_goes_on() -> Notice:
    """Threats whose last message, which gives them their time, came after the range."""
    return Notice(
        code="finding_goes_on",
        message="Some threats that are listed for this range have their last message, and so their"
        " time, after its end; ask for a range that reaches further to have them.",
    )


def threat_mistaken(threat: str) -> Notice:
    """The vendor answered with another threat than it was asked for."""
    return Notice(
        code="finding_mistaken",
        message=f"Asked for the threat with the id {threat[:80]!r}, Abnormal answered with another"
        " id: what came may be another threat's.",
        incomplete=True,
        details={"table": "Threat"},
    )


def messages_missing(threat: str, held: int, recipients: int | None, *, repeated: bool) -> Notice:
    """A threat of which not every message came."""
    if held >= MAX_MESSAGES:
        why = f"Abnormal shows no more than {MAX_MESSAGES}"
    elif repeated:
        why = "Abnormal answered further page numbers with the same page"
    else:
        why = "Abnormal did not give more"
    count = f" for {recipients} recipients" if recipients is not None else ""
    return Notice(
        code="messages_capped",
        message=f"The threat with the id {threat[:80]!r} has more messages than the {held} that"
        f" came{count}: {why}.",
        incomplete=True,
        details={"table": "Message"},
    )


def companion_missing(part: str, status: int) -> Notice:
    """Details of a threat that the vendor does not give."""
    return Notice(
        code="detail_missing",
        message=f"Abnormal did not give the {part} of this threat (HTTP {status}); the finding"
        " holds what its messages tell.",
        incomplete=True,
        details={"table": part},
    )


def companion_cut(part: str) -> Notice:
    """Details of a threat that go on where no page can be asked for."""
    return Notice(
        code="detail_missing",
        message=f"Abnormal named a further page of the {part} of this threat, and publishes no way"
        " to ask for it; the finding holds those of the first.",
        incomplete=True,
        details={"table": part},
    )


def unreadable(table: str, place: str = "") -> Notice:
    """A part of a list that is no object."""
    where = f" of {place}" if place else ""
    return Notice(
        code="row_unreadable",
        message=f"A part of the {table} list{where} could not be read: it has no known form.",
        incomplete=True,
        details={"table": table},
    )


def unmapped(table: str, key: str, error: Exception) -> Notice:
    """A row that cannot become an event; named by its key alone."""
    column = error.column if isinstance(error, MappingError) else ""
    what = (
        f"field {column}" if column else f"a value of an unforeseen form ({type(error).__name__})"
    )
    return Notice(
        code="row_unmapped",
        message=f"{table} {key[:80]!r} cannot be mapped: {what}.",
        incomplete=True,
        details={"table": table, "row": key[:80], "column": column},
    )
