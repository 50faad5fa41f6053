"""留言, rating pads and ratings."""

from signaling.domain.feedback import RatingLevel
from signaling.domain.roles import Permission
from signaling.web.messages.base import Empty
from signaling.web.messages.commands import MessageLeave, PairingCode, RatingSubmit
from signaling.web.messages.views.queue import MessageView
from signaling.web.present.calls import message_view
from signaling.web.sio.table import Asked, command


@command("message.leave", permission=Permission.MESSAGE_LEAVE)
async def leave_message(asked: Asked[MessageLeave]) -> MessageView:
    """Leave a question when nobody could answer."""
    body = asked.body
    messages = asked.context.services.messages
    message = await messages.leave(asked.actor, body.call_id, body.name, body.phone, body.question)
    return message_view(message, asked.context.directory, readers=messages.readers(message))


@command("pad.code", permission=Permission.PAD_PAIR)
async def pad_code(asked: Asked[Empty]) -> PairingCode:
    """Get a one-time code to pair a rating pad with one's point."""
    code, expires_in_s = await asked.context.services.pads.code(asked.actor)
    return PairingCode(code=code, expires_in_s=expires_in_s)


@command("rating.submit", permission=Permission.RATING_SUBMIT)
async def submit_rating(asked: Asked[RatingSubmit]) -> Empty:
    """Rate one item of a call; from a paired pad only."""
    body = asked.body
    await asked.context.services.ratings.submit(
        asked.actor, body.call_id, body.item_code, RatingLevel(body.level), body.comment
    )
    return Empty()
