"""Working days: weekends, public holidays, and the weekend days worked instead."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from signaling.compose.holidays import read_calendar
from signaling.config import SettingsError
from signaling.domain.working_days import DAY_S, WorkingCalendar

BEIJING = 8 * 3600.0
CHINA = read_calendar(None)


def local(moment: str) -> float:
    """Return a moment of Beijing's clocks."""
    return datetime.fromisoformat(moment).replace(tzinfo=UTC).timestamp() - BEIJING


def day_of(moment: float, offset: float) -> date:
    """Return the local day of a moment."""
    return datetime.fromtimestamp(moment + offset, UTC).date()


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
    assert CHINA.before(at(now), days, BEIJING) == at(before)
    assert CHINA.after(at(before), days, BEIJING) == at(now)


@pytest.mark.parametrize(
    ("start", "days", "end"),
    [
        ("2026-09-30T23:59:59", 1, "2026-10-08T23:59:59"),  # the national holidays take no working time
        ("2026-10-03T15:00:00", 0, "2026-10-08T00:00:00"),  # asked on a holiday: as if the next day began
        ("2026-10-03T15:00:00", 1, "2026-10-09T00:00:00"),
        ("2026-10-09T00:00:00", 1, "2026-10-10T00:00:00"),  # a Saturday that is worked (调休)
        ("2026-02-13T09:00:00", 2, "2026-02-24T09:00:00"),  # one such Saturday, then the spring festival
    ],
)
def test_a_deadline_is_counted_forward_over_days_off(start: str, days: int, end: str) -> None:
    assert CHINA.after(local(start), days, BEIJING) == local(end)


def test_what_was_asked_on_a_holiday_is_due_with_what_was_asked_when_it_ends() -> None:
    holiday, next_day = local("2026-10-01T00:00:00"), local("2026-10-08T00:00:00")
    assert CHINA.before(local("2026-10-09T00:00:00"), 1, BEIJING) == next_day
    assert CHINA.after(holiday, 1, BEIJING) == CHINA.after(next_day, 1, BEIJING)


FIRST = date(2026, 1, 1)
days_of_2026 = st.integers(0, 364).map(lambda number: FIRST + timedelta(days=number))
calendars = st.one_of(
    st.just(CHINA),
    st.builds(
        lambda off, worked: WorkingCalendar(frozenset(off - worked), frozenset(worked)),
        st.sets(days_of_2026, max_size=60),
        st.sets(days_of_2026, max_size=30),
    ),
)
moments = st.integers(0, 364 * 86400).map(lambda second: local("2026-01-01T00:00:00") + second)
counts = st.integers(0, 40)
offsets = st.sampled_from([BEIJING, 0.0, -5 * 3600.0])


@given(calendars, moments, counts, offsets)
def test_counting_forward_and_back_comes_to_the_same_moment_of_working_time(
    calendar: WorkingCalendar, start: float, days: int, offset: float
) -> None:
    end = calendar.after(start, days, offset)
    back = calendar.before(end, days, offset)
    assert back == calendar.after(start, 0, offset), "the start, or the end of the days off it lies in"
    if calendar.is_worked(day_of(start, offset)):
        assert back == start
    assert calendar.is_worked(day_of(end, offset))
    assert calendar.is_worked(day_of(back, offset))


@given(calendars, moments, moments, counts, offsets)
def test_who_asked_later_is_never_due_earlier(
    calendar: WorkingCalendar, one: float, other: float, days: int, offset: float
) -> None:
    first, second = sorted((one, other))
    assert calendar.after(first, days, offset) <= calendar.after(second, days, offset)
    assert calendar.before(first, days, offset) <= calendar.before(second, days, offset)
    assert calendar.after(first, days, offset) <= calendar.after(first, days + 1, offset) - DAY_S


@given(calendars, moments, moments, counts, offsets)
def test_looking_back_finds_exactly_what_is_due(
    calendar: WorkingCalendar, asked: float, now: float, days: int, offset: float
) -> None:
    due = calendar.after(asked, days, offset) <= calendar.after(now, 0, offset)
    assert due == (asked <= calendar.before(now, days, offset))


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
