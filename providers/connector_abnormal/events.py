"""From a search result to an Email Activity."""

from collections import Counter
from collections.abc import Mapping
from typing import Any, Final

from connector_abnormal.keep import kept
from connector_abnormal.normalize import RESULT_FORM, Event, addressed, leave, make_result
from connector_abnormal.schema import QUARANTINE_INFO, Source
from connector_core.errors import MappingError


def email_activity(raw: Mapping[str, Any], source: Source, drift: Counter[str]) -> Event:
    """One mail of a source. Raises `MappingError` without a time of receipt."""
    row, rest = RESULT_FORM.row(_flat(raw, source), drift)
    event = make_result(row)
    if "time" not in event:
        raise MappingError("no time of receipt", table="SearchResult", column="received_time")
    leave(event, rest)
    addressed(event.setdefault("email", {}))
    if not event["observables"]:
        del event["observables"]
    return event


def key_of(raw: Any) -> str:
    """What tells a result from others of its list, on every read."""
    if isinstance(raw, Mapping):
        names = ("abnormal_message_uuid", "abnormal_message_id", "raw_message_id")
        uid = next((raw[name] for name in names if raw.get(name)), None)
        if uid is None:
            uid = f"{raw.get('internet_message_id')}|{raw.get('received_time')}"
        return f"{uid}|{raw.get('mailbox_name')}"[:256]
    return ""


def _flat(raw: Mapping[str, Any], source: Source) -> dict[str, Any]:
    """The result with the fields of `quarantine_info` beside its own."""
    flat = {name: value for name, value in raw.items() if name not in _OWN_NAMES}
    info = raw.get("quarantine_info")
    if isinstance(info, Mapping):
        flat |= {QUARANTINE_INFO[name]: info[name] for name in info if name in QUARANTINE_INFO}
        info = {name: value for name, value in info.items() if name not in QUARANTINE_INFO}
    odd = {name: raw[name] for name in _OWN_NAMES - {"quarantine_info"} if name in raw}
    if (left := kept([info, odd] if odd else info)) is not None:
        flat["quarantine_info"] = left
    return flat | {"searched_source": source}


_OWN_NAMES: Final = {"quarantine_info", "searched_source", *QUARANTINE_INFO.values()}
"""Names that have a meaning of ours in a flat result."""
