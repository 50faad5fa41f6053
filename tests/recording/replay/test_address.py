"""Signed addresses in both suites."""

from urllib.parse import parse_qsl

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recording.config import DIGESTS
from recording.errors import MediaForbiddenError
from recording.replay import MediaSigner


@pytest.mark.parametrize("suite", list(DIGESTS))
@given(user=st.text(min_size=1, max_size=30).filter(lambda text: text.isprintable()))
def test_round_trip(suite: str, user: str) -> None:
    signer = MediaSigner(b"k" * 32, suite=suite, lifetime=300)
    query = dict(parse_qsl(signer.query("c1/a.webm", user, 1000.0)))
    assert signer.verify("c1/a.webm", query, 1299.0) == user
    other = MediaSigner(b"j" * 32, suite=suite, lifetime=300)
    with pytest.raises(MediaForbiddenError):
        other.verify("c1/a.webm", query, 1000.0)


def test_suites_are_not_mixed() -> None:
    query = dict(parse_qsl(MediaSigner(b"k" * 32, suite="guomi", lifetime=9).query("c/a", "u", 0)))
    with pytest.raises(MediaForbiddenError):
        MediaSigner(b"k" * 32, suite="international", lifetime=9).verify("c/a", query, 0)


def test_parts_cannot_be_shifted_into_each_other() -> None:
    signer = MediaSigner(b"k" * 32, suite="international", lifetime=9)
    query = dict(parse_qsl(signer.query("c/a", "bu", 0)))
    with pytest.raises(MediaForbiddenError):
        signer.verify("c/ab", query | {"user": "u"}, 0)


@pytest.mark.parametrize(("secret", "suite"), [(b"short", "international"), (b"k" * 32, "rot13")])
def test_weak_settings_are_refused(secret: bytes, suite: str) -> None:
    with pytest.raises(ValueError):
        MediaSigner(secret, suite=suite, lifetime=1)
