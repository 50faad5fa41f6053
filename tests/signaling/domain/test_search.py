"""Finding items from plain speech: by characters, sounds, initials, meanings and what sessions taught."""

import time
from dataclasses import replace
from pathlib import Path
from typing import Final

import pytest
from pypinyin import Style, pinyin

from signaling.demo.samples import sample_items
from signaling.domain.search.doubt import Aspect, question
from signaling.domain.search.index import Answer, ItemIndex
from signaling.domain.search.learned import MOST_OF_ITEM, MOST_OF_PERSON, LearnedLine, counting
from signaling.domain.search.masking import MOST, masked
from signaling.domain.search.meaning import Meanings
from signaling.domain.search.passages import answers, passages
from signaling.domain.search.sounds import _readings, initials_of, sounds_of
from signaling.domain.search.terms import TermIndex

LINES: Final = [
    tuple(line.split("\t"))
    for line in (Path(__file__).parent / "plain_speech.tsv").read_text("utf-8").splitlines()
]
DAY: Final = 86_400.0


@pytest.fixture(scope="module")
def index() -> ItemIndex:
    return ItemIndex(sample_items())


def first(answer: Answer) -> str:
    return answer.found[0].code


def test_plain_speech_is_understood_without_any_model(index: ItemIndex) -> None:
    """These lines share words with the catalogue; `./dev bench search` has harder ones."""
    right = sum(code in [hit.code for hit in index.search(line, limit=3).found] for line, code in LINES)
    assert right / len(LINES) > 0.8


def test_every_item_is_found_first_by_its_name(index: ItemIndex) -> None:
    for item in sample_items():
        assert first(index.search(item.name, limit=1)) == item.code


def test_nearly_every_keyword_finds_its_item_among_the_first_three(index: ItemIndex) -> None:
    missed = [
        (item.code, keyword)
        for item in sample_items()
        for keyword in item.keywords
        if item.code not in [found.code for found in index.search(keyword, limit=3).found]
    ]
    assert len(missed) <= 6, missed


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("yibao jiaofei", "YB-001"),
        ("shenfenzheng", "GA-005"),
        ("sfz", "GA-005"),
        ("sfz diule", "GA-005"),
        ("SFZ丢了", "GA-005"),
        ("户口本diu了", "GA-004"),
        ("失业 dengji", "RS-008"),
        ("gongjijin daikuan", "GJ-003"),
        ("身分证", "GA-005"),
        ("申份证补办", "GA-005"),
        ("地保", "MZ-001"),
        ("地保怎么申请", "MZ-001"),
        ("户口薄丢了", "GA-004"),
        ("轮倚", "CL-002"),
        ("jiankangzen", "WJ-006"),  # zh/z and eng/en are one where people say them so
    ],
)
def test_pinyin_initials_homophones_and_slips_find_the_item(index: ItemIndex, typed: str, code: str) -> None:
    assert code in [hit.code for hit in index.search(typed, limit=2).found]


def test_only_what_is_not_written_as_the_catalogue_writes_it_is_found_by_its_sound() -> None:
    known = {"医保"}.__contains__
    assert list(sounds_of("医保").strange_grams(known)) == []
    assert list(sounds_of("一保").strange_grams(known)) == ["yi bao"]
    assert list(sounds_of("yibao").strange_grams(known)) == ["yi bao"]


def test_a_chance_homophone_in_a_long_line_says_little() -> None:
    index = TermIndex([{"di bao": 1.0}, {"yi bao": 1.0}])
    short = index.gains(["di bao"], unknown_count=True)[0]["di bao"]
    long = index.gains(["di bao", *(f"x {n}" for n in range(15))], unknown_count=True)[0]["di bao"]
    assert short == pytest.approx(1.0)
    assert long < 0.3


def test_what_answers_materials_and_keywords_mean_counts_beside_the_passages() -> None:
    item, other = sample_items()[:2]
    for texts in (answers(item), item.materials, item.keywords):
        near = dict.fromkeys(ItemIndex([item, other]).texts, 0.8) | dict.fromkeys(texts, 0.9)
        shared = {*answers(other), *other.materials, *other.keywords}
        near |= dict.fromkeys(shared, 0.8)
        meant = Meanings([item, other]).of_items(near)
        assert meant[0] > meant[1]


def test_an_item_whose_passages_are_not_compared_yet_is_left_out_of_meanings() -> None:
    item, other = sample_items()[:2]
    assert set(Meanings([item, other]).of_items(dict.fromkeys(passages(item), 0.9))) == {0}


def test_initials_of_several_items_are_asked_about(index: ItemIndex) -> None:
    answer = index.search("yb", limit=4)
    assert sum(hit.code.startswith("YB") for hit in answer.found) >= 3
    assert answer.question is not None


def test_what_was_typed_by_sound_is_explained_by_the_items_word(index: ItemIndex) -> None:
    assert index.search("dibao", limit=1).found[0].matched == ("低保",)
    assert index.search("地保怎么申请", limit=1).found[0].matched[0] == "低保"


def test_matched_words_are_stretches_of_the_query(index: ItemIndex) -> None:
    hit = next(h for h in index.search("住院发票都在,回来能报多少", limit=3).found if h.code == "YB-003")
    assert "住院发票" in hit.matched


def test_a_code_finds_its_item(index: ItemIndex) -> None:
    answer = index.search("yb-003", limit=1)
    assert first(answer) == "YB-003"
    assert answer.sure


def test_nothing_is_found_for_nothing(index: ItemIndex) -> None:
    for nothing in ("", "!?…", "   "):
        assert index.search(nothing, limit=3) == Answer((), sure=False)
    assert ItemIndex(()).search("低保", limit=3) == Answer((), sure=False)


def test_only_offered_items_are_found_and_asked_about(index: ItemIndex) -> None:
    offered = frozenset({"GA-001", "YB-002"})
    answer = index.search("爹在昆明住院,钱是自己垫的", limit=3, within=offered)
    assert {hit.code for hit in answer.found} <= offered
    codes = (
        {code for option in answer.question.options for code in option.codes} if answer.question else set()
    )
    assert codes <= offered


def test_meanings_decide_where_words_do_not(index: ItemIndex) -> None:
    near = dict.fromkeys(index.texts, 0.8)
    for text in ("特困人员救助供养认定", "五保户", "孤寡老人"):
        near[text] = 0.95
    answer = index.search("大伯没后人", limit=3, similar=near)
    assert first(answer) == "MZ-002"
    assert answer.found[0].near in ("特困人员救助供养认定", "五保户", "孤寡老人")


def test_an_item_not_compared_yet_is_found_by_its_words() -> None:
    items = sample_items()
    new = replace(items[0], code="NEW-1", name="无人机飞行报备", keywords=("无人机",), questions=())
    near = dict.fromkeys(ItemIndex(items).texts, 0.8)
    assert first(ItemIndex([*items, new]).search("飞无人机", limit=1, similar=near)) == "NEW-1"


def test_latin_lines_ask_no_meaning(index: ItemIndex) -> None:
    misled = dict.fromkeys(index.texts, 0.1) | {"五保户": 0.99}
    assert first(index.search("sfz", limit=1, similar=misled)) == "GA-005"


def test_a_clear_line_is_sure_and_asks_nothing(index: ItemIndex) -> None:
    answer = index.search("居民身份证丢了补领", limit=3)
    assert answer.sure
    assert answer.question is None


def test_an_unclear_line_asks_one_question_that_tells_the_candidates_apart(index: ItemIndex) -> None:
    answer = index.search("老人补助", limit=5)
    assert not answer.sure
    assert answer.question is not None
    assert len(answer.question.options) >= 2
    codes = [code for option in answer.question.options for code in option.codes]
    assert len(codes) == len(set(codes)), "an item under two answers would remain whatever is said"


def test_candidates_of_one_department_are_told_apart_by_their_matter() -> None:
    cards = [item for item in sample_items() if item.code in ("RS-005", "RS-006")]
    asked = question([(cards[0], 0.4), (cards[1], 0.3)])
    assert asked is not None
    assert asked.aspect is Aspect.MATTER
    assert [(one.label, one.codes) for one in asked.options] == [
        ("办社保卡", ("RS-005",)),
        ("社保卡丢失", ("RS-006",)),
    ]


def test_one_candidate_alone_is_asked_about_by_nothing() -> None:
    assert question([(sample_items()[0], 0.4)]) is None


def line(number: int, text: str, code: str, by: str, at: float = 0.0) -> LearnedLine:
    return LearnedLine(f"call-{number}", code, text, by, at)


SAID: Final = "娃娃他爹在里头坐着没人管"


def test_what_three_people_were_helped_with_comes_first_when_said_again(index: ItemIndex) -> None:
    taught = index.taught([line(n, SAID, "MZ-008", f"clerk-{n}") for n in range(3)])
    answer = taught.search(SAID, limit=3)
    assert first(answer) == "MZ-008"
    assert answer.found[0].taught


def test_a_line_taken_back_teaches_nothing(index: ItemIndex) -> None:
    lines = [replace(line(n, SAID, "ST-001", f"clerk-{n}"), withdrawn_at=1.0) for n in range(3)]
    assert index.taught(lines).search(SAID, limit=5) == index.search(SAID, limit=5)


def test_one_person_cannot_teach_an_item_away(index: ItemIndex) -> None:
    """A hundred sessions of one clerk weigh no more than one; a name's own words stay stronger."""
    once = index.taught([line(0, "身份证丢了", "NY-005", "mallory")])
    often = index.taught([line(n, "身份证丢了", "NY-005", "mallory", float(n)) for n in range(100)])
    assert first(often.search("身份证丢了", limit=1)) == "GA-005"
    scores = [
        {hit.code: hit.score for hit in one.search("身份证丢了", limit=90, now=99.0).found}
        for one in (once, often)
    ]
    assert scores[1]["NY-005"] <= scores[0]["NY-005"] * 1.01 + 0.01


def test_lines_are_bounded_by_item_and_by_person_newest_first() -> None:
    flood = [line(n, f"话{n}", "YB-001", "mallory", float(n)) for n in range(50)]
    others = [line(100 + n, f"别{n}", "YB-001", f"clerk-{n}", float(n)) for n in range(50)]
    kept = counting([*flood, *others])
    assert len(kept) == MOST_OF_ITEM
    assert [one.text for one in kept if one.taught_by == "mallory"] == ["话49", "话48", "话47"]
    assert MOST_OF_PERSON == 3


def test_lines_that_only_sound_like_speech_draw_nothing_to_their_items(index: ItemIndex) -> None:
    """Lines are more like each other than like any passage: that alone is no reason."""
    lines = [line(n, f"别的话{n}", "YB-001", f"clerk-{n}") for n in range(20)]
    taught = index.taught(lines)
    near = dict.fromkeys(index.texts, 0.8) | {one.text: 0.88 for one in lines}
    plain = {hit.code: hit.score for hit in index.search("某句新话", limit=90, similar=near).found}
    after = {hit.code: hit.score for hit in taught.search("某句新话", limit=90, similar=near).found}
    assert after == plain


def test_lines_fade(index: ItemIndex) -> None:
    taught = index.taught([line(n, SAID, "MZ-008", f"clerk-{n}") for n in range(3)])
    scores = [taught.search(SAID, limit=1, now=years * 365 * DAY).found[0].score for years in (0, 1, 10)]
    assert scores[0] > scores[1] > scores[2]


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("我叫李建国,要办低保", "我叫 ,要办低保"),
        ("电话13987654321,医保没到账", "电话 ,医保没到账"),
        ("身份证533324199001011234丢了", "身份证 丢了"),
        ("身份证53332419900101123X丢了", "身份证 丢了"),
        ("139 8765 4321 打不通", "打不通"),
        ("福贡县上帕镇腊乌村3组12号的危房", "的危房"),
        ("王秀英的养老金停了", "的养老金停了"),
        ("独龙江乡这边边民补助", "这边边民补助"),
        ("我们村的低保评不上", "我们村的低保评不上"),
        ("满60了想领养老金", "满60了想领养老金"),
        ("高血压吃药能报不", "高血压吃药能报不"),
    ],
)
def test_what_names_somebody_is_masked_and_what_is_asked_stays(said: str, kept: str) -> None:
    places = ("独龙江乡", "福贡县", "上帕镇")
    assert masked(said, names=("王秀英",), places=places) == kept


def test_a_masked_line_is_short() -> None:
    assert len(masked("办" * 500)) == MOST


def test_the_table_of_readings_is_pypinyins() -> None:
    for character, reading in _readings().items():
        first_reading = pinyin(character, style=Style.NORMAL, heteronym=True)[0][0]
        assert reading == first_reading.replace("ü", "v")


def test_sounds_join_pinyin_with_the_han_around_it() -> None:
    (stretch,) = sounds_of("户口本diu了").stretches
    assert [one.sound for one in stretch] == ["hu", "kou", "ben", "diu", "le"]
    assert [one.written for one in stretch] == ["户", "口", "本", "", "了"]
    assert sounds_of("sfz").initials == ("sfz",)
    assert initials_of("身份证") == "sfz"


def test_a_query_takes_less_than_five_milliseconds(index: ItemIndex) -> None:
    taught = index.taught(
        [line(n, LINES[n % len(LINES)][0], LINES[n % len(LINES)][1], f"c{n}") for n in range(1000)]
    )
    started = time.process_time()
    for said, _ in LINES:
        taught.search(said, limit=3)
    assert (time.process_time() - started) / len(LINES) < 0.005
