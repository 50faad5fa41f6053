"""Plain speech finds the item somebody means among the first three."""

import time
from pathlib import Path

import pytest

from signaling.demo.samples import sample_items
from signaling.domain.search.index import ItemIndex
from signaling.services.catalogue import load_synonyms

LINES = [
    tuple(line.split("\t"))
    for line in (Path(__file__).parent / "plain_speech.tsv").read_text("utf-8").splitlines()
]


@pytest.fixture(scope="module")
def index() -> ItemIndex:
    return ItemIndex(sample_items(), load_synonyms())


@pytest.mark.parametrize(("line", "code"), LINES)
def test_plain_speech_is_understood(index: ItemIndex, line: str, code: str) -> None:
    assert code in [found.code for found in index.search(line, limit=3)]


def test_every_item_is_found_first_by_its_name(index: ItemIndex) -> None:
    for item in sample_items():
        assert index.search(item.name, limit=1)[0].code == item.code


def test_every_keyword_finds_its_item_among_the_first_three(index: ItemIndex) -> None:
    missed = [
        (item.code, keyword)
        for item in sample_items()
        for keyword in item.keywords
        if item.code not in [found.code for found in index.search(keyword, limit=3)]
    ]
    assert missed == []


def test_a_code_finds_its_item(index: ItemIndex) -> None:
    assert index.search("yb-003", limit=1)[0].code == "YB-003"


def test_nothing_is_found_for_nothing(index: ItemIndex) -> None:
    assert index.search("", limit=3) == []
    assert index.search("!?…", limit=3) == []


def test_only_offered_items_are_found(index: ItemIndex) -> None:
    found = index.search("爹在昆明住院,钱是自己垫的", limit=3, within=frozenset({"GA-001", "YB-002"}))
    assert all(hit.code in {"GA-001", "YB-002"} for hit in found)


def test_matched_words_explain_the_hit(index: ItemIndex) -> None:
    hit = next(h for h in index.search("爹在昆明住院,钱是自己垫的", limit=3) if h.code == "YB-003")
    assert "住院" in hit.matched or "垫" in hit.matched


def test_a_query_takes_less_than_five_milliseconds(index: ItemIndex) -> None:
    started = time.process_time()
    for line, _ in LINES:
        index.search(line, limit=3)
    assert (time.process_time() - started) / len(LINES) < 0.005
