"""Mutants that lose, repeat or disorder events between pages."""

from typing import Final

from .workshop import Mutant

RESUME: Final = "resume=None if answer.next is None else (answer.next,)"
PAGES: Final = "test_the_pages_add_up_to_the_whole"
AWAITED: Final = '''
    async def async_auth_flow(self, request: httpx.Request):
        """Forget to sign."""
        yield request

    def auth_flow('''

MUTANTS: Final = (
    Mutant(
        "knows_one_customer",
        "Every customer has the same identity, so that one may go on with another's cursor.",
        "test_a_cursor_of_another_customer_is_refused[query_events]",
        "provider.py",
        'f"{config.region}/{config.account}"',
        '"acme"',
        by="NotFoundError",  # the vendor is asked for an account that it does not have
    ),
    Mutant(
        "shows_nothing",
        "Every list is empty.",
        "test_there_are_events_to_judge_by[query_events]",
        "wire.py",
        "return Answer(records, following",
        "return Answer([], None",
    ),
    Mutant(
        "drops_the_last_record",
        "The last record of every page but the last one is lost.",
        f"{PAGES}[query_events-pages_of_7]",
        "wire.py",
        "return Answer(records, following",
        "return Answer(records[:-1] if following else records, following",
    ),
    Mutant(
        "skips_ties",
        "A page goes on behind the last moment, not behind the last record.",
        f"{PAGES}[query_events-pages_of_3]",
        "provider.py",
        '{"after": str(query.resume[0])}',
        '{"after": str(query.resume[0]).partition(",")[0] + ","}',
    ),
    Mutant(
        "repeats_a_record",
        "A page begins with the last record of the one before.",
        f"{PAGES}[query_threats-pages_of_7]",
        "provider.py",
        "else (answer.next,)",
        "else place_of(kind, answer.records[-2:][0])",
    ),
    Mutant(
        "resumes_behind_the_batch",
        "Where a page ends within a batch, the next one begins behind the batch.",
        "test_the_pages_of_a_filter_add_up_to_its_selection[query_events]",
        "provider.py",
        "Record(normalizer.event(row), place_of(kind, row))",
        "Record(normalizer.event(row), place_of(kind, answer.records[-1]))",
    ),
    Mutant(
        "never_ends",
        "Behind the last page comes the first one again.",
        f"{PAGES}[query_threats-pages_of_7]",
        "provider.py",
        "resume=None if answer.next is None else (answer.next,)",
        'resume=(answer.next or "9999-12-31T00:00:00Z,",)',
    ),
    Mutant(
        "forgets_where_it_was",
        "Every page is the first one.",
        f"{PAGES}[query_events-pages_of_1]",
        "provider.py",
        '{"after": str(query.resume[0])} if query.resume else {}',
        "{}",
    ),
    Mutant(
        "keeps_its_place_in_memory",
        "Where a list goes on is known to one connector alone.",
        f"{PAGES}[query_events-pages_of_2]",
        "provider.py",
        '{"after": str(query.resume[0])} if query.resume else {}',
        '{"after": self._place} if query.resume and hasattr(self, "_place") else {}',
    ),
    Mutant(
        "disorders_a_page",
        "The records of a page come oldest first.",
        "test_a_declared_order_holds[query_events]",
        "provider.py",
        "            records=records,",
        "            records=records[::-1],",
    ),
    Mutant(
        "promises_another_order",
        "An order is declared that the vendor does not have.",
        "test_a_declared_order_holds[query_threats]",
        "capabilities.py",
        "        default_range_days=7,",
        '        default_range_days=7,\n        orders=("newest_first", "oldest_first"),',
    ),
    Mutant(
        "signs_blocking_requests_only",
        "An asyncio connector is not signed in.",
        "test_both_connectors_give_the_same[query_events]",
        "wire.py",
        "\n    def auth_flow(",
        AWAITED,
        by="AuthenticationError",
    ),
    Mutant(
        "ends_after_a_hundred",
        "A list ends behind its first hundred records.",
        "test_a_long_list_is_read_to_its_end[query_events]",
        "provider.py",
        RESUME,
        "resume=None if answer.next is None or len(answer.records) >= 100 else (answer.next,)",
    ),
    Mutant(
        "ends_a_narrowed_list",
        "A list that the vendor narrows ends behind its first page.",
        "test_the_pages_of_a_filter_add_up_to_its_selection[query_events]",
        "provider.py",
        RESUME,
        "resume=None if answer.next is None or 'contains' in native_query else (answer.next,)",
    ),
)
