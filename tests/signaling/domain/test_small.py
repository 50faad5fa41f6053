"""Regions, roles, presence, skills and sentences."""

import ast
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import signaling
from signaling.demo.samples import sample_regions
from signaling.domain import presence as rules
from signaling.domain.presence import Presence, PresenceState
from signaling.domain.regions import Region, RegionLevel, RegionTree
from signaling.domain.roles import (
    PERMISSIONS,
    Permission,
    Post,
    Role,
    home_of,
    permissions_of,
    roles_conflict,
)
from signaling.domain.routing.roster import Responder
from signaling.domain.sentences import SENTENCES, sentence

TREE = RegionTree(sample_regions())


def test_a_region_covers_its_subtree_and_nothing_else() -> None:
    assert TREE.covers("533324", "533324204")
    assert TREE.covers("533300", "533324204")
    assert TREE.covers("533324204", "533324204")
    assert not TREE.covers("533301", "533324204")
    assert not TREE.covers("533324204", "533324")
    assert not TREE.covers("533300", "nowhere")


def test_a_region_is_named_from_the_county_down() -> None:
    assert TREE.path("533324204") == "贡山独龙族怒族自治县 / 独龙江乡"
    assert TREE.path("533300") == "怒江傈僳族自治州"


def test_a_broken_tree_is_refused() -> None:
    with pytest.raises(ValueError, match="broken"):
        RegionTree([Region("a", "甲", RegionLevel.COUNTY, "b"), Region("b", "乙", RegionLevel.COUNTY, "a")])


def test_a_pad_may_rate_and_no_person_may() -> None:
    holders = {role for role, granted in PERMISSIONS.items() if Permission.RATING_SUBMIT in granted}
    assert holders == {Role.PAD}


def test_nobody_holds_two_administrators() -> None:
    assert roles_conflict([Role.SYSTEM_ADMINISTRATOR, Role.AUDIT_ADMINISTRATOR])
    assert not roles_conflict([Role.SYSTEM_ADMINISTRATOR, Role.CURATOR])


def test_everybody_lands_somewhere() -> None:
    assert home_of([Role.CLERK], []) == "clerk"
    assert home_of([Role.SPECIALIST], [Post.RESPONDER]) == "specialist"
    assert home_of([Role.SPECIALIST], [Post.SUPERVISOR]) == "supervise"
    assert home_of([Role.REVIEWER], []) == "review"
    assert home_of([Role.AUDIT_ADMINISTRATOR], []) == "admin"
    assert Permission.QUEUE_OVERSEE in permissions_of([Role.SPECIALIST], [Post.SUPERVISOR])


def test_the_best_fitting_skill_counts() -> None:
    items, bureaus = {"YB-003": 4, "YB-002": 5}, {"医疗保障局": 2}
    skilled = Responder("s", "533324", "county", (), item_levels=items, department_levels=bureaus)
    assert skilled.profile("YB-003", "医疗保障局").skill_level == 4
    assert skilled.profile("YB-001", "医疗保障局").skill_level == 2
    assert Responder("s", "533324", "county", ()).profile("YB-003", "医疗保障局").skill_level == 0


def test_available_needs_a_confirmed_page() -> None:
    seen = rules.connected(rules.offline("s", 0.0), 1.0)
    assert (seen.state, seen.reason) == (PresenceState.AWAY, rules.SOUND_LOCKED)
    seen = rules.wished(seen, PresenceState.AVAILABLE, None, 2.0)
    assert (seen.state, seen.idle_since) == (PresenceState.AVAILABLE, 2.0)


def test_a_lost_specialist_stays_busy_and_is_off_line_afterwards() -> None:
    seen = rules.wished(rules.connected(rules.offline("s", 0.0), 1.0), PresenceState.AVAILABLE, None, 1.0)
    seen = rules.lost(rules.occupied(seen, "c", 2.0), 3.0)
    assert seen.state is PresenceState.BUSY
    assert rules.freed(seen, 4.0).state is PresenceState.OFFLINE


def test_who_has_no_socket_is_routed_as_away_until_something_is_heard_of_them() -> None:
    seen = rules.wished(rules.connected(rules.offline("s", 0.0), 1.0), PresenceState.AVAILABLE, None, 1.0)
    gone = rules.unheard(seen, 2.0)
    assert (gone.state, gone.routed_as) == (PresenceState.AVAILABLE, PresenceState.AWAY)
    assert rules.beaten(gone, 3.0).routed_as is PresenceState.AVAILABLE
    assert rules.unheard(rules.occupied(seen, "c", 2.0), 3.0).routed_as is PresenceState.BUSY


moves = st.lists(
    st.sampled_from(["connect", "online", "away", "unheard", "lost", "miss", "take", "wrap", "free"])
)


@given(moves)
def test_presence_follows_its_evidence_over_any_script(script: list[str]) -> None:
    seen = rules.offline("s", 0.0)
    for now, move in enumerate(script, start=1):
        before = seen
        seen = _move(seen, move, float(now))
        assert (seen.state in (PresenceState.BUSY, PresenceState.WRAP_UP)) == (seen.call_id is not None)
        if seen.state is PresenceState.AVAILABLE:
            assert seen.online
        assert seen.routed_as in (seen.state, PresenceState.AWAY)
        if seen.state is before.state:
            assert seen.since == before.since


def _move(seen: Presence, move: str, now: float) -> Presence:
    match move:
        case "connect":
            return rules.connected(seen, now)
        case "online":
            return rules.wished(seen, PresenceState.AVAILABLE, None, now)
        case "away":
            return rules.wished(seen, PresenceState.AWAY, "开会", now)
        case "unheard":
            return rules.unheard(seen, now)
        case "lost":
            return rules.lost(seen, now)
        case "miss":
            return rules.missed_offer(seen, now, limit=3)
        case "take":
            return rules.occupied(seen, "c", now)
        case "wrap":
            return rules.wrapping_up(seen, "c", now + 60, now)
        case _:
            return rules.freed(seen, now)


def _codes() -> set[str]:
    """Return every code that domain, services and adapters raise, read from their source."""
    found: set[str] = set()
    root = Path(signaling.__file__).parent
    for folder in ("domain", "services", "adapters"):
        for path in (root / folder).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text("utf-8"))):
                if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                    name, arguments = node.func.id, node.args
                    if name.endswith("Error") and arguments and isinstance(arguments[0], ast.Constant):
                        found.add(str(arguments[0].value))
    return {code for code in found if code.isidentifier()}


def test_every_code_has_a_sentence_in_both_languages() -> None:
    assert _codes() - set(SENTENCES) == set()
    for code in SENTENCES:
        assert sentence(code, "zh", {}) != sentence(code, "en", {})


def test_sentences_are_filled_in() -> None:
    assert "12" in sentence("too_many_attempts", "zh", {"minutes": 12})
    assert sentence("nonsense", "en", {}) == SENTENCES["refused"].en


def test_a_misspelt_permission_is_an_error_and_no_bare_string_is_one() -> None:
    with pytest.raises(AttributeError):
        _ = Permission.CALL_REQEUST  # type: ignore[attr-defined]
    assert "call.request" not in permissions_of([Role.CLERK], [])
    assert Permission.CALL_REQUEST in permissions_of([Role.CLERK], [])


def test_every_permission_is_held_by_somebody() -> None:
    assert permissions_of(Role, Post) == frozenset(Permission)
