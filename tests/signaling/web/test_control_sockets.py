"""The way from a specialist's page to the counter PC and back: a whole walk, and every end of it."""

import asyncio
from pathlib import Path

import pytest

from signaling.domain.control.grant import ControlEnd
from signaling.domain.events import DirectoryChanged
from signaling.web.control import keeper
from tests.signaling.web.controlled import LEFT, RIGHT, Page, RealHelper, controlling, scene
from web_client.helper.effects import Button, Key, Move, Press, Release, Type
from web_client.helper.vocabulary import Chord, Reason, Refusal, Scope, State
from web_client.helper.wire import (
    Acknowledge,
    ClipboardPull,
    ClipboardText,
    Geometry,
    Grant,
    Heartbeat,
    KeyDown,
    KeyUp,
    NotDone,
    PointerDown,
    PointerMove,
    PointerUp,
    ReleaseAll,
    Revoke,
    Status,
    TypeText,
)


async def test_asked_granted_done_extended_narrowed_and_revoked(tmp_path: Path) -> None:
    async with scene(tmp_path) as one:
        control_id = await one.granted()
        assert not one.helper.all(Grant), "nothing is granted at the PC before the page is there"
        async with one.page(control_id) as page:
            given, told = await one.helper.hear(Grant), await page.hear(Grant)
            assert given == told
            assert (given.grant, given.monitor, given.rev) == (f"{control_id}-1", "left", 1)
            assert set(given.scopes) == set(Scope)
            assert 590_000 < given.lasts_ms <= 600_000
            assert (await page.hear(Geometry)).monitors[0].id == "left"
            assert (await page.hear(Status)).state is State.GRANTED
            done = [
                PointerMove(0.25, 0.5, 1),
                PointerDown(0, 0.25, 0.5, 1),
                PointerUp(0, 0.25, 0.5, 1),
                KeyDown("KeyA", "a"),
                KeyUp("KeyA", "a"),
                TypeText("独龙江", Chord.CTRL_V),
            ]
            await page.act(*done, Heartbeat())
            await page.hear(Acknowledge)
            assert one.helper.acted(given.grant) == done
            await one.clerk.do("control.extend", call_id=one.call_id, control_id=control_id, lasts_s=900.0)
            longer = await page.hear(Grant, past=1)
            assert (longer.grant, longer.lasts_ms > 890_000) == (f"{control_id}-2", True)
            await one.clerk.do(
                "control.narrow", call_id=one.call_id, control_id=control_id, scopes=["pointer", "keyboard"]
            )
            narrower = await page.hear(Grant, past=2)
            assert set(narrower.scopes) == {Scope.POINTER, Scope.KEYBOARD}
            await page.act(KeyDown("KeyB", "b"))
            await one.helper.hear(KeyDown, past=1)
            await one.clerk.do("control.revoke", call_id=one.call_id, control_id=control_id)
            assert (await page.hear(Revoke)).grant == narrower.grant
            await page.cut()
            assert [(await one.helper.hear(Revoke, past=past)).grant for past in range(3)] == [
                f"{control_id}-{serial}" for serial in (1, 2, 3)
            ]
            assert await one.ended() == "revoked"
        await one.logged("control.ended")
        kinds = [kind for kind, _ in await one.logged("control.doings")]
        assert [kind for kind in kinds if kind != "control.doings"] == [
            f"control.{what}" for what in ("asked", "granted", "extended", "narrowed", "ended")
        ]


async def test_what_was_on_its_way_when_a_scope_was_taken_ends_nothing(tmp_path: Path) -> None:
    async with controlling(tmp_path) as (one, page, control_id):
        before = page.grant
        await one.clerk.do("control.narrow", call_id=one.call_id, control_id=control_id, scopes=["pointer"])
        await page.hear(Grant, past=1)
        await page.say(KeyDown("KeyA", "a"), before)
        await page.act(PointerMove(0.5, 0.5, 1))
        await one.helper.hear(PointerMove)
        assert not one.helper.all(KeyDown)
        await page.act(KeyDown("KeyA", "a"))
        assert (await page.hear(NotDone)).code is Refusal.OUT_OF_SCOPE
        assert await page.cut() == Refusal.OUT_OF_SCOPE.value
        assert await one.ended() == "violation"


async def test_answers_have_the_pages_own_numbers(tmp_path: Path) -> None:
    async with controlling(tmp_path) as (one, page, _):
        page.beats = False
        for _ in range(130):  # beyond the burst: the rest is dropped, a release goes before it
            await page.act(PointerMove(0.5, 0.5, 1))
        beat = await page.say(Heartbeat(), page.grant)
        async with asyncio.timeout(5):
            while not any(ack.last == beat for ack in page.all(Acknowledge)):
                await page.hear(Acknowledge, past=len(page.all(Acknowledge)))
        assert len(one.helper.acted(page.grant)) < 130
        text = await page.say(TypeText("x", Chord.CTRL_V), page.grant)
        refusal = await page.hear(NotDone)
        assert (refusal.number, refusal.code) == (text, Refusal.PAUSED)


async def test_the_clipboard_is_read_once_for_each_consent(tmp_path: Path) -> None:
    async with controlling(tmp_path) as (one, page, control_id):
        for times in range(2):
            asked = await one.specialist.do(
                "control.ask_once", call_id=one.call_id, control_id=control_id, kind="clipboard_pull"
            )
            await one.clerk.do(
                "control.answer_once",
                call_id=one.call_id,
                control_id=control_id,
                once_id=asked["once"]["once_id"],
                agreed=times == 0,
            )
        await one.helper.hear(ClipboardPull)
        await one.helper.say(ClipboardText("办结单"), page.grant)
        assert (await page.hear(ClipboardText)).text == "办结单"
        assert len(one.helper.all(ClipboardPull)) == 1
        await one.helper.say(ClipboardText("还有"), page.grant)
        assert await one.helper.cut() == Refusal.OUT_OF_SCOPE.value
        assert await one.ended() == "violation"


async def test_too_much_pauses_and_what_lets_go_always_comes_through(tmp_path: Path) -> None:
    async with controlling(tmp_path) as (one, page, _):
        grant = page.grant
        for number in range(500):
            await page.act(KeyDown(f"F{number % 12 + 1}", ""), KeyUp(f"F{number % 12 + 1}", ""))
        told = await page.hear(Status, past=1)
        assert (told.state, told.reason) == (State.PAUSED_RATE, Reason.TOO_FAST)
        await one.helper.hear(KeyUp, past=499)
        assert len(one.helper.all(ReleaseAll)) == 1
        pressed, released = len(one.helper.all(KeyDown)), len(one.helper.all(KeyUp))
        assert pressed < 500 == released
        assert grant == page.grant
        calm = await page.hear(Status, past=2)
        assert (calm.state, calm.reason) == (State.GRANTED, Reason.CALMED)
        await page.act(KeyDown("KeyZ", "z"))
        await one.helper.hear(KeyDown, past=pressed)
        kinds = [kind for kind, _ in await one.logged("control.resumed")]
        assert kinds == [f"control.{what}" for what in ("asked", "granted", "paused", "resumed")]


async def test_the_helpers_states_are_the_grants(tmp_path: Path) -> None:
    async with controlling(tmp_path) as (one, page, _):
        for state, pause, reason in (
            (State.PAUSED_LOCAL, "local_input", Reason.LOCAL_INPUT),
            (State.LOCKED, "locked", Reason.DESKTOP_LOCKED),
            (State.PAUSED_RATE, "too_fast", Reason.TOO_FAST),
        ):
            for grant_state, why in ((state, reason), (State.GRANTED, Reason.CALMED)):
                await one.helper.say(Status(page.grant, grant_state, why))
            changed = await one.specialist.expect(
                "control.changed", lambda told, pause=pause: told["control"]["pause"] == pause
            )
            assert changed["control"]["state"] == "paused"
        await page.hear(Status, past=6)


async def test_monitors_that_change_as_it_is_granted_get_it_anew(tmp_path: Path) -> None:
    async with scene(tmp_path) as one:
        one.helper.is_obedient = False
        async with one.page(await one.granted()) as page:
            await one.helper.hear(Grant)
            await one.helper.say(Geometry(2, (LEFT,)))
            await one.helper.say(NotDone(1, Refusal.STALE_GEOMETRY))
            again = await one.helper.hear(Grant, past=1)
            assert again.rev == 2
            await one.helper.say(Status(again.grant, State.GRANTED, Reason.CONSENT))
            assert (await page.hear(Grant)).rev == 2
            assert (await page.hear(Geometry)).rev == 2


async def test_the_programs_own_session_does_what_the_page_sends(tmp_path: Path) -> None:
    async with scene(tmp_path, LEFT, RIGHT, kind=RealHelper) as one:
        helper = one.helper
        assert isinstance(helper, RealHelper)
        control_id = await one.ask()
        await one.clerk.do(
            "control.grant",
            call_id=one.call_id,
            control_id=control_id,
            scopes=["pointer", "keyboard", "text", "clipboard", "draw"],
            lasts_s=600.0,
            monitor="right",
        )
        async with one.page(control_id) as page:
            assert (await page.hear(Status)).state is State.GRANTED
            await page.act(
                PointerMove(0.0, 0.0, 1),
                PointerDown(0, 1.0, 1.0, 1),
                PointerUp(0, 1.0, 1.0, 1),
                KeyDown("ShiftLeft", "Shift"),
                TypeText("身份证", Chord.CTRL_V),
                KeyDown("KeyA", "a"),
            )
            ack = await acknowledged(page)
            assert (ack.held, ack.state) == (1, State.GRANTED)
            assert helper.effects(Move, Press, Release, Type) == [
                Move(1440, 0),
                Move(2879, 899),
                Press(Button.LEFT),
                Move(2879, 899),
                Release(Button.LEFT),
                Press(Key("ShiftLeft")),
                Release(Key("ShiftLeft")),
                Type("身份证", Chord.CTRL_V),
                Press(Key("KeyA")),
            ]
            await helper.at_desktop(helper.session.local_input(asyncio.get_running_loop().time()))
            assert helper.effects(Release)[-1] == Release(Key("KeyA"))
            assert (await page.hear(Status, past=1)).state is State.PAUSED_LOCAL
            assert (await page.hear(Status, past=2)).reason is Reason.LOCAL_QUIET
            await one.clerk.do("control.extend", call_id=one.call_id, control_id=control_id, lasts_s=900.0)
            await page.hear(Grant, past=1)
            await page.act(KeyDown("KeyB", "b"))
            assert (await acknowledged(page)).held == 1
            for _ in range(3):
                now = asyncio.get_running_loop().time()
                await helper.at_desktop(helper.session.local_key(is_escape=True, now=now))
            await page.hear(Revoke)
            assert helper.effects(Release)[-1] == Release(Key("KeyB"))
            assert await one.ended() == "escaped"


async def acknowledged(page: Page) -> Acknowledge:
    """Return the answer to a heartbeat that is sent now."""
    number = await page.say(Heartbeat(), page.grant)
    async with asyncio.timeout(5):
        while True:
            answers = [frame.message for frame in page.heard if frame.grant == page.grant]
            for answer in answers:
                if isinstance(answer, Acknowledge) and answer.last >= number:
                    return answer
            await page.hear(Acknowledge, past=len(page.all(Acknowledge)))


async def test_what_was_done_is_written_down_but_not_what_is_off_the_record(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keeper, "FLUSH_SECONDS", 0.2)
    async with controlling(tmp_path) as (one, page, _):
        await page.act(
            PointerDown(0, 0.25, 0.5, 1),
            PointerUp(0, 0.25, 0.5, 1),
            TypeText("独龙江", Chord.CTRL_V),
            KeyDown("KeyA", "a"),
        )
        done = (await one.logged("control.doings"))[-1][1]
        assert [click[1:] for click in done["clicks"]] == [[0.25, 0.5, 0]]
        [[_, length, fingerprint]] = done["texts"]
        assert (length, len(fingerprint)) == (3, 32)
        await one.helper.say(Status(page.grant, State.PAUSED_LOCAL, Reason.LOCAL_INPUT))
        await page.hear(Status, past=1)
        await page.act(TypeText("没有做成", Chord.CTRL_V))
        await one.helper.say(Status(page.grant, State.GRANTED, Reason.LOCAL_QUIET))
        await page.hear(Status, past=2)
        await one.clerk.do("recording.pause", call_id=one.call_id, reason="隐私遮挡")
        await page.act(TypeText("密码", Chord.CTRL_V))
        await acknowledged(page)
        await page.socket.close()
        await one.logged("control.doings", 2)
        log = await one.logged("control.ended")
        assert [text[1] for _, said in log for text in said.get("texts", [])] == [3]
        assert sum(count for _, said in log for _, count in said.get("keys", [])) == 1


async def test_an_event_bus_that_hangs_holds_up_neither_a_key_nor_the_end(tmp_path: Path) -> None:
    async with controlling(tmp_path) as (one, page, control_id):
        free, hangs = asyncio.Event(), asyncio.Event()

        async def hang(event: object) -> None:
            hangs.set()
            await free.wait()

        bus = one.house.running.ports.bus
        forget = bus.subscribe(hang)
        bus.publish(DirectoryChanged())
        await hangs.wait()
        await page.act(KeyDown("KeyA", "a"), KeyUp("KeyA", "a"))
        await one.helper.hear(KeyUp)
        ending = asyncio.create_task(
            one.house.running.services.control.stop(one.call_id, control_id, ControlEnd.SHARE_ENDED)
        )
        await one.helper.hear(Revoke)
        await page.hear(Revoke)
        assert not ending.done(), "the others have not heard yet"
        free.set()
        forget()
        await ending
        assert await one.ended() == "share_ended"
