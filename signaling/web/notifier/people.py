"""Messages, ratings, pads, and sessions that were revoked."""

from signaling.domain import events
from signaling.domain.roles import Permission
from signaling.domain.subject import Subject
from signaling.web.messages.events import HelperPaired, PadPaired, RatingWithdrawn, SignedOut
from signaling.web.notifier.table import Stage, tells
from signaling.web.present.calls import message_view
from signaling.web.sio.live import rating_requested


@tells
async def message_changed(stage: Stage, event: events.MessageChanged) -> None:
    """To those of the department who read its messages."""
    messages = stage.context.services.messages
    concerned = [
        one
        for one in stage.hub
        if Permission.MESSAGE_READ in one.actor.permissions and messages.visible_to(event.message, one.actor)
    ]
    shown = message_view(event.message, stage.context.directory)
    await stage.hub.tell(concerned, shown)


@tells
async def rating_was_requested(stage: Stage, event: events.RatingRequested) -> None:
    """To the pads of the point."""
    pads = stage.hub.of_point(event.point_id)
    if pads:
        await stage.hub.tell(pads, rating_requested(event, stage.context))


@tells
async def rating_withdrawn(stage: Stage, event: events.RatingWithdrawn) -> None:
    """To the pads of the point."""
    pads = stage.hub.of_point(event.point_id)
    await stage.hub.tell(pads, RatingWithdrawn(call_id=event.call_id))


@tells
async def pairing_code_made(stage: Stage, event: events.PairingCodeMade) -> None:
    """Nobody: whoever asked for it got it as the answer."""


@tells
async def pairing_code_used(stage: Stage, event: events.PairingCodeUsed) -> None:
    """Nobody: that a device is paired is told by itself."""


@tells
async def helper_paired(stage: Stage, event: events.HelperPaired) -> None:
    """To the clerks of the point: one of them sits at that PC."""
    helper = event.helper
    clerks = [
        one
        for one in stage.hub
        if Permission.CONTROL_GRANT in one.actor.permissions and one.actor.point_id == helper.point_id
    ]
    await stage.hub.tell(clerks, HelperPaired(counter=helper.counter, name=helper.name))


@tells
async def helpers_revoked(stage: Stage, event: events.HelpersRevoked) -> None:
    """Nobody: their connections are cut by who holds them."""


@tells
async def pad_paired(stage: Stage, event: events.PadPaired) -> None:
    """To the clerks of the point."""
    clerks = [
        one
        for one in stage.hub
        if Permission.PAD_PAIR in one.actor.permissions and one.actor.point_id == event.point_id
    ]
    paired = PadPaired(point_id=event.point_id, pad_id=event.pad_id)
    await stage.hub.tell(clerks, paired)


@tells
async def pads_revoked(stage: Stage, event: events.PadsRevoked) -> None:
    """Cut their sockets; the pad's page finds its credential refused and asks to be paired again."""
    for one in stage.hub.of_point(event.point_id):
        if one.actor.who.id in event.pad_ids:
            await stage.server.disconnect(one.sid)


@tells
async def session_revoked(stage: Stage, event: events.SessionRevoked) -> None:
    """Say why, and cut the sockets of that sign-in, or all of the person's."""
    for one in stage.hub.of(Subject.of_staff(event.staff_id)):
        if event.session_id is None or one.actor.session_id == event.session_id:
            await stage.hub.tell([one], SignedOut(reason=event.reason))
            await stage.server.disconnect(one.sid)


@tells
async def directory_changed(stage: Stage, event: events.DirectoryChanged) -> None:
    """Names in the lists may have changed."""
    stage.watchers.anything_changed()
