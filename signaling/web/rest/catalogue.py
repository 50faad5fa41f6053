"""Items, regions, service points and departments."""

from typing import Final

from signaling.domain.roles import Permission
from signaling.web.messages.base import Empty
from signaling.web.messages.rest import (
    DepartmentList,
    FamiliarItems,
    ItemHits,
    ItemList,
    ItemQuery,
    LearnedLineBody,
    LearnedLineList,
    OfferingBody,
    PointBody,
    PointList,
    PointPatch,
    RegionList,
)
from signaling.web.messages.views.items import ItemView, LearnedLineView
from signaling.web.messages.views.places import PointView
from signaling.web.present.places import (
    department_view,
    item_view,
    point_view,
    region_view,
)
from signaling.web.present.search import hit_view, hits_view, learned_view
from signaling.web.rest.table import Asked, Endpoints

_LINES_SHOWN: Final = 500

endpoints: Final = Endpoints("事项与网点 catalogue")


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
    lines = await asked.context.services.teaching.all()
    return LearnedLineList(
        lines=[learned_view(line, asked.context.directory) for line in lines[:_LINES_SHOWN]]
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


@endpoints.add("GET", "/api/regions", summary="地区树")
async def regions(asked: Asked[Empty]) -> RegionList:
    """The whole region tree."""
    directory = asked.context.directory
    return RegionList(regions=[region_view(region, directory) for region in directory.tree])


@endpoints.add("GET", "/api/departments", summary="部门")
async def departments(asked: Asked[Empty]) -> DepartmentList:
    """All departments."""
    found = asked.context.directory.all_departments()
    return DepartmentList(departments=[department_view(department) for department in found])


@endpoints.add("GET", "/api/points", summary="网点", permission=Permission.POINT_READ)
async def points(asked: Asked[Empty]) -> PointList:
    """The service points within one's scope."""
    context = asked.context
    paired = await context.services.pads.paired()
    found = context.services.administration.points(asked.actor)
    return PointList(points=[point_view(point, context.directory, paired) for point in found])


@endpoints.add("POST", "/api/points", summary="新设网点", permission=Permission.POINT_WRITE)
async def open_point(asked: Asked[PointBody]) -> PointView:
    """Open a service point."""
    body = asked.body
    point = await asked.context.services.administration.open_point(
        asked.actor,
        name=body.name,
        region_code=body.region_code,
        phone=body.phone,
        opening_hours=body.opening_hours,
        equipment=tuple(body.equipment),
    )
    return point_view(point, asked.context.directory, {})


@endpoints.add("PATCH", "/api/points/{point_id}", summary="启用或停用网点", permission=Permission.POINT_WRITE)
async def change_point(asked: Asked[PointPatch]) -> PointView:
    """Open or close a point."""
    point = await asked.context.services.administration.set_point_enabled(
        asked.actor, asked.path("point_id"), enabled=asked.body.enabled
    )
    paired = await asked.context.services.pads.paired()
    return point_view(point, asked.context.directory, paired)


@endpoints.add(
    "POST", "/api/points/{point_id}/pads/revoke", summary="解除评价器配对", permission=Permission.POINT_WRITE
)
async def revoke_pads(asked: Asked[Empty]) -> PointView:
    """End the pairing of all rating pads of a point; each must be paired again."""
    context, point_id = asked.context, asked.path("point_id")
    await context.services.pads.revoke(asked.actor, point_id)
    paired = await context.services.pads.paired()
    return point_view(context.directory.point(point_id), context.directory, paired)
