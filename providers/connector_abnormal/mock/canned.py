"""What the vendor answers to requests with the header `mock-data: True`: never a tenant's mail."""

from typing import Final

from .build import Letter, campaign
from .times import moment

_AT: Final = moment("2026-01-05T09:30:00Z")

CANNED: Final = campaign(
    [
        Letter(
            number=number,
            at=_AT,
            subject="Canned example of a threat",
            sender="support@secure-reply.example.org",
            recipient=f"person{number}@example.com",
            message_id=f"<canned.{number}@secure-reply.example.org>",
            ip="192.0.2.99",
            urls=("https://secure-reply.example.org/",),
            files=("attachment.pdf",),
            kind=8,
        )
        for number in (1, 2)
    ],
    name="canned",
    appears=0,
    tenant=(1000, "example"),
)
