"""The counter's line breaks in mid-call, in each way that lines do: the session goes on and says so."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.lines import MADE, RESTARTS, Met, Office, office, routes, told
from tests.browser.windows import Window, wait_for

HEALED_S = 10.0
"""How soon pictures and sound go on after a line is well again; on an idle machine it takes 1 to 4 s."""
ANOTHER_WAY_S = 30.0
"""How soon they go on another way when theirs is gone: a browser first waits for answers, 5 s and more."""
BANNERS = ("media", "socket", "server", "peer")


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    with office(tmp_path_factory.mktemp("office") / "data") as opened:
        yield opened


def wait_until(moment: float, window: Window) -> None:
    """Let the browsers work until a moment of `time.monotonic`."""
    wait_for(lambda: time.monotonic() >= moment, window.page, what="the moment", seconds=120)


def no_banner_is_left(met: Met) -> None:
    for window in (met.clerk.window, met.specialist.window):
        for banner in BANNERS:
            expect(window.by(f"reconnect-{banner}")).to_have_count(0, timeout=15_000)


def over_tcp(window: Window) -> bool:
    return {way["over"] for way in routes(window)} == {"tcp"}


def test_five_seconds_of_silence_heal_by_themselves(place: Office, headless: Browser) -> None:
    with place.call(headless, headless) as met:
        made = met.clerk.window.probe(MADE)
        wait_until(met.silence(5), met.specialist.window)
        met.see_and_hear(seconds=HEALED_S)
        assert met.clerk.window.probe(MADE) == made
        assert met.clerk.window.probe(RESTARTS) == 0
        no_banner_is_left(met)


def test_twenty_five_seconds_of_silence_end_with_other_ice_credentials(
    place: Office, headless: Browser, shots: Path
) -> None:
    with place.call(headless, headless) as met:
        clerk, specialist = met.clerk.window, met.specialist.window
        made = clerk.probe(MADE)
        over = met.silence(25)
        expect(specialist.by("reconnect-peer")).to_contain_text("正在重新连接", timeout=25_000)
        clerk.until("window.__told.length > 0", seconds=25)
        clerk.screenshot(shots / "silence-clerk-1366.png")
        specialist.screenshot(shots / "silence-specialist-1366.png")
        wait_until(over, specialist)
        met.see_and_hear(seconds=HEALED_S)
        assert clerk.probe(MADE) == made, "the transports live on"
        assert clerk.probe(RESTARTS) >= 2
        assert "不用操作" in told(clerk) or "一般几秒就好" in told(clerk)
        no_banner_is_left(met)


def test_udp_that_is_blocked_in_mid_call_gives_way_to_tcp(place: Office, headless: Browser) -> None:
    with place.call(headless, headless) as met:
        clerk = met.clerk.window
        assert not over_tcp(clerk)
        made = clerk.probe(MADE)
        met.line.block_udp()
        wait_for(lambda: over_tcp(clerk), clerk.page, what="the way over TCP", seconds=ANOTHER_WAY_S)
        met.see_and_hear(seconds=HEALED_S)
        assert clerk.probe(MADE) == made
        no_banner_is_left(met)


def test_a_call_over_tcp_goes_on_when_its_streams_are_cut(place: Office, headless: Browser) -> None:
    """An SFU once sent nothing more to receivers whose ICE was restarted over TCP."""
    place.line.block_udp()
    with place.call(headless, headless) as met:
        clerk = met.clerk.window
        assert over_tcp(clerk)
        made = clerk.probe(MADE)
        met.line.cut()
        met.see_and_hear(seconds=ANOTHER_WAY_S)
        assert over_tcp(clerk)
        assert clerk.probe(MADE) == made
        no_banner_is_left(met)


def test_a_counter_that_gets_another_address_goes_on(place: Office, headless: Browser) -> None:
    with place.call(headless, headless) as met:
        made = met.clerk.window.probe(MADE)
        met.line.move()
        met.see_and_hear(seconds=HEALED_S)
        assert met.clerk.window.probe(MADE) == made
        no_banner_is_left(met)
