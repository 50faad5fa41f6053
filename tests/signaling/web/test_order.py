"""What happens while somebody joins is told after the snapshot, which would undo it otherwise."""

import json
from pathlib import Path

import pytest

from signaling.adapters.sql.sessions import SqlSessionStore
from signaling.domain.collaboration import Chat
from signaling.domain.events import ChatAdded
from tests.signaling.web.house import open_house
from tests.signaling.web.test_contract import speak_by_hand
from tests.signaling.web.test_story import connected


async def test_events_during_a_join_follow_its_answer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_house(tmp_path) as house:
        clerk, _, call = await connected(house)
        call_id = call["call_id"]
        read = SqlSessionStore.chats

        async def read_then_somebody_speaks(store: SqlSessionStore, wanted: str) -> list[Chat]:
            lines = await read(store, wanted)
            line = Chat("late", wanted, "specialist", "李明", "刚说的", 0.0)
            await house.running.ports.bus.publish(ChatAdded(line))
            return lines

        monkeypatch.setattr(SqlSessionStore, "chats", read_then_somebody_speaks)
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
