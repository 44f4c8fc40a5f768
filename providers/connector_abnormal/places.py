"""Where a list goes on, told by the item that was read last.

Page numbers alone would lose items: mail that is detected late moves all that follow to other
places. So the page of the last item is read again, and reading goes on right behind that item.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from connector_core.provider import Call, Flow, Notice
from connector_core.query import ResumePoint

from . import notices
from .wire import UNFILTERED, Listing, Refused

FIRST: Final = 1
MOST_LISTS: Final = 3
"""Pages that are read at most to go on."""
THREATS: Final = "threats"
"""The list of threats, beside the sources of the search."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """After so many items of a page, the last of which has this key."""

    source: str
    size: int
    """Items per page; the same for the whole list, or the pages would not fit together."""
    page: int = FIRST
    offset: int = 0
    key: str | None = None
    """None at the start of a list."""

    @classmethod
    def of(cls, resume: ResumePoint) -> "Place":
        """The place that a resume point stands for."""
        source, size, page, offset, key = resume
        return cls(
            source=str(source),
            size=int(size or FIRST),
            page=int(page or FIRST),
            offset=int(offset or 0),
            key=None if key is None else str(key),
        )

    @property
    def resume(self) -> ResumePoint:
        """The place as a resume point."""
        return (self.source, self.size, self.page, self.offset, self.key)


@dataclass(frozen=True, slots=True)
class Stretch:
    """What follows after a place, up to the end of a page."""

    items: Sequence[Any]
    places: Sequence[Place]
    """Right behind each item."""
    last: bool
    """Whether the list ends here."""
    notices: Sequence[Notice] = ()
    skipped: bool = False
    """Whether the vendor does not give this list at all."""


def stretch(
    place: Place, call: Callable[[int], Call], key_of: Callable[[Any], str]
) -> Flow[Stretch]:
    """The items behind `place`; reads one page, and a second or third if it has to.

    `call` asks for a page by its number and reads a `Listing`, or `Refused`.
    """
    said: list[Notice] = []
    number = place.page
    page: Listing | Refused = yield call(number)
    if isinstance(page, Refused):  # only a first page is read so that it can be
        return Stretch((), (), last=True, skipped=True)
    start = _behind(place, page, key_of)
    following: Listing
    if start is None and page.next is not None:  # pushed over the edge by what came before it
        following = yield call(page.next)
        start = _behind(place, following, key_of)
        if start is not None:
            number, page = page.next, following
    if start is None:
        said.append(notices.list_changed(place.source))
        start = min(place.offset, len(page.items))
    if start >= len(page.items) > 0 and page.next is not None:
        following = yield call(page.next)
        if _keys(following, key_of) == _keys(page, key_of):
            said.append(notices.page_repeated(place.source))
            return Stretch((), (), last=True, notices=said)
        number, page, start = page.next, following, 0
    if place.source == THREATS and not page.numbered and len(page.items) >= UNFILTERED:
        said.append(notices.unfiltered())
    items = page.items[start:]
    places = [
        replace(place, page=number, offset=count, key=key_of(item))
        for count, item in enumerate(items, start + 1)
    ]
    return Stretch(items, places, last=page.next is None or not items, notices=said)


def _keys(page: Listing, key_of: Callable[[Any], str]) -> list[str]:
    return [key_of(item) for item in page.items]


def _behind(place: Place, page: Listing, key_of: Callable[[Any], str]) -> int | None:
    """How many items of a page lie before the place; None when its item is not there."""
    if place.key is None:
        return 0
    found = [before for before, key in enumerate(_keys(page, key_of), 1) if key == place.key]
    # The nearest of several, and of two the first: rather an item twice than one left out.
    return min(found, key=lambda before: abs(before - place.offset), default=None)
