"""A process of the product dies in mid-session: people come back, and nothing recorded is lost."""

import time

from playwright.sync_api import Browser, expect

from tests.browser.people import Clerk, Specialist
from tests.browser.product import Product
from tests.browser.recorded import finished, play
from tests.browser.rest import Rest
from tests.browser.windows import Window, wait_for

BACK_SECONDS = 30.0
"""A dead process is started again within a second; on a loaded machine its imports take the most of this."""


def test_session_outlives_every_process(product: Product, headless: Browser) -> None:
    specialist = Specialist.arrive(headless, product)
    specialist.go_online()
    clerk = Clerk.arrive(headless, product)
    clerk.test_devices()
    clerk.find()
    clerk.start()
    specialist.accept()
    clerk.is_connected()
    both_see_and_hear(clerk, specialist)
    began = time.monotonic()
    rest = Rest.as_role(product.url, "clerk")
    call_id = str(rest.get("/api/calls/mine")["calls"][0]["call_id"])

    die(product, "signaling", clerk.window)
    wait_for(lambda: state_of(rest, call_id) == "connected", clerk.window.page, what="the call", seconds=60)
    specialist_says(specialist, clerk, "服务重启过了吗?")
    both_see_and_hear(clerk, specialist)

    windows = (clerk.window, specialist.window)
    connections = [connections_made(window) for window in windows]
    die(product, "media", clerk.window)
    for window, before in zip(windows, connections, strict=True):
        window.until(f"window.__connections.length >= {before + 2}", seconds=BACK_SECONDS)
    both_see_and_hear(clerk, specialist)

    die(product, "worker", clerk.window)
    specialist_says(specialist, clerk, "还在吗?")
    both_see_and_hear(clerk, specialist)

    lasted = time.monotonic() - began
    clerk.window.by("bar-end").click()
    expect(specialist.window.by("wrapup-form")).to_be_visible(timeout=15_000)
    specialist.wrap_up("")
    assert clerk.window.errors == specialist.window.errors == []
    everything_was_recorded(Rest.as_role(product.url, "reviewer"), call_id, lasted)


def die(product: Product, role: str, window: Window) -> None:
    """Kill a process and wait until the supervisor has started it again."""
    before = product.pid_of(role)
    product.kill(role)

    def again() -> bool:
        try:
            return product.pid_of(role) != before
        except LookupError:
            return False

    wait_for(again, window.page, what=f"a new {role} process", seconds=BACK_SECONDS)


def state_of(rest: Rest, call_id: str) -> str | None:
    """Return the call's state as the server tells it; None while there is no server."""
    try:
        return str(rest.get(f"/api/calls/{call_id}")["call"]["state"])
    except OSError:
        return None


def connections_made(window: Window) -> int:
    """Return how many connections the page ever made."""
    return int(window.probe("window.__connections.length"))


def specialist_says(specialist: Specialist, clerk: Clerk, words: str) -> None:
    """The signalling channel is back as well: a line of chat arrives."""
    specialist.window.by("tab-chat").click()
    specialist.window.by("chat-input").fill(words)
    specialist.window.by("chat-send").click()
    expect(clerk.window.by("chat-line").last).to_contain_text(words, timeout=BACK_SECONDS * 1000)


def both_see_and_hear(clerk: Clerk, specialist: Specialist) -> None:
    specialist.window.until_hears_and_sees(videos=1, seconds=BACK_SECONDS)
    clerk.window.until_hears_and_sees(videos=1, seconds=BACK_SECONDS)


def everything_was_recorded(reviewer: Rest, call_id: str, lasted: float) -> None:
    """Both people's files play from before the first death until after the last."""
    replay = finished(reviewer, call_id)
    lanes = play(reviewer, replay)
    assert {"clerk", "specialist"} <= set(lanes)
    for lane in ("clerk", "specialist"):
        files = lanes[lane]
        assert len(files) >= 2, "a new life of the media process is a new file"
        assert all(file.pictures > 5 and file.sound_s > 0.5 for file in (files[0], files[-1]))
        span_s = (files[-1].offset_ms + files[-1].duration_ms - files[0].offset_ms) / 1000
        assert span_s > lasted - 2
        assert sum(file.sound_s for file in files) > 0.5 * span_s
    kinds = {event["kind"] for event in replay["events"]}
    assert "participant.back" in kinds
    assert {line["text"] for line in replay["chat"]} == {"服务重启过了吗?", "还在吗?"}
