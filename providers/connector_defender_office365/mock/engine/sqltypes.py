"""KQL types and the DuckDB types that hold them."""

from typing import Final

SQL_TYPES: Final = {
    "string": "VARCHAR", "datetime": "TIMESTAMP_NS", "bool": "BOOLEAN", "int": "INTEGER",
    "long": "BIGINT", "real": "DOUBLE", "dynamic": "JSON", "timespan": "INTERVAL", "guid": "UUID",
}  # fmt: skip
_KQL_TYPES: Final = {sql: kql for kql, sql in SQL_TYPES.items()}
_KQL_TYPES.update({"TIMESTAMP": "datetime", "DATE": "datetime"})
_INTS: Final = frozenset({"TINYINT", "UTINYINT", "SMALLINT", "USMALLINT", "INTEGER"})
_LONGS: Final = frozenset({"UINTEGER", "BIGINT", "UBIGINT", "HUGEINT", "UHUGEINT"})


def kql_type(sql: str) -> str | None:
    """The KQL type of a DuckDB type name, or None when KQL has none like it."""
    if sql in _KQL_TYPES:
        return _KQL_TYPES[sql]
    if sql in _INTS:
        return "int"
    if sql in _LONGS:
        return "long"
    if sql == "FLOAT" or sql.startswith("DECIMAL"):
        return "real"
    if sql.endswith("[]") or sql.startswith(("STRUCT", "MAP")):
        return "dynamic"
    return None


NUMBERS: Final = frozenset({"int", "long", "real"})


def family(kql: str) -> str:
    """Types that compare with each other: all numbers are one family."""
    return "number" if kql in NUMBERS else kql
