"""Pairing of rating pads, which have no account."""

from typing import Final

from signaling.web.messages.rest import PadPairBody, PadSessionView
from signaling.web.rest.accounts import attempt
from signaling.web.rest.table import Asked, Endpoints

endpoints: Final = Endpoints("评价器 pads")


@endpoints.add("POST", "/api/pads/pair", summary="配对评价器", needs="nothing")
async def pair_pad(asked: Asked[PadPairBody]) -> PadSessionView:
    """Make a device the rating pad of a point, with the code a clerk reads out."""
    paired = await asked.context.services.pads.pair(asked.body.code, attempt(asked))
    return PadSessionView(
        device_token=paired.token,
        pad_id=paired.pad.pad_id,
        point_id=paired.pad.point_id,
        point_name=asked.context.directory.point(paired.pad.point_id).name,
    )
