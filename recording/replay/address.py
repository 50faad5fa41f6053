"""Signed media addresses (RECORDING 27): a `<video>` sends no token, so its address says who looks, how long.

?user=<id>&session=<id>&expires=<unix seconds>&suite=<name>&signature=<hex HMAC over suite, recording, user,
session, expires and what only the viewer's browser shows>

One query opens all files of a recording, which is what a viewer may see or not: a page of seven lanes and two
hours renews it with 300 bytes, where an address for each picture of the timeline was 1 MB every four minutes.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urlencode

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.hmac import HMAC

from recording.config import DIGESTS
from recording.errors import MediaExpiredError, MediaForbiddenError

MIN_SECRET_BYTES: Final = 32


@dataclass(frozen=True, slots=True)
class Viewer:
    """Whom an address is made for.

    Attributes:
        session_id: the sign-in that must still live when the address is used; whoever serves it looks.
        holder: what the viewer's own browser alone shows with each request; signed, and not in the address.
    """

    user_id: str
    session_id: str
    holder: str = field(repr=False)


class MediaSigner:
    """Sign and verify addresses.

    Args:
        secret: at least 32 bytes.
        suite: a key of `recording.config.DIGESTS`; addresses of other suites are refused.
        lifetime: seconds.

    Raises:
        ValueError: a short secret or an unknown suite.
    """

    def __init__(self, secret: bytes, *, suite: str, lifetime: float) -> None:
        if len(secret) < MIN_SECRET_BYTES:
            raise ValueError("the media secret needs at least 32 bytes")
        if suite not in DIGESTS:
            raise ValueError(f"unknown suite {suite}")
        self._secret = secret
        self._suite = suite
        self._lifetime = lifetime

    def expires_at(self, now: float) -> int:
        """Return when an address signed at `now` (wall seconds) expires."""
        return int(now + self._lifetime)

    def query(self, call_id: str, viewer: Viewer, now: float) -> str:
        """Return the query string that lets `viewer` read the files of a recording from `now` on."""
        expires = str(self.expires_at(now))
        said = {"user": viewer.user_id, "session": viewer.session_id, "expires": expires}
        signature = self._hmac(call_id, viewer, expires).finalize().hex()
        return urlencode(said | {"suite": self._suite, "signature": signature})

    def verify(self, key: str, query: Mapping[str, str], holders: Iterable[str], now: float) -> Viewer:
        """Return the viewer an address was signed for.

        Args:
            key: the object: `<call id>/<name>`.
            holders: what the request shows; one of it must be what was signed.

        Raises:
            MediaForbiddenError: not signed by us for this recording.
            MediaExpiredError: signed, but its time is over.
        """
        call_id, expires = key.partition("/")[0], query.get("expires", "")
        if query.get("suite") == self._suite:
            for holder in holders:
                viewer = Viewer(query.get("user", ""), query.get("session", ""), holder)
                if self._is_signed(call_id, viewer, expires, query.get("signature", "")):
                    if now >= int(expires):
                        raise MediaExpiredError("This media address is over; the page asks for a new one.")
                    return viewer
        raise MediaForbiddenError("This media address is not valid.")

    def _is_signed(self, call_id: str, viewer: Viewer, expires: str, signature: str) -> bool:
        try:
            self._hmac(call_id, viewer, expires).verify(bytes.fromhex(signature))
        except (InvalidSignature, ValueError):
            return False
        return True

    def _hmac(self, call_id: str, viewer: Viewer, expires: str) -> HMAC:
        code = HMAC(self._secret, DIGESTS[self._suite]())
        for part in (self._suite, call_id, viewer.user_id, viewer.session_id, expires, viewer.holder):
            data = part.encode("utf-8", "replace")
            code.update(len(data).to_bytes(4) + data)
        return code
