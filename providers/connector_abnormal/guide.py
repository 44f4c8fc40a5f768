"""How a person connects an account: the questions of `email-security setup`."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from connector_abnormal.regions import REGIONS
from connector_core.setup import SetupGuide, SetupQuestion

PORTAL: Final = "https://portal.abnormalsecurity.com/home/settings/integrations"


def _token(text: str) -> str:
    from connector_abnormal.config import checked_token

    try:
        return checked_token(text.strip().removeprefix("Bearer ").strip())
    except ValueError as error:
        raise ValueError(f"the token {error}") from None


def _links(answers: Mapping[str, Any]) -> Sequence[tuple[str, str]]:
    return [("The portal makes the token and keeps its list of allowed addresses", PORTAL)]


GUIDE: Final = SetupGuide(
    questions=(
        SetupQuestion(
            setting="region",
            prompt="Region of the account",
            kind="choice",
            choices=tuple(REGIONS),
            default="us",
            help="eu for accounts whose data stays in Europe. A token of one region is unknown in"
            " the other.",
        ),
        SetupQuestion(
            setting="token",
            prompt="API token",
            kind="secret",
            help="Portal, Settings, Integrations, Abnormal REST API. There, allow the public"
            " address of this machine too.",
            validate=_token,
        ),
    ),
    links=_links,
)
"""Region and token; the portal's page; then `check`."""
