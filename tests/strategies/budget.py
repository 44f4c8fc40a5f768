"""How many examples a property test tries."""

import os
from typing import Final

from hypothesis import HealthCheck, Phase, settings

THOROUGH: Final = os.environ.get("HYPOTHESIS_PROFILE") == "thorough"
"""Set HYPOTHESIS_PROFILE=thorough for a run of many minutes."""


def examples(count: int, *, thorough: int) -> settings:
    """`count` examples in an ordinary run, `thorough` in a long one; slow ones are no fault."""
    return settings(
        max_examples=thorough if THOROUGH else count,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        # An example costs seconds here: making a found one smaller would take many minutes.
        phases=(Phase.explicit, Phase.reuse, Phase.generate),
    )
