"""Whatever is made and closed in whatever order: the registry has what there is, every end is told once."""

import contextlib
from collections import Counter
from typing import Any, cast

from hypothesis import given
from hypothesis import strategies as st

from rtc_server.errors import LimitError
from rtc_server.net.connection import Connection
from rtc_server.owner_events import ConsumerClosed, DataEnd, ProducerClosed
from rtc_server.server.registry import Peer, Registry
from rtc_server.sfu.drops import Drop, DropCounter
from rtc_server.sfu.parameters import SctpStreamParameters
from rtc_server.sfu.router import Ended, Router, TransportEnded
from rtc_server.sfu.transport import WebRtcTransport
from rtc_server.wire.rtcp import PictureLossIndication
from tests.rtc_server.server.test_ends import living
from tests.rtc_server.sfu.rig import DELTA_FRAME, KEY_FRAME, Rig, rtcp_of, video
from tests.rtc_server.sfu.test_simulcast import frame, layered

Act = tuple[str, int, int]
ACTS = st.tuples(
    st.sampled_from(
        [
            "transport",
            "produce",
            "consume",
            "produce data",
            "consume data",
            "media",
            "pause",
            "resume",
            "close producer",
            "close consumer",
            "close data producer",
            "close data consumer",
            "lose sctp",
            "close transport",
            "close router",
        ]
    ),
    st.integers(0, 99),
    st.integers(0, 99),
)


SCRIPTS = st.lists(ACTS, min_size=10, max_size=60)
OPENING: tuple[Act, ...] = (
    ("transport", 1, 0),
    ("transport", 0, 0),
    ("transport", 1, 1),
    ("produce", 0, 1),  # several encodings
    ("produce", 1, 2),
    ("produce", 2, 0),
    ("consume", 1, 0),
    ("consume", 1, 1),
    ("consume", 2, 2),
    ("produce data", 0, 0),
    ("consume data", 1, 0),
)
"""What a script goes on from: begun with nothing, most of them would never have anything to close."""


class Controlled:
    """A rig whose objects stand in a registry, and beside it what the test knows there must be."""

    def __init__(self) -> None:
        self.rig = Rig()
        self.drops = DropCounter()
        self.registry = Registry(self.drops)
        self.made: Counter[str] = Counter()
        self.told: Counter[str] = Counter()
        self.router: Router = self.rig.router
        for act in OPENING:
            self.act(act)

    def act(self, act: Act) -> None:
        name, first, second = act
        with contextlib.suppress(LimitError):  # a bound was met, and nothing was made
            getattr(self, name.replace(" ", "_"))(first, second)

    def pick(self, table: Any, number: int) -> Any:
        """Return one of a table's objects, None when it is empty."""
        found = list(table)
        return found[number % len(found)] if found else None

    def finish(self, ended: list[Ended]) -> None:
        self.registry.forget(ended)
        for end in ended:
            match end:
                case TransportEnded():
                    self.told["transports"] += 1
                case ProducerClosed():
                    self.told["producers"] += 1
                case ConsumerClosed():
                    self.told["consumers"] += 1
                case _:
                    self.told[f"data{'Producers' if end.end is DataEnd.PRODUCER else 'Consumers'}"] += 1

    # --- making

    def transport(self, first: int, second: int) -> None:
        transport = self.rig.transport("send" if first % 2 else "recv", sctp=second % 2 == 0)
        self.registry.peers.add(transport.id, Peer(self.router, transport, cast(Connection, None)))
        self.made["transports"] += 1

    def produce(self, first: int, second: int) -> None:
        peer = self.pick(self.registry.peers, first)
        if peer is not None:
            ssrc = 1000 * (self.made["producers"] + 1)
            if second % 3 == 1:
                producer = layered(self.rig, peer.transport, mid=str(ssrc))
            else:
                producer = self.rig.produce(peer.transport, ssrc, kind="video" if second % 3 else "audio")
            self.registry.producers.add(producer.id, producer)
            self.made["producers"] += 1

    def consume(self, first: int, second: int) -> None:
        peer = self.pick(self.registry.peers, first)
        producer = self.pick(self.registry.producers, second)
        if peer is not None and producer is not None:
            consumer = self.rig.consume(peer.transport, producer, paused=first % 4 == 0)
            self.registry.consumers.add(consumer.id, consumer)
            self.made["consumers"] += 1

    def produce_data(self, first: int, second: int) -> None:
        peer = self.pick([peer for peer in self.registry.peers if peer.transport.wants_sctp], first)
        if peer is not None and peer.transport.data.by_stream(second % 8) is None:
            name = f"data-producer-{self.made['dataProducers'] + 1}"
            stream = SctpStreamParameters(second % 8)
            made = self.router.data.produce(peer.transport, name, parameters=stream, label="", protocol="")
            self.registry.data_producers.add(name, made)
            self.made["dataProducers"] += 1

    def consume_data(self, first: int, second: int) -> None:
        peer = self.pick([peer for peer in self.registry.peers if peer.transport.wants_sctp], first)
        producer = self.pick(self.registry.data_producers, second)
        if peer is not None and producer is not None:
            name = f"data-consumer-{self.made['dataConsumers'] + 1}"
            made = self.router.data.consume(peer.transport, name, producer)
            self.registry.data_consumers.add(name, made)
            self.made["dataConsumers"] += 1

    # --- living

    def media(self, first: int, second: int) -> None:
        """Let a packet come: of an encoding, and now and then on another SSRC than before."""
        producer = self.pick(self.registry.producers, first)
        if producer is None:
            return
        mid, again = producer.parameters.mid, second % 4
        ssrc = (producer.parameters.encodings[0].ssrc or 100 * int(mid)) + again
        if len(producer.parameters.encodings) > 1:
            rid = ("low", "high")[second % 2]
            packet = frame(second, rid, ssrc, KEY_FRAME if second % 3 else DELTA_FRAME, mid=mid)
        else:
            payload_type = producer.parameters.media_codec.payload_type
            packet = video(second, KEY_FRAME, ssrc=ssrc, mid=mid, payload_type=payload_type)
        producer.transport.receive_rtp(packet, self.rig.now)
        self.rig.advance(0.02)

    def pause(self, first: int, second: int) -> None:
        if second % 2 and (producer := self.pick(self.registry.producers, first)) is not None:
            self.router.pause_producer(producer)
        elif (consumer := self.pick(self.registry.consumers, first)) is not None:
            consumer.pause()

    def resume(self, first: int, second: int) -> None:
        if second % 2 and (producer := self.pick(self.registry.producers, first)) is not None:
            self.router.resume_producer(producer, self.rig.now)
        elif (consumer := self.pick(self.registry.consumers, first)) is not None:
            consumer.resume(self.rig.now)

    # --- ending

    def close_producer(self, first: int, second: int) -> None:
        if (producer := self.pick(self.registry.producers, first)) is not None:
            self.finish(self.router.close_producer(producer, "closed"))

    def close_consumer(self, first: int, second: int) -> None:
        if (consumer := self.pick(self.registry.consumers, first)) is not None:
            self.finish(self.router.close_consumer(consumer, "closed"))

    def close_data_producer(self, first: int, second: int) -> None:
        if (producer := self.pick(self.registry.data_producers, first)) is not None:
            self.finish([*self.router.data.close_producer(producer, "closed")])

    def close_data_consumer(self, first: int, second: int) -> None:
        if (consumer := self.pick(self.registry.data_consumers, first)) is not None:
            self.finish([*self.router.data.close_consumer(consumer, "closed")])

    def lose_sctp(self, first: int, second: int) -> None:
        if (peer := self.pick(self.registry.peers, first)) is not None:
            self.finish([*self.router.data.close_all_of(peer.transport, "remote_closed")])

    def close_transport(self, first: int, second: int) -> None:
        if (peer := self.pick(self.registry.peers, first)) is not None:
            self.finish(self.router.close_transport(peer.transport, "closed"))

    def close_router(self, first: int, second: int) -> None:
        self.finish(self.router.close("closed"))

    # --- the truth

    def existing(self) -> dict[str, set[object]]:
        """Return what hangs on the router's transports."""
        transports: list[WebRtcTransport] = self.router.transports
        return {
            "transports": set(transports),
            "producers": {producer for each in transports for producer in each.producers},
            "consumers": {consumer for each in transports for consumer in each.consumers.values()},
            "dataProducers": {producer for each in transports for producer in each.data.producers},
            "dataConsumers": {consumer for each in transports for consumer in each.data.consumers},
        }

    def registered(self) -> dict[str, set[object]]:
        """Return what stands in the registry."""
        registry = self.registry
        return {
            "transports": {peer.transport for peer in registry.peers},
            "producers": set(registry.producers),
            "consumers": set(registry.consumers),
            "dataProducers": set(registry.data_producers),
            "dataConsumers": set(registry.data_consumers),
        }


@given(SCRIPTS)
def test_the_registry_has_what_there_is_and_every_end_is_told_once(script: list[Act]) -> None:
    controlled = Controlled()
    for act in script:
        controlled.act(act)
        assert controlled.registered() == controlled.existing()
    alive = {noun: len(found) for noun, found in controlled.existing().items()}
    assert {noun: controlled.made[noun] - controlled.told[noun] for noun in alive} == alive
    controlled.close_router(0, 0)
    assert controlled.registry.counts() == dict.fromkeys(controlled.registry.counts(), 0)
    assert controlled.told == +controlled.made
    assert controlled.router._consumers == {}
    assert controlled.drops.total == 0


def test_an_end_of_what_is_not_there_keeps_none_of_the_others() -> None:
    controlled = Controlled()
    ended = controlled.router.close("closed")
    for end in ended:
        if isinstance(end, ProducerClosed):
            controlled.registry.producers.remove(end.producer_id)
            break
    controlled.registry.forget(ended)
    assert controlled.registry.counts() == dict.fromkeys(controlled.registry.counts(), 0)
    assert controlled.drops.as_dict() == {Drop.FAULT.value: 1}


@given(SCRIPTS)
def test_no_encoding_that_nobody_gets_is_asked_for_a_key_frame(script: list[Act]) -> None:
    controlled = Controlled()
    for act in script:
        controlled.act(act)
        for peer in controlled.registry.peers:
            unused = {
                stream.ssrc
                for producer in peer.transport.producers
                for layer, stream in enumerate(producer._streams)
                if stream is not None and layer > 0 and not producer._selector.is_used(layer)
            }
            asked = [sent for sent in rtcp_of(peer.transport) if isinstance(sent, PictureLossIndication)]
            assert not unused & {pli.media_ssrc for pli in asked}


def test_a_script_of_everything_leaves_no_object_behind() -> None:
    others = living()
    controlled = Controlled()
    names = [
        "transport",
        "transport",
        "transport",
        "produce",
        "consume",
        "produce data",
        "consume data",
        "media",
        "pause",
        "resume",
    ]
    for turn in range(20):
        for number, name in enumerate(names):
            controlled.act((name, turn + number, 2 * turn + 1))
        controlled.act((("close router", "close transport", "close producer")[turn % 3], turn, turn))
    controlled.close_router(0, 0)
    controlled.rig.events.clear()
    del controlled
    assert living(others) == []
