"""What is no message, not its turn, not granted or not theirs: refused with a code, released, logged bare."""

import json
import logging
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from aiohttp import WSServerHandshakeError

from signaling.adapters.auth.tokens import AccessTokens
from signaling.compose.logs import levels
from tests.signaling.web.controlled import FakeHelper, Page, controlling, helper_of, refused, scene, share
from web_client.helper.envelope import Frame, write
from web_client.helper.vocabulary import Chord, Reason, Refusal, State
from web_client.helper.wire import (
    Acknowledge,
    ClipboardPull,
    ClipboardPush,
    ClipboardText,
    Grant,
    Heartbeat,
    Hello,
    KeyDown,
    KeyUp,
    NotDone,
    PointerMove,
    Revoke,
    Status,
    TypeText,
)

Deed = Callable[[Page], Awaitable[object]]


def listen(caplog: pytest.LogCaptureFixture) -> None:
    """Hear what the product logs at most."""
    for name, least in levels("debug").items():
        caplog.set_level(least, logger=name)
    caplog.handler.setLevel(logging.DEBUG)


def _move(**spoilt: object) -> Deed:
    """Return what sends a pointer move with some field spoilt."""

    async def send(page: Page) -> None:
        page.beats = False
        number = page._numbers.get(page.grant, 0) + 1
        sound = {"v": 1, "g": page.grant, "s": number, "t": "pm", "x": 0.5, "y": 0.5, "rev": 1}
        await page.socket.send_str(json.dumps(sound | spoilt))

    return send


async def _again(page: Page) -> None:
    page.beats = False
    await page.act(PointerMove(0.5, 0.5, 1))
    await page.say(PointerMove(0.5, 0.5, 1), page.grant, number=page._numbers[page.grant])


async def _skip(page: Page) -> None:
    await page.say(PointerMove(0.5, 0.5, 1), page.grant, number=99)


async def _pull(page: Page) -> None:
    await page.act(ClipboardPull())


async def _bytes(page: Page) -> None:
    await page.socket.send_bytes(b"\x00\x01")


async def _no_json(page: Page) -> None:
    await page.socket.send_str('{"v":1')


async def _too_long(page: Page) -> None:
    page.beats = False
    text = write(Frame(page.grant, page._numbers.get(page.grant, 0) + 1, ClipboardPush("x")))
    await page.socket.send_str(text.replace('"x"', '"' + "x" * 120_000 + '"'))


async def _oversized(page: Page) -> None:
    await page.socket.send_str("x" * 140_000)


async def _foreign(page: Page) -> None:
    await page.say(PointerMove(0.5, 0.5, 1), "another-1")


BAD: dict[str, tuple[Deed, str]] = {
    "replayed": (_again, "out_of_order"),
    "skipped": (_skip, "out_of_order"),
    "of another grant": (_foreign, "stale_grant"),
    "no grant": (_move(g=""), "stale_grant"),
    "another version": (_move(v=2), "unknown_version"),
    "another type": (_move(t="rm"), "unknown_type"),
    "beyond the right": (_move(x=1.01), "bad_field"),
    "beyond the top": (_move(y=-0.01), "bad_field"),
    "not a number": (_move(x=float("nan")), "bad_field"),
    "infinite": (_move(x=float("inf")), "bad_field"),
    "a word": (_move(x="0.5"), "bad_field"),
    "a field too much": (_move(z=1), "bad_field"),
    "a greeting": (_move(t="hi"), "unknown_type"),
    "a grant of its own": (_move(t="gr"), "unknown_type"),
    "the clipboard": (_pull, "unknown_type"),
    "bytes": (_bytes, "malformed"),
    "no JSON": (_no_json, "malformed"),
    "a field too long": (_too_long, "bad_field"),
}


async def test_what_breaks_the_rules_ends_the_grant_with_a_code(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    listen(caplog)
    async with scene(tmp_path) as one:
        for count, (what, (deed, code)) in enumerate(BAD.items(), 1):
            async with one.page(await one.granted()) as page:
                await page.hear(Status)
                await deed(page)
                assert (await page.hear(NotDone)).code.value == code, what
                assert await page.cut() == code, what
                await one.helper.hear(Revoke, past=count - 1)
                assert await one.ended() == "violation", what
        async with one.page(await one.granted()) as page:
            await page.hear(Status)
            await _oversized(page)
            await page.cut()
            await one.helper.hear(Revoke, past=len(BAD))
            assert await one.ended() == "controller_lost"
    assert "out_of_order" in caplog.text
    assert "xxxxx" not in caplog.text


@pytest.mark.parametrize("message", [KeyDown("KeyA", "a"), TypeText("a", Chord.CTRL_V), ClipboardPush("a")])
async def test_what_was_not_granted_is_a_violation(tmp_path: Path, message: KeyDown) -> None:
    async with controlling(tmp_path, "pointer") as (one, page, _):
        await page.act(message)
        assert (await page.hear(NotDone)).code is Refusal.OUT_OF_SCOPE
        assert await page.cut() == "out_of_scope"
        await one.helper.hear(Revoke)
        assert not one.helper.all(type(message))
        assert await one.ended() == "violation"


async def test_who_is_not_let_in(tmp_path: Path) -> None:
    async with scene(tmp_path) as one:
        asked = await one.ask()
        async with one.page(asked) as early:
            assert await early.cut() == "control_gone"
        await one.grant(asked)
        clerks = one.clerk.session["access_token"]
        stranger = (await one.house.demo("reviewer")).session["access_token"]
        for token, why in (
            (clerks, Refusal.NOT_YOURS),
            (stranger, Refusal.NOT_YOURS),
            ("e30.e30.x", Refusal.NOT_SIGNED_IN),
        ):
            async with one.page(asked, token=token) as page:
                assert await page.cut() == why.value
                assert refused(page).code is why
        async with one.page(asked) as page:
            await page.hear(Status)
            async with one.page(asked) as second:
                assert await second.cut() == "second_page"
            await page.act(PointerMove(0.5, 0.5, 1))
            await one.helper.hear(PointerMove)


async def test_an_expired_token_opens_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with scene(tmp_path) as one:
        control_id = await one.granted()
        verify = AccessTokens.verify
        monkeypatch.setattr(
            AccessTokens, "verify", lambda self, token, now: verify(self, token, now + 24 * 3600)
        )
        async with one.page(control_id) as page:
            assert await page.cut() == "not_signed_in"


async def test_a_page_of_elsewhere_is_not_spoken_with(tmp_path: Path) -> None:
    async with scene(tmp_path) as one:
        for headers in ({"Origin": "https://evil.example"}, {"Origin": "null"}, {}):
            with pytest.raises(WSServerHandshakeError, match="403"):
                await one.specialist.http.ws_connect(one.house.url("/control"), headers=headers)


async def _ack_of_another(helper: FakeHelper, grant: str) -> None:
    await helper.say(Acknowledge(1, 0, State.GRANTED), "another-1")


async def _state_of_another(helper: FakeHelper, grant: str) -> None:
    await helper.say(Status("another-1", State.GRANTED, Reason.CONSENT))


async def _granted_without(helper: FakeHelper, grant: str) -> None:
    await helper.say(Status("", State.GRANTED, Reason.CONSENT))


async def _idle_with(helper: FakeHelper, grant: str) -> None:
    await helper.say(Status(grant, State.IDLE, Reason.CONNECTED))


async def _clipboard_unasked(helper: FakeHelper, grant: str) -> None:
    await helper.say(ClipboardText("secret"), grant)


async def _hello_again(helper: FakeHelper, grant: str) -> None:
    await helper.say(Hello("1.0", "Linux", "DLJ-01", "", "123456"))


@pytest.mark.parametrize(
    "lie",
    [
        _ack_of_another,
        _state_of_another,
        _granted_without,
        _idle_with,
        _clipboard_unasked,
        _hello_again,
    ],
)
async def test_a_helper_that_lies_is_cut(
    tmp_path: Path, lie: Callable[[FakeHelper, str], Awaitable[None]]
) -> None:
    async with controlling(tmp_path) as (one, page, _):
        await lie(one.helper, page.grant)
        assert await one.helper.cut() in ("stale_grant", "no_grant", "out_of_scope", "malformed")
        await page.hear(Revoke)
        assert await one.ended() == "violation"


async def test_a_helper_that_claims_a_grant_it_never_had(tmp_path: Path) -> None:
    async with scene(tmp_path) as one:
        await one.helper.say(Status("k1-1", State.GRANTED, Reason.CONSENT))
        assert await one.helper.cut() == "no_grant"


async def test_the_practice_pc_acts_in_its_drill_alone(tmp_path: Path) -> None:
    async with scene(tmp_path) as one:
        key = (await one.clerk.do("control.practice", call_id=one.call_id))["key"]
        await one.clerk.do("media.close_producer", call_id=one.call_id, producer_id=one.producer)
        async with helper_of(one.house, one.clerk, key=key) as practice:
            await share(one.clerk, one.call_id, "practice")
            one.specialist.forget()
            await one.specialist.do("control.stand", call_id=one.call_id)
            async with one.page(await one.granted()) as page:
                await page.hear(Status)
                await page.act(KeyDown("KeyA", "a"), KeyUp("KeyA", "a"), Heartbeat())
                await practice.hear(KeyUp)
                assert not one.helper.all(Grant), "the real PC is left alone"
                await one.clerk.do("call.end", call_id=one.call_id)
                await practice.cut()
        async with one.clerk.http.ws_connect(one.house.url("/helper")) as socket:
            late = FakeHelper(socket)
            await late.say(Hello("1.0", "browser", "", key, ""))
            assert "unknown_device" in await socket.receive_str(timeout=10)


async def test_nothing_that_is_typed_is_logged(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    listen(caplog)
    async with controlling(tmp_path) as (one, page, _):
        await page.act(
            TypeText("悄悄话", Chord.CTRL_V), ClipboardPush("剪贴板里的"), KeyDown("KeyQ", "私"), Heartbeat()
        )
        await page.hear(Acknowledge)
        await page.act(TypeText("再来一句", Chord.CTRL_V))
        await page.say(KeyDown("KeyW", "密"), page.grant, number=77)
        await page.cut()
        await one.logged("control.ended")
        tokens = [one.specialist.session["access_token"], one.helper.key]
    for secret in ("悄悄话", "剪贴板里的", "KeyQ", "私", "再来一句", "KeyW", "密", *tokens):
        assert secret not in caplog.text, secret
