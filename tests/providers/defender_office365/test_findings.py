"""How rows fold into findings, where `pairs/` does not show it."""

import json

import pytest

from connector_core.filter import parse_all, resolve
from connector_core.filter.evaluate import compile_predicate
from connector_defender_office365.discovery import DOCUMENTED
from connector_defender_office365.filters import THREAT_FIELDS
from connector_defender_office365.normalize import Normalizers
from defender_rows import TENANT, Cells, make
from judges import ocsf

AT = "2026-03-02T09:15:00Z"
ALERT = {"Timestamp": AT, "AlertId": "fa1", "Title": "T", "Severity": "Low"}
FIELDS = {field.name: field for field in THREAT_FIELDS}
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


def test_what_stands_under_unmapped_names_the_file_that_it_is_about() -> None:
    rows = {
        "EmailEvents": [{**COPY, "ThreatTypes": "Malware"}],
        "EmailAttachmentInfo": [
            {"FileName": "clean.pdf", "ReportId": "1"},
            {"FileName": "bad.exe", "ThreatTypes": "Malware", "ThreatNames": "Worm.A"},
            {"FileName": "known.exe", "SHA256": "ab", "ThreatTypes": "Malware"},
        ],
    }
    for kind in ("email_event", "message_finding"):
        told = make(kind, rows)["unmapped"]["EmailAttachmentInfo"]
        assert {"FileName": "bad.exe", "ThreatTypes": "Malware", "ThreatNames": "Worm.A"} in told
        assert {"SHA256": "ab", "ThreatTypes": "Malware"} in told


def test_what_any_copy_says_can_be_found_in_the_finding() -> None:
    spam = {**COPY, "RecipientEmailAddress": "a@example.com", "ThreatTypes": "Spam",
            "SenderIPv4": "192.0.2.1", "DetectionMethods": '{"Spam":["Bulk"]}',
            "Subject": "Offer", "To": '["team@example.com"]'}  # fmt: skip
    stopped = {**COPY, "DeliveryAction": "Blocked", "ThreatTypes": "Malware", "Subject": "Offer",
               "DetectionMethods": '{"Malware":["File detonation"]}', "To": '["team@example.com"]',
               "OrgLevelAction": "Block", "OrgLevelPolicy": "Connection policy"}  # fmt: skip
    copies: list[Cells] = [
        spam,
        {**stopped, "RecipientEmailAddress": "b@example.com", "ThreatNames": "Worm.A",
         "SenderIPv4": "192.0.2.2"},
        {**stopped, "RecipientEmailAddress": "c@example.com", "ThreatNames": "worm.a, Trojan.B",
         "SenderIPv4": "192.0.2.2"},
        {**stopped, "RecipientEmailAddress": "d@example.com", "SenderIPv4": "192.0.2.1",
         "Subject": "Offer [EXTERNAL]", "To": '["all@example.com"]'},
    ]  # fmt: skip
    finding = make("message_finding", {"EmailEvents": copies})
    assert ocsf.judge().problems(finding) == []
    assert finding["disposition"] == "Allowed"
    assert finding["message"] == "Spam: Bulk; Malware: File detonation"
    assert finding["finding_info"]["analytic"]["name"] == "File detonation"
    assert [one["name"] for one in finding["finding_info"]["related_analytics"]] == ["Bulk"]
    assert [family["name"] for family in finding["malware"]] == ["Worm.A", "Trojan.B"]
    assert [one["decision"] for one in finding["authorizations"]] == ["Block"]
    for filter in (
        "malware.name[eq]Trojan.B",
        "message[like]File detonation",
        "finding_info.analytic.name[eq]Bulk",
        "finding_info.analytic.name[eq]File detonation",
        "src_endpoint.ip[eq]192.0.2.2",
        "email.subject[like]EXTERNAL",
        "email.to[eq]all@example.com",
    ):
        assert compile_predicate(resolve(parse_all([filter]), FIELDS))(finding), filter
    first, relay, subject = finding["evidences"]
    assert first["src_endpoint"] == {"ip": "192.0.2.1"}
    assert first["email"]["to"] == ["team@example.com", *(f"{x}@example.com" for x in "abcd")]
    assert relay == {
        "name": "MailMessage", "uid": "m-1", "src_endpoint": {"ip": "192.0.2.2"},
        "email": {"to": ["b@example.com", "c@example.com"]},
    }  # fmt: skip
    assert subject["email"] == {
        "subject": "Offer [EXTERNAL]",
        "to": ["all@example.com", "d@example.com"],
    }


def test_a_finding_grows_no_faster_than_the_number_of_its_copies() -> None:
    def size(number: int) -> int:
        header = json.dumps([f"u{n}@example.com" for n in range(number)])
        copies = [
            {**COPY, "ThreatTypes": "Phish", "To": header, "Cc": header,
             "RecipientEmailAddress": f"u{n}@example.com", "SenderIPv4": f"192.0.2.{n + 1}"}
            for n in range(number)
        ]  # fmt: skip
        finding = make("message_finding", {"EmailEvents": copies})
        assert len(finding["evidences"]) == number
        return len(json.dumps(finding))

    assert size(200) < 2.2 * size(100)


def test_a_click_names_what_found_its_link_in_every_row() -> None:
    click = {
        "Timestamp": AT,
        "ReportId": "c-1",
        "Url": "https://trap.example/",
        "ThreatTypes": "Phish",
    }
    rows: list[Cells] = [
        {**click, "ActionType": "ClickBlocked", "DetectionMethods": '{"Phish":["URL detonation"]}'},
        {**click, "ActionType": "ClickAllowed", "DetectionMethods": '{"Phish":["Campaign"]}'},
    ]
    info = make("click_finding", {"UrlClickEvents": rows})["finding_info"]
    assert info["analytic"]["name"] == "Campaign"
    assert [one["name"] for one in info["related_analytics"]] == ["URL detonation"]


def test_of_several_rows_about_an_alert_the_most_severe_leads_and_the_first_dates_it() -> None:
    later = {**ALERT, "Timestamp": "2026-03-02T10:00:00Z", "Severity": "High"}
    finding = make("alert_finding", {"AlertInfo": [ALERT, later]})
    assert (finding["severity"], finding["time_dt"]) == ("High", AT)
    assert finding["unmapped"]["AlertInfo"] == [
        {"Timestamp": AT, "Severity": "Low"},
        {"Timestamp": "2026-03-02T10:00:00Z"},
    ]


def test_what_an_evidence_has_no_place_for_says_which_evidence_it_is_about() -> None:
    rows: list[Cells] = [
        {**ALERT, "EntityType": "Ip", "RemoteIP": "192.0.2.1"},
        {**ALERT, "EntityType": "Ip", "RemoteIP": "192.0.2.2", "EvidenceRole": "Related"},
    ]
    finding = make("alert_finding", {"AlertInfo": [ALERT], "AlertEvidence": rows})
    (told,) = finding["unmapped"]["AlertEvidence"]
    assert finding["evidences"][told["evidence"]]["src_endpoint"] == {"ip": "192.0.2.2"}


def test_links_of_an_alerts_message_are_found_without_an_address() -> None:
    told = {"Urls": ["https://trap.example/x", 5], "UrlCount": 1}
    row = {**ALERT, "EntityType": "MailMessage", "NetworkMessageId": "m-1", "EmailSubject": "S",
           "AdditionalFields": json.dumps(told)}  # fmt: skip
    finding = make("alert_finding", {"AlertInfo": [ALERT], "AlertEvidence": [row]})
    assert ocsf.judge().problems(finding) == []
    (email,) = [evidence["email"] for evidence in finding["evidences"]]
    assert (email["to"], email["subject"]) == ([], "S")
    assert email["urls"][0]["hostname"] == "trap.example"
    assert "evidences.email.urls.url_string" in {o["name"] for o in finding["observables"]}
    (rest,) = finding["unmapped"]["AlertEvidence"]
    assert rest["AdditionalFields"] == {"Urls": [5], "UrlCount": 1}


def test_evidence_repeats_nothing_of_its_alert() -> None:
    told = {**ALERT, "EntityType": "Ip", "RemoteIP": "192.0.2.1", "Severity": "Medium"}
    finding = make("alert_finding", {"AlertInfo": [ALERT], "AlertEvidence": [told]})
    assert finding["unmapped"]["AlertEvidence"] == [
        {"evidence": 0, "EntityType": "Ip", "Severity": "Medium"}
    ]


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
