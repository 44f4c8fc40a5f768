"""Mutants that leave something out and say nothing, or count wrongly."""

from typing import Final

from .workshop import Mutant

FAR: Final = "test_the_far_end_of_a_range_is_searched"
START: Final = "timestamp_text(query.window.start)"
COUNTS: Final = "test_the_counts_of_an_answer_are_true"

MUTANTS: Final = (
    Mutant(
        "hides_a_gap",
        "A part of the vendor did not answer, and the answer does not say so.",
        "test_what_the_vendor_lacks_is_told",
        "provider.py",
        "[PARTIAL] if answer.partial else []",
        "[]",
    ),
    Mutant(
        "whispers_of_a_gap",
        "A part of the vendor did not answer, and the answer is said to be complete.",
        "test_what_the_vendor_lacks_is_told",
        "provider.py",
        '    message="A part of Acme\'s index did not answer: records may be missing.",\n'
        "    incomplete=True,",
        '    message="A part of Acme\'s index did not answer: records may be missing.",\n'
        "    incomplete=False,",
    ),
    Mutant(
        "reads_beyond_its_reach",
        "The default range is longer than the vendor remembers.",
        "test_the_default_range_is_the_declared_one",
        "capabilities.py",
        "default_range_days=7",
        "default_range_days=700",
    ),
    Mutant(
        "counts_what_it_keeps",
        "Rows that were read are not counted.",
        COUNTS,
        "provider.py",
        "rows_read=len(answer.records)",
        "rows_read=0",
    ),
    Mutant(
        "hides_its_query",
        "An answer does not say what the vendor was asked.",
        COUNTS,
        "provider.py",
        "native_query=native_query",
        'native_query=""',
    ),
    Mutant(
        "empty_is_an_error",
        "An account without mail cannot be read.",
        "test_an_empty_vendor_gives_an_empty_complete_answer",
        "provider.py",
        "if answer.records and not records",
        "if not records",
    ),
    Mutant(
        "clamps_to_a_day",
        "Only the last day of the range is asked for.",
        f"{FAR}[query_events]",
        "provider.py",
        START,
        "timestamp_text(max(query.window.start, query.window.end - 86_400_000))",
    ),
    Mutant(
        "clamps_to_a_month",
        "Of a range that is longer than a month the last month is asked for.",
        f"{FAR}[query_threats]",
        "provider.py",
        START,
        "timestamp_text(max(query.window.start, query.window.end - 30 * 86_400_000))",
    ),
    Mutant(
        "tells_of_a_gap_once",
        "Where the first page lacks nothing, later ones that do are said to be complete.",
        "test_what_the_vendor_lacks_is_told",
        "provider.py",
        "[PARTIAL] if answer.partial else []",
        "[PARTIAL] if answer.partial and 'after=' not in native_query else []",
    ),
    Mutant(
        "checks_half_of_it",
        "A check is well although one kind of record may not be read.",
        "test_a_check_looks_at_every_operation",
        "provider.py",
        "        for kind in (MESSAGE, DETECTION):\n            path",
        "        for kind in (DETECTION,):\n            path",
    ),
)
