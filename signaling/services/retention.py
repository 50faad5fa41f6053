"""What is kept for a while only.

Sign-ins until they are over, failed ones until they count no more, routing decisions while they are
explained, learned lines while they count for much. Mux jobs stay as long as the recording they stand for, and
go with it.
The audit log is never shortened.
"""

from signaling.services.ports import Ports
from signaling.services.settings import ServiceSettings


class RetentionService:
    """Deletes what is too old; call `tidy` now and then."""

    def __init__(self, ports: Ports, settings: ServiceSettings) -> None:
        self._ports = ports
        self._settings = settings

    async def tidy(self) -> tuple[int, int, int]:
        """Delete what is over; return how many sign-ins, decisions and learned lines."""
        now = self._ports.clock.now()
        rules = self._settings.accounts
        sign_ins = await self._ports.accounts.forget_sign_ins(
            used_before=now - rules.session_idle, created_before=now - rules.session_lifetime
        )
        await self._ports.accounts.forget_attempts(last_before=now - 2 * rules.lockout)
        decisions = await self._ports.calls.forget_decisions(now - self._settings.decisions_kept)
        lines = await self._ports.learned.forget_lines(now - self._settings.lines_kept)
        return sign_ins, decisions, lines
