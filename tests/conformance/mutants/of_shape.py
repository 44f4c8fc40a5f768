"""Mutants whose events are no valid OCSF, or not those that were listed."""

from typing import Final

from .workshop import Mutant

VALID: Final = "test_every_event_is_valid_ocsf"
OBSERVED: Final = '        event["observables"] = observables(event, self._kind.makes)\n'
ANOTHER: Final = """\
        try:
            found = yield from ask(request, wire.read_record)
        except NotFoundError:
            listing = wire.request(self._host, "/v1/detections?limit=1")
            found = (yield from ask(listing, wire.read_list)).records[0]
        if False:
"""

MUTANTS: Final = (
    Mutant(
        "wrong_type",
        "The type of an event is not made of its class and activity.",
        f"{VALID}[query_events]",
        "mapping.py",
        "400903",
        "400901",
    ),
    Mutant(
        "null_attribute",
        "An attribute that is not known is null instead of absent.",
        f"{VALID}[query_threats]",
        "normalize.py",
        OBSERVED,
        OBSERVED + '        event["message"] = None\n',
    ),
    Mutant(
        "attribute_of_its_own",
        "The vendor's own field stands among OCSF's attributes.",
        f"{VALID}[query_events]",
        "normalize.py",
        OBSERVED,
        OBSERVED + '        event["folder"] = known.get("folder", "")\n',
    ),
    Mutant(
        "wrong_caption",
        "A caption is not the one of its id.",
        f"{VALID}[query_threats]",
        "convert.py",
        '"type": FileType.UNKNOWN.caption',
        '"type": "Attachment"',
    ),
    Mutant(
        "seconds_for_milliseconds",
        "Times are seconds since 1970.",
        "test_every_planted_message_is_found[query_events]",
        "convert.py",
        "(*found, text)",
        "(found[0] // 1_000, *found[1:], text)",
    ),
    Mutant(
        "finding_without_evidences",
        "A finding does not show what it is about.",
        "test_every_finding_has_evidences",
        "normalize.py",
        OBSERVED,
        OBSERVED + '        event.pop("evidences", None)\n',
    ),
    Mutant(
        "another_product",
        "An event does not say which product made it.",
        "test_every_event_says_which_product_made_it[query_events]",
        "normalize.py",
        OBSERVED,
        OBSERVED + '        event["metadata"]["product"] = {"name": "Mail"}\n',
    ),
    Mutant(
        "no_json",
        "An event holds a value that JSON does not know.",
        "test_every_answer_is_ready_for_json[query_threats]",
        "normalize.py",
        OBSERVED,
        OBSERVED + '        event["finding_info"]["types"] = set(event["finding_info"]["types"])'
        ' if "finding_info" in event else 0\n',
    ),
    Mutant(
        "undeclared_attribute",
        "An event has an attribute that the declared response fields lack.",
        "test_the_declared_response_fields_cover_the_events[query_threats]",
        "capabilities.py",
        'if not path.startswith("unmapped.")',
        'if not path.startswith(("unmapped.", "severity"))',
    ),
    Mutant(
        "thinner_detail",
        "A finding in full lacks what the list had.",
        "test_every_listed_finding_is_found_by_its_id",
        "provider.py",
        "return self._batch(DETECTION, wire.Answer([found]",
        'found.pop("urls")\n        return self._batch(DETECTION, wire.Answer([found]',
    ),
    Mutant(
        "another_finding",
        "For an id that nobody has comes the newest finding.",
        "test_an_id_that_nobody_has_is_not_found",
        "provider.py",
        "        found = yield from ask(request, wire.read_record)\n"
        '        if found.get("id") != threat_id:\n',
        ANOTHER,
        by="Failed",
    ),
    Mutant(
        "id_of_no_use",
        "A finding is listed by an id that the detail does not take.",
        "test_every_listed_finding_is_found_by_its_id",
        "mapping.py",
        'direct  ("metadata.uid finding_info.uid", "id")',
        'direct  ("metadata.uid", "id"),\n    direct  ("finding_info.uid", "message")',
        by="NotFoundError",
    ),
    Mutant(
        "same_id_for_all",
        "Findings of one campaign share an id.",
        "test_every_listed_finding_has_an_id_of_its_own",
        "mapping.py",
        'direct  ("metadata.uid finding_info.uid", "id")',
        'direct  ("metadata.uid", "id"),\n    direct  ("finding_info.uid", "engine")',
    ),
    Mutant(
        "stumbles_over_an_id",
        "An id that is no id of the vendor ends in an error of another library.",
        "test_a_hostile_id_is_refused",
        "provider.py",
        "if not ID.fullmatch(threat_id):",
        'if not threat_id.encode("ascii").isalnum() and not ID.fullmatch(threat_id):',
        by="UnicodeEncodeError",
    ),
    Mutant(
        "cleans_an_id_up",
        "What is too much about an id is cut off, and a finding comes.",
        "test_a_hostile_id_is_refused",
        "provider.py",
        "        if not ID.fullmatch(threat_id):",
        '        threat_id = threat_id.partition("#")[0].strip("/ ")\n'
        "        if not ID.fullmatch(threat_id):",
        by="Failed",
    ),
)
