"""The registry of a process's live media: rooms, seats, and which transport, producer and consumer is
whose.
"""

from dataclasses import dataclass, field, replace

from signaling.domain.errors import ForbiddenError, NotFoundError
from signaling.domain.ids import JsonObject
from signaling.domain.ladder import TOP
from signaling.domain.seating import is_seen, reaches
from signaling.domain.session import Direction, LayerLimit, Participant, Producer
from signaling.domain.subject import Subject


@dataclass(slots=True)
class Seat:
    """A participant's place in a room: their socket and everything of their generation."""

    participant: Participant
    socket_id: str | None = None
    transports: dict[str, Direction] = field(default_factory=dict)
    producers: dict[str, Producer] = field(default_factory=dict)
    consumers: dict[str, str] = field(default_factory=dict)
    """Consumer id → producer id."""
    reduced: dict[str, int] = field(default_factory=dict)
    """Consumer id → the encoding that the line has it reduced to, −1 while it is held back."""

    def forget_media(self) -> None:
        """Forget transports and all they carried, and what they told of the lines."""
        self.participant = replace(self.participant, uplink=None, downlink=None, sending=TOP, receiving=TOP)
        self.transports.clear()
        self.producers.clear()
        self.consumers.clear()
        self.reduced.clear()

    def note_layer(self, consumer_id: str, layer: int | None, limited_by: LayerLimit) -> None:
        """Remember what somebody gets of a picture, as far as it is their line that allows no more."""
        if limited_by is LayerLimit.LINE:
            self.reduced[consumer_id] = -1 if layer is None else layer
        else:
            self.reduced.pop(consumer_id, None)

    def worst_layer(self) -> int | None:
        """Return the lowest encoding that the line has some picture reduced to, −1 for one held back."""
        return min((self.reduced[one] for one in self.consumers if one in self.reduced), default=None)

    def require_transport(self, transport_id: str, direction: Direction | None = None) -> None:
        """Raise `transport_not_found` unless it is this seat's (and of that direction)."""
        if self.transports.get(transport_id) not in ((direction,) if direction else tuple(Direction)):
            raise NotFoundError("transport_not_found", field="transport_id")

    def require_producer(self, producer_id: str) -> Producer:
        """Return this seat's producer; raise `producer_not_found`."""
        try:
            return self.producers[producer_id]
        except KeyError:
            raise NotFoundError("producer_not_found", field="producer_id") from None

    def require_consumer(self, consumer_id: str) -> None:
        """Raise `consumer_not_found` unless it is this seat's."""
        if consumer_id not in self.consumers:
            raise NotFoundError("consumer_not_found", field="consumer_id")


def _reaches(sender: Seat, producer: Producer, receiver: Seat) -> bool:
    return reaches(sender.participant.part, producer.track, receiver.participant.part)


@dataclass(slots=True)
class Room:
    """A call's router in one life of the media process."""

    call_id: str
    epoch: str
    capabilities: JsonObject
    seats: dict[str, Seat] = field(default_factory=dict)
    failing: dict[tuple[str, str], str] = field(default_factory=dict)
    """Lane and track of which nothing is kept though it should be → why."""

    def producers(self) -> tuple[Producer, ...]:
        """Return every track sent in the room."""
        return tuple(producer for seat in self.seats.values() for producer in seat.producers.values())

    def producers_for(self, seat: Seat) -> tuple[Producer, ...]:
        """Return the tracks that reach somebody, and their own."""
        return tuple(
            producer
            for sender in self.seats.values()
            for producer in sender.producers.values()
            if sender is seat or _reaches(sender, producer, seat)
        )

    def participants_for(self, seat: Seat) -> tuple[Participant, ...]:
        """Return those whom somebody may see in the room, themself among them."""
        part = seat.participant.part
        return tuple(
            other.participant
            for other in self.seats.values()
            if other is seat or is_seen(other.participant.part, part)
        )

    def producer_for(self, seat: Seat, producer_id: str) -> Producer:
        """Return a producer that somebody may receive; raise `producer_not_found`."""
        for sender in self.seats.values():
            producer = sender.producers.get(producer_id)
            if producer is not None and sender is not seat and _reaches(sender, producer, seat):
                return producer
        raise NotFoundError("producer_not_found", field="producer_id")

    def seat_of(self, who: Subject, socket_id: str) -> Seat:
        """Return the seat a person holds with this socket.

        Raises:
            ForbiddenError: `not_in_call`, or `superseded` when another window of theirs holds the seat.
        """
        for seat in self.seats.values():
            if seat.participant.who == who:
                if seat.socket_id != socket_id:
                    raise ForbiddenError("superseded")
                return seat
        raise ForbiddenError("not_in_call")

    def by_transport(self, transport_id: str) -> Seat | None:
        """Return whose transport it is."""
        return next((seat for seat in self.seats.values() if transport_id in seat.transports), None)

    def by_producer(self, producer_id: str) -> Seat | None:
        """Return whose producer it is."""
        return next((seat for seat in self.seats.values() if producer_id in seat.producers), None)

    def by_consumer(self, consumer_id: str) -> Seat | None:
        """Return whose consumer it is."""
        return next((seat for seat in self.seats.values() if consumer_id in seat.consumers), None)


class Rooms:
    """All rooms of this process, by call."""

    def __init__(self) -> None:
        self._rooms: dict[str, Room] = {}

    def get(self, call_id: str) -> Room | None:
        """Return a call's room, if it has one."""
        return self._rooms.get(call_id)

    def require(self, call_id: str) -> Room:
        """Return a call's room; raise `not_in_call`."""
        room = self._rooms.get(call_id)
        if room is None:
            raise ForbiddenError("not_in_call")
        return room

    def held(self, call_id: str, who: Subject, socket_id: str) -> tuple[Room, Seat]:
        """Return the room and the seat a person holds there with this socket.

        Raises:
            ForbiddenError: `not_in_call`, or `superseded` when another window of theirs holds the seat.
        """
        room = self.require(call_id)
        return room, room.seat_of(who, socket_id)

    def attends(self, call_id: str, who: Subject) -> bool:
        """True when somebody is in a call's room here with a socket that lives."""
        room = self._rooms.get(call_id)
        seats = room.seats.values() if room is not None else ()
        return any(seat.participant.who == who and seat.socket_id is not None for seat in seats)

    def put(self, room: Room) -> None:
        """Keep a room."""
        self._rooms[room.call_id] = room

    def remove(self, call_id: str) -> Room | None:
        """Forget a room; return it."""
        return self._rooms.pop(call_id, None)

    def all(self) -> list[Room]:
        """Return every room."""
        return list(self._rooms.values())

    def seats_of_socket(self, socket_id: str) -> list[tuple[Room, Seat]]:
        """Return the seats a socket holds."""
        return [
            (room, seat)
            for room in self._rooms.values()
            for seat in room.seats.values()
            if seat.socket_id == socket_id
        ]
