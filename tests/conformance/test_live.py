"""`--live`: the laws that read, over a vendor that is reached through the network."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Final

import pytest

from connector_abnormal.mock.bench import BENCH
from connector_conformance.bench import Scene
from connector_conformance.live import MOST, live_subject
from connector_conformance.subject import canary
from connector_conformance.world import crowd
from connector_core import SystemClock

from .served_bench import serving

COUNT: Final = 240
APART_MS: Final = 15 * 60_000
"""Between two messages: each of the last two days holds more than the kit looks at."""
ASKED: Final = "judge_by or pages_of_25 or declared_order or email.subject-like or valid_ocsf"
SETTINGS: Final = """
[integrations.real]
provider = "emailsecurity_abnormal"

[integrations.real.config]
base_url = "{origin}/v1"
token = {{ env = "REAL_TOKEN" }}

[integrations.real.network]
ca_file = "{ca_file}"
"""


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The settings of an account, with a day full of mail, behind a real server."""
    clock = SystemClock()
    mails = [
        replace(mail, time=mail.time - place * APART_MS)
        for place, mail in enumerate(crowd(clock.now(), COUNT))
    ]
    scene = Scene(clock=clock, mails=mails, secret=canary)
    host = "api.abnormalplatform.com"
    with BENCH.vendor(scene) as vendor, serving(vendor, host, tmp_path) as (origin, ca_file):
        file = tmp_path / "config.toml"
        file.write_text(SETTINGS.format(origin=origin, ca_file=ca_file), "utf-8")
        file.chmod(0o600)
        monkeypatch.setenv("EMAIL_SECURITY_CONFIG", str(file))
        monkeypatch.setenv("REAL_TOKEN", canary("token"))
        yield file


def test_the_laws_that_read_hold_for_a_vendor_in_the_network(
    settings: Path, tmp_path: Path
) -> None:
    report = tmp_path / "report"
    words = ("--live", "--integration", "real", "-k", ASKED, "--conformance-report", str(report))
    plain = ("-q", "-p", "no:cacheprovider", "-c", os.devnull, f"--rootdir={tmp_path}")
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "--pyargs", "connector_conformance", *plain, *words],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stdout[-4_000:]
    (told,) = json.loads(report.with_suffix(".json").read_text("utf-8"))["providers"]
    assert told["provider"] == "emailsecurity_abnormal"
    assert set(told["counts"]) == {"passed"}, told["counts"]
    assert told["counts"]["passed"] >= 10


@pytest.mark.usefixtures("settings")
def test_a_real_vendor_is_asked_for_few_events_in_whatever_order_it_lists() -> None:
    subject = live_subject("real")
    for operation in subject.listings:
        assert "newest_first" not in subject.capabilities(operation).orders
        events = subject.everything(operation)
        assert 0 < len(events) <= MOST, operation
        with subject.open() as connector:
            assert not subject.page(connector, operation, limit=MOST).cursor
