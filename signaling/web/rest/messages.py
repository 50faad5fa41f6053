"""Messages that were left when nobody could answer."""

from typing import Final

from signaling.domain.roles import Permission
from signaling.web.messages.base import Empty
from signaling.web.messages.rest import MessageCloseBody, MessageList
from signaling.web.messages.views.queue import MessageView
from signaling.web.present.calls import message_view
from signaling.web.rest.table import Asked, Endpoints

endpoints: Final = Endpoints("留言 messages")


@endpoints.add("GET", "/api/messages", summary="留言", permission=Permission.MESSAGE_READ)
async def messages(asked: Asked[Empty]) -> MessageList:
    """The messages for one's department."""
    found = await asked.context.services.messages.messages(asked.actor)
    return MessageList(messages=[message_view(one, asked.context.directory) for one in found])


@endpoints.add(
    "POST", "/api/messages/{message_id}/read", summary="打开留言", permission=Permission.MESSAGE_READ
)
async def read_message(asked: Asked[Empty]) -> MessageView:
    """Open a message: its phone in full; the others see that it is read."""
    message = await asked.context.services.messages.read(asked.actor, asked.path("message_id"))
    return message_view(message, asked.context.directory, in_full=True)


@endpoints.add(
    "POST", "/api/messages/{message_id}/close", summary="办结留言", permission=Permission.MESSAGE_CLOSE
)
async def close_message(asked: Asked[MessageCloseBody]) -> MessageView:
    """Close a message with what was answered."""
    message = await asked.context.services.messages.close(
        asked.actor, asked.path("message_id"), asked.body.answer
    )
    return message_view(message, asked.context.directory)
