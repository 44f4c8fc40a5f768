"""Where Abnormal serves its API. Source: Abnormal Security Client API 1.4.3, "servers" (2026)."""

from collections.abc import Mapping
from typing import Final, Literal

Region = Literal["us", "eu"]

REGIONS: Final[Mapping[Region, str]] = {
    "us": "https://api.abnormalplatform.com/v1",
    "eu": "https://eu.rest.abnormalsecurity.com/v1",
}
"""Region -> base URL. A region never redirects to the other; there the token is simply unknown."""
