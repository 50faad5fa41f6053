"""How a PC that is not paired yet asks for its code on the desktop, and pairs itself with it."""

from __future__ import annotations

import selectors
from typing import TYPE_CHECKING

from web_client.helper import words
from web_client.helper.connection import ConnectionFault
from web_client.helper.desktop import CodeTyped, KeypadClosed
from web_client.helper.log import logger
from web_client.helper.service import NotWanted
from web_client.helper.vocabulary import Refusal

if TYPE_CHECKING:
    from collections.abc import Callable

    from web_client.helper.desktop import Desktop

_CODE_OVER = (Refusal.BAD_CODE,)
"""Refusals that another code may mend."""


def introduce(
    desktop: Desktop, clock: Callable[[], float], pair: Callable[[str], str], spoken: str
) -> str | None:
    """Ask until a code pairs this PC; return its key, None when whoever sits there wants it later.

    Args:
        pair: takes a code, returns the key; raises `NotWanted` or `ConnectionFault`.

    Raises:
        NotWanted: for what no code mends.
    """
    sentence = words.say("keypad.ask", spoken)
    while True:
        desktop.ask_code(sentence)
        code = _code_from(desktop, clock)
        if code is None:
            return None
        desktop.ask_code(words.say("keypad.wait", spoken))
        try:
            key = pair(code)
        except NotWanted as refused:
            if refused.code not in _CODE_OVER:
                raise
            sentence = words.refusal(refused.code, spoken)
        except ConnectionFault as fault:
            logger.warning("%s (%s)", words.say(fault.word, "en"), fault)
            sentence = words.say(fault.word, spoken)
        else:
            desktop.hide_keypad()
            return key


def _code_from(desktop: Desktop, clock: Callable[[], float]) -> str | None:
    with selectors.DefaultSelector() as selector:
        selector.register(desktop, selectors.EVENT_READ)
        while True:
            for happening in desktop.poll(clock()):
                if isinstance(happening, CodeTyped):
                    return happening.code
                if isinstance(happening, KeypadClosed):
                    return None
            selector.select(max(0.0, min(1.0, desktop.next_deadline() - clock())))
