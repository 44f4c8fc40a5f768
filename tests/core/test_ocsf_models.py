"""The generated models: what they accept, what they refuse, and that they are not stale."""

import importlib.util
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest
from pydantic import ValidationError

import connector_core.ocsf as package
from connector_core.ocsf import (
    DetectionFinding,
    Disposition,
    EmailActivity,
    MalwareClassification,
    OcsfEvent,
    Severity,
    enums,
)
from judges.ocsf_samples import ABSENT, EMAIL, FINDING, MISTAKES, Event, Mistake, changed

GENERATOR = Path(__file__).parents[2] / "scripts" / "generate_ocsf.py"


def _generator() -> ModuleType:
    spec = importlib.util.spec_from_file_location("generate_ocsf", GENERATOR)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def model_of(event: Event) -> OcsfEvent:
    """The event as the model of its class."""
    model = DetectionFinding if event.get("class_uid") == 2004 else EmailActivity
    return model.model_validate(event)


def test_the_generated_files_are_what_the_schema_gives() -> None:
    assert _generator().stale() == []


def test_a_changed_byte_makes_the_check_fail(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    generator = _generator()
    monkeypatch.setattr(generator, "TARGET", tmp_path)
    assert generator.main([]) == 0
    assert generator.main(["--check"]) == 0
    (tmp_path / "models.py").write_bytes((tmp_path / "models.py").read_bytes() + b" ")
    assert generator.main(["--check"]) == 1
    assert "models.py" in capsys.readouterr().out


def test_another_schema_is_refused_by_its_hash(monkeypatch: pytest.MonkeyPatch) -> None:
    generator = _generator()
    monkeypatch.setattr(generator, "VERSION", "1.7.0")
    with pytest.raises(SystemExit, match="sha256"):
        generator.load_schema()


@pytest.mark.parametrize("event", [EMAIL, FINDING], ids=["email", "finding"])
def test_a_valid_event_survives_the_round_trip(event: Event) -> None:
    assert model_of(event).event() == event


@pytest.mark.parametrize(
    "mistake", [m for m in MISTAKES if m.models], ids=lambda mistake: mistake.name
)
def test_the_models_refuse_a_planted_mistake(mistake: Mistake) -> None:
    with pytest.raises(ValidationError):
        model_of(mistake.planted())


def test_an_error_names_the_place_and_never_the_value() -> None:
    with pytest.raises(ValidationError) as caught:
        model_of(changed(EMAIL, "email.from", "secret-address"))
    assert "email.from" in str(caught.value)
    assert "secret-address" not in str(caught.value)


def test_reserved_words_are_read_through_a_trailing_underscore() -> None:
    event = EmailActivity.model_validate(EMAIL)
    assert event.from_ == "bounce@example.com"
    assert event.email.from_ == "billing@example.com"


def test_captions_may_be_left_out_except_for_99() -> None:
    assert model_of(changed(EMAIL, "severity", ABSENT)).event() == changed(
        EMAIL, "severity", ABSENT
    )
    with pytest.raises(ValidationError, match="source's own word"):
        model_of(changed(EMAIL, "malware.0.classifications", ABSENT))


def test_a_profile_attribute_is_named_when_its_profile_is_not_declared() -> None:
    with pytest.raises(ValidationError, match=r"finding_info\.created_time_dt needs datetime"):
        model_of(changed(FINDING, "metadata.profiles", ["security_control"]))


def test_events_are_frozen() -> None:
    event = EmailActivity.model_validate(EMAIL)
    with pytest.raises(ValidationError, match="frozen"):
        event.severity_id = 1


def test_enums_know_their_captions() -> None:
    assert Severity.HIGH.caption == "High"
    assert Disposition(3).caption == "Quarantined"
    assert int(Severity.HIGH) == 4
    assert MalwareClassification.TROJAN.caption == "Trojan"


def test_every_enum_of_the_package_holds_captions_and_its_99() -> None:
    captioned = enums.Captioned.__subclasses__()
    assert len(captioned) >= 20
    for kind in captioned:
        assert all(one.caption for one in kind)
        assert 99 in list(kind) or kind.__name__ in ("ClassUid", "CategoryUid")


def test_every_public_name_is_there() -> None:
    assert all(getattr(package, name) is not None for name in package.__all__)
    assert set(package.__all__) <= set(dir(package))
    with pytest.raises(AttributeError, match="no_such_name"):
        _ = package.no_such_name


def test_importing_the_package_loads_neither_pydantic_nor_the_models() -> None:
    code = (
        "import sys, connector_core.ocsf, connector_core.ocsf.observables\n"
        "from connector_core.ocsf import Severity\n"
        "assert not {'pydantic', 'connector_core.ocsf.models'} & set(sys.modules)\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
