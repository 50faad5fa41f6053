"""Routing decisions: who, why, and the same again from what was stored."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from signaling.domain.routing.choose import choose, replay
from signaling.domain.routing.estimate import wait_range
from signaling.domain.routing.model import Candidate, Decision, Let, Outcome, Reason, Request
from signaling.domain.routing.order import in_order
from signaling.domain.routing.strategies import STRATEGIES
from tests.signaling.adapters.samples import a_call

REQUEST = Request("c1", "YB-003", "医疗保障局", "533324204", "独龙语", 50, 100.0, "clerk")


def person(staff_id: str, **changes: Any) -> Candidate:
    """Return a free, skilled county specialist who speaks Mandarin."""
    given: dict[str, Any] = {
        "staff_id": staff_id,
        "skill_level": 3,
        "reach": "county",
        "languages": ("普通话",),
        "state": "available",
        "ringing": False,
        "idle_since": 50.0,
        "last_offered_at": 0.0,
        "calls_today": 0,
        "talk_today_s": 0.0,
    }
    return Candidate(**(given | changes))


def decide(
    *candidates: Candidate, now: float = 101.0, strategy: str = "longest_idle", request: Request = REQUEST
) -> Decision:
    return choose(request, candidates, now=now, strategy=strategy)


def reasons(decision: Decision) -> dict[str, Reason]:
    return {entry.staff_id: entry.reason for entry in decision.considered}


def test_the_longest_idle_is_chosen_and_the_others_told_why() -> None:
    decision = decide(person("a"), person("b", idle_since=10.0), person("c", state="busy"))
    assert (decision.outcome, decision.chosen) == (Outcome.OFFER, "b")
    assert reasons(decision) == {"a": Reason.RANKED_LOWER, "b": Reason.CHOSEN, "c": Reason.BUSY}


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"skill_level": 0}, Reason.NO_SKILL),
        ({"reach": None}, Reason.OUT_OF_REGION),
        ({"state": "offline"}, Reason.OFFLINE),
        ({"state": "away"}, Reason.AWAY),
        ({"state": "busy"}, Reason.BUSY),
        ({"state": "wrap_up"}, Reason.WRAP_UP),
        ({"ringing": True}, Reason.RINGING),
        ({"staff_id": "clerk"}, Reason.CLERK_OF_THE_CALL),
    ],
)
def test_each_reason_for_passing_somebody_over(changes: dict[str, Any], reason: Reason) -> None:
    decision = decide(
        person("a", languages=("独龙语",), **({} | changes)) if "staff_id" not in changes else person("clerk")
    )
    assert decision.outcome is not Outcome.OFFER
    assert list(reasons(decision).values()) == [reason]


def test_a_step_opens_when_the_one_before_expires() -> None:
    county = person("county", state="busy", languages=("独龙语",))
    prefecture = person("prefecture", reach="prefecture")
    early = decide(county, prefecture, now=129.0)
    assert reasons(early)["prefecture"] is Reason.STEP_NOT_OPEN
    assert (early.outcome, early.recheck_at) == (Outcome.WAIT, 130.0)
    assert decide(county, prefecture, now=130.0).chosen == "prefecture"


def test_a_step_without_anybody_signed_in_costs_no_time() -> None:
    assert decide(person("p", reach="prefecture")).chosen == "p"
    absent = person("county", state="offline")
    assert decide(absent, person("p", reach="prefecture")).chosen == "p"


def test_language_comes_first_within_the_county() -> None:
    speaker = person("z", languages=("普通话", "独龙语"), idle_since=99.0)
    assert decide(person("a", idle_since=0.0), speaker).chosen == "z"


def test_earlier_candidates_stay_eligible_when_a_later_step_opens() -> None:
    decision = decide(person("county", idle_since=0.0), person("p", reach="prefecture"), now=900.0)
    assert decision.chosen == "county"


def test_with_nobody_signed_in_there_is_no_staff() -> None:
    decision = decide(person("a", state="offline"), person("b", skill_level=0))
    assert (decision.outcome, decision.eligible) == (Outcome.NO_STAFF, 0)
    assert decide().outcome is Outcome.NO_STAFF


def test_somebody_away_is_worth_waiting_for() -> None:
    decision = decide(person("a", state="away"))
    assert (decision.outcome, decision.eligible, decision.available) == (Outcome.WAIT, 1, 0)


def test_who_let_the_call_go_by_is_asked_again_later() -> None:
    request = replace(REQUEST, passed=(Let("a", "missed", 150.0),))
    decision = decide(person("a"), now=120.0, request=request)
    assert reasons(decision) == {"a": Reason.MISSED_THIS_CALL}
    assert decision.recheck_at == 150.0
    assert decide(person("a"), now=150.0, request=request).chosen == "a"


STRATEGY_CASES = {
    "longest_idle": {"idle_since": 1.0},
    "fewest_calls": {"calls_today": -1},
    "least_talk_time": {"talk_today_s": -1.0},
    "round_robin": {"last_offered_at": -1.0},
    "skill_level_first": {"skill_level": 5},
    "preferred_then_idle": {},
}


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_every_strategy_prefers_who_it_is_named_for(strategy: str) -> None:
    request = replace(REQUEST, preferred_staff_id="z" if strategy == "preferred_then_idle" else None)
    better = person("z", **STRATEGY_CASES[strategy])
    assert decide(person("a"), better, strategy=strategy, request=request).chosen == "z"


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_ties_are_broken_the_same_way_in_any_order(strategy: str) -> None:
    people = [person("b"), person("a"), person("c")]
    assert {decide(*people, strategy=strategy).chosen, decide(*people[::-1], strategy=strategy).chosen} == {
        "a"
    }


candidates = st.lists(
    st.builds(
        Candidate,
        staff_id=st.sampled_from([f"s{n}" for n in range(12)]),
        skill_level=st.integers(0, 5),
        reach=st.sampled_from([None, "village", "township", "county", "prefecture", "province"]),
        languages=st.sampled_from([(), ("普通话",), ("独龙语",), ("普通话", "独龙语")]),
        state=st.sampled_from(["available", "busy", "wrap_up", "away", "offline"]),
        ringing=st.booleans(),
        idle_since=st.floats(0, 100),
        last_offered_at=st.floats(0, 100),
        calls_today=st.integers(0, 50),
        talk_today_s=st.floats(0, 10_000),
    ),
    max_size=12,
    unique_by=lambda candidate: candidate.staff_id,
)
requests = st.builds(
    replace,
    st.just(REQUEST),
    passed=st.lists(
        st.builds(
            Let,
            st.sampled_from([f"s{n}" for n in range(12)]),
            st.sampled_from(["missed", "rejected"]),
            st.floats(0, 500),
        ),
        max_size=4,
        unique_by=lambda let: let.staff_id,
    ).map(tuple),
)


@given(requests, candidates, st.floats(100, 1000), st.sampled_from(sorted(STRATEGIES)))
def test_any_decision_replays_and_chooses_only_the_free(
    request: Request, people: list[Candidate], now: float, strategy: str
) -> None:
    decision = choose(request, people, now=now, strategy=strategy)
    assert replay(decision) == decision
    assert len(decision.considered) == len(people)
    assert (decision.chosen is not None) == (decision.outcome is Outcome.OFFER)
    if decision.chosen is not None:
        [chosen] = [entry for entry in people if entry.staff_id == decision.chosen]
        assert chosen.state == "available"
        assert not chosen.ringing
        assert chosen.skill_level > 0
        assert chosen.reach is not None
    assert 0 <= decision.available <= decision.eligible
    if decision.recheck_at is not None:
        assert decision.recheck_at > now


@given(requests, candidates)
def test_a_free_skilled_person_in_reach_gets_every_call_in_the_end(
    request: Request, people: list[Candidate]
) -> None:
    decision = choose(request, people, now=10_000.0, strategy="longest_idle")
    free = [
        entry
        for entry in people
        if entry.state == "available" and not entry.ringing and entry.skill_level and entry.reach
    ]
    assert (decision.outcome is Outcome.OFFER) == bool(free)


def test_waiting_calls_go_by_priority_then_age() -> None:
    old = a_call("old", requested_at=0.0)
    fresh = a_call("new", requested_at=50.0)
    urgent = a_call("urgent", requested_at=59.0, priority=99)
    assert [call.call_id for call in in_order([fresh, urgent, old], 60.0)] == ["urgent", "old", "new"]


def test_aging_lets_the_lowest_priority_overtake() -> None:
    patient = a_call("patient", requested_at=0.0, priority=1)
    urgent = a_call("urgent", requested_at=590.0, priority=99)
    assert in_order([urgent, patient], 600.0)[0].call_id == "patient"


def test_too_few_samples_give_no_estimate() -> None:
    assert (
        wait_range(position=1, waited_s=0, recent_waits_s=[5.0] * 4, recent_handling_s=[], eligible=2) is None
    )


@given(
    st.integers(1, 20),
    st.floats(0, 2000),
    st.floats(0, 500),
    st.lists(st.floats(0, 900), min_size=5, max_size=50),
    st.lists(st.floats(0, 900), max_size=50),
    st.integers(1, 9),
)
def test_estimates_are_never_negative_and_never_grow_while_nothing_happens(
    position: int, waited: float, later: float, waits: list[float], handling: list[float], eligible: int
) -> None:
    now = wait_range(
        position=position,
        waited_s=waited,
        recent_waits_s=waits,
        recent_handling_s=handling,
        eligible=eligible,
    )
    after = wait_range(
        position=position,
        waited_s=waited + later,
        recent_waits_s=waits,
        recent_handling_s=handling,
        eligible=eligible,
    )
    if now is None:
        assert after is None
        return
    assert 0 <= now[0] <= now[1]
    if after is not None:
        assert after <= now
