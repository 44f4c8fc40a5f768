"""What callers hold can be written as JSON, and models are made only when asked for."""

import orjson

from connector_core.page import Detail, Explanation, Meta, Page
from connector_core.provider import FilterDisposition, Notice
from connector_core.query import Window

NOTICE = Notice(code="table_missing", message="No table.", incomplete=True, details={"table": "T"})


def test_parts_of_a_stream_taken_together_are_whole_only_when_both_are() -> None:
    first = Meta(calls=1, rows_read=5, rows_kept=2, native_query="q", drift={"a": 1, "b": 1})
    second = Meta(complete=False, reasons=["Cut."], calls=2, rows_read=3, drift={"b": 2})
    both = first.joined(second).joined(Meta(complete=False, reasons=["Cut."]))
    assert (both.complete, both.reasons) == (False, ["Cut."])
    assert (both.calls, both.rows_read, both.rows_kept, both.native_query) == (3, 8, 2, "q")
    assert both.drift == {"a": 1, "b": 3}


def test_a_page_is_an_envelope_of_result_cursor_meta_and_messages() -> None:
    meta = Meta(
        complete=False,
        reasons=["No table."],
        effective_range=Window(0, 1_500),
        native_query="q",
        filters=[FilterDisposition("time", "pushed")],
        drift={"T.c": 2},
    )
    page = Page(events=[{"a": 1}], cursor="next", meta=meta, messages=[NOTICE], model=dict)  # type: ignore[type-var]
    assert orjson.loads(page.json()) == {
        "result": [{"a": 1}],
        "cursor": "next",
        "meta": {
            "complete": False,
            "reasons": ["No table."],
            "effective_range": {
                "start": "1970-01-01T00:00:00Z",
                "end": "1970-01-01T00:00:01.500Z",
            },
            "native_query": "q",
            "filters": [{"filter": "time", "disposition": "pushed"}],
            "calls": 0,
            "retries": 0,
            "rows_read": 0,
            "rows_kept": 0,
            "throttled_ms": 0,
            "drift": {"T.c": 2},
        },
        "messages": {
            "problems": [
                {
                    "message": "No table.",
                    "type": "urn:connector:notice:table_missing",
                    "context": {"provider_details": {"table": "T"}},
                }
            ]
        },
    }


def test_models_are_made_once_and_only_when_asked_for() -> None:
    made: list[object] = []

    def model(event: dict[str, object]) -> object:
        made.append(event)
        return event

    page = Page(events=[{"a": 1}], meta=Meta(), model=model)  # type: ignore[type-var]
    page.json()
    assert made == []
    assert page.result is page.result
    assert made == [{"a": 1}]


def test_a_detail_and_an_explanation_are_json_too() -> None:
    detail = orjson.loads(Detail(event={"a": 1}, meta=Meta()).json())
    assert (detail["result"], detail["meta"]["complete"]) == ({"a": 1}, True)
    assert orjson.loads(Explanation("q", {"limit": 1}).json()) == {
        "native_query": "q",
        "plan": {"limit": 1},
    }
