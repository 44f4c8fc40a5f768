"""Ctrl-C while the engine works."""

import signal
import sys
from types import FrameType

import pytest

from connector_defender_office365.mock.engine import Engine

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="interval timers are POSIX")
NOW = "2026-01-02T00:00:00Z"
HEAVY = "T | join kind=inner T on Key | summarize count() by Timestamp1"
"""Every row meets every other."""


def test_ctrl_c_while_the_database_works_comes_out_as_such() -> None:
    engine = Engine({"T": {"Timestamp": "datetime", "Key": "string"}})
    engine.load("T", [{"Timestamp": "2026-01-01T00:00:00Z", "Key": "same"}] * 100_000)

    def ctrl_c(number: int, frame: FrameType | None) -> None:
        if frame is not None and frame.f_code.co_name == "query":  # nothing of ours is above it
            raise KeyboardInterrupt

    before = signal.signal(signal.SIGALRM, ctrl_c)
    try:
        signal.setitimer(signal.ITIMER_REAL, 0.01, 0.01)
        with pytest.raises(KeyboardInterrupt):
            engine.query(HEAVY, now=NOW)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    assert engine.query("T | count", now=NOW).rows == [(100_000,)]
    engine.close()
