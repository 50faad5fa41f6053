"""Items: what is offered where, and how they are written."""

import re
from typing import Final

from signaling.domain.control.policy import ControlPolicy
from signaling.domain.items import GENERAL_DESK, Item, QuestionAnswer
from signaling.domain.roles import Permission
from signaling.domain.search.learned import confusions
from signaling.web.messages.base import Empty
from signaling.web.messages.rest import (
    DraftBody,
    DraftList,
    FamiliarItems,
    ItemHits,
    ItemList,
    ItemQuery,
    LearnedLineBody,
    LearnedLineList,
    LifecycleBody,
    OfferingBody,
)
from signaling.web.messages.views.control import ControlPolicyView
from signaling.web.messages.views.items import DraftView, ItemView, LearnedLineView
from signaling.web.present.control import control_policy_view
from signaling.web.present.drafts import draft_view
from signaling.web.present.places import item_view
from signaling.web.present.search import confusion_view, hit_view, hits_view, learned_view
from signaling.web.problems import Refused
from signaling.web.rest.table import Asked, Endpoints

_CODE: Final = re.compile(r"[A-Za-z0-9_.:-]{1,64}")
_LINES_SHOWN: Final = 500
_PAIRS_SHOWN: Final = 50

endpoints: Final = Endpoints("事项 items")


@endpoints.add("GET", "/api/items", summary="按群众的话找事项", permission=Permission.ITEM_READ)
async def search_items(asked: Asked[ItemQuery]) -> ItemHits:
    """The best matches among what is offered here."""
    query, context = asked.body, asked.context
    answer = await context.services.catalogue.search(asked.actor, query.query, query.limit)
    return hits_view(query.query, answer, context.directory)


@endpoints.add("GET", "/api/items/mine", summary="我常办的事项", permission=Permission.CALL_REQUEST)
async def familiar_items(asked: Asked[Empty]) -> FamiliarItems:
    """What one's calls of the last days were about, and the general desk."""
    context = asked.context
    hits = await context.services.catalogue.familiar(asked.actor)
    general = context.services.catalogue.general(asked.actor)
    return FamiliarItems(
        hits=[hit_view(hit, context.directory) for hit in hits],
        general=hit_view(general, context.directory),
    )


@endpoints.add("GET", "/api/search/lines", summary="找事项学到的话", permission=Permission.SEARCH_TEACH)
async def learned_lines(asked: Asked[Empty]) -> LearnedLineList:
    """The masked lines the search learned from sessions, newest first, withdrawn ones too."""
    lines, directory = await asked.context.services.teaching.all(), asked.context.directory
    return LearnedLineList(
        lines=[learned_view(line, directory) for line in lines[:_LINES_SHOWN]],
        total=len(lines),
        confusions=[confusion_view(pair, directory) for pair in confusions(lines)[:_PAIRS_SHOWN]],
    )


@endpoints.add(
    "PUT", "/api/search/lines/{call_id}", summary="撤回或恢复学到的话", permission=Permission.SEARCH_TEACH
)
async def set_line(asked: Asked[LearnedLineBody]) -> LearnedLineView:
    """Take a line back, or have it count again."""
    context = asked.context
    line = await context.services.teaching.withdraw(
        asked.actor, asked.path("call_id"), withdrawn=asked.body.withdrawn
    )
    return learned_view(line, context.directory)


@endpoints.add("GET", "/api/items/all", summary="本地全部事项", permission=Permission.ITEM_READ)
async def all_items(asked: Asked[Empty]) -> ItemList:
    """Everything offered here."""
    items = asked.context.services.catalogue.items(asked.actor)
    return ItemList(items=[item_view(item, asked.context.directory) for item in items])


@endpoints.add("GET", "/api/items/{code}", summary="一个事项", permission=Permission.ITEM_READ)
async def one_item(asked: Asked[Empty]) -> ItemView:
    """An item in its newest version."""
    item = asked.context.services.catalogue.item(asked.actor, asked.path("code"))
    return item_view(item, asked.context.directory)


@endpoints.add(
    "PUT", "/api/items/{code}/offering", summary="在某地开办或停办", permission=Permission.ITEM_OFFER
)
async def set_offering(asked: Asked[OfferingBody]) -> ItemView:
    """Offer an item in a region, or stop offering it there."""
    body = asked.body
    item = await asked.context.services.catalogue.set_offering(
        asked.actor, asked.path("code"), body.region_code, offered=body.offered
    )
    return item_view(item, asked.context.directory)


@endpoints.add(
    "POST", "/api/items/{code}/lifecycle", summary="停用事项，或试行转正式", permission=Permission.ITEM_WRITE
)
async def set_lifecycle(asked: Asked[LifecycleBody]) -> ItemView:
    """Retire an item at once, or let a pilot go live."""
    item = await asked.context.services.writing.set_lifecycle(
        asked.actor, asked.path("code"), asked.body.lifecycle
    )
    return item_view(item, asked.context.directory)


@endpoints.add(
    "GET", "/api/items/{code}/control", summary="事项允许的远程控制", permission=Permission.ITEM_WRITE
)
async def item_control(asked: Asked[Empty]) -> ControlPolicyView:
    """Read what may be granted of a counter PC at most while the item is handled."""
    return control_policy_view(asked.context.directory.item(asked.path("code")).control)


@endpoints.add(
    "PUT", "/api/items/{code}/control", summary="限制事项的远程控制", permission=Permission.ITEM_WRITE
)
async def set_item_control(asked: Asked[ControlPolicyView]) -> ControlPolicyView:
    """Say what may be granted of a counter PC at most while the item is handled."""
    policy = ControlPolicy(frozenset(asked.body.scopes), asked.body.longest_s)
    item = await asked.context.services.writing.set_control(asked.actor, asked.path("code"), policy)
    return control_policy_view(item.control)


@endpoints.add("GET", "/api/drafts", summary="事项草稿", permission=Permission.ITEM_WRITE)
async def drafts(asked: Asked[Empty]) -> DraftList:
    """Every item that is being written."""
    directory = asked.context.directory
    return DraftList(
        drafts=[draft_view(draft, asked.actor.who, directory) for draft in directory.all_drafts()]
    )


@endpoints.add("PUT", "/api/drafts/{code}", summary="编写事项", permission=Permission.ITEM_WRITE)
async def write_draft(asked: Asked[DraftBody]) -> DraftView:
    """Keep the next version of an item; nobody else sees it before it is published."""
    body = asked.body
    item = Item(
        code=asked.path("code"),
        version=0,
        name=body.name,
        department=body.department,
        level=body.level,
        keywords=tuple(body.keywords),
        materials=tuple(body.materials),
        steps=tuple(body.steps),
        questions=tuple(QuestionAnswer(one.question, one.answer) for one in body.questions),
        languages=tuple(body.languages),
    )
    if not _CODE.fullmatch(item.code) or item.code == GENERAL_DESK.code:
        raise Refused("malformed", field="code")
    draft = await asked.context.services.writing.write(asked.actor, item)
    return draft_view(draft, asked.actor.who, asked.context.directory)


@endpoints.add("POST", "/api/drafts/{code}/submit", summary="提交草稿", permission=Permission.ITEM_WRITE)
async def submit_draft(asked: Asked[Empty]) -> DraftView:
    """Hand a draft in, for another curator to publish."""
    draft = await asked.context.services.writing.submit(asked.actor, asked.path("code"))
    return draft_view(draft, asked.actor.who, asked.context.directory)


@endpoints.add("POST", "/api/drafts/{code}/publish", summary="发布草稿", permission=Permission.ITEM_WRITE)
async def publish_draft(asked: Asked[LifecycleBody]) -> ItemView:
    """Publish what somebody else wrote, as pilot or live."""
    item = await asked.context.services.writing.publish(asked.actor, asked.path("code"), asked.body.lifecycle)
    return item_view(item, asked.context.directory)


@endpoints.add("POST", "/api/drafts/{code}/discard", summary="删除草稿", permission=Permission.ITEM_WRITE)
async def discard_draft(asked: Asked[Empty]) -> Empty:
    """Throw a draft away; what is published stays."""
    await asked.context.services.writing.discard(asked.actor, asked.path("code"))
    return Empty()
