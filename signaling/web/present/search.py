"""What a search for items found, and what it learned from."""

from signaling.domain.search.learned import Confusion, LearnedLine
from signaling.services.catalogue import Answer, Hit
from signaling.services.directory import Directory
from signaling.web.messages.rest import ItemHits
from signaling.web.messages.views.items import (
    ConfusionView,
    ItemHit,
    LearnedLineView,
    SearchOption,
    SearchQuestion,
)
from signaling.web.present.calls import item_name
from signaling.web.present.places import item_view, moment


def hit_view(hit: Hit, directory: Directory) -> ItemHit:
    """Show a search result."""
    return ItemHit(
        item=item_view(hit.item, directory),
        score=hit.found.score,
        chance=hit.found.chance,
        matched=list(hit.found.matched),
        near=hit.found.near,
        taught=hit.found.taught,
        available=hit.available,
        department_name=hit.department_name,
    )


def hits_view(query: str, answer: Answer, directory: Directory) -> ItemHits:
    """Show what a search found."""
    asked = answer.question
    return ItemHits(
        query=query,
        hits=[hit_view(hit, directory) for hit in answer.hits],
        sure=answer.sure,
        question=None
        if asked is None
        else SearchQuestion(
            aspect=asked.aspect.value,
            options=[SearchOption(label=one.label, codes=list(one.codes)) for one in asked.options],
        ),
        by_meaning=answer.by_meaning,
        general=hit_view(answer.general, directory),
    )


def learned_view(line: LearnedLine, directory: Directory) -> LearnedLineView:
    """Show a line the search learns from; who taught it stays out: lines are judged, not people."""
    return LearnedLineView(
        call_id=line.call_id,
        item_code=line.item_code,
        item_name=item_name(line.item_code, directory),
        text=line.text,
        learned_at=moment(line.learned_at),
        corrected=line.corrected,
        taken_for_name=item_name(line.taken_for, directory) if line.taken_for is not None else None,
        withdrawn=line.withdrawn_at is not None,
    )


def confusion_view(pair: Confusion, directory: Directory) -> ConfusionView:
    """Show two items that are taken for one another."""
    return ConfusionView(
        meant_code=pair.meant,
        meant_name=item_name(pair.meant, directory),
        taken_code=pair.taken,
        taken_name=item_name(pair.taken, directory),
        times=pair.times,
    )
