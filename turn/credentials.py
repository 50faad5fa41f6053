"""Time-limited TURN credentials ("TURN REST API", draft-uberti-behave-turn-rest-00 §2.2).

The user name carries its own expiry, the password is its HMAC under a secret shared with the TURN server, so
that the server needs no accounts and a leaked credential dies by itself. Pure: time comes in as `now`.

Deliberately not done: revocation of one credential (it would need a database in the TURN server).
"""

import base64
import hashlib
import hmac
import re
from dataclasses import dataclass, field
from typing import Final

_USER: Final = re.compile(r"[A-Za-z0-9_.-]{1,64}")
"""What may follow the colon: coturn counts quotas by it, and its log stays readable."""


_OTHER: Final = re.compile(r"[^A-Za-z0-9_.-]")
PLACES: Final = 16


@dataclass(frozen=True, slots=True)
class TurnCredential:
    """One user's way into the TURN server until `expires_at` (Unix seconds)."""

    username: str
    password: str = field(repr=False)
    expires_at: int


def issue(secret: str, *, user: str, now: float, lifetime_s: float) -> TurnCredential:
    """Return a credential for one user.

    Args:
        secret: shared with the TURN server (`static-auth-secret`).
        user: whom quotas count, at most 64 letters, digits, `_`, `.`, `-`.
        now: Unix time in seconds.
        lifetime_s: seconds until the server refuses new allocations with it.

    Raises:
        ValueError: the user is not of that form, or the secret is empty.
    """
    if not secret:
        raise ValueError("a TURN secret must not be empty")
    if not _USER.fullmatch(user):
        raise ValueError("a TURN user is 1 to 64 letters, digits, '_', '.' or '-'")
    expires_at = int(now + lifetime_s)
    username = f"{expires_at}:{user}"
    return TurnCredential(username, password_of(secret, username), expires_at)


def user_of_page(person: str, place: int) -> str:
    """Return the user whom one opening of a page is counted as: the person at one of `PLACES`, drawn anew.

    A page that crashed leaves its allocations behind until they expire. Counted for the person alone they
    would keep the page that is opened next from getting any; with places a person still has a bound.
    """
    name = _OTHER.sub("-", person)[: 64 - len(".15")]
    return f"{name}.{place % PLACES}"


def password_of(secret: str, username: str) -> str:
    """Return the password that belongs to a user name: base64(HMAC-SHA-1(secret, username)).

    SHA-1 is what TURN servers compute; HMAC does not depend on its collision resistance.
    """
    digest = hmac.new(secret.encode(), username.encode(), hashlib.sha1).digest()
    return base64.b64encode(digest).decode()
