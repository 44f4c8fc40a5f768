"""What every request of the interface is held to before it is answered.

A parameter that is not known, or that is given twice where one is meant, is refused: an answer
without it would be an answer to another question. So is text that is not UTF-8, which would be
searched for in another spelling than the caller's.
"""

from typing import Final
from urllib.parse import unquote_to_bytes

from fastapi import Request

from connector_core.filter.suggest import nearest
from connector_core.http_api.errors import HostError

SEVERAL: Final = frozenset({"filter", "meta", "expand"})
"""Parameters that may be given more than once."""


def check(request: Request) -> None:
    """Look at the names in the query and at the spelling of the URL. Raises `HostError`."""
    check_spelling(request)
    known = [field.alias for field in request.scope["route"].dependant.query_params]
    met: set[str] = set()
    for name, _ in request.query_params.multi_items():
        if name not in known:
            raise HostError(
                f"Unknown parameter {name[:80]!r}.{_meant(name, known)}",
                parameter=name[:80],
                remediation=f"Known: {', '.join(known)}." if known else "Leave it out.",
            )
        if name in met and name not in SEVERAL:
            raise HostError(
                f"The parameter {name} is given more than once.",
                parameter=name,
                remediation="Give it once.",
            )
        met.add(name)


def check_spelling(request: Request) -> None:
    """Look at the spelling of the URL alone. Raises `HostError`."""
    _check_text(request.scope.get("raw_path") or b"", "path")
    _check_text(request.scope["query_string"], "query")


def _check_text(part: bytes, location: str) -> None:
    try:
        part.decode("ascii")  # what is not percent-encoded would be read as another encoding
        unquote_to_bytes(part).decode()
    except UnicodeDecodeError:
        raise HostError(
            f"The {location} of the URL is not percent-encoded UTF-8.",
            parameter=location,
            location=location,
            remediation="Encode text as UTF-8, then percent-encode it.",
        ) from None


def _meant(name: str, known: list[str]) -> str:
    near = nearest(name[:80], known)
    return f" Did you mean {' or '.join(near)}?" if near else ""
