"""Working days: weekends, public holidays, and the weekend days worked instead."""

from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from signaling.compose.holidays import read_calendar
from signaling.config import SettingsError
from signaling.services.days import WorkingCalendar

BEIJING = 8 * 3600.0


def at(day: str) -> float:
    """Return ten o'clock of a day in Beijing."""
    return datetime.fromisoformat(f"{day}T02:00:00").replace(tzinfo=UTC).timestamp()


@pytest.mark.parametrize(
    ("now", "days", "before"),
    [
        ("2026-11-20", 5, "2026-11-13"),  # an ordinary week
        ("2026-11-23", 1, "2026-11-20"),  # over a weekend
        ("2026-10-09", 1, "2026-10-08"),
        ("2026-10-08", 1, "2026-09-30"),  # over the national holidays
        ("2026-10-12", 2, "2026-10-09"),  # the Saturday before was worked
        ("2026-02-25", 2, "2026-02-14"),  # over the spring festival, to a Saturday worked
        ("2027-10-04", 1, "2027-10-01"),  # a year without data has weekends only
    ],
)
def test_working_days_are_counted_as_offices_work(now: str, days: int, before: str) -> None:
    calendar = read_calendar(None)
    assert calendar.before(at(now), days, BEIJING) == at(before)


def test_without_data_only_weekends_are_off() -> None:
    calendar = WorkingCalendar()
    assert calendar.is_worked(date(2026, 10, 1))
    assert not calendar.is_worked(date(2026, 10, 3))


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("{", "Invalid JSON"),
        ('{"holidays": ["2026-13-01"]}', "holidays"),
        ('{"holidays": ["2026-10-01"], "working_days": ["2026-10-01"]}', "both"),
    ],
)
def test_a_file_that_makes_no_sense_is_refused_by_name(tmp_path: Path, content: str, sentence: str) -> None:
    file = tmp_path / "holidays.json"
    file.write_text(content)
    with pytest.raises(SettingsError, match=sentence) as refused:
        read_calendar(file)
    assert "setting holidays" in str(refused.value)
    with pytest.raises(SettingsError, match="cannot be read"):
        read_calendar(tmp_path / "missing.json")
