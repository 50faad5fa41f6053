"""Routing decisions: who, why, and the same again from what was stored."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from signaling.domain.presence import PresenceState
from signaling.domain.regions import Region, RegionLevel, RegionTree
from signaling.domain.routing.choose import KEPT_A_STEP, choose
from signaling.domain.routing.decision import Decision, Outcome, Reason
from signaling.domain.routing.estimate import Wait, expected, usual
from signaling.domain.routing.judge import replay
from signaling.domain.routing.model import Let, Request, Standing
from signaling.domain.routing.order import in_order
from signaling.domain.routing.policy import DEFAULT_POLICY, Policies, Policy, PolicyStep
from signaling.domain.routing.pool import Pool
from signaling.domain.routing.roster import FEW, Responder, Roster
from signaling.domain.routing.strategies import STRATEGIES
from tests.signaling.adapters.samples import a_call
from tests.signaling.domain.naive_routing import Verdicts, scan

MEDICAL, FORESTRY = "医疗保障局", "林业和草原局"
TREE = RegionTree(
    [
        Region("53", "云南省", RegionLevel.PROVINCE, None),
        Region("5333", "怒江州", RegionLevel.PREFECTURE, "53"),
        Region("533324", "贡山县", RegionLevel.COUNTY, "5333"),
        Region("533324204", "独龙江乡", RegionLevel.TOWNSHIP, "533324"),
        Region("533301", "泸水市", RegionLevel.COUNTY, "5333"),
        Region("533301100", "六库镇", RegionLevel.TOWNSHIP, "533301"),
    ]
)
AT = {"township": "533324204", "county": "533324", "prefecture": "5333", "province": "53", None: "533301"}
"""Reach → a region of that level that covers the call, None → one that does not."""
REQUEST = Request("c1", "YB-003", MEDICAL, "533324204", "独龙语", 50, 100.0, "clerk")

Person = tuple[Responder, Standing, bool]


def person(
    staff_id: str,
    *,
    skill_level: int = 3,
    reach: str | None = "county",
    languages: tuple[str, ...] = ("普通话",),
    state: str = "available",
    ringing: bool = False,
    posts: tuple[str, ...] = ("responder",),
    bureaus: tuple[str, ...] = (),
    idle_since: float = 50.0,
    last_offered_at: float = 0.0,
    calls_today: int = 0,
    talk_today_s: float = 0.0,
) -> Person:
    """Return a free, skilled county specialist who speaks Mandarin, a standing, and whether a call rings."""
    code = AT[reach]
    responder = Responder(
        staff_id, code, TREE.get(code).level.value, languages, posts, bureaus, {}, {MEDICAL: skill_level}
    )
    standing = Standing(PresenceState(state), idle_since, last_offered_at, calls_today, talk_today_s)
    return responder, standing, ringing


def pool_of(people: tuple[Person, ...] | list[Person], strategy: str, *, few: float = FEW) -> Pool:
    standings = {responder.staff_id: standing for responder, standing, _ in people}
    ringing = {responder.staff_id for responder, _, rings in people if rings}
    roster = Roster((responder for responder, _, _ in people), few=few)
    return Pool(roster, standings.__getitem__, ringing, strategy)


def decide(
    *people: Person,
    now: float = 101.0,
    strategy: str = "longest_idle",
    request: Request = REQUEST,
    policy: Policy = DEFAULT_POLICY,
) -> Decision:
    pool = pool_of(people, strategy)
    return choose(request, pool, regions=TREE.above(request.region_code), policy=policy, now=now)


def reasons(decision: Decision) -> dict[str, Reason]:
    """Return the verdicts by name."""
    return {entry.candidate.staff_id: entry.reason for entry in decision.considered}


def counts(decision: Decision) -> dict[Reason, int]:
    """Return how many were passed over without being named."""
    return {entry.reason: entry.count for entry in decision.passed_over}


def test_the_longest_idle_is_chosen_and_the_others_told_why() -> None:
    decision = decide(person("a"), person("b", idle_since=10.0), person("c", state="busy"))
    assert (decision.outcome, decision.chosen) == (Outcome.OFFER, "b")
    assert reasons(decision) == {"a": Reason.RANKED_LOWER, "b": Reason.CHOSEN}
    assert counts(decision) == {Reason.BUSY: 1}


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"skill_level": 0}, None),
        ({"reach": None}, Reason.OUT_OF_REGION),
        ({"state": "offline"}, Reason.OFFLINE),
        ({"state": "away"}, Reason.AWAY),
        ({"state": "busy"}, Reason.BUSY),
        ({"state": "wrap_up"}, Reason.WRAP_UP),
        ({"ringing": True}, Reason.RINGING),
        ({"staff_id": "clerk"}, Reason.CLERK_OF_THE_CALL),
    ],
)
def test_each_reason_for_passing_somebody_over(changes: dict[str, Any], reason: Reason | None) -> None:
    decision = decide(person(**{"staff_id": "a", "languages": ("独龙语",), **changes}))
    assert decision.outcome is not Outcome.OFFER
    told = [*reasons(decision).values(), *counts(decision)]
    assert told == ([reason] if reason else []), "without the skill nobody is a candidate"


def test_a_step_opens_when_the_one_before_expires() -> None:
    county = person("county", state="busy", languages=("独龙语",))
    prefecture = person("prefecture", reach="prefecture")
    early = decide(county, prefecture, now=129.0)
    assert reasons(early) == {"prefecture": Reason.STEP_NOT_OPEN}
    assert counts(early) == {Reason.BUSY: 1}
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


def test_of_many_free_people_the_next_in_order_are_named_and_the_rest_counted() -> None:
    people = [person(f"s{n:02}", idle_since=float(n)) for n in range(40)]
    decision = decide(*people)
    assert decision.chosen == "s00"
    assert [entry.candidate.staff_id for entry in decision.considered] == [
        f"s{n:02}" for n in range(KEPT_A_STEP)
    ]
    assert counts(decision) == {Reason.RANKED_LOWER: 40 - KEPT_A_STEP}
    assert (decision.eligible, decision.available) == (40, 40)
    assert replay(decision) == decision


def test_whom_the_request_prefers_goes_first_under_any_strategy_and_is_told_so() -> None:
    people = [person("a", calls_today=0), person("z", reach="prefecture", calls_today=9, idle_since=99.0)]
    request = replace(REQUEST, preferred_staff_id="z")
    decision = decide(*people, request=request, strategy="fewest_calls")
    assert (decision.chosen, decision.why) == ("z", ("skill|3", "preferred"))


def test_nobody_waits_for_whom_the_request_prefers() -> None:
    request = replace(REQUEST, preferred_staff_id="z")
    decision = decide(person("a"), person("z", state="busy"), request=request)
    assert decision.chosen == "a"
    assert reasons(decision) == {"a": Reason.CHOSEN, "z": Reason.BUSY}, "why not them is said by name"


def test_somebody_chosen_for_being_idle_is_not_told_they_handled_it_last() -> None:
    assert decide(person("a"), strategy="preferred_then_idle").why[-1] == "longest_idle|0"


def test_a_step_can_ask_for_a_post_a_bureau_and_a_level() -> None:
    policy = Policy(
        "strict",
        (
            PolicyStep("expert", least_level=4, expires_after=10.0),
            PolicyStep("desk", bureau="政务服务管理局", expires_after=10.0),
            PolicyStep("handler", post="handler"),
        ),
    )
    expert, desk = person("e", skill_level=5, state="busy"), person("d", bureaus=("政务服务管理局",))
    handler = person("h", posts=("handler", "responder"), idle_since=1.0)
    nobody = person("n", idle_since=0.0)
    people = (expert, desk, handler, nobody)
    assert decide(*people, policy=policy, now=109.0).outcome is Outcome.WAIT
    assert decide(*people, policy=policy, now=110.0).chosen == "d"
    late = decide(*people, policy=policy, now=120.0)
    assert late.chosen == "h"
    assert counts(late)[Reason.NOT_ADMITTED] == 1


def test_a_call_goes_by_the_policy_of_its_item_else_bureau_else_nearest_region() -> None:
    policy = {name: Policy(name, (PolicyStep("anybody"),)) for name in ("item", "bureau", "county", "state")}
    policies = Policies(
        of_items={"YB-003": policy["item"]},
        of_departments={MEDICAL: policy["bureau"]},
        of_regions={"53": policy["state"], "533324": policy["county"]},
    )
    regions = TREE.above("533324204")

    def name(request: Request) -> str:
        return policies.for_call(request, regions).name

    assert name(REQUEST) == "item"
    assert name(replace(REQUEST, item_code="YB-001")) == "bureau"
    other = replace(REQUEST, item_code="LC-001", department=FORESTRY)
    assert name(other) == "county"
    assert policies.for_call(other, TREE.above("533301100")).name == "state"
    assert Policies().for_call(other, regions) is DEFAULT_POLICY


STAFF = [f"s{n}" for n in range(12)]
LANGUAGES = st.sampled_from([(), ("普通话",), ("独龙语",), ("普通话", "独龙语")])
STEPS = st.builds(
    PolicyStep,
    name=st.sampled_from(["one", "two"]),
    widest=st.sampled_from(["village", "township", "county", "prefecture", "province"]),
    language=st.booleans(),
    least_level=st.integers(1, 4),
    post=st.sampled_from([None, None, "handler"]),
    bureau=st.sampled_from([None, None, MEDICAL]),
    preferred=st.sampled_from([False, False, True]),
    expires_after=st.integers(0, 200).map(float),
)
policies = st.one_of(
    st.just(DEFAULT_POLICY),
    st.lists(STEPS, min_size=1, max_size=4).map(lambda steps: Policy("drawn", tuple(steps))),
)


@st.composite
def worlds(draw: st.DrawFn) -> list[Person]:
    """Draw people of any skill, place, post and standing."""
    levels = st.dictionaries(st.sampled_from(["YB-003", "YB-001"]), st.integers(0, 5), max_size=2)
    bureaus = st.dictionaries(st.sampled_from([MEDICAL, FORESTRY]), st.integers(0, 5), max_size=2)
    people = []
    for staff_id in draw(st.lists(st.sampled_from([*STAFF, "clerk"]), unique=True)):
        code = draw(st.sampled_from(sorted(region.code for region in TREE)))
        responder = Responder(
            staff_id,
            code,
            TREE.get(code).level.value,
            draw(LANGUAGES),
            draw(st.sampled_from([("responder",), ("handler", "responder")])),
            draw(st.sampled_from([(), (MEDICAL,)])),
            draw(levels),
            draw(bureaus),
        )
        standing = Standing(
            draw(st.sampled_from([*PresenceState, PresenceState.AVAILABLE, PresenceState.AVAILABLE])),
            draw(st.integers(0, 5).map(float)),
            draw(st.integers(0, 5).map(float)),
            draw(st.integers(0, 3)),
            draw(st.integers(0, 5).map(float)),
        )
        people.append((responder, standing, draw(st.booleans())))
    return people


lets = st.builds(
    Let, st.sampled_from(STAFF), st.sampled_from(["missed", "rejected"]), st.integers(0, 500).map(float)
)
requests = st.builds(
    Request,
    call_id=st.just("c1"),
    item_code=st.sampled_from(["YB-003", "YB-001", "XX-000"]),
    department=st.sampled_from([MEDICAL, FORESTRY]),
    region_code=st.sampled_from(sorted(region.code for region in TREE)),
    language=st.sampled_from(["普通话", "独龙语"]),
    priority=st.just(50),
    requested_at=st.just(100.0),
    clerk_id=st.just("clerk"),
    preferred_staff_id=st.sampled_from([None, *STAFF]),
    passed=st.lists(lets, max_size=4, unique_by=lambda let: let.staff_id).map(tuple),
)


@given(
    st.lists(requests, min_size=1, max_size=6),
    worlds(),
    policies,
    st.integers(100, 1000).map(float),
    st.sampled_from(sorted(STRATEGIES)),
    st.sampled_from([0.0, 1.0]),
)
def test_in_any_round_the_choice_is_that_of_looking_at_everybody_and_replays(
    waiting: list[Request], people: list[Person], policy: Policy, now: float, strategy: str, few: float
) -> None:
    pool = pool_of(people, strategy, few=few)
    responders = [responder for responder, _, _ in people]
    standings = {responder.staff_id: standing for responder, standing, _ in people}
    ringing = {responder.staff_id for responder, _, rings in people if rings}
    for request in waiting:
        regions = TREE.above(request.region_code)
        decision = choose(request, pool, regions=regions, policy=policy, now=now)
        naive = scan(
            request, responders, standings, ringing, tree=TREE, policy=policy, strategy=strategy, now=now
        )
        assert Verdicts.of(decision) == naive
        assert replay(decision) == decision
        if decision.chosen is not None:
            pool.ring(decision.chosen)
            ringing.add(decision.chosen)


@given(requests, worlds())
def test_a_free_skilled_person_in_reach_gets_every_call_in_the_end(
    request: Request, people: list[Person]
) -> None:
    decision = decide(*people, now=10_000.0, request=request)
    free = [
        responder
        for responder, standing, ringing in people
        if standing.state is PresenceState.AVAILABLE
        and not ringing
        and responder.staff_id != "clerk"
        and responder.profile(request.item_code, request.department).skill_level
        and TREE.covers(responder.region_code, request.region_code)
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
    assert usual([5.0] * 4, []) is None
    assert expected(None, position=1, requested_at=0.0, eligible=2, now=0.0) is None


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
    usually = usual(waits, handling)

    def told(now: float) -> tuple[float, float] | None:
        span = expected(usually, position=position, requested_at=100.0, eligible=eligible, now=now)
        low_at, high_at = span or (None, None)
        return Wait(position, low_at, high_at, eligible, 0, None).range_s(now)

    now, after = told(100.0 + waited), told(100.0 + waited + later)
    if now is None:
        assert after is None
        return
    assert 0 <= now[0] <= now[1]
    if after is not None:
        assert after <= now
