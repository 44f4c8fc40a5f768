"""The hostile values of the conformance kit, for the tests of everything else."""

from connector_conformance.hostile import HOSTILE, UNSENDABLE

__all__ = ["HOSTILE", "UNSENDABLE"]
