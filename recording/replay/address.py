"""Signed media addresses (RECORDING 27): a `<video>` sends no token, so its address says who looks, how long.

?user=<id>&expires=<unix seconds>&suite=<name>&signature=<hex HMAC over suite, key, user, expires>
"""

from collections.abc import Mapping
from typing import Final
from urllib.parse import urlencode

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.hmac import HMAC

from recording.config import DIGESTS
from recording.errors import MediaExpiredError, MediaForbiddenError

MIN_SECRET_BYTES: Final = 32


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

    def query(self, key: str, user_id: str, now: float) -> str:
        """Return the query string that lets `user_id` read the object `key` from `now` on."""
        expires = str(self.expires_at(now))
        signature = self._hmac(key, user_id, expires).finalize().hex()
        return urlencode({"user": user_id, "expires": expires, "suite": self._suite, "signature": signature})

    def verify(self, key: str, query: Mapping[str, str], now: float) -> str:
        """Return the user an address was signed for.

        Raises:
            MediaForbiddenError: not signed by us for this object.
            MediaExpiredError: signed, but its time is over.
        """
        user_id, expires = query.get("user", ""), query.get("expires", "")
        if query.get("suite") != self._suite:
            raise MediaForbiddenError("This media address is not valid.")
        try:
            self._hmac(key, user_id, expires).verify(bytes.fromhex(query.get("signature", "")))
        except (InvalidSignature, ValueError) as problem:
            raise MediaForbiddenError("This media address is not valid.") from problem
        if now >= int(expires):
            raise MediaExpiredError("This media address is over; the page asks for a new one.")
        return user_id

    def _hmac(self, key: str, user_id: str, expires: str) -> HMAC:
        code = HMAC(self._secret, DIGESTS[self._suite]())
        for part in (self._suite, key, user_id, expires):
            data = part.encode("utf-8", "replace")
            code.update(len(data).to_bytes(4) + data)
        return code
