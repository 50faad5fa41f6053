"""Devices on which somebody signed in before, by a signed cookie that stays for more than a year.

The cookie names the device and, for each person, when they signed in on it last. It lets nobody in: guesses
made elsewhere do not slow down or lock out who holds it. Not done: a list of devices on the server.
"""

import hashlib
import hmac
from typing import Final

DEVICE_LIFETIME_S: Final = 400 * 86400.0
"""Browsers keep no cookie for longer (RFC 6265bis §5.5)."""
_PEOPLE: Final = 16
"""People of one browser that are remembered; who came last stays."""
_ID: Final = 64
_SIGNATURE: Final = 32
"""Hex digits: 128 bits."""


class KnownDevices:
    """Read and write the cookie: `id.seconds-signature.seconds-signature…`.

    Args:
        secret: key of the signatures.
    """

    def __init__(self, secret: bytes) -> None:
        self._secret = secret

    def recognise(self, cookie: str, staff_id: str, now: float) -> str | None:
        """Return the device's id when this person signed in on it; `now` in wall seconds."""
        device, entries = _parse(cookie)
        known = [entry for entry in entries if self._is_of(entry, device, staff_id)]
        if known and now < int(known[-1].partition("-")[0]) + DEVICE_LIFETIME_S:
            return device
        return None

    def remember(self, cookie: str, staff_id: str, now: float, new_id: str) -> str:
        """Return the cookie after a person signed in; a browser without one becomes `new_id`."""
        device, entries = _parse(cookie)
        if not device or not any(entries):
            device, entries = new_id, []
        others = [entry for entry in entries if not self._is_of(entry, device, staff_id)]
        at = str(int(now))
        return ".".join([device, *others[1 - _PEOPLE :], f"{at}-{self._signature(device, staff_id, at)}"])

    def _is_of(self, entry: str, device: str, staff_id: str) -> bool:
        at, _, signature = entry.partition("-")
        right = self._signature(device, staff_id, at)
        return at.isdecimal() and at.isascii() and hmac.compare_digest(right.encode(), signature.encode())

    def _signature(self, device: str, staff_id: str, at: str) -> str:
        message = "\0".join(("device", device, staff_id, at)).encode()
        return hmac.new(self._secret, message, hashlib.sha256).hexdigest()[:_SIGNATURE]


def _parse(cookie: str) -> tuple[str, list[str]]:
    device, *entries = cookie.split(".")
    if len(device) > _ID or len(entries) > _PEOPLE or any(len(entry) > _ID for entry in entries):
        return "", []
    return device, entries
