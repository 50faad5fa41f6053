"""The window that asks for a pairing code: six places, ten digits to click or type, and a way out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from web_client.helper.desktop import CodeTyped, KeypadClosed
from web_client.helper.keymap.codes import x_keycode
from web_client.helper.x11.windows import BUTTON_PRESS, EXPOSE, KEY_PRESS, VISIBILITY_NOTIFY, OverWindow

if TYPE_CHECKING:
    from web_client.helper.desktop import Happening
    from web_client.helper.wire import Monitor
    from web_client.helper.x11.display import Display
    from web_client.helper.x11.text import Writer

PLACES = 6
_PAPER, _INK, _KEY, _EMPTY = "#ffffff", "#1d2433", "#e9eef9", "#f3f5f9"
_PADDING, _LINE, _SIDE, _GAP = 24, 26, 72, 8
_WIDTH = 2 * _PADDING + 3 * _SIDE + 2 * _GAP
_KEYS = ("1", "2", "3", "4", "5", "6", "7", "8", "9", "x", "0", "<")
"""`x` goes away, `<` takes the last digit back."""
_TYPED = {
    **{x_keycode(f"{row}{digit}"): str(digit) for row in ("Digit", "Numpad") for digit in range(10)},
    x_keycode("Backspace"): "<",
    x_keycode("Escape"): "x",
}


class Keypad:
    """One window in the middle of a monitor; `close` must follow."""

    def __init__(self, display: Display, writer: Writer) -> None:
        self._display, self._writer = display, writer
        self._window: OverWindow | None = None
        self._lines: tuple[str, ...] = ()
        self._leave = ""
        self._digits = ""

    def show(self, said: str, leave: str, monitor: Monitor) -> None:
        """Ask, with a sentence above and a word on the key that goes away, from no digits on."""
        width = _WIDTH - 2 * _PADDING
        self._lines, self._leave, self._digits = tuple(self._broken(said, width)), leave, ""
        height = self._keys_top + 4 * (_SIDE * 2 // 3 + _GAP) + _PADDING - _GAP
        place = (
            monitor.x + max(0, (monitor.w - _WIDTH) // 2),
            monitor.y + max(0, (monitor.h - height) // 2),
            _WIDTH,
            height,
        )
        if self._window is None:
            self._window = OverWindow(self._display, place, _PAPER, clickable=True)
        self._window.place(*place)
        self._window.show()
        self._paint()

    def hide(self) -> None:
        """Take it away."""
        if self._window:
            self._window.close()
            self._window = None
            self._display.sync()

    def handle(self, event: Any) -> Happening | None:
        """Take one event; return what came of it."""
        if self._window is None or event.any.window != self._window.id:
            return None
        if event.type == EXPOSE:
            self._window.take_keys()
            self._paint()
        elif event.type == VISIBILITY_NOTIFY and event.visibility.state:
            self._window.raise_()
        elif event.type == BUTTON_PRESS:
            return self._press(self._key_at(event.button.x, event.button.y))
        elif event.type == KEY_PRESS:
            return self._press(
                _TYPED.get(event.button.button, "")
            )  # the field a key event has its keycode in
        return None

    def close(self) -> None:
        """Give everything back."""
        self.hide()

    def _press(self, key: str) -> Happening | None:
        if key == "x":
            self.hide()
            return KeypadClosed()
        if key == "<":
            self._digits = self._digits[:-1]
        elif key.isdigit():
            self._digits += key
        self._paint()
        if len(self._digits) < PLACES:
            return None
        code, self._digits = self._digits, ""
        return CodeTyped(code)

    @property
    def _keys_top(self) -> int:
        return _PADDING + len(self._lines) * _LINE + _LINE + 2 * _PADDING

    def _rectangles(self) -> dict[str, tuple[int, int, int, int]]:
        height = _SIDE * 2 // 3
        return {
            key: (
                _PADDING + index % 3 * (_SIDE + _GAP),
                self._keys_top + index // 3 * (height + _GAP),
                _SIDE,
                height,
            )
            for index, key in enumerate(_KEYS)
        }

    def _key_at(self, x: int, y: int) -> str:
        for key, (left, top, width, height) in self._rectangles().items():
            if left <= x < left + width and top <= y < top + height:
                return key
        return ""

    def _paint(self) -> None:
        if self._window is None:
            return
        window, writer = self._window, self._writer
        window.clear()
        for index, line in enumerate(self._lines):
            writer.write(window, line, _PADDING, _PADDING + index * _LINE + _LINE // 2, _INK)
        top = _PADDING + len(self._lines) * _LINE + _PADDING // 2
        place = (_WIDTH - 2 * _PADDING) // PLACES
        for index in range(PLACES):
            left = _PADDING + index * place
            window.fill((left, top, place - _GAP, _LINE + _PADDING // 2), _EMPTY)
            if index < len(self._digits):
                self._centre(self._digits[index], (left, top, place - _GAP, _LINE + _PADDING // 2), _INK)
        for key, rectangle in self._rectangles().items():
            window.fill(rectangle, _KEY)
            self._centre(
                {"x": self._leave, "<": "←" if writer.draws_chinese else "<"}.get(key, key), rectangle, _INK
            )
        self._display.sync()

    def _centre(self, text: str, rectangle: tuple[int, int, int, int], colour: str) -> None:
        assert self._window is not None, "_paint() has looked"
        left, top, width, height = rectangle
        inset = max(0, (width - self._writer.extent(text)) // 2)
        self._writer.write(self._window, text, left + inset, top + height // 2, colour)

    def _broken(self, text: str, width: int) -> list[str]:
        """Break a sentence into lines that fit: at spaces, or anywhere in a script that has none."""
        lines, line = [], ""
        for character in text:
            if line and self._writer.extent(line + character) > width:
                head, space, tail = line.rpartition(" ") if text.isascii() else (line, "", "")
                lines.append(head if space else line)
                line = tail if space else ""
            line += character
        return [*lines, line]
