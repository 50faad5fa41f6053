"""Access tokens: JSON Web Tokens (RFC 7519), HS256, ten minutes.

A token names the person and the tab session it came from. It carries no permissions: they are read at each
use, so that a change counts at once. Not done: encryption, asymmetric keys, tokens of others.
"""

from dataclasses import dataclass
from typing import Final

import jwt

ACCESS_LIFETIME_S: Final = 600.0
_ISSUER: Final = "bangban"
_ALGORITHM: Final = "HS256"


@dataclass(frozen=True, slots=True)
class AccessClaims:
    """What a valid token says: who, and which tab session; `expires_at` in wall seconds."""

    staff_id: str
    session_id: str
    expires_at: float


class AccessTokens:
    """Issue and verify access tokens.

    Args:
        secret: at least 32 bytes (RFC 7518 §3.2).
        lifetime_s: validity in seconds.
    """

    def __init__(self, secret: bytes, lifetime_s: float = ACCESS_LIFETIME_S) -> None:
        if len(secret) < 32:
            raise ValueError("the secret of access tokens needs at least 32 bytes")
        self._secret = secret
        self.lifetime_s = lifetime_s

    def issue(self, staff_id: str, session_id: str, now: float) -> str:
        """Return a token for `staff_id` valid from `now` (wall seconds)."""
        claims = {
            "iss": _ISSUER,
            "sub": staff_id,
            "sid": session_id,
            "iat": int(now),
            "exp": int(now + self.lifetime_s),
        }
        return jwt.encode(claims, self._secret, algorithm=_ALGORITHM)

    def verify(self, token: str, now: float) -> AccessClaims | None:
        """Return what the token says, None when it is forged, expired at `now` or not ours."""
        try:
            claims = jwt.decode(
                token,
                self._secret,
                algorithms=[_ALGORITHM],
                issuer=_ISSUER,
                options={"require": ["sub", "sid", "exp"], "verify_exp": False, "verify_iat": False},
            )
        except jwt.InvalidTokenError:
            return None
        expires_at = float(claims["exp"])
        if now >= expires_at:
            return None
        return AccessClaims(str(claims["sub"]), str(claims["sid"]), expires_at)
