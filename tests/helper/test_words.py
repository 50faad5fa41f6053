"""The helper's sentences: both languages say the same things, and each is said somewhere."""

import re
from pathlib import Path

import pytest

from web_client.helper import words
from web_client.helper.lifecycle import CONTROLLED
from web_client.helper.vocabulary import Refusal

HELPER = Path(__file__).parents[2] / "web_client" / "helper"


def test_both_languages_have_the_same_words_with_the_same_parts() -> None:
    chinese, english = words.CATALOGUES["zh-CN"], words.CATALOGUES["en"]
    assert set(chinese) == set(english)
    for word in chinese:
        assert re.findall(r"\{\w+\}", chinese[word]) == re.findall(r"\{\w+\}", english[word])


def test_every_word_is_said_somewhere() -> None:
    sources = "".join(path.read_text() for path in HELPER.rglob("*.py") if path.name != "words.py")
    made = {f"refusal.{code.value}" for code in Refusal} | {f"banner.{state.value}" for state in CONTROLLED}
    assert {word for word in words.CATALOGUES["en"] if f'"{word}"' not in sources} == made


@pytest.mark.parametrize("spoken", list(words.CATALOGUES))
def test_the_banner_names_who_controls_and_how_to_end_it(spoken: str) -> None:
    for state in CONTROLLED:
        assert "王专员" in words.banner("王专员", state, spoken)
    granted = words.banner("王专员", min(CONTROLLED, key=lambda state: state.value != "granted"), spoken)
    assert "Esc" in granted


def test_a_long_name_leaves_room_for_the_button() -> None:
    for spoken in words.CATALOGUES:
        for state in CONTROLLED:
            assert (
                len(words.banner("名" * 80, state, spoken))
                <= len(words.banner("", state, spoken)) + words.MAX_NAME
            )


@pytest.mark.parametrize(
    ("environ", "spoken"),
    [
        ({"LANG": "zh_CN.UTF-8"}, "zh-CN"),
        ({"LANG": "en_GB.UTF-8"}, "en"),
        ({"LANG": "en_GB", "LC_ALL": "zh_CN"}, "zh-CN"),
    ],
)
def test_the_sessions_language_is_spoken(
    environ: dict[str, str], spoken: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    assert words.language() == spoken
