"""Signed addresses of stills: an `<img>` sends no bearer token, so its address carries the right to look.

The signature (HMAC-SHA-256) covers the still's id, the person, their sign-in, the end of validity and what
only their own browser shows.
"""

import hashlib
import hmac
from collections.abc import Iterable
from typing import Final
from urllib.parse import quote, urlencode

from recording.replay import Viewer

STILL_LIFETIME_S: Final = 600.0
FILE_LIFETIME_S: Final = 4 * 3600.0
"""A file is saved by a click at any time of a session; its address is of no use to anybody else."""


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

    def address(self, thing: str, viewer: Viewer, now: float) -> str:
        """Return an address of `thing` for `viewer`, valid from `now` (wall seconds)."""
        expires = str(int(now + self._lifetime_s))
        signature = self._signature(thing, viewer, expires)
        said = {"user": viewer.user_id, "session": viewer.session_id, "exp": expires, "sig": signature}
        return f"{self._prefix}{quote(thing, safe='')}?{urlencode(said)}"

    def refusal(
        self, thing: str, *, viewers: Iterable[Viewer], expires: str, signature: str, now: float
    ) -> str | None:
        """Return None when the address was made for one of `viewers`, else the code of the refusal."""
        signed = [self._signature(thing, viewer, expires) for viewer in viewers]
        if not any(hmac.compare_digest(one.encode(), signature.encode()) for one in signed):
            return "media_forbidden"
        return None if now < int(expires) else "media_expired"

    def _signature(self, thing: str, viewer: Viewer, expires: str) -> str:
        parts = (self._prefix, thing, viewer.user_id, viewer.session_id, expires, viewer.holder)
        return hmac.new(self._secret, "\0".join(parts).encode(), hashlib.sha256).hexdigest()
