"""A PC that is not paired asks for its code on the desktop, until one pairs it or it is put off."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import ImageGrab

from tests.helper.at_work import helper_command
from tests.helper.server import Double, helper_server
from tests.helper.x_screen import Hardware, pointer
from tests.support.until import until_async
from web_client.helper import build, settings, wire
from web_client.helper.connection import ConnectionFault
from web_client.helper.desktop import CodeTyped, KeypadClosed, LocalInput
from web_client.helper.introduction import introduce
from web_client.helper.service import NotWanted
from web_client.helper.settings import Settings
from web_client.helper.vocabulary import Refusal

KEY = "key-of-this-counter-pc-0123456789"
PAPER = (0xFF, 0xFF, 0xFF)


class Asking:
    """A desktop whose person answers what they are asked, in turn."""

    def __init__(self, answers: list[Any]) -> None:
        self._answers = answers
        self._reading, self._writing = os.pipe()
        os.write(self._writing, b".")  # something has always happened
        self.asked: list[str] = []
        self.is_asking = False

    def fileno(self) -> int:
        return self._reading

    def poll(self, now: float) -> list[Any]:
        return [LocalInput(), self._answers.pop(0)]

    def next_deadline(self) -> float:
        return float("inf")

    def ask_code(self, sentence: str) -> None:
        self.asked.append(sentence)
        self.is_asking = True

    def hide_keypad(self) -> None:
        self.is_asking = False

    def close(self) -> None:
        os.close(self._reading)
        os.close(self._writing)


@pytest.fixture
def person() -> Iterator[list[Asking]]:
    made: list[Asking] = []
    yield made
    for one in made:
        one.close()


def asking(person: list[Asking], *answers: Any) -> Any:
    person.append(Asking(list(answers)))
    return person[-1]


def test_a_right_code_gives_the_key(person: list[Asking]) -> None:
    desktop = asking(person, CodeTyped("123456"))
    codes: list[str] = []
    assert introduce(desktop, lambda: 0.0, lambda code: codes.append(code) or KEY, "en") == KEY
    assert codes == ["123456"]
    assert not desktop.is_asking


def test_later_is_an_answer(person: list[Asking]) -> None:
    desktop = asking(person, KeypadClosed())
    assert introduce(desktop, lambda: 0.0, lambda code: KEY, "en") is None


def test_a_wrong_code_and_a_server_out_of_reach_are_said_and_asked_again(person: list[Asking]) -> None:
    desktop = asking(person, CodeTyped("000000"), CodeTyped("111111"), CodeTyped("123456"))

    def pair(code: str) -> str:
        if code == "000000":
            raise NotWanted(Refusal.BAD_CODE)
        if code == "111111":
            raise ConnectionFault("fault.unreachable")
        return KEY

    assert introduce(desktop, lambda: 0.0, pair, "zh-CN") == KEY
    assert [sentence for sentence in desktop.asked if "……" not in sentence] == [
        "请在帮办的导办台打开“远程操作程序”，把那里的六位配对码输在这里。",
        "配对码不对或已过期；请在柜员工作台取新的配对码。",
        "连不上服务器，稍后自动重试。",
    ]


def test_what_no_code_mends_ends_it(person: list[Asking]) -> None:
    def pair(code: str) -> str:
        raise NotWanted(Refusal.TOO_OLD)

    with pytest.raises(NotWanted):
        introduce(asking(person, CodeTyped("000000")), lambda: 0.0, pair, "en")


def test_a_code_is_in_no_repr() -> None:
    assert "123456" not in repr(CodeTyped("123456"))


@pytest.mark.system("xvfb", "openbox")
async def test_a_prepared_pc_is_paired_at_its_desktop(
    screen: str, hardware: Hardware, tmp_path: Path
) -> None:
    """Prepared by a script, started by the login: digits are clicked and typed, a wrong one is asked anew."""
    program, _ = build.write(tmp_path)
    async with helper_server(tmp_path / "tls") as server:
        prepared = await helper_command(
            program, screen, tmp_path, "prepare", "--server", server.url, "--ca", str(server.authority)
        )
        assert await prepared.wait() == 0
        assert settings.load(tmp_path) == Settings(server.url, str(server.authority), None, "", "")
        helper = await helper_command(program, screen, tmp_path, "run")
        try:
            await is_asked(screen)
            left, top = corner(screen)
            here = pointer(hardware.x)
            hardware.move(left + 60 - here[0], top + 180 - here[1])  # the key 1
            for _ in range(5):
                hardware.click()
            hardware.key("Digit9")
            link = await refused(server, "111119")
            await link.over()
            await is_asked(screen)
            for code in ("Digit1", "Numpad2", "Digit7", "Backspace", "Digit3", "Digit4", "Digit5", "Digit6"):
                hardware.key(code)
            link = await server.link()
            assert (await link.hear(wire.Hello)).code == "123456"
            await link.say(wire.Paired(KEY))
            link = await server.link()
            assert (await link.hear(wire.Hello)).key == KEY
            assert settings.load(tmp_path).key == KEY
        finally:
            helper.terminate()
            await helper.wait()
    assert "123456" not in (tmp_path / "helper.log").read_text()


async def refused(server: Double, code: str) -> Any:
    link = await server.link()
    assert (await link.hear(wire.Hello)).code == code
    await link.say(wire.Refused(Refusal.BAD_CODE))
    return link


async def is_asked(screen: str) -> None:
    async def shown() -> bool:
        with ImageGrab.grab(bbox=(620, 300, 820, 600), xdisplay=screen) as picture:
            return sum(pixel == PAPER for pixel in picture.convert("RGB").get_flattened_data()) > 5_000

    await until_async(shown, what="the keypad", patience_s=20)


def corner(screen: str) -> tuple[int, int]:
    with ImageGrab.grab(xdisplay=screen) as picture:
        whole = picture.convert("RGB")
        rows = [y for y in range(900) if whole.getpixel((720, y)) == PAPER]
        columns = [x for x in range(1440) if whole.getpixel((x, rows[0])) == PAPER]
    return columns[0], rows[0]
