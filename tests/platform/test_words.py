"""Every value of an enum that a page shows has its word in both languages: no code is read by people."""

import json
from pathlib import Path
from typing import Any

import pytest

from signaling.domain.audit import AuditAct, AuditResult
from signaling.domain.call_model import CallState, RecordingState
from signaling.domain.control.grant import ControlEnd, ControlPause, ControlScope, OnceKind
from signaling.domain.items import Lifecycle
from signaling.domain.log_kinds import LogKind
from signaling.domain.presence import CONNECTION_LOST, IDLE, MISSED_OFFERS, SOUND_LOCKED, PresenceState
from signaling.domain.readiness import Check, Grade
from signaling.domain.regions import RegionLevel
from signaling.domain.roles import Post, Role
from signaling.domain.routing.decision import Reason
from signaling.domain.routing.one_by_one import Unfit
from signaling.domain.staff import SkillKind
from signaling.services.readiness import Obstacle

SOURCE = Path(__file__).resolve().parents[2] / "web_client" / "src"
SHOWN: list[tuple[str, list[str]]] = [
    ("supervise.state", [one.value for one in PresenceState]),
    ("clerk.there.state", [one.value for one in PresenceState]),
    ("specialist.presence", [one.value for one in PresenceState]),
    (
        "specialist.away",
        [SOUND_LOCKED, IDLE, MISSED_OFFERS, CONNECTION_LOST, "meeting", "window", "meal", "rest"],
    ),
    ("supervise.call", [one.value for one in CallState]),
    ("supervise.recording", [one.value for one in RecordingState]),
    ("admin.audit.act", [one.value.replace(".", "_") for one in AuditAct]),
    ("admin.audit.kind", [one.value.partition(".")[0] for one in AuditAct]),
    ("admin.audit.result", [one.value for one in AuditResult]),
    ("admin.lifecycle", [one.value for one in Lifecycle]),
    ("admin.regions.levels", [one.value for one in RegionLevel]),
    ("admin.role", [one.value for one in Role if one is not Role.PAD]),
    ("admin.post", [one.value for one in Post]),
    ("admin.skills.kind", [one.value for one in SkillKind]),
    ("admin.checklist.check", [one.value for one in Check]),
    ("admin.checklist.grade", [one.value for one in Grade]),
    ("review.control.scope", [one.value for one in ControlScope]),
    ("review.control.pause", [one.value for one in ControlPause]),
    ("review.control.end", [one.value for one in ControlEnd]),
    ("review.control.once", [one.value for one in OnceKind]),
    (
        "review.event.control",
        [one.value.removeprefix("control.") for one in LogKind if one.value.startswith("control.")],
    ),
    ("admin.why.reason", [one.value for kind in (Reason, Unfit) for one in kind]),
    ("admin.why.obstacle", [one.value for one in Obstacle]),
]


@pytest.mark.parametrize("language", ["zh-CN", "en"])
@pytest.mark.parametrize(("path", "values"), SHOWN, ids=[path for path, _ in SHOWN])
def test_every_shown_value_has_a_word(language: str, path: str, values: list[str]) -> None:
    words = catalogue(language, path)
    assert [value for value in values if value not in words] == []


def catalogue(language: str, path: str) -> dict[str, Any]:
    family, *keys = path.split(".")
    found: Any = json.loads((SOURCE / "locales" / language / f"{family}.json").read_text())
    for key in keys:
        found = found[key]
    assert isinstance(found, dict)
    return found
