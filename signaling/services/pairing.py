"""One-time codes by which a device comes to belong to a service point: a rating pad, a counter PC's helper.

A clerk reads six digits off their page and types them at the device, which has nothing else to show. They are
good once and for minutes, the newest of a place replaces the one before, and whoever guesses is stopped: by
address, and all of them together, as a thousand addresses would find one of a million numbers in time.
"""

from typing import Final

from signaling.domain.errors import LimitError, SignInError
from signaling.domain.events import DomainEvent, PairedDevice, PairingCodeMade, PairingCodeUsed
from signaling.domain.networks import address_group
from signaling.services.ports import Ports
from signaling.services.settings import PairingSettings

_DIGITS: Final = 6


class PairingCodes:
    """The codes of every process, in the memory of each."""

    def __init__(self, ports: Ports, settings: PairingSettings) -> None:
        self._ports = ports
        self._settings = settings
        self._codes: dict[str, PairingCodeMade] = {}
        self._wrong: dict[str, list[float]] = {}
        """Group of addresses → when it gave wrong codes, newest last."""

    async def make(
        self, device: PairedDevice, point_id: str, staff_id: str, counter: str = ""
    ) -> tuple[str, int]:
        """Return a code and its lifetime in seconds.

        Args:
            counter: which counter PC of the point, where that matters.
        """
        code = self._ports.secrets.digits(_DIGITS)
        while code in self._codes:
            code = self._ports.secrets.digits(_DIGITS)
        lifetime = self._settings.code_lifetime
        made = PairingCodeMade(code, device, point_id, staff_id, counter, self._ports.clock.now() + lifetime)
        await self._ports.bus.publish(made)
        return code, int(lifetime)

    async def take(self, device: PairedDevice, code: str, address: str) -> PairingCodeMade:
        """Use a code up; return what it stands for.

        Raises:
            SignInError: `pad_code_wrong`, `helper_code_wrong`.
            LimitError: `too_many_attempts`, for an address that guesses, and for all when many do.
        """
        self._require_calm(address_group(address))
        made = self._codes.get(code)
        now = self._ports.clock.now()
        if made is None or made.device is not device or made.expires_at <= now:
            self._wrong.setdefault(address_group(address), []).append(now)
            raise SignInError(f"{device.value}_code_wrong", field="code")
        del self._codes[code]
        await self._ports.bus.publish(PairingCodeUsed(code))
        return made

    async def on_event(self, event: DomainEvent) -> None:
        """Know the codes of every process, the newest of each place."""
        match event:
            case PairingCodeMade():
                now = self._ports.clock.now()
                others = {
                    code: made
                    for code, made in self._codes.items()
                    if made.expires_at > now and made.place != event.place
                }
                self._codes = others | {event.code: event}
            case PairingCodeUsed(code=code):
                self._codes.pop(code, None)

    def _require_calm(self, group: str) -> None:
        lifetime = self._settings.code_lifetime
        since = self._ports.clock.now() - lifetime
        self._wrong = {
            each: recent
            for each, wrong in self._wrong.items()
            if (recent := [at for at in wrong if at > since])
        }
        everybody = sum(map(len, self._wrong.values()))
        if (
            len(self._wrong.get(group, ())) >= self._settings.attempts
            or everybody >= self._settings.attempts_together
        ):
            raise LimitError("too_many_attempts", minutes=int(lifetime // 60))
