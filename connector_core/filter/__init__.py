"""Filters: text -> tree -> typed predicate; the evaluator; the planner.

>>> from connector_core.filter import FilterField, ValueType, evaluate, parse_all, resolve
>>> fields = {"email.to": FilterField(name="email.to", type=ValueType.TEXT)}
>>> predicate = resolve(parse_all(["email.to[like]@example.com"]), fields)
>>> evaluate(predicate, {"email": {"to": ["Ann@Example.com"]}})
True
"""

from connector_core.filter.evaluate import compile_predicate, evaluate
from connector_core.filter.fields import FilterField, Mode, Operator, ValueType
from connector_core.filter.parser import parse, parse_all, to_text
from connector_core.filter.planner import (
    Split,
    conditions,
    describe,
    plan,
    time_bounds,
)
from connector_core.filter.predicate import (
    EVERYTHING,
    AllOf,
    AnyOf,
    Condition,
    Negation,
    Predicate,
    Value,
)
from connector_core.filter.resolve import resolve
from connector_core.filter.tree import And, Comparison, Filter, Not, Or, where
from connector_core.filter.values import fold, key, parse_value

__all__ = [
    "EVERYTHING",
    "AllOf",
    "And",
    "AnyOf",
    "Comparison",
    "Condition",
    "Filter",
    "FilterField",
    "Mode",
    "Negation",
    "Not",
    "Operator",
    "Or",
    "Predicate",
    "Split",
    "Value",
    "ValueType",
    "compile_predicate",
    "conditions",
    "describe",
    "evaluate",
    "fold",
    "key",
    "parse",
    "parse_all",
    "parse_value",
    "plan",
    "resolve",
    "time_bounds",
    "to_text",
    "where",
]
