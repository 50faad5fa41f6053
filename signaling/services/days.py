"""Local days of the deployment: call numbers and today's counts."""

import time

_DAY_S = 86400.0


def midnight(now: float, utc_offset: float) -> float:
    """Return when the local day of `now` began, Unix seconds."""
    return (now + utc_offset) // _DAY_S * _DAY_S - utc_offset


def day_name(now: float, utc_offset: float) -> str:
    """Return the local day as `YYYYMMDD`."""
    return time.strftime("%Y%m%d", time.gmtime(now + utc_offset))


def working_days_before(now: float, days: int, utc_offset: float) -> float:
    """Return the instant `days` working days (Monday to Friday) before `now`; public holidays are not known
    here.
    """
    at = now
    while days > 0:
        at -= _DAY_S
        if time.gmtime(at + utc_offset).tm_wday < 5:
            days -= 1
    return at
