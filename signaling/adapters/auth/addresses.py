"""Signed addresses of stills: an `<img>` sends no bearer token, so its address carries the right to look.

The signature (HMAC-SHA-256) covers the still's id, the person and the end of validity.
"""

import hashlib
import hmac
from typing import Final
from urllib.parse import quote, urlencode

STILL_LIFETIME_S: Final = 600.0


class SignedAddresses:
    """Make and check signed addresses below `prefix`.

    Args:
        secret: key of the signatures.
        prefix: path before the id, e.g. `/api/stills/`.
        lifetime_s: validity of an address in seconds.
    """

    def __init__(self, secret: bytes, prefix: str, lifetime_s: float = STILL_LIFETIME_S) -> None:
        self._secret = secret
        self._prefix = prefix
        self._lifetime_s = lifetime_s

    def address(self, thing: str, user: str, now: float) -> str:
        """Return an address of `thing` for `user`, valid from `now` (wall seconds)."""
        expires = str(int(now + self._lifetime_s))
        query = urlencode({"user": user, "exp": expires, "sig": self._signature(thing, user, expires)})
        return f"{self._prefix}{quote(thing, safe='')}?{query}"

    def holds(self, thing: str, *, user: str, expires: str, signature: str, now: float) -> str | None:
        """Return None when the address is good, else the code of the refusal."""
        if not hmac.compare_digest(self._signature(thing, user, expires).encode(), signature.encode()):
            return "media_forbidden"
        return None if now < int(expires) else "media_expired"

    def _signature(self, thing: str, user: str, expires: str) -> str:
        message = "\0".join((self._prefix, thing, user, expires)).encode()
        return hmac.new(self._secret, message, hashlib.sha256).hexdigest()
