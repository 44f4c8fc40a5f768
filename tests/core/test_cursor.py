import base64
import subprocess
import sys
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connector_core.clock import ManualClock
from connector_core.cursor import (
    LIFETIME_SECONDS,
    LONGEST,
    CursorSealer,
    CursorState,
    Scope,
    derive_key,
    generate_key,
)
from connector_core.errors import ConfigurationError, CursorError

NOW = 1_793_525_400.0
KEY = bytes(range(32))
SCOPE = Scope("acme", "global/tenant", "query_events", "newest_first", "severity in (high)")
STATE = CursorState(
    start=1_793_000_000_000,
    end=1_793_525_400_000,
    resume=("2026-11-01T09:30:00.1234567Z", 7, None),
)
DAMAGED = "The cursor is damaged or belongs to another query."


def sealer(key: bytes = KEY, now: float = NOW, **options: Any) -> CursorSealer:
    return CursorSealer(key, ManualClock(now), **options)


def refused(text: str, scope: Scope = SCOPE, by: CursorSealer | None = None) -> str:
    with pytest.raises(CursorError) as caught:
        (by or sealer()).open(text, scope)
    assert caught.value.__cause__ is None
    return str(caught.value)


parts = (
    st.none()
    | st.integers(-(2**63), 2**63)
    | st.text(max_size=50).filter(
        lambda text: not any("\ud800" <= letter <= "\udfff" for letter in text)
    )
)
states = st.builds(
    CursorState,
    start=st.integers(0, 2**45),
    end=st.integers(0, 2**45),
    resume=st.lists(parts, max_size=8).map(tuple),
)


@given(states)
@settings(max_examples=100)
def test_what_is_sealed_comes_back_with_its_time(state: CursorState) -> None:
    opened = sealer().open(sealer().seal(state, SCOPE), SCOPE)
    assert opened == replace(state, issued=int(NOW * 1000))


def test_every_flipped_bit_is_refused_alike() -> None:
    text = sealer().seal(STATE, SCOPE)
    raw = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    for bit in range(len(raw) * 8):
        damaged = bytearray(raw)
        damaged[bit // 8] ^= 1 << bit % 8
        forged = base64.urlsafe_b64encode(damaged).rstrip(b"=").decode()
        assert refused(forged) == DAMAGED


def test_every_truncation_is_refused_alike() -> None:
    text = sealer().seal(STATE, SCOPE)
    for length in range(len(text)):
        assert refused(text[:length]) == DAMAGED
        assert refused(text[length + 1 :]) == DAMAGED


@given(st.data())
@settings(max_examples=200)
def test_every_insertion_or_replacement_is_refused_alike(data: st.DataObject) -> None:
    text = sealer().seal(STATE, SCOPE)
    place = data.draw(st.integers(0, len(text)))
    extra = data.draw(st.text(min_size=1, max_size=3) | st.sampled_from([" ", "\n", "=", "A", "."]))
    assert refused(text[:place] + extra + text[place:]) == DAMAGED
    replaced = text[:place] + extra + text[place + len(extra) :]
    if replaced != text:
        assert refused(replaced) == DAMAGED


def test_padding_whitespace_and_other_spellings_of_the_same_bytes_are_refused() -> None:
    text = sealer().seal(STATE, SCOPE)
    while len(text) % 4 == 0:  # find one whose last letter has unused bits
        text = sealer().seal(replace(STATE, resume=(*STATE.resume, "x" * len(text))), SCOPE)
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    sibling = text[:-1] + alphabet[alphabet.index(text[-1]) ^ 1]
    padding = "=" * (-len(text) % 4)
    same = base64.urlsafe_b64decode(text + padding)
    assert base64.urlsafe_b64decode(sibling + padding) == same
    standard = text.replace("-", "+").replace("_", "/")
    for other in (sibling, text + padding, f" {text}", f"{text}\n", f"{text}\x00", standard + "="):
        assert refused(other) == DAMAGED


@given(st.text(max_size=200) | st.text("ABCabc012-_", min_size=1, max_size=200))
@settings(max_examples=200)
def test_anything_else_is_refused_alike(text: str) -> None:
    assert refused(text) == DAMAGED


def test_a_cursor_of_unbounded_length_is_refused() -> None:
    assert refused("A" * 10_000_000) == DAMAGED


@pytest.mark.parametrize(
    "foreign",
    [
        {"provider": "acme2"},
        {"identity": "global/other"},
        {"operation": "query_threats"},
        {"order": "oldest_first"},
        {"filters": ""},
        {"provider": "acmeglobal/", "identity": "tenant"},
    ],
)
def test_a_cursor_of_another_question_is_refused(foreign: dict[str, Any]) -> None:
    text = sealer().seal(STATE, SCOPE)
    assert refused(text, replace(SCOPE, **foreign)) == DAMAGED


def test_a_scope_with_any_text_can_be_sealed() -> None:
    odd = replace(SCOPE, filters="subject like \ud800\x00é")
    assert sealer().open(sealer().seal(STATE, odd), odd).resume == STATE.resume


def test_a_cursor_is_good_for_a_day_and_then_says_so() -> None:
    text = sealer().seal(STATE, SCOPE)
    assert sealer(now=NOW + LIFETIME_SECONDS).open(text, SCOPE).resume == STATE.resume
    late = sealer(now=NOW + LIFETIME_SECONDS + 1)
    assert refused(text, by=late) == "The cursor is older than 24 hours."
    # Age is told only to those who hold a true cursor.
    assert refused(text, replace(SCOPE, identity="other"), late) == DAMAGED


def test_a_clock_set_back_keeps_cursors_good() -> None:
    text = sealer().seal(STATE, SCOPE)
    assert sealer(now=NOW - 3600).open(text, SCOPE).resume == STATE.resume


def test_an_old_key_is_accepted_while_it_is_listed() -> None:
    new = generate_key()
    text = sealer().seal(STATE, SCOPE)
    assert sealer(new, previous=[KEY]).open(text, SCOPE).resume == STATE.resume
    assert refused(text, by=sealer(new)) == DAMAGED
    fresh = sealer(new, previous=[KEY]).seal(STATE, SCOPE)
    assert sealer(new).open(fresh, SCOPE).resume == STATE.resume


def test_a_new_process_with_the_key_goes_on() -> None:
    text = sealer().seal(STATE, SCOPE)
    script = (
        "import sys\n"
        "from connector_core.clock import ManualClock\n"
        "from connector_core.cursor import CursorSealer, Scope\n"
        "sealer = CursorSealer(bytes.fromhex(sys.argv[1]), ManualClock(float(sys.argv[2])))\n"
        "print(sealer.open(sys.argv[3], Scope(*sys.argv[4:])).resume)"
    )
    scope = (SCOPE.provider, SCOPE.identity, SCOPE.operation, SCOPE.order, SCOPE.filters)
    run = subprocess.run(
        [sys.executable, "-c", script, KEY.hex(), str(NOW), text, *scope],
        capture_output=True,
        text=True,
        check=True,
    )
    assert run.stdout.strip() == repr(STATE.resume)


def test_nothing_of_the_content_can_be_read_and_no_two_cursors_are_alike() -> None:
    texts = {sealer().seal(STATE, SCOPE) for _ in range(20)}
    assert len(texts) == 20
    for text in texts:
        raw = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
        assert b"2026-11-01" not in raw
        assert b"acme" not in raw


def test_a_resume_point_that_is_too_long_is_refused_when_sealed() -> None:
    assert len(sealer().seal(replace(STATE, resume=("x" * 2_800,)), SCOPE)) <= LONGEST
    with pytest.raises(CursorError, match="does not fit"):
        sealer().seal(replace(STATE, resume=("x" * 4_000,)), SCOPE)


def test_a_resume_point_of_other_types_is_a_mistake_of_the_provider() -> None:
    with pytest.raises(TypeError, match="only str, int and None"):
        sealer().seal(replace(STATE, resume=(True,)), SCOPE)


def test_a_key_of_another_length_is_refused_without_showing_it() -> None:
    for key in (b"", b"short key", b"k" * 33):
        with pytest.raises(ConfigurationError, match="32 bytes") as caught:
            sealer(key)
        assert "k" * 33 not in str(caught.value)
    with pytest.raises(ConfigurationError):
        sealer(previous=[b"short"])


def test_a_key_comes_from_a_secret_always_in_the_same_way() -> None:
    # HKDF-SHA256 (RFC 5869) computed by hand from its two steps.
    import hashlib
    import hmac

    secret = b"a random secret of a host"
    extracted = hmac.digest(bytes(32), secret, hashlib.sha256)
    expected = hmac.digest(extracted, b"connector-core cursor v1\x01", hashlib.sha256)
    assert derive_key(secret) == expected
    with pytest.raises(ConfigurationError, match="16 bytes"):
        derive_key(b"password")


def test_a_sealer_shows_no_key() -> None:
    one = sealer()
    assert KEY.hex() not in repr(one)
    assert repr(KEY) not in repr(one)
