"""Lines of a call are sampled where its room is, kept a minute in a row, and shown to who may see them."""

import itertools

import pytest

from rtc_server.owner_events import ConsumerLayerChanged, LayerLimit
from signaling.domain.errors import ForbiddenError
from signaling.domain.events import WorstLineChanged
from signaling.domain.lines.block import BLOCK_S
from signaling.domain.lines.sample import SAMPLE_S, Reported
from signaling.domain.members import Part
from signaling.domain.session import Direction, Quality
from signaling.services.lines import Line
from tests.signaling.services.stage import Stage
from tests.signaling.services.test_seats import SUPERVISOR, seat

TOLD = Reported(200, 1, 400, 50, 80)


class Flow:
    """What flows on the lines of the two in a call, in the fake media process."""

    def __init__(self, stage: Stage, up: str, down: str) -> None:
        self.stage = stage
        self.up, self.down = up, down
        self.seconds = 0.0
        self.lost = 0
        self.loss = 0.0

    async def on(self, samples: int = 1, *, lost: int = 0, loss: float = 0.0) -> None:
        """Let samples pass, each with so many packets of sound lost of 100 on the way up, `loss` down."""
        for _ in range(samples):
            self.seconds += SAMPLE_S
            self.lost += lost
            self.loss = loss
            self._tell()
            self.stage.house.clock.at += SAMPLE_S
            await self.stage.house.services.lines.sample()

    def _tell(self) -> None:
        bytes_so_far, packets = int(self.seconds * 10_000), int(self.seconds * 50)
        common = {"received": bytes_so_far, "sent": bytes_so_far, "rttMs": None}
        up = {"id": "m", "kind": "audio", "packets": packets - self.lost, "lost": self.lost, "jitterMs": 5}
        down = {"id": "c", "kind": "audio", "packets": packets, "loss": self.loss, "jitterMs": 9}
        self.stage.house.media.lines = {
            self.up: common | {"id": self.up, "streams": [up]},
            self.down: common | {"id": self.down, "rttMs": 60.0, "streams": [down]},
        }

    async def of(self, name: str = "liming") -> dict[Direction, Line]:
        """Return the clerk's lines as somebody is shown them."""
        lines = await self.stage.house.services.lines.of_call(
            self.stage.house.actor(name), self.stage.call_id
        )
        return {line.direction: line for line in lines if line.part is Part.CLERK}

    async def report(self, *told: Reported, late_s: float = 0.0) -> None:
        house = self.stage.house
        ended_at = house.clock.at - late_s
        await house.services.lines.report(
            house.actor("wangxiuying"), self.stage.sockets["wangxiuying"], self.stage.call_id, ended_at, told
        )


@pytest.fixture
async def flow(stage: Stage) -> Flow:
    up = await stage.transport("wangxiuying", Direction.SEND)
    down = await stage.transport("wangxiuying", Direction.RECV)
    flow = Flow(stage, up, down)
    await flow.on()
    return flow


async def test_each_direction_is_sampled_with_what_was_lost_where(flow: Flow) -> None:
    await flow.on(3)
    await flow.on(2, lost=20)
    await flow.on(2, loss=0.05)
    lines = await flow.of()
    assert [one.sound_lost_permille for one in lines[Direction.SEND].samples] == [0, 0, 0, 200, 200, 0, 0]
    assert [one.sound_lost_permille for one in lines[Direction.RECV].samples] == [0, 0, 0, 0, 0, 50, 50]
    assert {one.kbps for one in lines[Direction.SEND].samples} == {80}
    assert {one.rtt_ms for one in lines[Direction.SEND].samples} == {60}


async def test_a_line_that_is_silent_leaves_a_gap(flow: Flow) -> None:
    await flow.on(2)
    for _ in range(3):
        flow.stage.house.clock.at += SAMPLE_S
        await flow.stage.house.services.lines.sample()
    await flow.on(2)
    times = [one.at for one in (await flow.of())[Direction.SEND].samples]
    assert [later - one for one, later in itertools.pairwise(times)] == [2, 8, 2]


async def test_what_the_page_says_is_kept_as_its_own_word_within_bounds(flow: Flow) -> None:
    await flow.on(5)
    await flow.report(*[TOLD] * 4, Reported(10**9, -5, 10**9, -1, None), late_s=0.4)
    lines = await flow.of()
    assert [one.reported for one in lines[Direction.RECV].samples] == [
        *[TOLD] * 4,
        Reported(1000, 0, 2000, 0, None),
    ]
    assert {one.reported for one in lines[Direction.SEND].samples} == {None}


async def test_a_page_changes_nothing_it_said_and_nothing_long_ago(flow: Flow) -> None:
    await flow.on(3)
    await flow.report(TOLD)
    await flow.report(*[Reported(0, 0, 0, 0, 0)] * 10, late_s=-3600)
    await flow.report(*[Reported(0, 0, 0, 0, 0)] * 10, late_s=3600)
    told = [one.reported for one in (await flow.of())[Direction.RECV].samples]
    assert told == [None, None, TOLD]


async def test_nobody_reports_for_another_or_into_a_call_they_are_not_in(flow: Flow) -> None:
    house, lines = flow.stage.house, flow.stage.house.services.lines
    await house.connect("hezhiqiang")
    with pytest.raises(ForbiddenError, match="not_in_call"):
        await lines.report(house.actor("hezhiqiang"), "hezhiqiang-1", flow.stage.call_id, 0.0, (TOLD,))
    with pytest.raises(ForbiddenError, match="superseded"):
        await lines.report(house.actor("wangxiuying"), "another", flow.stage.call_id, 0.0, (TOLD,))
    with pytest.raises(ForbiddenError, match="out_of_scope"):
        await lines.of_call(house.actor("hezhiqiang"), flow.stage.call_id)


async def test_lines_outlive_the_room_and_the_process(flow: Flow) -> None:
    """All that is older than ten seconds is stored; with the end of the call the rest is too."""
    await flow.on(70, lost=1)
    await flow.report(TOLD)
    store = flow.stage.house.services.lines._ports.sessions
    stored = await store.lines(flow.stage.call_id)
    assert [block.began_at - stored[0].began_at for block in stored] == [0.0, BLOCK_S, 2 * BLOCK_S]
    kept = sum(len(row) for block in stored for row in block.lanes.values())
    assert kept >= 2 * (70 - 5)
    before = await flow.of()
    await flow.stage.house.services.calls.end(flow.stage.house.actor("liming"), flow.stage.call_id)
    await flow.stage.house.services.lines.sample()
    assert flow.stage.house.services.lines._recorders == {}
    after = await flow.of()
    assert after == before
    assert after[Direction.RECV].samples[-1].reported == TOLD


async def test_memory_holds_two_minutes_and_no_more(flow: Flow) -> None:
    await flow.on(300)
    [recorder] = flow.stage.house.services.lines._recorders.values()
    assert len(recorder.blocks) <= 2


async def test_the_worst_line_is_told_when_it_changes(flow: Flow) -> None:
    told: list[WorstLineChanged] = []

    async def note(event: object) -> None:
        if isinstance(event, WorstLineChanged):
            told.append(event)

    flow.stage.house.services.bus.subscribe(note)
    await flow.on(6)
    assert len(told) == 1
    assert told[0].worst is not None
    assert (told[0].worst.level, told[0].worst.opinion) == (Quality.GOOD, 4.4)
    await flow.on(6, lost=40)
    worst = told[-1].worst
    assert worst is not None
    assert (worst.name, worst.direction, worst.level) == ("王秀英", Direction.SEND, Quality.BAD)
    await flow.stage.house.services.calls.end(flow.stage.house.actor("liming"), flow.stage.call_id)
    await flow.stage.house.services.lines.sample()
    assert told[-1].worst is None


async def test_a_picture_that_the_line_reduces_is_noted_with_the_line(flow: Flow) -> None:
    stage = flow.stage
    camera = await stage.produce("liming", await stage.transport("liming", Direction.SEND))
    consumer = await stage.consume("wangxiuying", flow.down, camera.producer_id)
    events = stage.house.services.media_events
    for layer, limit in ((0, LayerLimit.LINE), (None, LayerLimit.LINE), (0, LayerLimit.VIEWER)):
        await events.handle(ConsumerLayerChanged(stage.call_id, flow.down, consumer, layer, 3, limit))
        await flow.on()
    assert [one.layer for one in (await flow.of())[Direction.RECV].samples] == [0, -1, None]


async def test_a_media_process_out_of_reach_leaves_a_gap_and_stops_nothing(flow: Flow) -> None:
    await flow.on()
    flow.stage.house.media.routers.clear()
    await flow.stage.house.services.lines.sample()
    assert len((await flow.of())[Direction.SEND].samples) == 1


async def test_ones_own_lines_are_the_last_minute(flow: Flow) -> None:
    await flow.on(60)
    house = flow.stage.house
    lines = await house.services.lines.own(
        house.actor("wangxiuying"), flow.stage.sockets["wangxiuying"], flow.stage.call_id
    )
    assert [(line.direction, len(line.samples)) for line in lines] == [
        (Direction.SEND, 30),
        (Direction.RECV, 30),
    ]


async def test_who_must_not_be_seen_has_no_line_for_the_people_of_the_call(flow: Flow) -> None:
    stage, house = flow.stage, flow.stage.house
    await seat(stage, SUPERVISOR, Part.MONITOR)
    await stage.join(SUPERVISOR)
    theirs = await stage.transport(SUPERVISOR, Direction.RECV)
    for seconds in (2, 4):
        house.media.lines[theirs] = {
            "id": theirs,
            "received": seconds * 100,
            "sent": 0,
            "rttMs": None,
            "streams": [],
        }
        house.clock.at += SAMPLE_S
        await house.services.lines.sample()
    await flow.on()
    shown = {
        name: {line.part for line in await house.services.lines.of_call(house.actor(name), stage.call_id)}
        for name in ("wangxiuying", SUPERVISOR)
    }
    assert shown == {"wangxiuying": {Part.CLERK}, SUPERVISOR: {Part.CLERK, Part.MONITOR}}
