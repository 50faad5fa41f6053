"""Signed addresses in both suites."""

from dataclasses import replace
from urllib.parse import parse_qsl

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recording.config import DIGESTS
from recording.errors import MediaForbiddenError
from recording.replay import MediaSigner, Viewer

VIEWER = Viewer("u", "session-1", "the browser's cookie")


@pytest.mark.parametrize("suite", list(DIGESTS))
@given(user=st.text(min_size=1, max_size=30).filter(lambda text: text.isprintable()))
def test_round_trip(suite: str, user: str) -> None:
    signer, viewer = MediaSigner(b"k" * 32, suite=suite, lifetime=300), replace(VIEWER, user_id=user)
    query = dict(parse_qsl(signer.query("c1", viewer, 1000.0)))
    assert viewer.holder not in query.values()
    assert signer.verify("c1/a.webm", query, ("other", viewer.holder), 1299.0) == viewer
    assert signer.verify("c1/b.jpg", query, (viewer.holder,), 1299.0) == viewer
    for key in ("c2/a.webm", "c1x/a.webm", "c"):
        with pytest.raises(MediaForbiddenError):
            signer.verify(key, query, (viewer.holder,), 1000.0)
    for holders in ((), ("other",)):
        with pytest.raises(MediaForbiddenError):
            signer.verify("c1/a.webm", query, holders, 1000.0)
    with pytest.raises(MediaForbiddenError):
        signer.verify("c1/a.webm", query | {"session": "other"}, (viewer.holder,), 1000.0)
    other = MediaSigner(b"j" * 32, suite=suite, lifetime=300)
    with pytest.raises(MediaForbiddenError):
        other.verify("c1/a.webm", query, (viewer.holder,), 1000.0)


def test_suites_are_not_mixed() -> None:
    query = dict(parse_qsl(MediaSigner(b"k" * 32, suite="guomi", lifetime=9).query("c", VIEWER, 0)))
    with pytest.raises(MediaForbiddenError):
        MediaSigner(b"k" * 32, suite="international", lifetime=9).verify("c/a", query, (VIEWER.holder,), 0)


def test_parts_cannot_be_shifted_into_each_other() -> None:
    signer = MediaSigner(b"k" * 32, suite="international", lifetime=9)
    query = dict(parse_qsl(signer.query("c", replace(VIEWER, user_id="bu"), 0)))
    with pytest.raises(MediaForbiddenError):
        signer.verify("cb/a", query | {"user": "u"}, (VIEWER.holder,), 0)


@pytest.mark.parametrize(("secret", "suite"), [(b"short", "international"), (b"k" * 32, "rot13")])
def test_weak_settings_are_refused(secret: bytes, suite: str) -> None:
    with pytest.raises(ValueError):
        MediaSigner(secret, suite=suite, lifetime=1)
