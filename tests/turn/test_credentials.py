"""Time-limited TURN credentials: a vector, their form, and what is refused."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from turn.credentials import issue, password_of, user_of_page


def test_password_is_the_hmac_that_openssl_computes() -> None:
    # printf 1700000000:clerk | openssl dgst -sha1 -hmac north -binary | base64
    assert password_of("north", "1700000000:clerk") == "/B+kCnJUv/V9rNAomDHQVoe6GZk="


def test_username_carries_expiry_and_user() -> None:
    credential = issue("north", user="clerk-7.a", now=1_700_000_000.9, lifetime_s=3600)
    assert credential.username == "1700003600:clerk-7.a"
    assert credential.expires_at == 1_700_003_600
    assert credential.password == password_of("north", credential.username)


def test_password_is_not_printed() -> None:
    credential = issue("north", user="clerk", now=0, lifetime_s=1)
    assert credential.password not in repr(credential)


@pytest.mark.parametrize("user", ["", "a:b", "a b", "a\nb", "x" * 65, "导办员"])
def test_a_user_that_would_break_the_username_is_refused(user: str) -> None:
    with pytest.raises(ValueError, match="TURN user"):
        issue("north", user=user, now=0, lifetime_s=1)


def test_an_empty_secret_is_refused() -> None:
    with pytest.raises(ValueError, match="secret"):
        issue("", user="clerk", now=0, lifetime_s=1)


@given(st.text(min_size=1), st.integers(0, 2**33), st.integers(1, 86400))
def test_any_secret_gives_a_password_of_twenty_bytes_that_depends_on_it(
    secret: str, now: int, lifetime_s: int
) -> None:
    credential = issue(secret, user="clerk", now=now, lifetime_s=lifetime_s)
    assert len(base64.b64decode(credential.password, validate=True)) == 20
    assert credential.password != password_of(secret + "x", credential.username)


@pytest.mark.parametrize("person", ["staff 7", "导办员", "x" * 200, "a:b\n"])
def test_a_page_is_counted_as_its_person_at_one_of_sixteen_places(person: str) -> None:
    users = {user_of_page(person, place) for place in range(100)}
    assert len(users) == 16
    assert len({user.rpartition(".")[0] for user in users}) == 1
    for user in users:
        issue("north", user=user, now=0, lifetime_s=1)
