"""UrlClickEvents: a click that was blocked or carries a verdict is a Detection Finding.

A block and the click-through that followed share one ReportId: together they are one finding, and
the table maps the row that fared worst. The attributes under `evidences` are its evidence.
"""

from typing import Final

from connector_core.convert import kept_json
from connector_core.mapping import (
    Rule,
    Word,
    computed,
    decided,
    direct,
    empty,
    has,
    is_,
    static,
    table,
    true,
    unmapped,
)
from connector_core.ocsf.enums import Action, ClassUid, Disposition, Severity
from connector_defender_office365 import convert
from connector_defender_office365.mapping.shared import DEFENDER, FINDING, frame

# fmt: off
SEVERITY: Final = (
    Rule((true("IsClickedThrough"),),         (Severity.HIGH,)),
    Rule((is_("ActionType", "ClickAllowed"),), (Severity.HIGH,)),
    Rule((),                                  (Severity.MEDIUM,)),
)

OUTCOME: Final = (
    Rule((true("IsClickedThrough"),),             (Action.ALLOWED,  Disposition.ALLOWED)),
    Rule((is_("ActionType", "ClickAllowed"),),    (Action.ALLOWED,  Disposition.ALLOWED)),
    Rule((has("ActionType", "ClickBlocked"),),    (Action.DENIED,   Disposition.BLOCKED)),
    Rule((is_("ActionType", "UrlScanInProgress"),), (Action.OBSERVED, Disposition.DELAYED)),
    Rule((is_("ActionType", "UrlErrorPage"),),    (Action.UNKNOWN,  Disposition.ERROR)),
    Rule((empty("ActionType"),),                  (Action.UNKNOWN,  Disposition.UNKNOWN)),
    Rule((),                      (Word("ActionType"), Word("ActionType"))),
)

URL_CLICK_EVENTS: Final = table("UrlClickEvents", "detection_finding", (
    *frame("UrlClickEvents", ClassUid.DETECTION_FINDING),
    DEFENDER,
    *FINDING,
    static  ("is_alert",                                 True),
    static  ("finding_info.title",                       "Click on a suspicious link"),
    static  ("finding_info.data_sources",                ["UrlClickEvents"]),
    static  ("evidences.name",                           "Url"),
    #         OCSF attribute                              column
    computed("time time_dt metadata.original_time",      "Timestamp",        convert.moment),
    decided ("severity_id",                              SEVERITY),
    decided ("action_id disposition_id",                 OUTCOME),
    direct  ("metadata.event_code",                      "ActionType"),
    computed("message",                                  "",                 convert.click_message, "ActionType ThreatTypes"),
    direct  ("finding_info.uid metadata.original_event_uid", "ReportId"),
    computed("metadata.uid",                             "",                 convert.click_finding_uid, "ReportId"),
    computed("metadata.correlation_uid unmapped.NetworkMessageId", "NetworkMessageId", convert.clicked_message),
    computed("finding_info.types",                       "ThreatTypes",      convert.types),
    computed("finding_info.analytic finding_info.related_analytics", "",         convert.analytics, "DetectionMethods"),
    computed("evidences.url",                            "Url",              convert.clicked_url, "ThreatTypes"),
    computed("evidences.user resources",                 "AccountUpn",       convert.clicking_user),
    computed("evidences.src_endpoint.ip unmapped.IPAddress", "IPAddress",    convert.click_ip),
    unmapped("Workload AppName AppVersion SourceId",     "no attribute"),
    unmapped("UrlChain",                                 "no attribute",     kept_json),
    unmapped("IsClickedThrough",                         "its meaning is in severity and disposition"),
    unmapped("DetectionMethods",                         "raw form of the analytic", kept_json),
    unmapped("TenantId Type SourceSystem TimeGenerated", "columns of a Sentinel workspace"),
))
# fmt: on
