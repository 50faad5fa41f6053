"""The packed helper at a text editor: what it saves is what was typed, pasted, selected and undone."""

import asyncio
import os
from asyncio.subprocess import DEVNULL
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass
from pathlib import Path

import pytest
import pytest_asyncio

from tests.helper.at_work import Specialist, holds_within, specialist
from tests.helper.server import helper_server
from tests.helper.texts import ASCII, CHINESE
from tests.helper.x_screen import desktop_screen, has_property
from tests.support.until import until_async
from web_client.helper import wire
from web_client.helper.vocabulary import Chord
from web_client.helper.x11.display import Display

pytestmark = [pytest.mark.system("xvfb", "openbox", "mousepad"), pytest.mark.asyncio]

SIZE = (1000, 700)


@dataclass(frozen=True, slots=True)
class Editor:
    """An editor over the whole screen, and who types in it from afar.

    Attributes:
        paper: the file that is open in it.
    """

    one: Specialist
    paper: Path

    async def paste(self, text: str) -> None:
        await self.one.say(wire.TypeText(text, Chord.CTRL_V))

    async def type(self, *codes: str) -> None:
        for code in codes:
            await self.one.press(code)

    async def control(self, code: str) -> None:
        await self.one.press("ControlLeft", code)

    async def saves(self, wanted: str) -> None:
        """Save until the file holds this: an editor saves as soon as it has done what it was asked before."""

        async def holds() -> bool:
            await self.control("KeyS")
            await self.one.done()
            return self.paper.read_text() == wanted

        await until_async(holds, what=f"a file of {len(wanted)} characters", patience_s=15)

    async def drag_over_everything(self) -> None:
        """Select from below the last line to above the first."""
        here, there = self.one.at(SIZE[0] - 60, SIZE[1] - 60), self.one.at(2, 40)
        await self.one.say(wire.PointerDown(0, *here))
        for step in range(1, 11):
            await self.one.say(
                wire.PointerMove(*self.one.at(SIZE[0] - 60 - 94 * step, SIZE[1] - 60 - 60 * step))
            )
        await self.one.say(wire.PointerMove(*there), wire.PointerUp(0, *there))


@pytest_asyncio.fixture
async def editor(tmp_path: Path) -> AsyncIterator[Editor]:
    """A specialist who controls a desktop that shows nothing but an editor with an empty file."""
    paper = tmp_path / "paper.txt"
    paper.touch()
    with desktop_screen(*SIZE) as screen:
        async with (
            helper_server(tmp_path / "tls") as server,
            specialist(server, screen, tmp_path) as one,
            mousepad(screen, paper),
        ):
            await one.be_granted()
            beating = asyncio.create_task(one.beat_for_ever())
            yield await fills_the_screen(Editor(one, paper))
            beating.cancel()
            await asyncio.gather(beating, return_exceptions=True)


@asynccontextmanager
async def mousepad(screen: str, paper: Path) -> AsyncIterator[None]:
    """Run the editor without the settings, the session bus and the other windows of who runs the test."""
    environ = os.environ | {
        "DISPLAY": screen,
        "HOME": str(paper.parent),
        "LC_ALL": "C.UTF-8",
        "GSETTINGS_BACKEND": "memory",
        "NO_AT_BRIDGE": "1",
    }
    process = await asyncio.create_subprocess_exec(
        "mousepad", "--disable-server", str(paper), env=environ, stdout=DEVNULL, stderr=DEVNULL
    )
    try:
        with closing(Display(screen)) as x:
            await holds_within(30, lambda: has_property(x, "_NET_ACTIVE_WINDOW"))
        yield
    finally:
        process.kill()
        await process.wait()


async def fills_the_screen(editor: Editor) -> Editor:
    """Have the editor cover the screen; it listens once it saves what is typed."""
    await editor.type("F11")
    await editor.type("KeyX")
    await editor.saves("x")
    await editor.control("KeyA")
    await editor.type("Delete")
    await editor.saves("")
    return editor


async def test_what_is_typed_and_pasted_is_saved(editor: Editor) -> None:
    await editor.paste(CHINESE)
    await editor.type("Enter", "KeyH", "KeyI", "Enter")
    await editor.paste(ASCII)
    await editor.saves(f"{CHINESE}\nhi\n{ASCII}")


async def test_shortcuts_copy_undo_and_redo(editor: Editor) -> None:
    await editor.paste("第一行\n")
    await editor.control("KeyA")
    await editor.control("KeyC")
    await editor.control("End")
    await editor.control("KeyV")
    await editor.saves("第一行\n第一行\n")
    await editor.control("KeyZ")
    await editor.saves("第一行\n")
    await editor.control("KeyY")
    await editor.saves("第一行\n第一行\n")


async def test_a_drag_selects(editor: Editor) -> None:
    await editor.paste("one two three\nfour\n")
    await editor.saves("one two three\nfour\n")
    await editor.drag_over_everything()
    await editor.type("Delete")
    await editor.saves("")


async def test_the_wheel_finds_a_line_far_down(editor: Editor) -> None:
    """A long paper is pushed down to its end; a click there and a letter come into its last line."""
    lines = [f"{number}" for number in range(1, 201)]
    await editor.paste("\n".join(lines))
    await editor.saves("\n".join(lines))
    await editor.control("Home")
    await editor.one.say(*[wire.Wheel(0, 1_200, *editor.one.at(500, 300))] * 12)
    await editor.one.done()

    async def is_there() -> bool:
        await editor.one.click(500, SIZE[1] - 80)
        await editor.type("Home", "KeyX")
        await editor.control("KeyS")
        await editor.one.done()
        saved = editor.paper.read_text().splitlines()
        changed = [number for number, line in enumerate(saved, 1) if line.startswith("x")]
        return bool(changed) and max(changed) > 100

    await until_async(is_there, what="a letter in a line far down", patience_s=15)
