"""EmailAttachmentInfo and EmailUrlInfo: parts of a message, joined to its event."""

from typing import Final

from connector_core.convert import json_value
from connector_core.mapping import computed, direct, table, unmapped
from connector_defender_office365 import convert

REPEATED: Final = "repeats the message's own column and is not read"

# fmt: off
EMAIL_ATTACHMENT_INFO: Final = table("EmailAttachmentInfo", "file", (
    #         OCSF attribute    column
    computed("name",           "FileName",      convert.file_name),
    computed("type_id type",   "FileType",      convert.file_kind, "FileName FileExtension"),
    computed("ext",            "FileExtension", convert.file_extension, "FileName"),
    computed("hashes",         "SHA256",        convert.sha256),
    direct  ("size",           "FileSize"),
    unmapped("ThreatTypes ThreatNames", "a file has no verdict attribute; the infected ones stand in malware.files"),
    unmapped("DetectionMethods AdditionalFields", "a file has no verdict attribute", json_value),
    unmapped("ReportId",       "no attribute"),
    unmapped("Timestamp NetworkMessageId RecipientEmailAddress RecipientObjectId "
             "SenderFromAddress SenderDisplayName SenderObjectId", REPEATED),
))

EMAIL_URL_INFO: Final = table("EmailUrlInfo", "url", (
    #         OCSF attribute    column
    computed("url_string scheme port path query_string", "Url", convert.url_parts),
    direct  ("hostname",       "UrlDomain"),
    unmapped("UrlLocation UrlChainId UrlChainPosition ReportId", "no attribute"),
    unmapped("Timestamp NetworkMessageId", REPEATED),
))
# fmt: on
