"""Public holidays from a JSON file: what comes with the program, or the deployment's own.

The file is `{"holidays": ["2026-10-01", …], "working_days": ["2026-10-10", …]}`: days off, and weekend days
worked instead. Further keys are ignored.
"""

from datetime import date
from pathlib import Path
from typing import Final

from pydantic import BaseModel, ConfigDict, ValidationError

from signaling.config import SettingsError
from signaling.domain.working_days import WorkingCalendar

_SAMPLE: Final = Path(__file__).with_name("holidays.json")


class _File(BaseModel):
    model_config = ConfigDict(extra="ignore")

    holidays: frozenset[date]
    working_days: frozenset[date] = frozenset()


def read_calendar(path: Path | None) -> WorkingCalendar:
    """Return the working days by a file, None for the program's own; raise SettingsError."""
    try:
        found = _File.model_validate_json((path or _SAMPLE).read_bytes())
    except OSError as error:
        raise SettingsError([f"The setting holidays: {path} cannot be read: {error.strerror}."]) from None
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"]) or "file"
        raise SettingsError([f"The setting holidays: {path}, at {where}: {first['msg']}."]) from None
    both = found.holidays & found.working_days
    if both:
        raise SettingsError(
            [f"The setting holidays: {path} has {min(both)} as both holiday and working day."]
        )
    return WorkingCalendar(found.holidays, found.working_days)
