"""Items (事项) and the hits of a search among them."""

from signaling.web.messages.base import Lifecycle, Message


class QuestionAnswer(Message):
    """One 问答 of an item."""

    question: str
    answer: str


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


class ItemHit(Message):
    """One search result with the words that matched and how many specialists could take it now."""

    item: ItemView
    score: float
    matched: list[str]
    available: int
    department_name: str
    """As people say it: 县医保局."""
