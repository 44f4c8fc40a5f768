"""AlertInfo and AlertEvidence: an alert with all its evidence is one Detection Finding.

What a row of AlertEvidence tells depends on its EntityType, so there is one table for each; every
column stands in one row of each of them.
"""

from typing import Final

from connector_core.convert import kept_json
from connector_core.mapping import Row, Table, computed, direct, enum, static, table, unmapped
from connector_core.ocsf.enums import ClassUid, Severity
from connector_defender_office365 import convert
from connector_defender_office365.convert import evidence
from connector_defender_office365.mapping.shared import FINDING, frame
from connector_defender_office365.schema import TABLES

SEVERITIES: Final = {
    "Informational": Severity.INFORMATIONAL,
    "Low": Severity.LOW,
    "Medium": Severity.MEDIUM,
    "High": Severity.HIGH,
}

# fmt: off
ALERT_INFO: Final = table("AlertInfo", "detection_finding", (
    *frame("AlertInfo", ClassUid.DETECTION_FINDING),
    *FINDING,
    static  ("is_alert",                                 True),
    static  ("finding_info.data_sources",                ["AlertInfo", "AlertEvidence"]),
    #         OCSF attribute                              column
    computed("time time_dt metadata.original_time",      "Timestamp",        convert.moment),
    enum    ("severity_id",                              "Severity",         SEVERITIES, Severity.UNKNOWN),
    direct  ("message finding_info.title",               "Title"),
    direct  ("finding_info.uid metadata.original_event_uid", "AlertId"),
    computed("metadata.uid",                             "",                 convert.alert_finding_uid, "AlertId"),
    computed("finding_info.types",                       "Category",         convert.types),
    computed("attacks finding_info.attacks unmapped.AttackTechniques", "AttackTechniques", convert.attacks, "Category"),
    computed("finding_info.analytic",                    "DetectionSource",  convert.alert_analytic),
    computed("metadata.product.name finding_info.product", "ServiceSource",  convert.product),
    unmapped("MachineGroup",                             "no attribute"),
))

REPEATED_BY_EVIDENCE: Final = (
    "Timestamp", "AlertId", "Title", "Categories", "AttackTechniques", "ServiceSource",
    "DetectionSource", "Severity", "MachineGroup",
)


def _evidence(entity: str, *rows: Row) -> Table:
    taken = {column for row in rows for column in row.columns}
    taken |= {"EntityType", "AdditionalFields", *REPEATED_BY_EVIDENCE}
    rest = " ".join(column for column in TABLES["AlertEvidence"] if column not in taken)
    fields = any("AdditionalFields" in row.columns for row in rows)
    return table("AlertEvidence", "evidences", (
        direct  ("name",  "EntityType"),
        *rows,
        computed("verdict_id verdict", "", evidence.verdict, "AdditionalFields"),
        *(() if fields else (unmapped("AdditionalFields", "no attribute", kept_json),)),
        unmapped(rest, "nothing that this kind of evidence has a place for"),
        unmapped(" ".join(REPEATED_BY_EVIDENCE), "kept only where it differs from the alert's own; Categories join finding_info.types"),
    ), f"AlertEvidence: {entity}")


_USER = computed("user unmapped.AccountDomain unmapped.AccountUpn unmapped.AdditionalFields",
                 "AccountName AccountDomain AccountSid AccountObjectId AccountUpn AdditionalFields",
                 evidence.user)

ALERT_EVIDENCE: Final = {
    "MailMessage": _evidence("MailMessage", computed(
        "email src_endpoint uid data unmapped.NetworkMessageId unmapped.EmailSubject unmapped.AdditionalFields",
        "NetworkMessageId EmailSubject AdditionalFields", evidence.mail_message)),
    "Mailbox": _evidence("Mailbox", _USER),
    "User": _evidence("User", _USER),
    "Url": _evidence("Url", computed(
        "url unmapped.AdditionalFields", "RemoteUrl AdditionalFields", evidence.link)),
    "Ip": _evidence("Ip", computed(
        "src_endpoint dst_endpoint unmapped.RemoteIP unmapped.LocalIP unmapped.EvidenceDirection unmapped.AdditionalFields",
        "RemoteIP LocalIP EvidenceDirection AdditionalFields", evidence.address)),
    "File": _evidence("File", computed(
        "file unmapped.FolderPath unmapped.FileSize",
        "FileName FolderPath FileSize SHA1 SHA256", evidence.file)),
    "Machine": _evidence("Machine", computed(
        "device", "DeviceName DeviceId", evidence.machine)),
    "Process": _evidence("Process", computed(
        "process unmapped.ProcessCommandLine unmapped.FileName unmapped.FolderPath unmapped.AdditionalFields",
        "ProcessCommandLine FileName FolderPath AdditionalFields", evidence.process)),
    "": _evidence("anything else"),
}
"""EntityType -> table; the empty name stands for every other type."""
# fmt: on
