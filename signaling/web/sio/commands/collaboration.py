"""Chat, drawing and cards."""

from signaling.domain.record import Mark
from signaling.domain.roles import Permission
from signaling.web.messages.base import Empty
from signaling.web.messages.commands import (
    CardPush,
    ChatSend,
    PointerBody,
    RecordEarlier,
    StrokeBody,
    StrokesClear,
)
from signaling.web.messages.views.session import CardView, ChatView, RecordView
from signaling.web.present.session import card_view, chat_view, record_view
from signaling.web.sio.table import Asked, command


@command("chat.send", permission=Permission.CHAT_SEND)
async def send_chat(asked: Asked[ChatSend]) -> ChatView:
    """Say a line."""
    chat = await asked.context.services.collaboration.send_chat(
        asked.actor, asked.body.call_id, asked.body.text
    )
    return chat_view(chat)


@command("annotation.stroke", permission=Permission.ANNOTATION_DRAW, drawing=True)
async def draw(asked: Asked[StrokeBody]) -> Empty:
    """Draw a stroke or the next part of one."""
    body = asked.body
    await asked.context.services.collaboration.draw(
        asked.actor,
        body.call_id,
        stroke_id=body.stroke_id,
        producer_id=body.producer_id,
        color=body.color,
        width=body.width,
        points=tuple(body.points),
        done=body.done,
    )
    return Empty()


@command("annotation.pointer", permission=Permission.ANNOTATION_DRAW, drawing=True)
async def point(asked: Asked[PointerBody]) -> Empty:
    """Move the pointer."""
    body = asked.body
    await asked.context.services.collaboration.point(
        asked.actor, body.call_id, body.producer_id, body.x, body.y
    )
    return Empty()


@command("annotation.clear", permission=Permission.ANNOTATION_DRAW)
async def clear(asked: Asked[StrokesClear]) -> Empty:
    """Wipe all strokes over one picture."""
    await asked.context.services.collaboration.clear(asked.actor, asked.body.call_id, asked.body.producer_id)
    return Empty()


@command("card.push", permission=Permission.CARD_PUSH)
async def push_card(asked: Asked[CardPush]) -> CardView:
    """Put a card on the counter's screen."""
    body = asked.body
    card = await asked.context.services.collaboration.push_card(
        asked.actor,
        body.call_id,
        body.kind,
        item_code=body.item_code,
        title=body.title,
        body=body.body,
    )
    return card_view(card)


@command("record.earlier", permission=Permission.CALL_JOIN)
async def earlier(asked: Asked[RecordEarlier]) -> RecordView:
    """Read on in chat, cards, stills or strokes, towards the beginning."""
    body, context = asked.body, asked.context
    before = Mark(body.before.at, body.before.id)
    page = await context.services.record.earlier(asked.actor, body.call_id, body.kind, before)
    return record_view(page, context.stills_for(asked.connection.viewer))
