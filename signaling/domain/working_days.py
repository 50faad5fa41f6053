"""Working days as offices count them: without weekends and holidays, with weekend days worked instead (调休).

Counted is working time: days off take none of it. A moment on a day off is therefore the moment at which the
next working day begins, local midnight, wherever days are counted from it.

Not done here: hours of the day. A working day is worked from midnight to midnight.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

DAY_S: Final = 86400.0
_EPOCH: Final = date(1970, 1, 1)
_SATURDAY: Final = 5


@dataclass(frozen=True, slots=True)
class WorkingCalendar:
    """Monday to Friday, without public holidays, with the weekend days worked instead (调休).

    Years that the sets do not name have neither: only their weekends are off. Moments are Unix seconds,
    `utc_offset` is how far local time is ahead of UTC, in seconds.
    """

    holidays: frozenset[date] = frozenset()
    working_days: frozenset[date] = frozenset()

    def is_worked(self, day: date) -> bool:
        """True when offices are open."""
        if day in self.working_days:
            return True
        return day.weekday() < _SATURDAY and day not in self.holidays

    def after(self, at: float, days: int, utc_offset: float) -> float:
        """Return the moment `days` (0 or more) working days later: a working day, the same time of day."""
        return self._counted(at, days, 1, utc_offset)

    def before(self, at: float, days: int, utc_offset: float) -> float:
        """Return the last moment from which `days` working days are over by `at`; a working day too."""
        return self._counted(at, days, -1, utc_offset)

    def _counted(self, at: float, days: int, step: int, utc_offset: float) -> float:
        today = int((at + utc_offset) // DAY_S)
        first = next(self._worked(today, 1))
        if first != today:
            at = first * DAY_S - utc_offset
        worked = self._worked(first, step)
        next(worked)  # the day counted from
        last = first
        for _ in range(days):
            last = next(worked)
        return at + (last - first) * DAY_S

    def _worked(self, day: int, step: int) -> Iterator[int]:
        """Yield the working days from a day on, forward or back, as days since the epoch."""
        while True:
            if self.is_worked(_EPOCH + timedelta(days=day)):
                yield day
            day += step
