"""Tokens of the HTTP host: what is kept of them, and until when they hold."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector_core.errors import ConfigurationError
from connector_core.tokens import PREFIX, TokenHash, new_token, rotated

NOW = datetime(2026, 11, 2, tzinfo=UTC).timestamp()
HEX = "0f" * 32


def until(text: str) -> TokenHash:
    return TokenHash.parse(f"sha256:{HEX} until {text}", "here")


def test_tokens_are_long_different_and_can_be_known_by_scanners() -> None:
    tokens = {new_token() for _ in range(100)}
    assert len(tokens) == 100
    assert all(one.startswith(PREFIX) and len(one) == len(PREFIX) + 43 for one in tokens)


def test_a_hash_matches_its_own_token_alone_and_shows_nothing_of_it() -> None:
    token = new_token()
    kept = TokenHash.of(token)
    assert kept.matches(TokenHash.of(token), NOW)
    for other in (token[:-1], f"{token} ", token.upper(), "", new_token()):
        assert not kept.matches(TokenHash.of(other), NOW)
    assert token.removeprefix(PREFIX) not in f"{kept}{kept!r}"


@given(st.text(max_size=50))
def test_any_text_can_be_hashed(text: str) -> None:
    assert len(TokenHash.of(text).sha256) == 64


def test_a_token_with_an_end_holds_until_then() -> None:
    one = until("2026-11-02T00:00:00Z")
    assert one.holds(NOW - 1)
    assert not one.holds(NOW)
    assert not one.matches(one, NOW)


@pytest.mark.parametrize(
    "text", ["2026-11-02T00:00:00Z", "2026-11-02T02:00:00+02:00", "2026-11-01T19:00:00.9-05:00"]
)
def test_an_end_is_the_same_moment_however_its_zone_is_written(text: str) -> None:
    one = until(text)
    assert str(one) == f"sha256:{HEX} until 2026-11-02T00:00:00Z"
    assert not one.holds(NOW + 1)
    assert TokenHash.parse(str(one), "here").holds(NOW - 1)


@pytest.mark.parametrize(
    "text",
    [
        7, None, ["x"], "", HEX, f"sha256:{HEX.upper()}", f"sha256:{HEX[:-1]}", f"sha1:{HEX}",
        f"sha256:{HEX} until", f"sha256:{HEX} until soon", f"sha256:{HEX}\n",
        f"sha256:{HEX} until 2026-11-02T00:00:00", f"sha256:{HEX} until 0001-01-01T00:00:00+14:00",
    ],
)  # fmt: skip
def test_anything_else_is_refused_with_its_place(text: object) -> None:
    with pytest.raises(ConfigurationError, match=r"^integrations\.work\.token_hashes is not of"):
        TokenHash.parse(text, "integrations.work.token_hashes")


def test_a_new_token_ends_the_others_at_once() -> None:
    token, hashes = rotated([TokenHash.of("old"), TokenHash.of("older")], NOW)
    assert hashes == (TokenHash.of(token),)


def test_with_an_overlap_the_others_end_later_and_never_later_than_before() -> None:
    soon = until("2026-11-02T00:30:00Z")
    ended = until("2026-11-01T00:00:00Z")
    token, hashes = rotated([TokenHash.of("old"), soon, ended], NOW, overlap=3600.0)
    first, old, other = hashes
    assert first == TokenHash.of(token)
    assert old == TokenHash(TokenHash.of("old").sha256, datetime(2026, 11, 2, 1, tzinfo=UTC))
    assert other == soon
