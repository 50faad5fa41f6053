"""Items (事项) and the hits of a search among them."""

from typing import Annotated, Literal

from pydantic import Field

from signaling.web.messages.base import NO_NUL, Lifecycle, Message, Timestamp


class QuestionAnswer(Message):
    """One 问答 of an item."""

    question: Annotated[str, Field(max_length=500, pattern=NO_NUL)]
    answer: Annotated[str, Field(max_length=2000, pattern=NO_NUL)]


class ItemView(Message):
    """An item (事项) in one version."""

    code: str
    version: int
    name: str
    department: str
    level: str
    keywords: list[str]
    materials: list[str]
    steps: list[str]
    questions: list[QuestionAnswer]
    languages: list[str]
    lifecycle: Lifecycle
    sample: bool
    """True for 示例数据."""
    offered_in: list[str]
    """Region codes in which it is offered; a region covers its subtree."""


class DraftView(Message):
    """The next version of an item while it is written; `item.lifecycle` is draft."""

    item: ItemView
    written_by: str
    """A name."""
    written_at: Timestamp
    submitted_by: str | None
    """A name; None while nobody handed it in."""
    mine: bool
    """The viewer wrote or handed it in: somebody else publishes."""


class SearchOption(Message):
    """One answer to a question, and the items that remain with it."""

    label: str
    codes: list[str]


class SearchQuestion(Message):
    """The one question that tells the candidates apart: by department (部门) or by matter (事由)."""

    aspect: Literal["department", "matter"]
    options: list[SearchOption]


class ItemHit(Message):
    """One search result with the words that matched and how many specialists could take it now."""

    item: ItemView
    score: float
    chance: float
    """0…1, that it is what is meant."""
    matched: list[str]
    """Words typed, or for what was typed by its sound the item's."""
    near: str
    """The item's name, keyword or question nearest in meaning; empty when meanings were not compared."""
    taught: bool
    """Sessions in which nearly this was said led to it."""
    available: int
    department_name: str
    """As people say it: 县医保局."""


class LearnedLineView(Message):
    """A masked line of a session from which the search learns."""

    call_id: str
    item_code: str
    item_name: str
    text: str
    learned_at: Timestamp
    corrected: bool
    """The wrap-up named another item than the clerk had."""
    taken_for_name: str | None
    """The item the clerk had, where it was another one and is known."""
    withdrawn: bool


class ConfusionView(Message):
    """How often one item was meant and another taken, by the lines that count."""

    meant_code: str
    meant_name: str
    taken_code: str
    taken_name: str
    times: int
