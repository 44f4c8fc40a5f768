"""Mutants that lose what the vendor says."""

from typing import Final

from .workshop import Mutant

EVERY_VALUE: Final = "test_every_value_of_the_vendor_reaches_the_events"
EVERY_ELEMENT: Final = "test_every_element_of_a_list_reaches_the_events"
FOUND: Final = "test_every_planted_message_is_found"
ROWS: Final = "        for row in answer.records:\n"
MOMENT: Final = "    found = timestamp(text)\n    return None if found is None else (*found, text)"
COMPLETED: Final = "        self._complete(event)\n"

MUTANTS: Final = (
    Mutant(
        "drops_a_field",
        "A field of the vendor is read and left out.",
        EVERY_VALUE,
        "convert.py",
        'part["size"] = left.pop("size_bytes")',
        'left.pop("size_bytes")',
    ),
    Mutant(
        "drops_an_unmapped_field",
        "A field that OCSF has no place for is left out.",
        EVERY_VALUE,
        "normalize.py",
        COMPLETED,
        '        event.get("unmapped", {}).pop("campaign", None)\n' + COMPLETED,
    ),
    Mutant(
        "cuts_a_text",
        "A long text is cut.",
        EVERY_VALUE,
        "normalize.py",
        "                known[name] = value\n",
        "                known[name] = value[:8] if name == 'message' else value\n",
    ),
    Mutant(
        "lowers_an_unknown_word",
        "A word that nobody knows becomes the id for unknown, without the word.",
        EVERY_VALUE,
        "normalize.py",
        "            elif name in known:\n",
        "            elif name == 'status' and value not in ('open', 'closed'):\n"
        "                pass\n"
        "            elif name in known:\n",
    ),
    Mutant(
        "drops_what_it_does_not_know",
        "A field that nobody knows is left out.",
        "test_a_field_that_nobody_knows_is_kept_or_counted",
        "normalize.py",
        "                strange[name] = value\n"
        '                self._drift[f"{self._kind.name}.{name}"] += 1\n',
        "                pass\n",
    ),
    Mutant(
        "stumbles_over_a_null",
        "A field that is null ends in an error of Python's own.",
        "test_a_damaged_value_is_harmless_or_told[null]",
        "normalize.py",
        "            if value is not None and type(value)",
        "            if name in ('urls', 'attachments'):\n"
        "                known[name] = list(value)\n"
        "            elif value is not None and type(value)",
    ),
    Mutant(
        "stumbles_over_a_gap",
        "A field that is missing ends in an error of Python's own.",
        "test_a_damaged_value_is_harmless_or_told[missing]",
        "normalize.py",
        "        known, strange = self._sorted(record)\n",
        "        known, strange = self._sorted(record)\n        record['subject'].strip()\n",
    ),
    Mutant(
        "collapses_copies",
        "Copies of one message to two recipients become one event.",
        f"{FOUND}[query_events]",
        "provider.py",
        ROWS,
        "        unique = {str(row.get('message_id')): row for row in answer.records[::-1]}\n"
        "        for row in list(unique.values())[::-1]:\n",
    ),
    Mutant(
        "skips_what_has_no_subject",
        "A message without a subject is left out.",
        f"{FOUND}[query_threats]",
        "provider.py",
        ROWS,
        "        for row in answer.records:\n"
        "            if row.get('subject') == '':\n"
        "                continue\n",
    ),
    Mutant(
        "knows_one_recipient",
        "Of several recipients the first one is kept.",
        EVERY_ELEMENT,
        "convert.py",
        "texts = [item for item in addresses if",
        "texts = [item for item in addresses[:1] if",
    ),
    Mutant(
        "knows_one_link",
        "Of several links the first one is kept.",
        EVERY_ELEMENT,
        "convert.py",
        "texts = [item for item in links if",
        "texts = [item for item in links[:1] if",
    ),
    Mutant(
        "knows_one_file",
        "Of several attachments the first one is kept.",
        EVERY_ELEMENT,
        "convert.py",
        "    for attachment in attachments:\n",
        "    for attachment in attachments[:1]:\n",
    ),
    Mutant(
        "reads_times_as_local",
        "Times of the vendor are taken for those of another zone.",
        "test_mail_has_the_time_that_it_was_planted_with",
        "convert.py",
        MOMENT,
        MOMENT.replace("timestamp(text)", "timestamp(text.replace('Z', '+01:00'))"),
    ),
    Mutant(
        "cuts_the_seconds",
        "Times lose their seconds.",
        "test_mail_has_the_time_that_it_was_planted_with",
        "convert.py",
        MOMENT,
        MOMENT.replace("timestamp(text)", "timestamp(text[:16] + ':00Z')"),
    ),
)
