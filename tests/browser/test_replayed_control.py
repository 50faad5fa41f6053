"""A replay shows who controlled the counter PC, when it paused, and where was clicked, in real Chromium."""

import re
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from signaling.domain.control.doings import doings_entry
from signaling.domain.log_kinds import LogKind
from signaling.domain.members import Part
from signaling.domain.steps.step import Logged
from tests.browser.conftest import SHOTS
from tests.browser.product import Product
from tests.browser.test_replay_lanes import open_replay
from tests.browser.windows import Window
from tests.support.films import MadeUpCourse, MadeUpEntry, MadeUpLane, make_recording

LANES = [
    MadeUpLane("clerk-desktop", "clerk", "desktop", files=[(0, 40)], has_sound=False),
    MadeUpLane("clerk", "clerk", files=[(0, 40)]),
    MadeUpLane("specialist", "specialist", files=[(0, 40)]),
]
CLICKS = [[0, 0.25, 0.5, 0], [100, 0.75, 0.25, 2]]
DONE: dict[str, Any] = {"clicks": CLICKS, "drags": 2, "keys": [[0, 12]], "texts": [[900, 7, "ab" * 16]]}


def entry(at: float, kind: LogKind, **data: object) -> MadeUpEntry:
    said = {"control_id": "k1", "scopes": ["pointer", "text"], **data}
    return MadeUpEntry(at, Logged(kind, "somebody", said))


ENTRIES = [
    entry(4, LogKind.CONTROL_ASKED, purpose="帮您填表"),
    entry(8, LogKind.CONTROL_GRANTED),
    MadeUpEntry(20, doings_entry("k1", "somebody", {"since": 15.0, **DONE})),
    entry(18, LogKind.CONTROL_PAUSED, pause="local_input"),
    entry(24, LogKind.CONTROL_RESUMED),
    entry(32, LogKind.CONTROL_ENDED, end="fused"),
]


def test_control_is_a_span_with_its_pause_and_clicks_are_rings(product: Product, headless: Browser) -> None:
    parts = {"clerk": Part.CLERK, "specialist": Part.SPECIALIST}
    call_id = make_recording(product, LANES, MadeUpCourse(entries=ENTRIES, parts=parts))
    reviewer = Window.open(headless, f"{product.url}/enter?role=reviewer")
    open_replay(reviewer, call_id)
    bar, span, pause = (
        reviewer.by(name).bounding_box() for name in ("replay-slider", "replay-grant", "replay-grant-pause")
    )
    assert bar
    assert span
    assert pause
    assert (span["x"] - bar["x"]) / bar["width"] == pytest.approx(8 / 40, abs=0.01)
    assert span["width"] / bar["width"] == pytest.approx(24 / 40, abs=0.01)
    assert (pause["x"] - span["x"]) / span["width"] == pytest.approx(10 / 24, abs=0.02)
    assert pause["width"] / span["width"] == pytest.approx(6 / 24, abs=0.02)
    for said in ("somebody 同意：鼠标、输入文字", "点击 2 次，拖动 2 次", "文字 1 段共 7 字 · 监督熔断"):
        expect(reviewer.by("replay-grant")).to_have_attribute("title", re.compile(said))
    expect(reviewer.by("replay-control")).to_have_count(0)
    at(reviewer, 15.5)
    expect(reviewer.by("replay-control")).to_have_text("somebody 正在远程操作：鼠标、输入文字")
    rings_lie_where_was_clicked(reviewer)
    reviewer.screenshot(SHOTS / "replay-control.png")
    at(reviewer, 20)
    expect(reviewer.by("replay-control")).to_contain_text("窗口电脑有人操作")
    expect(reviewer.by("replay-click")).to_have_count(0)
    reviewer.page.get_by_role("tab", name="经过").click()
    for kind, words in (
        ("control-asked", "请求远程操作 · 鼠标、输入文字 · 帮您填表"),
        ("control-doings", "远程输入文字 · 1 段共 7 字，指纹 abababab"),
        ("control-ended", "远程操作结束 · 监督熔断"),
    ):
        expect(reviewer.by(f"replay-event-{kind}")).to_contain_text(words)
    reviewer.by("replay-grant").click(position={"x": 2, "y": 7})
    expect(reviewer.by("replay-control")).to_be_visible()
    reviewer.page.context.close()


def at(reviewer: Window, seconds: float) -> None:
    """Click on the time bar."""
    box = reviewer.by("replay-slider").bounding_box()
    assert box is not None
    reviewer.page.mouse.click(box["x"] + box["width"] * seconds / 40, box["y"] + 10)


def rings_lie_where_was_clicked(reviewer: Window) -> None:
    expect(reviewer.by("replay-click")).to_have_count(2)
    picture = reviewer.by("annotation-canvas").bounding_box()
    assert picture is not None
    for index, (_, x, y, _button) in enumerate(CLICKS):
        ring = reviewer.by("replay-click").nth(index).bounding_box()
        assert ring is not None
        assert ring["x"] + ring["width"] / 2 == pytest.approx(picture["x"] + picture["width"] * x, abs=2)
        assert ring["y"] + ring["height"] / 2 == pytest.approx(picture["y"] + picture["height"] * y, abs=2)
