"""What comes after what: a snapshot before what happens during a join, and an orderly end."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
import socketio

from signaling.adapters.sql.sessions import SqlSessionStore
from signaling.domain.call_model import CallState
from signaling.domain.collaboration import Chat
from signaling.domain.events import CallChanged, ChatAdded, DomainEvent
from signaling.domain.record import RecordKind
from tests.signaling.web.house import open_house
from tests.signaling.web.test_contract import speak_by_hand
from tests.signaling.web.test_story import connected


async def test_events_during_a_join_follow_its_answer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_house(tmp_path) as house:
        clerk, _, call = await connected(house)
        call_id = call["call_id"]
        read = SqlSessionStore.newest

        async def read_then_somebody_speaks(
            store: SqlSessionStore, kind: RecordKind, wanted: str, **how: Any
        ) -> Any:
            lines = await read(store, kind, wanted, **how)
            if kind is RecordKind.CHAT:
                line = Chat("late", wanted, "specialist", "李明", "刚说的", 0.0)
                await house.running.ports.bus.publish(ChatAdded(line))
            return lines

        monkeypatch.setattr(SqlSessionStore, "newest", read_then_somebody_speaks)
        address = house.url("/socket.io/?EIO=4&transport=websocket")
        async with clerk.http.ws_connect(address) as socket:
            await speak_by_hand(socket, {"token": clerk.session["access_token"]})
            command = {"command_id": "join-1234", "body": {"call_id": call_id}}
            await socket.send_str("420" + json.dumps(["call.join", command]))
            heard: list[str] = []
            while not heard or "chat.added" not in heard[-1]:
                heard.append(await socket.receive_str())
        answered = next(index for index, packet in enumerate(heard) if packet.startswith("430"))
        assert json.loads(heard[answered][3:])[0]["result"]["chat"] == []
        assert not [packet for packet in heard[:answered] if "chat.added" in packet]
        assert not [packet for packet in heard[:answered] if "participant.changed" in packet]


async def test_stopping_cuts_the_sockets_before_it_waits_for_them(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        clerk, specialist, _ = await connected(house)
        left = asyncio.Event()

        async def note(event: DomainEvent) -> None:
            if isinstance(event, CallChanged) and event.call.state is CallState.RECONNECTING:
                left.set()

        house.running.ports.bus.subscribe(note)
        await house.running.app.shutdown()
        async with asyncio.timeout(5):
            await clerk.gone.wait()
            await specialist.gone.wait()
            await left.wait()  # they come back into it
        with pytest.raises(socketio.exceptions.ConnectionError):
            await clerk.connect()
