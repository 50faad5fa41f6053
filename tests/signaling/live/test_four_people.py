"""Four people in one call, through the whole server: signalling, a real media process, journals, replay.

Each sends a tone of their own, so that what anybody hears and what a lane holds says whose it is.
"""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import av
import pytest

from recording.service import RecordingService
from rtc_server.server.client import MediaClient
from signaling.domain.members import Part
from signaling.domain.subject import Subject
from tests.recording.live.test_live import recording_process
from tests.signaling.live.attendee import Attendee, Shade, Tone, frames, grey, pitch
from tests.signaling.web.house import House, Json, Person, open_house, request_body
from tests.support.until import until_async

CLERK, SPECIALIST, CONSULTANT, MONITOR, WHISPERER = (
    Part.CLERK,
    Part.SPECIALIST,
    Part.CONSULTANT,
    Part.MONITOR,
    Part.WHISPERER,
)
TONES = {CLERK: 400, SPECIALIST: 700, CONSULTANT: 1000, WHISPERER: 1300}
SHADES = {CLERK: 40, CONSULTANT: 200}


class RealMedia:
    """How `open_house` reaches a media process that runs already."""

    def __init__(self, path: Path) -> None:
        self._path = str(path)

    def connect(self) -> Any:
        return MediaClient.connect(self._path, controller="house")


@asynccontextmanager
async def house_with_media(folder: Path) -> AsyncIterator[House]:
    async with recording_process(folder), open_house(folder, media=RealMedia(folder / "control")) as house:
        yield house


class Table:
    """The call, and who sits in it."""

    def __init__(self, house: House, call_id: str, clerk: Person, specialist: Person) -> None:
        self.house = house
        self.call_id = call_id
        self.people = {CLERK: clerk, SPECIALIST: specialist}
        self.seats: dict[Part, Attendee] = {}
        self.microphones: dict[Part, str] = {}

    async def seat(self, part: Part, username: str, by: Part | None) -> None:
        """Give somebody a place; no button asks for it yet."""
        if part not in self.people:
            self.people[part] = await self.house.signed_in(username)
        accounts, directory = self.house.running.services.accounts, self.house.running.services.directory
        asks = self.people[by or part].staff_id
        actor = accounts.actor(directory.current.staff(asks), None, "127.0.0.1")
        who = Subject.of_staff(self.people[part].staff_id)
        await self.house.running.services.session.seat(actor, self.call_id, who, part)

    async def leave(self, part: Part) -> None:
        """Let somebody give their place up."""
        services = self.house.running.services
        person = services.directory.current.staff(self.people[part].staff_id)
        await services.session.leave(services.accounts.actor(person, None, "127.0.0.1"), self.call_id)
        await self.seats.pop(part).close()

    async def enter(self, part: Part) -> Attendee:
        """Join, and send what the part sends."""
        seat = self.seats[part] = Attendee(self.people[part], self.call_id)
        await seat.join()
        if part in TONES:
            self.microphones[part] = await seat.send(Tone(TONES[part]))
        if part in SHADES:
            await seat.send(Shade(SHADES[part]))
        return seat

    async def hears(self, part: Part, sender: Part) -> None:
        """Hear a second of somebody: it is their tone."""
        track = await self.seats[part].receive(self.microphones[sender])
        await frames(track, 15)  # the first ones may be of before
        heard = pitch(await frames(track, 25))
        assert heard == pytest.approx(TONES[sender], rel=0.05), f"{part} of {sender}"

    async def state(self) -> str:
        call = await self.house.running.ports.calls.load(self.call_id)
        assert call is not None
        return call.state.value


@asynccontextmanager
async def seated(folder: Path) -> AsyncIterator[Table]:
    """A recorded call of clerk, specialist, consultant and monitor, all of them sending what they may."""
    async with house_with_media(folder) as house:
        clerk, specialist = await house.demo("clerk"), await house.demo("specialist")
        await specialist.do("presence.set", state="available", sound_unlocked=True)
        call = await clerk.do("call.request", **request_body())
        ring = await specialist.expect("offer.made")
        call_id = str(call["call_id"])
        await specialist.do("offer.accept", call_id=call_id, offer_id=ring["offer"]["offer_id"])
        table = Table(house, call_id, clerk, specialist)
        async with AsyncExitStack() as stack:
            stack.push_async_callback(close, table)
            await table.seat(CONSULTANT, "hezhiqiang", by=SPECIALIST)
            await table.seat(MONITOR, "zhaojun", by=None)
            for part in (CLERK, SPECIALIST, CONSULTANT, MONITOR):
                await table.enter(part)
            yield table


async def close(table: Table) -> None:
    for seat in table.seats.values():
        await seat.close()


async def mux(house: House, call_id: str) -> None:
    """Mux the journals of a call that is over."""
    archive = house.running.ports.recordings
    assert isinstance(archive, RecordingService)
    worker = archive.worker("test", time.time)

    async def done() -> bool:
        await worker.work_once()
        job = await archive.state(call_id, time.time())
        return job is not None and str(job.state) == "done"

    await until_async(done, what="the mux of the call", patience_s=30)


async def replayed(table: Table, folder: Path) -> Json:
    """End the call, mux its journals, and return its replay."""
    clerk, specialist = table.people[CLERK], table.people[SPECIALIST]
    await clerk.do("call.end", call_id=table.call_id)
    await specialist.do("call.result", call_id=table.call_id, kind="answered", item_codes=["YB-003"])
    await mux(table.house, table.call_id)
    reviewer = await table.house.demo("reviewer", connect=False)
    replay: Json = await reviewer.ask("GET", f"/api/recordings/{table.call_id}")
    return replay


def played(path: Path) -> tuple[float, int | None]:
    """Return the tone and the shade of the middle of a file."""
    with av.open(str(path)) as source:
        sound = list(source.decode(audio=0))
    resampler = av.AudioResampler(format="s16", layout="mono", rate=48_000)
    middle = sound[len(sound) // 3 : len(sound) // 3 + 40]
    tone = pitch([frame for one in middle for frame in resampler.resample(one)])
    with av.open(str(path)) as source:
        pictures = list(source.decode(video=0)) if source.streams.video else []
    return tone, grey(pictures[len(pictures) // 2]) if pictures else None


async def test_everybody_gets_what_the_table_says_and_only_that_is_kept(tmp_path: Path) -> None:
    async with seated(tmp_path) as table:
        for hears in (CLERK, SPECIALIST, CONSULTANT, MONITOR):
            for sender in (CLERK, SPECIALIST, CONSULTANT):
                if hears is not sender:
                    await table.hears(hears, sender)
        for part in (CLERK, SPECIALIST, CONSULTANT):
            heard = table.people[part].heard("participant.changed")
            told = {event["participant"]["part"] for event in heard}
            assert "monitor" not in told, f"{part} is told of somebody they must not see"
        send = await table.people[MONITOR].do(
            "media.create_transport", call_id=table.call_id, direction="send"
        )
        refusal = await table.people[MONITOR].refused(
            "media.produce",
            call_id=table.call_id,
            transport_id=send["transport_id"],
            track="microphone",
            rtp_parameters={},
        )
        assert refusal == "track_not_allowed"

        table.people[WHISPERER] = table.people[MONITOR]
        await table.leave(MONITOR)
        await table.seat(WHISPERER, "zhaojun", by=None)
        await table.enter(WHISPERER)
        await table.hears(SPECIALIST, WHISPERER)
        await table.hears(WHISPERER, CLERK)
        for part in (CLERK, CONSULTANT):
            assert await table.seats[part].refused(table.microphones[WHISPERER]) == "producer_not_found"
            tracks = [
                event["producer"]["producer_id"] for event in table.people[part].heard("producer.changed")
            ]
            assert table.microphones[WHISPERER] not in tracks

        replay = await replayed(table, tmp_path)
        lanes = {lane["lane"]: lane for lane in replay["lanes"]}
        assert {name: lane["part"] for name, lane in lanes.items()} == {
            "clerk": "clerk",
            "specialist": "specialist",
            "consultant": "consultant",
        }
        for part in (CLERK, SPECIALIST, CONSULTANT):
            [segment] = lanes[part.value]["segments"]
            path = tmp_path / "recordings" / segment["segment_id"]
            tone, shade = played(path)
            assert tone == pytest.approx(TONES[part], rel=0.05)
            assert (shade is not None) == (part in SHADES)
            if shade is not None:
                assert shade == pytest.approx(SHADES[part], abs=20)
        kinds = [event["kind"] for event in replay["events"]]
        assert kinds.count("member.seated") == 3, "the log knows of all"


async def test_the_loss_and_return_of_one_disturbs_nobody(tmp_path: Path) -> None:
    async with seated(tmp_path) as table:
        heard = await table.seats[SPECIALIST].receive(table.microphones[CLERK])
        await frames(heard, 5)
        for part, seen in ((MONITOR, False), (CONSULTANT, True)):
            person = table.people[part]
            await person.socket.disconnect()
            await table.seats[part].close()
            if seen:
                gone = await table.people[CLERK].expect(
                    "participant.changed", lambda body: not body["participant"]["online"]
                )
                assert gone["participant"]["part"] == part.value
            await frames(heard, 25)
            assert await table.state() == "connected"
            await person.connect()
            await table.enter(part)
            assert table.seats[part].snapshot["generation"] == 2
            await table.hears(part, CLERK)
        await table.hears(CLERK, CONSULTANT)
        states = {event["state"] for event in table.people[CLERK].heard("call.changed")}
        assert states <= {"waiting", "offered", "connected"}, "nobody saw it reconnecting"
        assert await table.state() == "connected"
        await asyncio.wait_for(frames(heard, 5), 5)
