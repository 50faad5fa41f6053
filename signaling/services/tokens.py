"""Tokens of sign-ins and pads: what is kept of a secret that only its holder knows, and how it rotates.

A refresh token is `family.secret`: the family is the sign-in's for life, the secret changes. The browser
holds one token; answers can be lost on the way or overtake each other, so its token may be the newest (N) or
the one before (P). Every other token of the family was given up: whoever shows it stole, or was stolen from.

    shown   how long after N was made      answer
    N       within the tolerance           N stays: answers with it may still be on their way
    N       later                          a fresh token; P is given up, N becomes P
    P       within half the tolerance      N again: whichever answer comes last, the browser has N
    P       within the tolerance           nothing new: soon it is clear whether N arrived
    P       later, N was never shown       the answer with N was lost: a fresh token instead of N
    P       later, N was shown             stolen
    other   ever                           stolen

While no request takes longer than a quarter of the tolerance, a browser is never taken for a thief, whatever
is lost or overtaken; a thief's token and the browser's cannot both go on for long. N can be given again
though only digests are kept: it is P hashed with a salt that only the server knows.
"""

import base64
import hashlib
import hmac
from dataclasses import dataclass, replace

from signaling.services.stores import SignIn


def token_digest(token: str) -> str:
    """Return how a credential of 256 random bits is kept: SHA-256 is enough, there is nothing to guess."""
    return hashlib.sha256(token.encode()).hexdigest()


def family_digest(token: str) -> str:
    """Return by what the sign-in of a refresh token is found, whichever of its tokens it is."""
    return token_digest(token.partition(".")[0])


def successor(token: str, salt: str) -> str:
    """Return the refresh token that replaces another one of the same family."""
    family, _, secret = token.partition(".")
    made = hmac.digest(salt.encode(), secret.encode(), "sha256")
    return f"{family}.{base64.urlsafe_b64encode(made).decode().rstrip('=')}"


@dataclass(frozen=True, slots=True)
class Renewal:
    """What showing a good token comes to: the sign-in to store, and the token to hand out, None to keep."""

    sign_in: SignIn
    token: str | None


def renew(sign_in: SignIn, token: str, *, now: float, tolerance: float, salt: str) -> Renewal | None:
    """Return what showing a token of this sign-in's family comes to; None: it is stolen, end the sign-in.

    Args:
        now: wall seconds.
        tolerance: seconds in which requests and answers of one browser may overlap.
        salt: fresh randomness, used when a token is made.
    """
    shown = token_digest(token)
    age = now - sign_in.rotated_at
    if hmac.compare_digest(shown, sign_in.token_digest):
        used = replace(sign_in, confirmed=True, used_at=now)
        return Renewal(used, None) if age <= tolerance else _rotate(used, token, now, salt)
    if sign_in.previous_digest is None or not hmac.compare_digest(shown, sign_in.previous_digest):
        return None
    if age <= tolerance:
        return Renewal(sign_in, successor(token, sign_in.salt) if age <= tolerance / 2 else None)
    return None if sign_in.confirmed else _rotate(sign_in, token, now, salt)


def _rotate(sign_in: SignIn, token: str, now: float, salt: str) -> Renewal:
    made = successor(token, salt)
    rotated = replace(
        sign_in,
        token_digest=token_digest(made),
        previous_digest=token_digest(token),
        salt=salt,
        confirmed=False,
        rotated_at=now,
        used_at=now,
    )
    return Renewal(rotated, made)
