"""Local days of the deployment: call numbers and today's counts."""

import time

from signaling.domain.working_days import DAY_S


def midnight(now: float, utc_offset: float) -> float:
    """Return when the local day of `now` began, Unix seconds."""
    return (now + utc_offset) // DAY_S * DAY_S - utc_offset


def day_name(now: float, utc_offset: float) -> str:
    """Return the local day as `YYYYMMDD`."""
    return time.strftime("%Y%m%d", time.gmtime(now + utc_offset))
