"""EmailAttachmentInfo and EmailUrlInfo: parts of a message, joined to its event."""

from typing import Final

from connector_core.convert import kept_json
from connector_core.mapping import computed, direct, table, unmapped
from connector_defender_office365 import convert

REPEATED: Final = "repeats the message's own column and is not read"
REPEATED_BY_FILE: Final = (
    "Timestamp",
    "NetworkMessageId",
    "RecipientEmailAddress",
    "RecipientObjectId",
    "SenderFromAddress",
    "SenderDisplayName",
    "SenderObjectId",
)
REPEATED_BY_LINK: Final = ("Timestamp", "NetworkMessageId")

# fmt: off
EMAIL_ATTACHMENT_INFO: Final = table("EmailAttachmentInfo", "file", (
    #         OCSF attribute    column
    computed("name unmapped.FileName", "FileName", convert.file_name),
    computed("type_id type unmapped.FileType", "FileType", convert.file_kind, "FileName FileExtension"),
    computed("ext",            "FileExtension", convert.file_extension, "FileName"),
    computed("hashes",         "SHA256",        convert.sha256),
    direct  ("size",           "FileSize"),
    unmapped("ThreatTypes ThreatNames", "a file has no verdict attribute; the infected ones stand in malware.files"),
    unmapped("DetectionMethods AdditionalFields", "a file has no verdict attribute", kept_json),
    unmapped("ReportId",       "no attribute"),
    unmapped(" ".join(REPEATED_BY_FILE), REPEATED),
))

EMAIL_URL_INFO: Final = table("EmailUrlInfo", "url", (
    #         OCSF attribute    column
    computed("url_string hostname scheme port path query_string", "Url UrlDomain", convert.link),
    unmapped("UrlLocation UrlChainId UrlChainPosition ReportId", "no attribute"),
    unmapped(" ".join(REPEATED_BY_LINK), REPEATED),
))
# fmt: on
