"""What the companion reads add to a finding: attachments and links, joined by message id."""

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any, Final, Literal

from connector_abnormal import notices
from connector_abnormal.keep import kept
from connector_abnormal.normalize import (
    ATTACHMENT_FORM,
    LINK_FORM,
    Event,
    leave,
    make_attachment,
    make_link,
)
from connector_core.provider import Notice

Part = Literal["attachments", "links"]
PARTS: Final[tuple[Part, ...]] = ("attachments", "links")
_READ: Final = {
    "attachments": (ATTACHMENT_FORM, make_attachment, "files", "name"),
    "links": (LINK_FORM, make_link, "urls", "url_string"),
}
"""How a part is read, where its objects stand in an e-mail, and what tells them apart."""
_OWN: Final = ("tenantId", "tenantName")


def add(
    finding: Event, part: Part, answer: Mapping[str, Any], drift: Counter[str]
) -> Iterator[Notice]:
    """Add the objects of one companion read to the e-mails they belong to.

    What an object has no place for, and an object of a message that is not among the evidences,
    stands under `unmapped` by the name of the part. Yields a notice for what is no object, and for
    what is not all.
    """
    if answer.get("nextPageNumber"):
        yield notices.companion_cut(part)
    form, make, place, name = _READ[part]
    emails = {evidence.get("uid"): evidence["email"] for evidence in finding["evidences"]}
    rest = []
    for raw in answer.get(part) or ():
        if not isinstance(raw, dict):
            yield notices.unreadable(part)
            continue
        row, left = form.row(raw, drift)
        made = make(row)
        left = made.pop("unmapped", {}) | left
        uid = row.abxMessageIdStr or row.abxMessageId
        left |= _joining(row, uid)
        email = emails.get(uid)
        if email is None or not made.get(name):
            rest.append(kept(raw))
            continue
        held = email.setdefault(place, [])
        if not any(each.get(name) == made[name] for each in held):
            held.append(made)
        if left:
            rest.append({"abxMessageIdStr": uid, name: made[name]} | left)
    told = {word: kept(value) for word, value in answer.items() if word != part}
    info = finding["finding_info"]
    info["data_sources"] = [*info["data_sources"], part]  # the list itself is every finding's
    leave(finding, {part: rest} if rest else {})
    own = finding.get("unmapped", {})
    other = {
        word: value
        for word, value in told.items()
        if value is not None and value != own.get(word) and not _is_tenant(finding, word, value)
    }
    leave(finding, {f"{part}_answer": other} if other else {})


def _joining(row: Any, uid: str | None) -> Event:
    """Of the fields that join the two, what says something else."""
    other = row.abxMessageId if row.abxMessageId not in (None, uid) else None
    found = {"abxMessageId": other, "tenantId": row.tenantId, "tenantName": row.tenantName}
    return {field: value for field, value in found.items() if value}


def _is_tenant(finding: Event, word: str, value: Any) -> bool:
    return word == "tenantId" and str(value) == finding["metadata"].get("tenant_uid")
