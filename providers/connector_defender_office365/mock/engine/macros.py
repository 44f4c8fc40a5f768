"""SQL macros that hold datetime arithmetic to the tick; DuckDB's own rounds to microseconds.

KQL text cannot reach them: a function name is looked up in the translator's registry first.
"""

from typing import Final

_NS_TEXT: Final = "'%Y-%m-%dT%H:%M:%S.%n'"
_ISO: Final = (
    r"'^\s*(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2})(:\d{2}(?:\.\d{1,7})?)?)?\s*"
    r"(Z|[+-]\d{2}:\d{2})?\s*$'"
)

_ALL_NS: Final = 110_000 * 86_400_000_000_000  # whole days, and more than any instant before 1970

# Each argument is read once: nested calls must not double the expression.
MACROS: Final = (
    # Floored to the microsecond, for functions that only read calendar fields.
    f"kql_us(t) AS make_timestamp(CAST((CAST(epoch_ns(t::TIMESTAMP_NS) AS HUGEINT) + {_ALL_NS})"
    f" // 1000 - {_ALL_NS // 1000} AS BIGINT))",
    # Rounded down to a multiple of `size` nanoseconds, which must divide a day.
    f"kql_bin(t, size) AS make_timestamp_ns(CAST((CAST(epoch_ns(t::TIMESTAMP_NS) AS HUGEINT)"
    f" + {_ALL_NS}) // size * size - {_ALL_NS} AS BIGINT))",
    "kql_add(t, i) AS make_timestamp_ns(epoch_ns(t::TIMESTAMP_NS) + epoch_us(i) * 1000)",
    # The same by calendar units (months), where the tick is carried over.
    "kql_add_calendar(t, i) AS list_transform([t::TIMESTAMP_NS], lambda m: make_timestamp_ns("
    "epoch_us(kql_us(m) + i) * 1000 + ((epoch_ns(m) % 1000) + 1000) % 1000))[1]",
    # The difference as an interval, which holds microseconds: a leftover tick is an error.
    "kql_diff(a, b) AS list_transform([epoch_ns(a::TIMESTAMP_NS) - epoch_ns(b::TIMESTAMP_NS)],"
    " lambda n: CASE WHEN n % 1000 <> 0"
    " THEN error('kql:unsupported:timespans finer than a microsecond')"
    " ELSE to_microseconds(n // 1000) END)[1]",
    f"kql_text(t) AS substr(strftime(t::TIMESTAMP_NS, {_NS_TEXT}), 1, 27) || 'Z'",
    # Text that has digits but is not ISO may well be a date to the service: an error, not null.
    f"kql_iso(s) AS list_transform([s], lambda x: CASE WHEN regexp_matches(x, {_ISO})"
    f" THEN make_timestamp_ns(epoch_ns(TRY_CAST(regexp_extract(x, {_ISO}, 1)"
    f" || ' ' || coalesce(nullif(regexp_extract(x, {_ISO}, 2), ''), '00:00')"
    f" || coalesce(nullif(regexp_extract(x, {_ISO}, 3), ''), ':00') AS TIMESTAMP_NS))"
    f" - CASE WHEN regexp_extract(x, {_ISO}, 4) IN ('', 'Z') THEN 0 ELSE"
    f" (CASE WHEN regexp_extract(x, {_ISO}, 4) LIKE '-%' THEN -1 ELSE 1 END)"
    f" * (substr(regexp_extract(x, {_ISO}, 4), 2, 2)::BIGINT * 3600"
    f" + substr(regexp_extract(x, {_ISO}, 4), 5, 2)::BIGINT * 60) * 1000000000 END)"
    r" WHEN regexp_matches(x, '\d') THEN"
    " error('kql:unsupported:todatetime() of text that is not ISO 8601') END)[1]",
    # For rows being loaded, where text that is no datetime is a fault.
    "kql_loaded(s) AS list_transform([s], lambda x: CASE WHEN x IS NULL THEN NULL ELSE"
    " coalesce(kql_iso(x), error('kql:unsupported:a datetime such as ' || x)) END)[1]",
    # Text that is no JSON is kept as a string, as parse_json does.
    "kql_json(s) AS list_transform([s], lambda x: CASE WHEN x = '' THEN NULL"
    " WHEN json_valid(x) THEN CAST(x AS JSON) ELSE to_json(x) END)[1]",
)
