"""Mutants that answer another question than the filters ask."""

from typing import Final

from .workshop import Mutant

SELECTS: Final = "test_a_filter_selects_what_the_evaluator_selects"
PART: Final = "    if isinstance(part, Condition) and part.field.name in translators:"
PUSHED: Final = "test_a_pushed_filter_is_decided_by_the_vendor"

MUTANTS: Final = (
    Mutant(
        "asks_for_the_whole_value",
        "A part of an address is looked for as if it were all of it.",
        f"{SELECTS}[query_events-email.from-like]",
        "translate.py",
        'if condition.test == "in" else None',
        'if condition.test != "gt" else None',
    ),
    Mutant(
        "asks_for_the_first_value",
        "Of a list of values the vendor is asked for the first alone.",
        f"{SELECTS}[query_events-email.from-in]",
        "translate.py",
        "        values = _texts(condition)\n",
        "        values = _texts(condition)[:1]\n",
    ),
    Mutant(
        "forgets_the_not",
        "What a filter excludes is what the vendor is asked for.",
        f"{SELECTS}[query_events-email.to-ne]",
        "translate.py",
        "    if isinstance(part, Condition) and part.field.name in translators:",
        "    part = getattr(part, 'item', part)\n"
        "    if isinstance(part, Condition) and part.field.name in translators:",
    ),
    Mutant(
        "mistakes_the_recipient",
        "A filter on the recipient narrows by the sender.",
        f"{SELECTS}[query_events-email.to-eq]",
        "translate.py",
        'equal("recipient")',
        'equal("sender")',
    ),
    Mutant(
        "loses_the_edge_of_time",
        "The last millisecond of the range is not asked for.",
        f"{SELECTS}[query_events-time-lte]",
        "provider.py",
        "timestamp_text(query.window.end)",
        "timestamp_text(query.window.end - 1)",
    ),
    Mutant(
        "sees_a_prefix_only",
        "A subject is searched for its first word alone, and only from its beginning.",
        f"{SELECTS}[query_threats-email.subject-like]",
        "translate.py",
        "return lambda condition: Translated(parameter, _texts(condition))",
        "return lambda condition: Translated(parameter, tuple(t + ' ' for t in _texts(condition)))",
    ),
    Mutant(
        "misses_a_severity",
        "A severity stands for fewer verdicts than it is given to.",
        f"{SELECTS}[query_events-severity-in]",
        "translate.py",
        "if fold(severity.caption) in wanted]",
        "if fold(severity.caption) in list(wanted)[:1]]",
    ),
    Mutant(
        "refuses_what_it_declares",
        "An operator is declared that ends in an error.",
        f"{SELECTS}[query_events-email.from-like]",
        "translate.py",
        "        values = _texts(condition)\n",
        "        values = _texts(condition)\n"
        '        if condition.test != "in":\n'
        "            from connector_core.errors import QueryRejectedError\n"
        '            raise QueryRejectedError("Acme cannot search for parts.")\n',
        by="QueryRejectedError",
    ),
    Mutant(
        "calls_a_superset_exact",
        "A filter that the vendor widens is said to be decided by it.",
        f"{PUSHED}[query_events-email.subject-eq]",
        "translate.py",
        "Translated(parameter, _texts(condition))",
        "Translated(parameter, _texts(condition), exact=True)",
    ),
    Mutant(
        "ignores_what_it_pushes",
        "A filter is said to be decided by the vendor, which is never told.",
        f"{PUSHED}[query_threats-finding_info.types-eq]",
        "translate.py",
        "            parameters[found.parameter] = found.values\n",
        "",
    ),
    Mutant(
        "leaves_a_filter_unexplained",
        "An explanation does not mention what the core decides.",
        "test_explain_names_every_filter_and_sends_nothing[query_events]",
        "translate.py",
        "        filters.append(",
        '        if pushdown != "local":\n            filters.append(',
    ),
    Mutant(
        "searches_a_shorter_range",
        "Nothing older than half an hour is asked for, whatever the range.",
        "test_every_planted_message_is_found[query_events]",
        "provider.py",
        "timestamp_text(query.window.start)",
        "timestamp_text(max(query.window.start, query.window.end - 1_800_000))",
    ),
    Mutant(
        "looks_at_another_attribute",
        "A filter that the core decides is decided by an attribute of another name.",
        "test_a_planted_message_is_found_by_what_it_says[query_events]",
        "capabilities.py",
        'field("email.files.name", TEXT)',
        'FilterField(name="email.files.name", type=TEXT, paths=(f"{under}email.subject",))',
    ),
    Mutant(
        "pushes_the_first_side_of_an_or",
        "Of an Or the vendor is told the first side alone.",
        "test_an_or_selects_what_any_side_selects[query_events]",
        "translate.py",
        PART,
        "    part = getattr(part, 'items', (part,))[0]\n" + PART,
    ),
    Mutant(
        "takes_an_or_for_an_and",
        "The sides of an Or are pushed as conditions that must all hold.",
        "test_an_or_selects_what_any_side_selects[query_threats]",
        "translate.py",
        "    for part in conjuncts(predicate):\n",
        "    parts = (getattr(part, 'items', [part]) for part in conjuncts(predicate))\n"
        "    for part in (part for some in parts for part in some):\n",
    ),
    Mutant(
        "joins_two_conditions",
        "Two conditions on one field are sent as one text.",
        "test_an_and_selects_what_all_sides_select[query_events]",
        "translate.py",
        "            parameters[found.parameter] = found.values\n",
        "            parameters[found.parameter] = found.values\n"
        "        elif found and found.parameter in parameters:\n"
        "            joined = (*parameters[found.parameter], *found.values)\n"
        "            parameters[found.parameter] = (' '.join(joined),)\n"
        "        if found and found.parameter in parameters:\n",
    ),
    Mutant(
        "asks_for_the_first_25_values",
        "Of a long list of values the vendor is asked for the first 25.",
        f"{SELECTS}[query_events-email.to-in]",
        "translate.py",
        "        values = _texts(condition)\n",
        "        values = _texts(condition)[:25]\n",
    ),
    Mutant(
        "forgets_the_not_of_a_group",
        "What stands together under a Not is what the vendor is asked for.",
        "test_a_not_selects_all_the_rest[query_events]",
        "translate.py",
        PART,
        "    part = getattr(getattr(part, 'item', None), 'items', (part,))[0]\n" + PART,
    ),
)
