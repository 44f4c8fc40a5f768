"""Mutants that leave something out and say nothing, or count wrongly."""

from typing import Final

from .workshop import Mutant

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
)
