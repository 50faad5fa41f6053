"""Every end of control at the real server: the helper is told, the page is told, and the log says why."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import Final

import pytest

from signaling.services import control_grants
from signaling.web.control import controlling as page_module
from signaling.web.control import gate, pages
from tests.signaling.web.controlled import Page, Scene, controlling, helper_of, scene, share
from web_client.helper.vocabulary import Reason, State
from web_client.helper.wire import Heartbeat, KeyDown, Refused, ReleaseAll, Revoke, Status

Happening = Callable[[Scene, Page, str], Awaitable[object]]


async def _revoke(one: Scene, page: Page, control_id: str) -> None:
    await one.clerk.do("control.revoke", call_id=one.call_id, control_id=control_id)


async def _give_back(one: Scene, page: Page, control_id: str) -> None:
    await one.specialist.do("control.give_up", call_id=one.call_id, control_id=control_id)


async def _fuse(one: Scene, page: Page, control_id: str) -> None:
    supervisor = await one.house.demo("supervisor")
    await supervisor.do("control.fuse", call_id=one.call_id)


async def _unshare(one: Scene, page: Page, control_id: str) -> None:
    await one.clerk.do("media.close_producer", call_id=one.call_id, producer_id=one.producer)


async def _share_another(one: Scene, page: Page, control_id: str) -> None:
    await share(one.clerk, one.call_id)


async def _hang_up(one: Scene, page: Page, control_id: str) -> None:
    await one.clerk.do("call.end", call_id=one.call_id)


async def _escape(one: Scene, page: Page, control_id: str) -> None:
    await one.helper.say(Status(page.grant, State.REVOKED, Reason.ESCAPED))


async def _stop_at_the_banner(one: Scene, page: Page, control_id: str) -> None:
    await one.helper.say(Status(page.grant, State.REVOKED, Reason.STOPPED))


async def _helper_hears_nothing(one: Scene, page: Page, control_id: str) -> None:
    await one.helper.say(Status(page.grant, State.REVOKED, Reason.SILENT))


async def _monitor_is_pulled(one: Scene, page: Page, control_id: str) -> None:
    await one.helper.say(Status(page.grant, State.REVOKED, Reason.MONITOR_GONE))


async def _page_is_closed(one: Scene, page: Page, control_id: str) -> None:
    await page.socket.close()


async def _page_is_lost(one: Scene, page: Page, control_id: str) -> None:
    connection = page.socket._response.connection
    assert connection is not None
    assert connection.transport is not None
    connection.transport.abort()


async def _page_says_nothing(one: Scene, page: Page, control_id: str) -> None:
    page.beats = False


ENDS: Final[list[tuple[Happening, str]]] = [
    (_revoke, "revoked"),
    (_give_back, "given_back"),
    (_fuse, "fused"),
    (_unshare, "share_ended"),
    (_share_another, "share_ended"),
    (_escape, "escaped"),
    (_stop_at_the_banner, "revoked"),
    (_helper_hears_nothing, "controller_lost"),
    (_monitor_is_pulled, "share_ended"),
    (_page_is_closed, "controller_lost"),
    (_page_is_lost, "controller_lost"),
    (_page_says_nothing, "controller_lost"),
    (_hang_up, "session_ended"),
]


async def test_each_end_releases_and_is_written_down(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gate, "SILENCE_S", 1.5)
    async with scene(tmp_path) as one:
        for count, (happening, why) in enumerate(ENDS, 1):
            control_id = await one.granted()
            async with one.page(control_id) as page:
                await page.hear(Status)
                await page.act(KeyDown("ShiftLeft", "Shift"))
                await one.helper.hear(KeyDown, past=count - 1)
                await happening(one, page, control_id)
                assert (await one.helper.hear(Revoke, past=count - 1)).grant == page.grant, happening
                await page.cut()
                told = await one.clerk.expect(
                    "control.changed", lambda one: one["control"]["state"] == "ended"
                )
                assert told["control"]["end"] == why, happening
                assert page.all(Revoke) or happening in (_page_is_closed, _page_is_lost)
            logged = await one.logged("control.ended", count)
            assert ("control.ended", {"control_id": control_id, "end": why}) in logged
            if happening is _unshare:
                one.producer = await share(one.clerk, one.call_id)


async def test_who_is_signed_out_controls_nothing(tmp_path: Path) -> None:
    async with controlling(tmp_path) as (one, page, _):
        await one.house.running.services.accounts.revoke_all(one.specialist.staff_id, "signed_out")
        await one.helper.hear(Revoke)
        await page.cut()
        logged = await one.logged("control.ended")
        assert ("control.ended", "controller_lost") in [(kind, said.get("end")) for kind, said in logged]


async def test_a_lost_page_lets_go_before_the_grant_is_taken(tmp_path: Path) -> None:
    async with controlling(tmp_path) as (one, page, _):
        await page.socket.close()
        await one.helper.hear(Revoke)
        kinds = [
            type(frame.message) for frame in one.helper.heard if not isinstance(frame.message, Heartbeat)
        ]
        assert kinds[-2:] == [ReleaseAll, Revoke]


async def test_the_helper_goes(tmp_path: Path) -> None:
    async with controlling(tmp_path) as (one, page, _):
        await one.helper.socket.close()
        await page.hear(Revoke)
        assert await one.ended() == "helper_lost"


async def test_a_helper_that_answers_nothing_stands_still(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(page_module, "HELPER_SILENCE_S", 1.5)
    async with controlling(tmp_path) as (one, page, _):
        one.helper.is_obedient = False
        await one.helper.hear(Revoke)
        await page.hear(Revoke)
        assert await one.ended() == "helper_lost"


async def test_a_helper_that_takes_no_grant(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(page_module, "HELPER_SILENCE_S", 1.0)
    async with scene(tmp_path) as one:
        one.helper.is_obedient = False
        async with one.page(await one.granted()) as page:
            await page.hear(Revoke)
            assert await one.ended() == "helper_lost"


async def test_another_connection_with_the_same_key_takes_the_place_and_no_grant(tmp_path: Path) -> None:
    async with (
        controlling(tmp_path) as (one, page, _),
        helper_of(one.house, one.clerk, key=one.helper.key) as second,
    ):
        await one.helper.hear(Revoke)
        await one.helper.cut()
        await page.hear(Revoke)
        assert await one.ended() == "helper_lost"
        assert not [frame for frame in second.heard if frame.grant]


async def test_no_answer_no_page_and_no_time_left(tmp_path: Path) -> None:
    async with scene(tmp_path) as one:
        control_id = await one.ask()
        await one.clerk.do("control.refuse", call_id=one.call_id, control_id=control_id)
        assert await one.ended() == "refused"
        service = one.house.running.services.control
        usual = service._settings
        service._settings = replace(usual, answer_within=0.2)
        await one.ask()
        assert await one.ended() == "unanswered"
        service._settings = usual
        service._grants._settings = replace(usual, take_up_within=0.2)
        await one.granted()
        assert await one.ended() == "controller_lost"
        service._grants._settings = usual
        async with one.page(await one.granted(lasts_s=1.5)) as page:
            await page.hear(Status)
            await one.helper.hear(Revoke)
            await page.hear(Revoke)
            assert await one.ended() == "expired"


async def test_a_page_whose_home_knows_of_no_grant_lets_go(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The end was told to nobody: the news was lost, or the home began anew."""
    monkeypatch.setattr(pages, "ATTEND_S", 0.1)
    async with controlling(tmp_path) as (one, page, _):
        one.house.running.services.control._grants._live.clear()
        await page.hear(Revoke)
        await one.helper.hear(Revoke)


async def test_a_home_that_hears_of_no_page_ends_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(control_grants, "UNATTENDED_S", 0.5)
    monkeypatch.setattr(pages, "ATTEND_S", 60.0)
    async with controlling(tmp_path) as (one, page, _):
        await one.helper.hear(Revoke)
        await page.hear(Revoke)
        assert await one.ended() == "controller_lost"


async def test_the_page_of_one_that_was_never_there(tmp_path: Path) -> None:
    async with scene(tmp_path) as one, one.page("nothing") as page:
        await page.hear(Refused)
        assert await page.cut() == "control_gone"
