"""What a browser volunteers about its person's computer is told to nobody and kept nowhere."""

import json
from pathlib import Path
from typing import Any

from tests.signaling.web.house import open_house
from tests.signaling.web.test_story import connected

TITLE = "张三 533324199001011234 - 社保查询"


def on_disk(folder: Path) -> bytes:
    """Return all that the database keeps in files of ours; on PostgreSQL it has none."""
    return b"".join(path.read_bytes() for path in folder.glob("bangban.db*"))


async def test_an_old_pages_title_of_the_shared_window_ends_at_the_door(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        clerk, specialist, call = await connected(house)
        call_id = call["call_id"]
        send = await clerk.do("media.create_transport", call_id=call_id, direction="send")

        async def share(surface: str | None) -> Any:
            await clerk.do(
                "media.produce",
                call_id=call_id,
                transport_id=send["transport_id"],
                track="desktop",
                rtp_parameters={"codecs": []},
                label=TITLE,
                display_surface=surface,
            )
            return (await specialist.expect("producer.changed"))["producer"]

        told = await share("window")
        assert told["display_surface"] == "window"
        odd = await share(TITLE[:16])
        assert odd["display_surface"] is None
        snapshot = await specialist.do("call.join", call_id=call_id)
        detail = await specialist.ask("GET", f"/api/calls/{call_id}")
        everything = json.dumps([told, odd, snapshot, detail], ensure_ascii=False)
        assert "张三" not in everything
        assert "label" not in everything
        log = await house.running.ports.calls.events(call_id)
        assert [event.data for event in log if event.kind == "track.started"] == [{"track": "desktop"}] * 2
        assert TITLE.encode() not in on_disk(tmp_path), "not even in the write-ahead log"
