"""The whole life of a call in virtual time, from request to close, and every way it can end."""

import asyncio
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from signaling.compose.service_settings import service_settings
from signaling.config import Settings
from signaling.domain.call_model import (
    Applicant,
    CallEnd,
    CallState,
    RecordingState,
    Relation,
    ResultKind,
)
from signaling.domain.directory_data import DirectoryChange
from signaling.domain.errors import DomainError, ForbiddenError, NotFoundError, StateError
from signaling.domain.events import DomainEvent, OfferMade, OfferWithdrawn, RatingRequested
from signaling.domain.members import Part
from signaling.domain.presence import IDLE, MISSED_OFFERS, Presence, PresenceState, occupied
from signaling.domain.routing.judge import replay
from signaling.domain.routing.policy import Policies, Policy, PolicyStep
from signaling.domain.routing.strategies import STRATEGIES
from signaling.domain.staff import Skill, SkillKind
from signaling.domain.subject import Subject
from signaling.services.calls import DraftInput, RequestInput, ResultInput
from tests.signaling.services.fakes import House, demo_house, demo_settings

RESULT = ResultInput(ResultKind.GUIDED, ("YB-003",), "贡医保-001", ("住院发票",))


async def connected(house: House) -> str:
    await house.connect("wangxiuying")
    await house.online("liming")
    call = await house.request()
    assert call.state is CallState.OFFERED
    assert (await house.accept(call)).state is CallState.CONNECTED
    return call.call_id


async def test_a_call_is_offered_accepted_ended_and_closed_with_its_result(house: House) -> None:
    call_id = await connected(house)
    assert (await house.services.presence.of("demo-03")).state is PresenceState.BUSY
    call = await house.services.calls.end(house.actor("wangxiuying"), call_id)
    assert (call.state, call.end) == (CallState.WRAP_UP, CallEnd.COMPLETED)
    assert (await house.services.presence.of("demo-03")).state is PresenceState.WRAP_UP
    assert house.heard(RatingRequested)[0].items == (("YB-003", "医疗费用手工（零星）报销"),)
    assert house.archive.closed == []
    call = await house.services.calls.store_result(house.actor("liming"), call_id, RESULT)
    assert (call.state, call.end) == (CallState.CLOSED, CallEnd.COMPLETED)
    assert house.archive.closed == [call_id]
    assert (await house.services.presence.of("demo-03")).state is PresenceState.AVAILABLE
    kinds = [event.kind for event in await house.ports.calls.events(call_id)]
    assert kinds == [
        "call.requested",
        "consent.given",
        "offer.made",
        "offer.accepted",
        "call.hung_up",
        "call.ended",
        "result.stored",
        "call.closed",
    ]


async def test_a_missed_call_goes_on_to_the_next_and_keeps_its_age(house: House) -> None:
    await house.connect("wangxiuying")
    await house.online("liming", "hezhiqiang")
    call = await house.request()
    assert call.offer is not None
    assert call.offer.who.id == "demo-03"  # own county first
    requested_at = call.requested_at
    await house.pass_time(26)
    call = await house.call(call.call_id)
    assert house.heard(OfferWithdrawn)[0].reason == "expired"
    assert call.requested_at == requested_at
    await house.pass_time(10)
    call = await house.call(call.call_id)
    assert call.offer is not None
    assert call.offer.who.id == "demo-05"
    assert (await house.accept(call)).part_of(Subject.of_staff("demo-05")) is Part.SPECIALIST


async def test_a_rejected_call_goes_on_at_once_when_the_next_step_is_open(house: House) -> None:
    await house.connect("wangxiuying")
    await house.online("hezhiqiang", "mulan")
    call = await house.request()
    assert call.offer is not None
    first = call.offer.who.id
    name = {"demo-05": "hezhiqiang", "demo-06": "mulan"}[first]
    await house.services.calls.reject(house.actor(name), call.call_id, call.offer.ask_id, "忙")
    await house.services.life.settle()
    call = await house.call(call.call_id)
    assert call.offer is not None
    assert {first, call.offer.who.id} == {"demo-05", "demo-06"}


async def test_three_misses_set_a_specialist_away(house: House) -> None:
    await house.connect("wangxiuying")
    await house.online("liming")
    await house.request()
    await house.pass_time(280)
    presence = await house.services.presence.of("demo-03")
    assert (presence.state, presence.reason) == (PresenceState.AWAY, MISSED_OFFERS)
    assert len(house.heard(OfferMade)) == 3


async def test_the_one_who_handled_it_last_is_asked_first(house: House) -> None:
    asked = house.actor("yangxueqin").person
    await house.ports.directory.apply(
        DirectoryChange(skills={asked: (Skill(asked, SkillKind.ITEM, "YB-003", 4),)})
    )
    await house.services.directory.reload()
    await house.connect("wangxiuying")
    await house.online("liming")
    house.clock.at += 100
    await house.online("yangxueqin")
    call = await house.request(preferred_staff_id=asked)
    assert call.offer is not None
    assert call.offer.who.id == asked, "before who is idle for longer"
    await house.services.calls.cancel(house.actor("wangxiuying"), call.call_id)
    assert call.offer.reasons == ("skill|4", "preferred")


@pytest.mark.parametrize(
    ("who", "code"),
    [
        ("nobody", "staff_not_found"),
        ("demo-04", "preferred_cannot_take"),  # without the skill
        ("demo-07", "preferred_cannot_take"),  # a supervisor takes no calls
        ("demo-02", "preferred_cannot_take"),
    ],
)
async def test_whom_a_request_prefers_must_be_able_to_take_it(house: House, who: str, code: str) -> None:
    await house.connect("wangxiuying")
    with pytest.raises(DomainError, match=code):
        await house.request(preferred_staff_id=who)


async def test_somebody_disabled_cannot_be_preferred(house: House) -> None:
    await house.connect("wangxiuying")
    asked = house.services.directory.current.staff("demo-05")
    await house.ports.directory.apply(DirectoryChange(staff=(replace(asked, enabled=False),)))
    await house.services.directory.reload()
    with pytest.raises(DomainError, match="preferred_cannot_take"):
        await house.request(preferred_staff_id="demo-05")


@pytest.mark.parametrize("strategy", STRATEGIES)
async def test_every_strategy_is_reached_by_its_setting(tmp_path: Path, strategy: str) -> None:
    told = service_settings(Settings(demo=True, routing_strategy=strategy))
    anybody = Policies(Policy("anybody", (PolicyStep("own_county"),)))
    told = replace(told, routing=replace(told.routing, policies=anybody))
    async with demo_house(tmp_path, told) as house:
        other = house.actor("yangxueqin").person
        await house.ports.directory.apply(
            DirectoryChange(skills={other: (Skill(other, SkillKind.ITEM, "YB-003", 5),)})
        )
        await house.services.directory.reload()
        await house.connect("wangxiuying")
        await house.online("liming")  # asked before, talked today, less skilled, not preferred
        call = await house.accept(await house.request())
        house.clock.at += 60
        await house.services.calls.end(house.actor("liming"), call.call_id)
        await house.services.calls.end_wrap_up(house.actor("liming"))
        house.clock.at += 10
        await house.online("yangxueqin")  # idle for less time
        asked = await house.request(preferred_staff_id=other)
        assert asked.offer is not None
        idle = strategy == "longest_idle"
        assert asked.offer.who.id == (house.actor("liming").person if idle else other)
        assert asked.offer.reasons[-1].split("|")[0] == strategy


async def test_a_policy_of_the_deployment_decides_who_is_asked(tmp_path: Path) -> None:
    file = tmp_path / "policies.toml"
    file.write_text(
        '[policies.experts]\nsteps = [{ name = "expert", least_level = 5 }]\n'
        '[use.items]\nYB-003 = "experts"\n'
    )
    async with demo_house(tmp_path, service_settings(Settings(demo=True, routing_policies=file))) as house:
        await house.connect("wangxiuying")
        await house.online("liming", "hezhiqiang")
        call = await house.request()
        assert call.offer is not None
        assert call.offer.who.id == "demo-05", "level 5, though of the prefecture"
        [decision] = await house.ports.calls.decisions(call.call_id)
        assert decision.policy.name == "experts"
        assert replay(decision) == decision


async def test_a_round_reads_everybodys_presence_once(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("wangxiuying", "hexiaomei"):
        await house.connect(name)
    await house.connect("liming")
    await house.request("wangxiuying")
    await house.request("hexiaomei")
    read: Counter[str] = Counter()
    store = house.ports.presence
    every, one = store.all, store.get

    async def all_of_them() -> list[Presence]:
        read["all"] += 1
        return await every()

    async def just_one(staff_id: str) -> Presence | None:
        read["one"] += 1
        return await one(staff_id)

    monkeypatch.setattr(store, "all", all_of_them)
    monkeypatch.setattr(store, "get", just_one)
    await house.services.life.settle()
    assert read == {"all": 1}


async def test_a_console_that_nobody_touches_is_away_until_somebody_does(house: House) -> None:
    await house.online("liming")
    presence, liming = house.services.presence, house.actor("liming")
    await house.pass_time(600)
    await presence.used(liming)
    await house.pass_time(890)
    assert (await presence.of(liming.person)).state is PresenceState.AVAILABLE
    await house.pass_time(11)
    away = await presence.of(liming.person)
    assert (away.state, away.reason) == (PresenceState.AWAY, IDLE)
    await presence.used(liming)
    back = await presence.of(liming.person)
    assert (back.state, back.reason) == (PresenceState.AVAILABLE, None)


async def test_nobody_is_set_away_while_a_call_rings_at_them(house: House) -> None:
    await house.connect("wangxiuying")
    await house.online("liming")
    await house.pass_time(890)
    call = await house.request()
    await house.pass_time(15)  # the ring brings them back from wherever they were
    assert (await house.accept(await house.call(call.call_id))).state is CallState.CONNECTED


async def test_who_missed_a_call_and_touches_nothing_is_away(house: House) -> None:
    await house.connect("wangxiuying")
    await house.online("liming")
    await house.pass_time(890)
    await house.request()
    await house.pass_time(26)
    away = await house.services.presence.of("demo-03")
    assert (away.state, away.reason, away.missed) == (PresenceState.AWAY, IDLE, 1)


async def test_somebody_away_by_their_own_word_is_not_back_by_touching_the_mouse(house: House) -> None:
    await house.online("liming")
    presence, liming = house.services.presence, house.actor("liming")
    await presence.set(liming, PresenceState.AWAY, "meal", sound_unlocked=True)
    await presence.used(liming)
    assert (await presence.of(liming.person)).state is PresenceState.AWAY


async def test_nobody_is_held_by_a_call_that_ended_while_nobody_freed_them(house: House) -> None:
    await house.online("liming")
    who = house.actor("liming").person

    def held(seen: Presence | None) -> Presence:
        assert seen is not None
        return occupied(seen, "a call of a process that died", house.clock.now())

    await house.ports.presence.change(who, held)
    await house.services.presence.socket_lost(house.actor("liming"), "liming-1")
    await house.connect("liming")
    assert (await house.services.presence.of(who)).state is PresenceState.AWAY


async def test_nobody_is_idle_in_a_call_or_right_after_it(house: House) -> None:
    call_id = await connected(house)
    presence, liming = house.services.presence, house.actor("liming")
    await house.pass_time(2000)
    assert (await presence.of(liming.person)).state is PresenceState.BUSY
    await house.services.calls.end(liming, call_id)
    await house.services.calls.end_wrap_up(liming)
    await house.pass_time(890)
    assert (await presence.of(liming.person)).state is PresenceState.AVAILABLE


async def test_with_nobody_signed_in_a_call_ends_at_once_after_the_start_grace(house: House) -> None:
    await house.connect("wangxiuying")
    call = await house.request()
    assert call.state is CallState.WAITING
    await house.pass_time(20)
    assert (await house.call(call.call_id)).end is CallEnd.NO_STAFF
    second = await house.request()
    assert second.end is CallEnd.NO_STAFF


async def test_with_everybody_away_a_call_ends_after_five_minutes(house: House) -> None:
    await house.connect("wangxiuying")
    await house.connect("liming")  # signed in, not 在线
    call = await house.request()
    await house.pass_time(299)
    assert (await house.call(call.call_id)).state is CallState.WAITING
    await house.pass_time(2)
    assert (await house.call(call.call_id)).end is CallEnd.NO_STAFF


async def test_a_specialist_who_comes_online_gets_the_waiting_call(house: House) -> None:
    await house.connect("wangxiuying")
    await house.connect("liming")
    call = await house.request()
    wait = house.services.waits.of(call.call_id)
    assert wait is not None
    assert (wait.position, wait.eligible, wait.available, wait.low_at) == (1, 1, 0, None)
    await house.services.presence.set(house.actor("liming"), PresenceState.AVAILABLE, "", sound_unlocked=True)
    await house.services.life.settle()
    assert (await house.call(call.call_id)).state is CallState.OFFERED


async def test_a_page_that_cannot_ring_is_not_available(house: House) -> None:
    await house.connect("liming")
    presence = await house.services.presence.set(
        house.actor("liming"), PresenceState.AVAILABLE, "", sound_unlocked=False
    )
    assert presence.state is PresenceState.AWAY


async def test_a_clerk_may_cancel_and_the_ringing_stops(house: House) -> None:
    await house.connect("wangxiuying")
    await house.online("liming")
    call = await house.request()
    call = await house.services.calls.cancel(house.actor("wangxiuying"), call.call_id)
    assert call.end is CallEnd.CANCELLED
    assert house.heard(OfferWithdrawn)[0].reason == "cancelled"


async def test_a_clerk_who_disappears_abandons_the_waiting_call_after_the_grace(house: House) -> None:
    socket_id = await house.connect("wangxiuying")
    await house.connect("liming")
    call = await house.request()
    await house.services.presence.socket_lost(house.actor("wangxiuying"), socket_id)
    await house.pass_time(60)
    assert (await house.call(call.call_id)).state is CallState.WAITING
    await house.pass_time(10)
    assert (await house.call(call.call_id)).end is CallEnd.ABANDONED


async def test_a_clerk_who_reloads_while_waiting_loses_nothing(house: House) -> None:
    socket_id = await house.connect("wangxiuying")
    await house.connect("liming")
    call = await house.request()
    await house.services.presence.socket_lost(house.actor("wangxiuying"), socket_id)
    await house.pass_time(30)
    await house.connect("wangxiuying")
    await house.services.life.settle()
    await house.pass_time(100)
    call = await house.call(call.call_id)
    assert (call.state, call.lost) == (CallState.WAITING, ())


async def test_an_offer_to_somebody_who_goes_away_is_taken_back(house: House) -> None:
    await house.connect("wangxiuying")
    await house.online("liming")
    call = await house.request()
    await house.services.presence.set(house.actor("liming"), PresenceState.AWAY, "开会", sound_unlocked=True)
    await house.services.life.settle()
    assert (await house.call(call.call_id)).state is CallState.WAITING


async def test_who_reloads_while_it_rings_is_asked_again_when_back(house: House) -> None:
    await house.connect("wangxiuying")
    await house.online("liming")
    call = await house.request()
    await house.services.presence.socket_lost(house.actor("liming"), "liming-1")
    await house.connect("liming")
    await house.services.life.settle()
    assert (await house.call(call.call_id)).state is CallState.WAITING
    await house.services.presence.set(house.actor("liming"), PresenceState.AVAILABLE, "", sound_unlocked=True)
    await house.services.life.settle()
    assert (await house.call(call.call_id)).state is CallState.OFFERED
    assert (await house.services.presence.of("demo-03")).missed == 0


async def test_two_requests_of_one_clerk_at_once_open_one_call(house: House) -> None:
    await house.connect("wangxiuying")
    await house.connect("liming")
    outcomes = await asyncio.gather(house.request(), house.request(), return_exceptions=True)
    assert sum(isinstance(outcome, DomainError) for outcome in outcomes) == 1


async def test_the_running_loop_offers_and_survives_a_failing_round(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    offered = asyncio.Event()

    async def listen(event: DomainEvent) -> None:
        if isinstance(event, OfferMade):
            offered.set()

    house.ports.bus.subscribe(listen)
    decide, failed = house.services.routing.decide, asyncio.Event()

    async def fail_once() -> None:
        if not failed.is_set():
            failed.set()
            raise RuntimeError("broken")
        await decide()

    monkeypatch.setattr(house.services.routing, "decide", fail_once)
    life = asyncio.create_task(house.services.run())
    await failed.wait()
    for name in ("wangxiuying", "liming"):
        await house.connect(name)
    await house.services.presence.set(house.actor("liming"), PresenceState.AVAILABLE, "", sound_unlocked=True)
    given = RequestInput("YB-003", True, Relation.SELF, "1")
    await house.services.calls.request(house.actor("wangxiuying"), given)
    async with asyncio.timeout(20):
        await offered.wait()
    life.cancel()
    with pytest.raises(asyncio.CancelledError):
        await life


async def test_an_answer_to_an_offer_that_is_over_is_refused(house: House) -> None:
    await house.connect("wangxiuying")
    await house.online("liming")
    call = await house.request()
    assert call.offer is not None
    await house.pass_time(26)
    with pytest.raises(DomainError, match=r"offer_gone|bad_state"):
        await house.services.calls.accept(house.actor("liming"), call.call_id, call.offer.ask_id)


async def test_nobody_else_can_take_an_offered_call(house: House) -> None:
    await house.connect("wangxiuying")
    await house.online("liming", "hezhiqiang")
    call = await house.request()
    assert call.offer is not None
    with pytest.raises(DomainError, match="offer_gone"):
        await house.services.calls.accept(house.actor("hezhiqiang"), call.call_id, call.offer.ask_id)


async def test_a_specialist_is_never_offered_a_second_call(house: House) -> None:
    await house.connect("wangxiuying")
    await house.connect("hexiaomei")
    await house.online("liming")
    first = await house.request("wangxiuying")
    second = await house.request("hexiaomei")
    assert first.state is CallState.OFFERED
    assert second.state is CallState.WAITING
    await house.accept(first)
    assert (await house.call(second.call_id)).state is CallState.WAITING
    await house.services.calls.end(house.actor("liming"), first.call_id)
    assert (await house.call(second.call_id)).state is CallState.WAITING
    await house.services.calls.store_result(house.actor("liming"), first.call_id, RESULT)
    await house.services.life.settle()
    assert (await house.call(second.call_id)).state is CallState.OFFERED


async def test_a_drill_weighs_in_the_choice_for_drills_alone(tmp_path: Path) -> None:
    told = demo_settings()
    told = replace(told, demo=False, routing=replace(told.routing, strategy="fewest_calls"))
    async with demo_house(tmp_path, told) as house:
        for name in ("wangxiuying", "hexiaomei"):
            await house.connect(name)
        await house.online("liming")
        drill = await house.accept(await house.request("wangxiuying", drill=True))
        await house.services.calls.end(house.actor("liming"), drill.call_id)
        await house.services.calls.end_wrap_up(house.actor("liming"))
        counted = []
        for is_drill in (False, True):
            call = await house.request("hexiaomei", drill=is_drill)
            [decision] = await house.ports.calls.decisions(call.call_id)
            judged = {entry.candidate.staff_id: entry.candidate for entry in decision.considered}
            counted.append(judged["demo-03"].standing.calls_today)
            await house.services.calls.cancel(house.actor("hexiaomei"), call.call_id)
            await house.services.life.settle()
        assert counted == [0, 1]


async def test_the_wrap_up_ends_by_itself(house: House) -> None:
    call_id = await connected(house)
    await house.services.calls.end(house.actor("liming"), call_id)
    await house.pass_time(181)
    call = await house.call(call_id)
    assert (call.state, call.result) == (CallState.CLOSED, None)


async def test_what_was_written_when_the_wrap_up_ended_by_itself_is_the_result(house: House) -> None:
    await house.connect("wangxiuying")
    await house.online("liming")
    call = await house.accept(await house.request())
    clerk, liming = house.actor("wangxiuying"), house.actor("liming")
    await house.services.calls.end(clerk, call.call_id)
    draft = DraftInput(ResultKind.GUIDED, ("YB-003",), "5333-1", (), "医院盖章", "")
    await house.pass_time(100)
    written = await house.services.calls.draft_result(liming, call.call_id, draft)
    assert written.wrap_up_until == house.clock.at + 60.0, "who writes is not interrupted"
    with pytest.raises(ForbiddenError):
        await house.services.calls.draft_result(clerk, call.call_id, draft)
    await house.pass_time(61)
    closed = await house.call(call.call_id)
    assert closed.state is CallState.CLOSED
    assert closed.result is not None
    assert closed.result.external_case_number == "5333-1"
    amended = ResultInput(ResultKind.ACCEPTED, ("YB-003",), "5333-2")
    await house.services.calls.store_result(liming, call.call_id, amended)
    events = (await house.services.calls.events(liming, call.call_id)).events
    assert events[-1].kind == "result.amended"
    assert events[-1].data["before"]["external_case_number"] == "5333-1"


async def test_a_call_tried_once_more_keeps_the_citizens_number_and_answer(house: House) -> None:
    await house.connect("wangxiuying")
    applicant = Applicant(name="李四", phone="13900000001", id_number_masked="533***********0011")
    first = await house.request(applicant=applicant)
    await house.pass_time(21)
    assert (await house.call(first.call_id)).end is CallEnd.NO_STAFF
    again = await house.request(applicant=Applicant(name="李四"), again_of=first.call_id)
    assert again.applicant.id_number_masked == "533***********0011"
    assert again.consent == first.consent, "one answer, as old as it is"
    await house.pass_time(21 + 1800)
    with pytest.raises(StateError, match="again_too_late"):
        await house.request(again_of=again.call_id)


async def test_who_answered_and_was_lost_stays_in_the_record(house: House) -> None:
    await house.connect("wangxiuying")
    await house.online("liming")
    call = await house.accept(await house.request())
    await house.services.presence.socket_lost(house.actor("liming"), "liming-1")
    await house.pass_time(70)
    waiting = await house.call(call.call_id)
    assert waiting.is_requeued
    await house.services.calls.cancel(house.actor("wangxiuying"), call.call_id)
    mine = await house.services.calls.calls_of(house.actor("liming"))
    assert [one.call_id for one in mine] == [call.call_id]
    assert (await house.services.calls.today(house.actor("liming").person)).answered == 1


async def test_the_wrap_up_can_be_ended_early(house: House) -> None:
    call_id = await connected(house)
    await house.services.calls.end(house.actor("liming"), call_id)
    await house.services.calls.end_wrap_up(house.actor("liming"))
    assert (await house.call(call_id)).state is CallState.CLOSED


async def test_refused_consent_is_stored_and_nothing_is_recorded(house: House) -> None:
    await house.connect("wangxiuying")
    await house.online("liming")
    call = await house.accept(await house.request(consent_agreed=False))
    assert call.recording is RecordingState.OFF
    kinds = [event.kind for event in await house.ports.calls.events(call.call_id)]
    assert "consent.refused" in kinds


async def test_every_decision_is_stored_and_replays_to_the_same_choice(house: House) -> None:
    call_id = await connected(house)
    decisions = await house.ports.calls.decisions(call_id)
    assert decisions
    assert [replay(decision) for decision in decisions] == decisions
    assert decisions[-1].chosen == "demo-03"


async def test_numbers_count_up_within_a_day(house: House) -> None:
    await house.connect("wangxiuying")
    await house.connect("hexiaomei")
    await house.connect("liming")
    first, second = await house.request("wangxiuying"), await house.request("hexiaomei")
    assert (first.number, second.number) == ("1115-001", "1115-002")


async def test_a_second_call_of_the_same_clerk_is_refused(house: House) -> None:
    await connected(house)
    with pytest.raises(DomainError, match="already_in_call"):
        await house.request()


async def test_an_item_that_is_not_offered_is_refused(house: House) -> None:
    await house.connect("wangxiuying")
    admin = house.actor("admin")
    await house.services.catalogue.set_offering(admin, "YB-003", "533300", offered=False)
    with pytest.raises(DomainError, match="item_not_offered"):
        await house.request()


async def test_todays_counts_follow(house: House) -> None:
    call_id = await connected(house)
    house.clock.at += 100
    await house.services.calls.end(house.actor("liming"), call_id)
    await house.services.calls.store_result(house.actor("liming"), call_id, RESULT)
    today = await house.services.calls.today("demo-03")
    assert (today.answered, today.missed, today.mean_handling_s) == (1, 0, 100.0)


async def test_answers_to_calls_that_never_were_leave_nothing_behind(house: House) -> None:
    desk = house.services.calls._desk
    for number in range(3):
        with pytest.raises(NotFoundError):
            await house.services.calls.accept(house.actor("liming"), f"made-up-{number}", "made-up")
    assert not desk._locks
