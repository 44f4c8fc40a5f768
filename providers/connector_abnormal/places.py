"""Where a list goes on, told by the item that was read last.

Page numbers alone would lose items: mail that is detected late moves all that follow to other
places. So the page of the last item is read again, and reading goes on right behind that item.
What moved over that item to its front is out of sight, so a front that differs is announced.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from hashlib import blake2s
from itertools import accumulate
from typing import Any, Final

from connector_core.provider import Call, Flow, Notice
from connector_core.query import ResumePoint

from . import notices
from .wire import UNFILTERED, Listing, Refused, perhaps

FIRST: Final = 1
MOST_AHEAD: Final = 3
"""Pages that are read at most to find one with items behind the place."""
MOST_LISTS: Final = 2 + MOST_AHEAD
"""Pages that are read at most to go on; two of them to find the place."""
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
    mark: int = 0
    """Tells which items stand on the page up to this one, in whatever order."""
    before: int = 0
    """How many items the pages before this one had."""
    next: int | None = None
    """The page that follows, behind the last item of one."""

    @classmethod
    def of(cls, resume: ResumePoint) -> "Place":
        """The place that a resume point stands for."""
        source, size, page, offset, key, mark, before, following = resume
        return cls(
            source=str(source),
            size=int(size or FIRST),
            page=int(page or FIRST),
            offset=int(offset or 0),
            key=None if key is None else str(key),
            mark=int(mark or 0),
            before=int(before or 0),
            next=int(following) if following else None,
        )

    @property
    def resume(self) -> ResumePoint:
        """The place as a resume point."""
        return (
            self.source,
            self.size,
            self.page,
            self.offset,
            self.key,
            self.mark,
            self.before,
            self.next,
        )


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
    """The items behind `place`; reads one page, and a few more if it has to.

    `call` asks for a page by its number and reads a `Listing`, or `Refused`.
    """
    said: list[Notice] = []
    number, before = place.page, place.before
    # The page ahead is read first: what moves up from it afterwards is at hand, and what did so
    # earlier shows before the place.
    ahead: Listing | None = None
    if place.next is not None:
        found = yield perhaps(call(place.next))
        ahead = None if isinstance(found, Refused) else found
    page: Listing | Refused = yield call(number)
    if isinstance(page, Refused):  # only a first page is read so that it can be
        return Stretch((), (), last=True, skipped=True)
    start = _behind(place, page, key_of)
    following: Listing
    if page.next != place.next:
        ahead = None
    if start is None and page.next is not None:  # pushed over the edge by what came before it
        following = ahead or (yield call(page.next))
        start = _behind(place, following, key_of)
        if start is not None:
            number, before, page, ahead = page.next, before + len(page.items), following, None
    if start is None or number != place.page or _marks(page, key_of)[start] != place.mark:
        said.append(notices.list_changed(place.source))
    if start is None:  # the item is gone: what followed it stands one place earlier
        start = max(min(place.offset, len(page.items)) - 1, 0)
    for _ in range(MOST_AHEAD):
        if start < len(page.items) or page.next is None:
            break
        following, ahead = ahead or (yield call(page.next)), None
        if page.items and _keys(following, key_of) == _keys(page, key_of):
            said.append(notices.page_repeated(place.source))
            return Stretch((), (), last=True, notices=said)
        number, before, page, start = page.next, before + len(page.items), following, 0
    if place.source == THREATS and not page.numbered and len(page.items) >= UNFILTERED:
        said.append(notices.unfiltered())
    items, seen = page.items[start:], before + len(page.items)
    last = page.next is None or not items
    if last:
        said += _unseen(place.source, page, seen)
    marks = _marks(page, key_of)
    places = [
        replace(
            place,
            page=number,
            offset=count,
            key=key_of(item),
            mark=marks[count],
            before=before,
            next=page.next if count == len(page.items) else None,
        )
        for count, item in enumerate(items, start + 1)
    ]
    return Stretch(items, places, last=last, notices=said)


def _unseen(source: str, page: Listing, seen: int) -> Iterable[Notice]:
    """What shows at the end of a list that it is not all."""
    if page.total is not None:
        if page.total > seen:
            yield notices.list_short(source, page.total, seen)
    elif page.next is not None:
        yield notices.list_endless(source)


def _keys(page: Listing, key_of: Callable[[Any], str]) -> list[str]:
    return [key_of(item) for item in page.items]


def _marks(page: Listing, key_of: Callable[[Any], str]) -> list[int]:
    """The mark of each place on a page, from before its first item to behind its last."""
    digests = (
        blake2s(key.encode("utf-8", "surrogatepass"), digest_size=6).digest()
        for key in _keys(page, key_of)
    )
    numbers = (int.from_bytes(digest) for digest in digests)
    return list(accumulate(numbers, lambda mark, number: (mark + number) % 2**48, initial=0))


def _behind(place: Place, page: Listing, key_of: Callable[[Any], str]) -> int | None:
    """How many items of a page lie before the place; None when its item is not there."""
    if place.key is None:
        return 0
    found = [before for before, key in enumerate(_keys(page, key_of), 1) if key == place.key]
    # The nearest of several, and of two the first: rather an item twice than one left out.
    return min(found, key=lambda before: abs(before - place.offset), default=None)
