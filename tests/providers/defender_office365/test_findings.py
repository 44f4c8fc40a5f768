"""How rows fold into findings, where `pairs/` does not show it."""

import pytest

from connector_defender_office365.discovery import DOCUMENTED
from connector_defender_office365.normalize import Normalizers
from defender_rows import TENANT, Cells, make
from judges import ocsf

AT = "2026-03-02T09:15:00Z"
ALERT = {"Timestamp": AT, "AlertId": "fa1", "Title": "T", "Severity": "Low"}
COPY = {"Timestamp": AT, "NetworkMessageId": "m-1", "DeliveryAction": "Delivered"}


def test_of_equal_severities_the_copy_that_got_furthest_leads_and_any_phish_alerts() -> None:
    stopped = {**COPY, "ReportId": "a", "ThreatTypes": "Phish", "DeliveryAction": "Blocked"}
    arrived = {**COPY, "ReportId": "b", "ThreatTypes": "Spam"}
    finding = make("message_finding", {"EmailEvents": [stopped, arrived]})
    assert finding["disposition"] == "Allowed"
    assert finding["is_alert"] is True
    assert sorted(finding["finding_info"]["types"]) == ["Phish", "Spam"]


def test_a_copy_without_a_verdict_neither_leads_nor_dates_the_finding() -> None:
    copies: list[Cells] = [
        {**COPY, "RecipientEmailAddress": "a@example.com", "Timestamp": "2026-03-01T00:00:00Z"},
        {**COPY, "RecipientEmailAddress": "b@example.com", "ThreatTypes": "Spam"},
    ]
    finding = make("message_finding", {"EmailEvents": copies})
    assert finding["metadata"]["original_time"] == AT
    assert [copy["RecipientEmailAddress"] for copy in finding["unmapped"]["EmailEvents"]] == [
        "a@example.com",
        "b@example.com",
    ]


def test_a_row_that_came_twice_is_one_copy() -> None:
    copy = {**COPY, "RecipientEmailAddress": "a@example.com", "ThreatTypes": "Spam"}
    once, twice = (make("message_finding", {"EmailEvents": [copy] * n}) for n in (1, 2))
    assert once == twice


def test_a_message_for_nobody_is_valid_and_names_nobody() -> None:
    finding = make("message_finding", {"EmailEvents": [{**COPY, "ThreatTypes": "Phish"}]})
    assert finding["evidences"][0]["email"] == {"to": []}
    assert "resources" not in finding
    assert ocsf.judge().problems(finding) == []


def test_a_family_has_the_files_whose_verdict_names_it() -> None:
    rows = {
        "EmailEvents": [{**COPY, "ThreatTypes": "Malware", "ThreatNames": "Worm.A, Trojan.B"}],
        "EmailAttachmentInfo": [
            {"FileName": "worm.zip", "ThreatTypes": "Malware", "ThreatNames": "Worm.A"},
            {"FileName": "any.zip", "ThreatTypes": "Malware"},
            {"FileName": "clean.zip"},
            {"FileName": "lure.html", "ThreatTypes": "Phish"},
        ],
    }
    finding = make("message_finding", rows)
    files = {
        family["name"]: {file["name"] for file in family["files"]} for family in finding["malware"]
    }
    assert files == {"Worm.A": {"worm.zip", "any.zip"}, "Trojan.B": {"any.zip"}}


def test_of_several_rows_about_an_alert_the_most_severe_leads_and_the_first_dates_it() -> None:
    later = {**ALERT, "Timestamp": "2026-03-02T10:00:00Z", "Severity": "High"}
    finding = make("alert_finding", {"AlertInfo": [ALERT, later]})
    assert (finding["severity"], finding["time_dt"]) == ("High", AT)
    assert finding["unmapped"]["AlertInfo"] == [
        {"Timestamp": AT, "Severity": "Low"},
        {"Timestamp": "2026-03-02T10:00:00Z"},
    ]


def test_evidence_repeats_nothing_of_its_alert() -> None:
    told = {**ALERT, "EntityType": "Ip", "RemoteIP": "192.0.2.1", "Severity": "Medium"}
    finding = make("alert_finding", {"AlertInfo": [ALERT], "AlertEvidence": [told]})
    assert finding["unmapped"]["AlertEvidence"] == [{"EntityType": "Ip", "Severity": "Medium"}]


@pytest.mark.parametrize(
    ("region", "host"), [("global", "security.microsoft.com"), ("dod", "security.microsoft.us")]
)
def test_an_alert_links_to_the_portal_of_its_region(region: str, host: str) -> None:
    tables = Normalizers(TENANT, DOCUMENTED, region)
    finding = make("alert_finding", {"AlertInfo": [ALERT]}, tables)
    assert finding["finding_info"]["src_url"] == f"https://{host}/alerts/fa1"


def test_sources_that_the_tenant_lacks_are_not_named() -> None:
    tables = Normalizers(TENANT, {"EmailEvents": DOCUMENTED["EmailEvents"]})
    finding = make("message_finding", {"EmailEvents": [{**COPY, "ThreatTypes": "Spam"}]}, tables)
    assert finding["finding_info"]["data_sources"] == ["EmailEvents"]
