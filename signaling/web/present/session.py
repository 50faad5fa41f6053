"""What happens within a call: participants, tracks, chat, cards, pictures, strokes."""

from collections.abc import Callable

from signaling.domain.collaboration import Card, Chat, Still, Stroke
from signaling.domain.files import SentFile
from signaling.domain.ladder import Rung
from signaling.domain.record import Mark, Page
from signaling.domain.seating import Absence, absence_of, may_send
from signaling.domain.session import ConsumerOptions, Participant, Producer, Track, TransportOptions
from signaling.web.messages.views.joining import ConsumerView, TransportView
from signaling.web.messages.views.session import (
    CardView,
    ChatView,
    FileView,
    MarkView,
    ParticipantView,
    ProducerView,
    RecordView,
    RungView,
    StillView,
    StrokeView,
)
from signaling.web.present.places import moment

AddressOf = Callable[[str], str]
"""Id of a still or file → signed address for the person who is shown it."""


def participant_view(participant: Participant) -> ParticipantView:
    """Show someone in a call."""
    return ParticipantView(
        participant_id=participant.participant_id,
        staff_id=participant.who.staff_id,
        name=participant.name,
        title=participant.title,
        part=participant.part,
        sends=[track for track in Track if may_send(participant.part, track)],
        awaited=absence_of(participant.part) is not Absence.FREES,
        generation=participant.generation,
        online=participant.online,
        away=participant.away,
        quality=participant.quality,
        uplink=participant.uplink,
        downlink=participant.downlink,
        sending=_rung_view(participant.sending),
        receiving=_rung_view(participant.receiving),
    )


def _rung_view(rung: Rung) -> RungView:
    return RungView(step=rung.step, why=rung.why)


def producer_view(producer: Producer) -> ProducerView:
    """Show a track."""
    return ProducerView(
        producer_id=producer.producer_id,
        participant_id=producer.participant_id,
        track=producer.track,
        kind="audio" if producer.track.kind == "audio" else "video",
        paused=producer.paused,
        silenced=producer.silenced,
        display_surface=producer.display_surface,
    )


def transport_view(options: TransportOptions) -> TransportView:
    """Show what a client builds a transport from."""
    return TransportView(
        transport_id=options.transport_id,
        ice_parameters=options.ice_parameters,
        ice_candidates=list(options.ice_candidates),
        dtls_parameters=options.dtls_parameters,
        sctp_parameters=options.sctp_parameters,
    )


def consumer_view(options: ConsumerOptions) -> ConsumerView:
    """Show what a client builds a consumer from."""
    return ConsumerView(
        consumer_id=options.consumer_id,
        producer_id=options.producer_id,
        kind="audio" if options.kind == "audio" else "video",
        rtp_parameters=options.rtp_parameters,
        producer_paused=options.producer_paused,
    )


def chat_view(chat: Chat) -> ChatView:
    """Show a line of chat."""
    return ChatView(
        chat_id=chat.chat_id,
        participant_id=chat.participant_id,
        name=chat.name,
        text=chat.text,
        sent_at=moment(chat.sent_at),
        off_record=chat.off_record,
    )


def card_view(card: Card) -> CardView:
    """Show a card."""
    return CardView(
        card_id=card.card_id,
        kind=card.kind,
        title=card.title,
        item_code=card.item_code,
        item_version=card.item_version,
        body=card.body,
        materials=list(card.materials),
        steps=list(card.steps),
        pushed_by=card.pushed_by,
        pushed_at=moment(card.pushed_at),
        off_record=card.off_record,
    )


def file_view(file: SentFile, address_of: AddressOf) -> FileView:
    """Show a file; the address is signed for the person who sees it."""
    return FileView(
        file_id=file.file_id,
        way=file.way,
        name=file.name,
        size_bytes=file.size_bytes,
        sha256=file.sha256,
        sent_by=file.sent_by,
        sent_at=moment(file.sent_at),
        off_record=file.off_record,
        url=address_of(file.file_id),
    )


def still_view(still: Still, address_of: AddressOf) -> StillView:
    """Show a picture."""
    return StillView(
        still_id=still.still_id,
        taken_by=still.taken_by,
        taken_at=moment(still.taken_at),
        track=still.track,
        width=still.width,
        height=still.height,
        size_bytes=still.size_bytes,
        sha256=still.sha256,
        off_record=still.off_record,
        url=address_of(still.still_id),
    )


def stroke_view(stroke: Stroke) -> StrokeView:
    """Show a stroke or a part of one."""
    return StrokeView(
        stroke_id=stroke.stroke_id,
        producer_id=stroke.producer_id,
        participant_id=stroke.participant_id,
        color=stroke.color,
        width=stroke.width,
        points=list(stroke.points),
        done=stroke.done,
    )


def mark_view(mark: Mark | None) -> MarkView | None:
    """Show where a page begins."""
    return None if mark is None else MarkView(at=mark.at, id=mark.id)


def record_view(page: Page, address_of: AddressOf) -> RecordView:
    """Show a page of a session's record."""
    entries = page.entries
    return RecordView(
        chat=[chat_view(one) for one in entries if isinstance(one, Chat)],
        cards=[card_view(one) for one in entries if isinstance(one, Card)],
        stills=[still_view(one, address_of) for one in entries if isinstance(one, Still)],
        strokes=[stroke_view(one) for one in entries if isinstance(one, Stroke)],
        earlier=mark_view(page.earlier),
    )
