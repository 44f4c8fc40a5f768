"""Providers that are wrong in one way each: the kit has to catch every one of them."""

from typing import Final

from . import (
    of_completeness,
    of_errors,
    of_filters,
    of_hostile,
    of_isolation,
    of_loss,
    of_paging,
    of_secrets,
    of_shape,
)
from .workshop import Mutant

MUTANTS: Final[tuple[Mutant, ...]] = (
    *of_filters.MUTANTS,
    *of_paging.MUTANTS,
    *of_shape.MUTANTS,
    *of_errors.MUTANTS,
    *of_completeness.MUTANTS,
    *of_loss.MUTANTS,
    *of_secrets.MUTANTS,
    *of_isolation.MUTANTS,
    *of_hostile.MUTANTS,
)
