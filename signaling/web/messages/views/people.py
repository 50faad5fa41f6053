"""Those who work here: accounts, skills, presence and a day's counts."""

from signaling.web.messages.base import Message, PresenceState, SkillKind, Timestamp


class StaffView(Message):
    """A person with an account."""

    staff_id: str
    username: str
    name: str
    roles: list[str]
    posts: list[str]
    region_code: str
    region_path: str
    department_ids: list[str]
    point_id: str | None
    languages: list[str]
    enabled: bool
    demo: bool
    must_change_password: bool


class SkillView(Message):
    """What a specialist can take: an item or a whole department, level 1–5."""

    staff_id: str
    kind: SkillKind
    target: str
    level: int


class PresenceView(Message, event="presence.changed"):
    """A specialist's presence by evidence."""

    staff_id: str
    name: str
    state: PresenceState
    reason: str | None
    since: Timestamp
    wrap_up_until: Timestamp | None
    call_id: str | None
    missed: int


class DutyView(Message):
    """How many of a department's specialists could help, and how many are busy or away."""

    department_id: str
    name: str
    """As people say it: 县医保局."""
    available: int
    busy: int
    wrap_up: int
    away: int


class ColleagueView(Message):
    """Somebody who is signed in, by name."""

    staff_id: str
    name: str
    state: PresenceState
    reason: str | None
    since: Timestamp


class ColleaguesView(Message):
    """Who is there: what can be reached from a counter, and colleagues; `more` are there than are named."""

    departments: list[DutyView]
    people: list[ColleagueView]
    more: int


class TodayView(Message, event="today.changed"):
    """A specialist's own counts of today."""

    answered: int
    missed: int
    mean_handling_s: float | None
