"""Fold the rows of one threat into one Detection Finding.

The row that fared worst leads: its verdict, outcome and headers are the finding's. No row is left
out, whatever the filters were: every copy, file, link, recipient and piece of evidence is in the
finding, and what the other rows say otherwise stands under `unmapped`.
"""

from connector_defender_office365.findings.alert import alert_finding
from connector_defender_office365.findings.click import click_finding
from connector_defender_office365.findings.message import message_finding

__all__ = ["alert_finding", "click_finding", "message_finding"]
