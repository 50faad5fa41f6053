"""Local days of the deployment: call numbers, today's counts, and which days are worked."""

import time
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

_DAY_S = 86400.0
_SATURDAY = 5


def midnight(now: float, utc_offset: float) -> float:
    """Return when the local day of `now` began, Unix seconds."""
    return (now + utc_offset) // _DAY_S * _DAY_S - utc_offset


def day_name(now: float, utc_offset: float) -> str:
    """Return the local day as `YYYYMMDD`."""
    return time.strftime("%Y%m%d", time.gmtime(now + utc_offset))


@dataclass(frozen=True, slots=True)
class WorkingCalendar:
    """Monday to Friday, without public holidays, with the weekend days worked instead (调休).

    Years that the sets do not name have neither: only their weekends are off.
    """

    holidays: frozenset[date] = frozenset()
    working_days: frozenset[date] = frozenset()

    def is_worked(self, day: date) -> bool:
        """True when offices are open."""
        if day in self.working_days:
            return True
        return day.weekday() < _SATURDAY and day not in self.holidays

    def before(self, now: float, days: int, utc_offset: float) -> float:
        """Return the instant `days` working days before `now`, Unix seconds, at the same time of day."""
        here = datetime.fromtimestamp(now + utc_offset, UTC)
        at = here
        while days > 0:
            at -= timedelta(days=1)
            days -= self.is_worked(at.date())
        return now - (here - at).total_seconds()
