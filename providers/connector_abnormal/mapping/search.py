"""A search result: one copy of a mail, in one mailbox or in the quarantine, is an Email Activity."""

from typing import Final

from connector_abnormal import convert
from connector_abnormal.mapping.shared import MAIL_IS_ALERT, MAIL_OUTCOME, MAIL_SEVERITY, frame
from connector_core.mapping import computed, decided, direct, static, table, unmapped
from connector_core.ocsf.enums import ClassUid, Direction, EmailActivityKind

# fmt: off
SEARCH_RESULT: Final = table("SearchResult", "email_activity", (
    *frame("search", ClassUid.EMAIL_ACTIVITY),
    static  ("activity_id",                              EmailActivityKind.RECEIVE),
    static  ("type_uid",                                 400902),
    static  ("type_name",                                "Email Activity: Receive"),
    static  ("direction_id",                             Direction.UNKNOWN),
    static  ("metadata.labels",                          ["derived:severity_id"]),
    #         OCSF attribute                              field
    computed("time time_dt metadata.original_time",      "received_time",     convert.received),
    decided ("severity_id",                              MAIL_SEVERITY),
    decided ("is_alert",                                 MAIL_IS_ALERT),
    decided ("action_id disposition_id status_id",       MAIL_OUTCOME),
    direct  ("metadata.event_code",                      "judgement"),
    direct  ("metadata.log_source",                      "searched_source"),
    direct  ("metadata.tenant_uid",                      "tenant_id"),
    computed("metadata.uid",                             "",                  convert.result_uid, "searched_source abnormal_message_uuid abnormal_message_id raw_message_id mailbox_name internet_message_id received_time"),
    computed("metadata.original_event_uid unmapped.abnormal_message_id unmapped.raw_message_id",
             "abnormal_message_uuid abnormal_message_id raw_message_id", convert.result_ids),
    computed("from email.from email.from_mailbox unmapped.sender", "sender sender_display_name", convert.sender_and_from),
    computed("to email.to email.delivered_to_list email.to_mailboxes unmapped.mailbox_name", "mailbox_name mailbox_display_name", convert.mailbox_of),
    direct  ("email.subject",                            "subject",           keep_empty=True),
    direct  ("email.message_uid",                        "internet_message_id"),
    computed("email.files unmapped.attachments",         "attachments",       convert.result_files),
    computed("email.urls",                               "body_links",        convert.links),
    computed("src_endpoint.ip email.x_originating_ip unmapped.sender_ip_addresses", "sender_ip_addresses", convert.sender_ips),
    direct  ("policy.name",                              "quarantine_policy_type"),
    direct  ("status_detail",                            "quarantine_reason"),
    unmapped("quarantine_release_status",                "its meaning is in disposition"),
    unmapped("quarantine_identity quarantine_message_id quarantine_type quarantine_processed_at", "no attribute"),
    unmapped("current_folder_name",                      "its meaning is in disposition"),
    unmapped("decision_category",                        "stands in for a judgement that is missing"),
    unmapped("judgement_source judgement_source_model_id judgement_source_model_version", "no attribute"),
    unmapped("customer_id native_user_id cloud_message_id", "no attribute"),
))
# fmt: on
