"""AlertInfo and AlertEvidence: an alert with all its evidence is one Detection Finding.

What a row of AlertEvidence tells depends on its EntityType, so there is one table for each; every
column stands in one row of each of them.
"""

from typing import Final

from connector_core.convert import json_value
from connector_core.mapping import Row, Table, computed, direct, enum, static, table, unmapped
from connector_core.ocsf.enums import ClassUid, Severity
from connector_defender_office365 import convert, evidence
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
    computed("attacks finding_info.attacks",             "AttackTechniques", convert.attacks, "Category"),
    computed("finding_info.analytic",                    "DetectionSource",  convert.alert_analytic),
    computed("metadata.product.name finding_info.product", "ServiceSource",  convert.product),
    unmapped("MachineGroup",                             "no attribute"),
))

_REPEATED = ("Timestamp AlertId Title Categories AttackTechniques ServiceSource DetectionSource "
             "Severity MachineGroup")


def _evidence(entity: str, *rows: Row) -> Table:
    taken = {column for row in rows for column in row.columns} | set(_REPEATED.split())
    rest = " ".join(column for column in TABLES["AlertEvidence"] if column not in taken)
    return table("AlertEvidence", "evidences", (
        direct  ("name",  "EntityType"),
        *rows,
        computed("verdict_id verdict", "", evidence.verdict, "AdditionalFields"),
        unmapped(" ".join(c for c in rest.split() if c not in ("EntityType", "AdditionalFields")),
                 "nothing that this kind of evidence has a place for"),
        *(() if "AdditionalFields" in taken else
          (unmapped("AdditionalFields", "no attribute", json_value),)),
        unmapped(_REPEATED, "repeats the alert's own column and is not read"),
    ), f"AlertEvidence: {entity}")


ALERT_EVIDENCE: Final = {
    #  EntityType     OCSF attribute                       columns
    "MailMessage": _evidence("MailMessage",
        computed("email src_endpoint uid data unmapped.AdditionalFields",
                 "NetworkMessageId EmailSubject AdditionalFields",       evidence.mail_message)),
    "Mailbox": _evidence("Mailbox",
        computed("user unmapped.AdditionalFields",
                 "AccountName AccountDomain AccountSid AccountObjectId AccountUpn AdditionalFields",
                 evidence.user)),
    "User": _evidence("User",
        computed("user unmapped.AdditionalFields",
                 "AccountName AccountDomain AccountSid AccountObjectId AccountUpn AdditionalFields",
                 evidence.user)),
    "Url": _evidence("Url",
        computed("url", "RemoteUrl",                                     evidence.link)),
    "Ip": _evidence("Ip",
        computed("src_endpoint dst_endpoint unmapped.AdditionalFields",
                 "RemoteIP LocalIP EvidenceDirection AdditionalFields",  evidence.address)),
    "File": _evidence("File",
        computed("file", "FileName FolderPath FileSize SHA1 SHA256",     evidence.file)),
    "Machine": _evidence("Machine",
        computed("device", "DeviceName DeviceId",                        evidence.machine)),
    "Process": _evidence("Process",
        computed("process unmapped.AdditionalFields",
                 "ProcessCommandLine FileName FolderPath AdditionalFields", evidence.process)),
    "": _evidence("anything else"),
}
"""EntityType -> table; the empty name stands for every other type."""
# fmt: on
