"""What the product's policies did, and what the sending domain's own policies say of a message."""

from typing import Any, Final

import orjson

from connector_core.convert import kept_json, remembered


def policy(name: str, uid: str, action: str) -> tuple[dict[str, Any] | None, str | None] | None:
    """The policy that acted, with what it did; the action of no policy stands under unmapped."""
    if not (name or uid):
        return (None, action) if action else None
    found: dict[str, Any] = {"is_applied": True}
    if name:
        found["name"] = name
    if uid:
        found["uid"] = uid
    if action:
        found["desc"] = action
    return found, None


def authorizations(
    org: str, org_policy: str, user: str, user_policy: str
) -> list[dict[str, Any]] | None:
    """The organization's and the mailbox owner's override, each a decision with the policy behind
    it.
    """
    found = []
    for decision, name, scope in ((org, org_policy, "Organization"), (user, user_policy, "User")):
        if decision or name:
            entry: dict[str, Any] = {"decision": decision} if decision else {}
            entry["policy"] = {"name": name} if name else {}
            entry["policy"] |= {"type": scope, "is_applied": True}
            found.append(entry)
    return found or None


_CHECKS: Final = ("spf", "dkim", "dmarc")


def email_auth(details: Any) -> tuple[str | None, str | None, str | None, Any] | None:
    """The results of SPF, DKIM and DMARC in lower case; the rest, CompAuth for one, under
    unmapped.
    """
    found = _email_auth(details)
    if found is None:
        return None
    spf, dkim, dmarc, rest = found
    return spf, dkim, dmarc, orjson.loads(rest) if rest else None


@remembered(4_096)
def _email_auth(details: Any) -> tuple[str | None, str | None, str | None, bytes | None] | None:
    """As `email_auth`, the rest as JSON: what is remembered must not be shared by events."""
    value = kept_json(details)
    if not isinstance(value, dict):
        return None if value is None else (None, None, None, orjson.dumps(value))
    taken: dict[str, str] = {}
    for key in list(value):
        check, result = key.lower(), value[key]
        if check in _CHECKS and check not in taken and isinstance(result, str):
            taken[check] = result.lower()
            del value[key]
    rest = orjson.dumps(value) if value else None
    return taken.get("spf"), taken.get("dkim"), taken.get("dmarc"), rest
