"""Access tokens and signed addresses."""

from dataclasses import replace
from urllib.parse import parse_qs, urlsplit

import jwt
import pytest

from recording.replay import Viewer
from signaling.adapters.auth.addresses import SignedAddresses
from signaling.adapters.auth.tokens import AccessTokens

SECRET = b"0123456789abcdef0123456789abcdef"


def test_token_says_who_until_it_expires() -> None:
    tokens = AccessTokens(SECRET, lifetime_s=600)
    token = tokens.issue("staff-1", "session-1", 1000.0)
    claims = tokens.verify(token, 1599.0)
    assert claims
    assert (claims.staff_id, claims.session_id, claims.expires_at) == ("staff-1", "session-1", 1600.0)
    assert tokens.verify(token, 1600.0) is None


@pytest.mark.parametrize(
    "forged",
    [
        "",
        "x.y.z",
        jwt.encode({"iss": "bangban", "sub": "a", "sid": "b", "exp": 9e9}, b"x" * 32, algorithm="HS256"),
        jwt.encode({"iss": "bangban", "sub": "a", "sid": "b", "exp": 9e9}, None, algorithm="none"),
        jwt.encode({"iss": "other", "sub": "a", "sid": "b", "exp": 9e9}, SECRET, algorithm="HS256"),
        jwt.encode({"iss": "bangban", "sub": "a", "exp": 9e9}, SECRET, algorithm="HS256"),
    ],
)
def test_forged_tokens_say_nothing(forged: str) -> None:
    assert AccessTokens(SECRET).verify(forged, 1000.0) is None


def test_short_secret_is_refused() -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        AccessTokens(b"short")


def test_signed_address_holds_for_its_person_thing_and_time() -> None:
    addresses = SignedAddresses(SECRET, "/api/stills/", lifetime_s=60)
    viewer = Viewer("staff-1", "session-1", "the browser's cookie")
    parts = urlsplit(addresses.address("still-1", viewer, 1000.0))
    assert viewer.holder not in parts.query
    assert parts.path == "/api/stills/still-1"
    query = {name: values[0] for name, values in parse_qs(parts.query).items()}

    def check(
        thing: str = "still-1", *, exp: str = query["exp"], now: float = 1000.0, **other: str
    ) -> str | None:
        viewers = [Viewer("a", "b", "c"), replace(viewer, **other)]
        return addresses.refusal(thing, viewers=viewers, expires=exp, signature=query["sig"], now=now)

    assert check() is None
    assert check(now=1060.0) == "media_expired"
    assert check(thing="still-2") == "media_forbidden"
    assert check(user_id="staff-2") == "media_forbidden"
    assert check(session_id="session-2") == "media_forbidden"
    assert check(holder="another browser's") == "media_forbidden"
    assert check(exp="9999") == "media_forbidden"
    assert check(exp="nonsense") == "media_forbidden"
