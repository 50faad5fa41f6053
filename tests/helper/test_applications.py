"""The packed helper at real applications: a form in Chromium and a shell in xterm say what they got."""

import asyncio
import os
from asyncio.subprocess import DEVNULL
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Page, async_playwright

from tests.helper.at_work import Specialist, holds_within, specialist
from tests.helper.server import helper_server
from tests.helper.texts import ASCII, CHINESE
from tests.helper.x_screen import desktop_screen, has_property, split_in_two
from tests.support.chromium import CHROMIUM
from tests.support.until import until_async
from web_client.helper import wire
from web_client.helper.vocabulary import Chord, Reason
from web_client.helper.x11.display import Display

pytestmark = [
    pytest.mark.system("xvfb", "openbox", "xterm", "chromium"),
    pytest.mark.asyncio(loop_scope="module"),
]
Desk = tuple[Specialist, Page, str]

FORM = """
<!doctype html><meta charset="utf-8"><title>form</title>
<style>html, body, textarea { margin: 0; padding: 0; border: 0; width: 100%; height: 100%; overflow: hidden }
#long { position: fixed; right: 40px; top: 200px; width: 200px; height: 300px; overflow: scroll;
  background: #eee }
#field { resize: none; font-size: 16px }</style>
<textarea id="field" spellcheck="false"></textarea><div id="long"><p style="height: 9000px">x</p></div>
<script>
window.seen = [];
for (const type of ["mousedown", "mouseup", "contextmenu", "keydown", "dblclick"])
  addEventListener(type, (event) => {
    seen.push({ type, x: event.screenX, y: event.screenY, button: event.button,
                code: event.code, held: (event.ctrlKey ? "C" : "") + (event.shiftKey ? "S" : "") });
    if (type === "contextmenu") event.preventDefault();
  }, true);
let track = [];
addEventListener("pointermove", (event) => {
  if (event.buttons !== 1) return;
  for (const part of event.getCoalescedEvents()) track.push([part.screenX, part.screenY]);
});
</script>
"""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def desk(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[tuple[Specialist, Page, str]]:
    """A specialist who controls two monitors with Chromium over both, kiosk-like."""
    folder = tmp_path_factory.mktemp("helper")
    page_file = folder / "form.html"
    page_file.write_text(FORM)
    with desktop_screen(1600, 600) as screen:
        with closing(Display(screen)) as x:
            split_in_two(x, 1600, 600)
        async with (
            helper_server(folder / "tls") as server,
            specialist(server, screen, folder) as one,
            form(screen, page_file.as_uri()) as page,
        ):
            await cover(page, one.monitor)
            await one.be_granted()
            beating = asyncio.create_task(one.beat_for_ever())
            yield one, page, screen
            beating.cancel()
            await asyncio.gather(beating, return_exceptions=True)


@asynccontextmanager
async def form(screen: str, address: str) -> AsyncIterator[Page]:
    async with async_playwright() as playwright:
        flags = ["--no-sandbox", "--force-device-scale-factor=1"]
        browser = await playwright.chromium.launch(
            executable_path=CHROMIUM, headless=False, args=flags, env={"DISPLAY": screen}
        )
        page = await browser.new_page(no_viewport=True)
        await page.goto(address)
        yield page
        await browser.close()


async def cover(page: Page, monitor: wire.Monitor) -> None:
    """Put the browser's window over the whole of one monitor."""
    cdp = await page.context.new_cdp_session(page)
    window = (await cdp.send("Browser.getWindowForTarget"))["windowId"]
    place = {"left": monitor.x + 20, "top": 20, "width": 500, "height": 400}
    await cdp.send("Browser.setWindowBounds", {"windowId": window, "bounds": {"windowState": "normal"}})
    await cdp.send("Browser.setWindowBounds", {"windowId": window, "bounds": place})
    await becomes(page, f"Math.abs(outerWidth - 500) < 20 && Math.abs(screenX - {monitor.x}) < 60", True)
    await cdp.send("Browser.setWindowBounds", {"windowId": window, "bounds": {"windowState": "fullscreen"}})
    whole = [monitor.x, monitor.y, monitor.w, monitor.h]
    await becomes(page, "[screenX, screenY, innerWidth, innerHeight]", whole)


@pytest_asyncio.fixture(autouse=True, loop_scope="module")
async def a_clean_form(desk: Desk) -> None:
    one, page, _ = desk
    await page.bring_to_front()
    await control(one, page, 0)
    await page.evaluate(
        "seen.length = 0; track.length = 0; field.value = ''; long.scrollTop = 0; field.focus()"
    )
    await becomes(page, "document.hasFocus()", True)


async def control(one: Specialist, page: Page, monitor: int) -> None:
    """Have the grant for one monitor, with the form on it."""
    if one.monitor is one.geometry.monitors[monitor]:
        return
    await cover(page, one.geometry.monitors[monitor])
    await regrant(one, monitor)


async def regrant(one: Specialist, monitor: int) -> None:
    """End the grant and get another."""
    told = len(one.link.all(wire.Status))
    await one.link.say(wire.Revoke(one.name))
    assert (await one.link.hear(wire.Status, past=told)).reason is Reason.WITHDRAWN
    await one.be_granted(monitor=monitor, name=f"again-{told}")


async def becomes(page: Page, expression: str, wanted: object) -> None:
    """Wait until the application's own state is this."""
    seen: list[object] = []

    async def holds() -> bool:
        seen[:] = [await page.evaluate(expression)]
        return seen[0] == wanted

    try:
        await until_async(holds, what=expression, patience_s=10)
    except TimeoutError:
        assert seen[0] == wanted


@pytest.mark.parametrize("corner", [(0, 0), (1, 0), (0, 1), (1, 1)])
@pytest.mark.parametrize("monitor", [0, 1], ids=["first monitor", "second monitor"])
async def test_a_click_at_each_corner(desk: Desk, monitor: int, corner: tuple[int, int]) -> None:
    one, page, _ = desk
    await control(one, page, monitor)
    where = (*map(float, corner), one.geometry.rev)
    await one.say(wire.PointerDown(0, *where), wire.PointerUp(0, *where))
    pixel = [one.monitor.x + corner[0] * (one.monitor.w - 1), corner[1] * (one.monitor.h - 1)]
    pairs = "seen.filter((e) => e.type.startsWith('mouse')).map((e) => [e.type, e.x, e.y])"
    await becomes(page, pairs, [["mousedown", *pixel], ["mouseup", *pixel]])


async def test_a_drag_goes_through_every_point(
    desk: Desk,
) -> None:
    one, page, _ = desk
    await one.say(wire.PointerDown(0, *one.at(100, 100)))
    for step in range(1, 31):
        await one.say(wire.PointerMove(*one.at(100 + 10 * step, 100 + 5 * step)))
        await asyncio.sleep(1 / 60)  # as a mouse does; the browser puts what is waiting together
    await one.say(wire.PointerUp(0, *one.at(400, 250)))
    await becomes(page, "seen.filter((e) => e.type === 'mouseup').map((e) => [e.x, e.y])", [[400, 250]])
    track = await page.evaluate("track")
    assert track[-1] == [400, 250]
    assert track == sorted(track)
    assert len(track) > 5


async def test_a_right_click_and_a_double_click(desk: Desk) -> None:
    one, page, _ = desk
    await one.click(300, 300, 2)
    await becomes(page, "seen.some((e) => e.type === 'contextmenu' && e.x === 300)", True)

    async def is_double() -> bool:
        await one.click(500, 400)
        await one.click(500, 400)
        await one.done()
        return bool(await page.evaluate("seen.some((e) => e.type === 'dblclick' && e.x === 500)"))

    await until_async(is_double, what="a double click", patience_s=10)


async def test_the_wheel_scrolls_both_ways(desk: Desk) -> None:
    one, page, _ = desk
    await page.evaluate("long.style.right = 'auto'; long.style.left = '500px'")
    where = one.at(600, 300)
    await one.say(*[wire.Wheel(0, 120, *where)] * 3)
    await becomes(page, "long.scrollTop > 100", True)
    await one.say(*[wire.Wheel(0, -120, *where)] * 6)  # the first may meet the way down's animation
    await becomes(page, "long.scrollTop", 0)


async def test_every_key_of_a_line_by_its_physical_place(desk: Desk) -> None:
    one, page, _ = desk
    for code in ("KeyH", "KeyE", "KeyL", "KeyL", "KeyO", "Space", "Digit1", "Comma", "Slash"):
        await one.press(code)
    for code in ("KeyW", "Digit1", "Comma", "Backquote"):
        await one.press("ShiftLeft", code)
    await becomes(page, "field.value", "hello 1,/W!<~")


@pytest.mark.parametrize(
    "text", [ASCII, "姓名：王小明；<b>&\"'\\", CHINESE, "𠮷野家", "第一行\n第二行"], ids=len
)
async def test_a_text_arrives_as_it_was_given(desk: Desk, text: str) -> None:
    one, page, _ = desk
    await one.say(wire.TypeText(text, Chord.CTRL_V))
    await becomes(page, "field.value", text)


async def test_texts_and_keys_keep_their_order(desk: Desk) -> None:
    one, page, _ = desk
    for number in range(6):
        await one.say(wire.TypeText(f"字{number}", Chord.CTRL_V))
        await one.press("KeyX")
        await one.press("Enter")
    await becomes(page, "field.value", "".join(f"字{number}x\n" for number in range(6)))


async def test_shortcuts(desk: Desk) -> None:
    one, page, _ = desk
    await one.say(wire.TypeText("one two", Chord.CTRL_V))
    await becomes(page, "field.value", "one two")
    await one.press("ControlLeft", "KeyA")
    await one.press("ControlLeft", "KeyC")
    await one.press("End")
    await one.press("ControlLeft", "KeyV")
    await becomes(page, "field.value", "one twoone two")
    await one.press("ShiftLeft", "Home")
    await one.press("Delete")
    await becomes(page, "field.value", "")
    held = await page.evaluate("seen.filter((e) => e.code === 'KeyA').map((e) => e.held)")
    assert held == ["C"]


async def test_lines_drawn_over_the_form_take_no_click(desk: Desk) -> None:
    one, page, _ = desk
    line = (one.at(50, 450)[:2], one.at(700, 450)[:2])
    await one.say(wire.Draw(1, line, one.geometry.rev), wire.ShowPointer(*one.at(300, 449)))
    await one.click(302, 450)
    await becomes(page, "seen.filter((e) => e.type === 'mousedown').map((e) => [e.x, e.y])", [[302, 450]])
    await one.say(wire.ClearDrawing(), wire.HidePointer())


async def test_a_shell_in_xterm(desk: Desk, tmp_path: Path) -> None:
    one, _, screen = desk
    typed = tmp_path / "typed"
    typed.touch()
    shell = await asyncio.create_subprocess_exec(
        *(
            "xterm",
            "-u8",
            "-geometry",
            "60x20+820+20",
            "-T",
            "shell",
            "-e",
            "sh",
            "-c",
            f"exec cat > {typed}",
        ),
        env=os.environ | {"DISPLAY": screen, "LC_ALL": "C.UTF-8"},
        stdout=DEVNULL,
        stderr=DEVNULL,
    )
    try:
        with closing(Display(screen)) as x:
            await holds_within(20, lambda: has_property(x, "_NET_ACTIVE_WINDOW"))
        await regrant(one, 1)
        await focused(one, typed)
        for chord, text in ((Chord.SHIFT_INSERT, CHINESE), (Chord.SHIFT_INSERT, ASCII)):
            await one.say(wire.TypeText(text[:60], chord))
            await one.press("Enter")
        await one.press("KeyL")
        await one.press("KeyS")
        await one.press("ControlLeft", "KeyD")
        await one.press("ControlLeft", "KeyD")
        await asyncio.wait([ending := asyncio.create_task(shell.wait())], timeout=20)
        assert ending.done(), (typed.read_bytes(), one.link.all(wire.Status)[-2:])
    finally:
        if shell.returncode is None:
            shell.kill()
            await shell.wait()
    lines = typed.read_text().splitlines()
    assert [line for line in lines if line.strip()] == [CHINESE[:60], ASCII[:60], "ls"]


async def focused(one: Specialist, typed: Path) -> None:
    """Click into the shell and press Enter until it has read a line."""

    async def has_read() -> bool:
        await one.click(900, 120)
        await one.press("Enter")
        await one.done()
        return os.stat(typed).st_size > 0

    await until_async(has_read, what="the shell", patience_s=20)
