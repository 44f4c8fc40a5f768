"""Templates to answers."""

from functools import cache
from typing import Any, Final

from fastapi import Request
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape
from starlette.responses import HTMLResponse

from connector_core.http_api.web.text import exact, lines, plain, pretty_json, shown, strange

_DEEPEST: Final = 16
"""Steps up that a page's links make; an address that lies deeper is nobody's slip."""


@cache
def _templates() -> Environment:
    templates = Environment(
        loader=PackageLoader("connector_core.http_api.web"),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_finalize,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    templates.filters |= {
        "shown": shown,
        "lines": lines,
        "exact": exact,
        "json": pretty_json,
    }
    templates.tests["strange"] = strange
    return templates


def _finalize(value: object) -> object:
    """What a template writes without a filter of ours: no text steers the page, whatever it is."""
    if isinstance(value, str) and not isinstance(value, Markup):
        return escape(plain(value))
    return "" if value is None else value


def _up(request: Request) -> str:
    """From the address that the browser shows to the folder of the pages."""
    deep = bytes(request.scope.get("raw_path") or b"/").count(b"/") - 1
    return "../" * min(deep, _DEEPEST)


def page(request: Request, template: str, status: int = 200, **values: Any) -> HTMLResponse:
    """The answer that a template makes of some values."""
    text = (
        _templates()
        .get_template(template)
        .render(
            integration=getattr(request.state, "integration", ""),
            request_id=request.state.request_id,
            up=_up(request),
            **values,
        )
    )
    return HTMLResponse(text.encode("utf-8", "backslashreplace"), status)
