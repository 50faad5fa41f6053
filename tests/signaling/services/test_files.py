"""A file between counter and specialist: one for each yes, from the right side, kept with the call."""

import hashlib
import json

import pytest

from recording.errors import MissingError
from signaling.domain.call_model import Call
from signaling.domain.control.grant import Control, ControlScope, OnceKind
from signaling.domain.errors import ForbiddenError, InvalidError, LimitError, NotFoundError, StateError
from signaling.domain.events import FileAdded
from signaling.domain.files import FILE_BYTES, SentFile
from signaling.services import files
from tests.signaling.services.stage import Stage
from tests.signaling.services.test_control import CLERK, SPECIALIST, ask, here, share

PDF = b"%PDF-1.7 ..."


async def controlled(stage: Stage, *scopes: ControlScope) -> Control:
    """A call whose specialist may ask for files."""
    await share(stage)
    await here(stage)
    wanted = frozenset(scopes or (ControlScope.POINTER, ControlScope.FILE))
    asked = await ask(stage, wanted)
    return await stage.house.services.control.grant(
        stage.house.actor(CLERK), stage.call_id, asked.control_id, wanted, 600.0
    )


async def agreed(stage: Stage, kind: OnceKind, *, agreed: bool = True) -> str:
    """The specialist asks about a file and the clerk answers; return the question."""
    service = stage.house.services.control
    current = (await service.stand(stage.house.actor(SPECIALIST), stage.call_id)).control
    assert current is not None
    asked = await service.ask_once(
        stage.house.actor(SPECIALIST), stage.call_id, current.control_id, kind, "申请表.pdf"
    )
    assert asked.once is not None
    await service.answer_once(
        stage.house.actor(CLERK), stage.call_id, current.control_id, asked.once.once_id, agreed=agreed
    )
    return asked.once.once_id


async def send(
    stage: Stage, who: str, once_id: str, *, name: str = "申请表.pdf", data: bytes = PDF
) -> SentFile:
    actor, service = stage.house.actor(who), stage.house.services.files
    await service.may_send(actor, stage.call_id, once_id, name)
    return await service.send(
        actor, stage.call_id, once_id, name=name, sha256=hashlib.sha256(data).hexdigest(), data=data
    )


@pytest.mark.parametrize(
    ("kind", "sender", "other"),
    [(OnceKind.FILE_TO_COUNTER, SPECIALIST, CLERK), (OnceKind.FILE_FROM_COUNTER, CLERK, SPECIALIST)],
)
async def test_a_file_goes_its_way_once(stage: Stage, kind: OnceKind, sender: str, other: str) -> None:
    await controlled(stage)
    once_id = await agreed(stage, kind)
    with pytest.raises(ForbiddenError, match="not_yours"):
        await send(stage, other, once_id)
    sent = await send(stage, sender, once_id)
    assert (sent.way, sent.name, sent.size_bytes, sent.off_record) == (kind, "申请表.pdf", len(PDF), False)
    assert await stage.house.services.files.file_bytes(sent.file_id) == (sent, PDF)
    assert await stage.house.services.files.files(stage.call_id) == [sent]
    assert [event.file for event in stage.house.heard(FileAdded)] == [sent]
    said = [
        event.data
        for event in await stage.house.ports.calls.events(stage.call_id)
        if event.kind == "file.sent"
    ]
    assert said == [
        {"file_id": sent.file_id, "way": kind.value, "size_bytes": len(PDF), "sha256": sent.sha256}
    ], "a name may hold a citizen's; it stands with the file alone"
    log = [event.data for event in await stage.house.ports.calls.events(stage.call_id)]
    assert "申请表" not in json.dumps(log, ensure_ascii=False)
    with pytest.raises(StateError, match="once_gone"):
        await send(stage, sender, once_id)


async def test_without_a_yes_nothing_is_taken(stage: Stage) -> None:
    with pytest.raises(NotFoundError, match="control_gone"):
        await send(stage, SPECIALIST, "guessed")
    await controlled(stage)
    for once_id in ("guessed", await agreed(stage, OnceKind.FILE_TO_COUNTER, agreed=False)):
        with pytest.raises(StateError, match="once_gone"):
            await send(stage, SPECIALIST, once_id)


async def test_a_yes_ends_with_the_control_and_with_the_scope(stage: Stage) -> None:
    control, service = await controlled(stage), stage.house.services.control
    once_id = await agreed(stage, OnceKind.FILE_TO_COUNTER)
    clerk = stage.house.actor(CLERK)
    await service.narrow(clerk, stage.call_id, control.control_id, frozenset({ControlScope.POINTER}))
    with pytest.raises(StateError, match="once_gone"):
        await send(stage, SPECIALIST, once_id)
    await service.revoke(clerk, stage.call_id, control.control_id)
    with pytest.raises(NotFoundError, match="control_gone"):
        await send(stage, SPECIALIST, once_id)


async def test_without_the_scope_there_is_no_question(stage: Stage) -> None:
    await controlled(stage, ControlScope.POINTER)
    with pytest.raises(InvalidError, match="scope"):
        await agreed(stage, OnceKind.FILE_TO_COUNTER)


async def test_another_question_takes_the_place_of_a_yes_whose_file_never_came(stage: Stage) -> None:
    await controlled(stage)
    before = await agreed(stage, OnceKind.FILE_TO_COUNTER)
    once_id = await agreed(stage, OnceKind.FILE_FROM_COUNTER)
    with pytest.raises(StateError, match="once_gone"):
        await send(stage, SPECIALIST, before)
    await send(stage, CLERK, once_id)


async def test_what_may_not_be_sent_spends_no_yes(stage: Stage) -> None:
    await controlled(stage)
    once_id = await agreed(stage, OnceKind.FILE_TO_COUNTER)
    with pytest.raises(InvalidError, match="file_name"):
        await send(stage, SPECIALIST, once_id, name="../../x.pdf")
    with pytest.raises(InvalidError, match="file_type"):
        await send(stage, SPECIALIST, once_id, data=b"MZ")
    with pytest.raises(LimitError, match="file_too_large"):
        await send(stage, SPECIALIST, once_id, data=PDF.ljust(FILE_BYTES + 1))
    assert await stage.house.services.files.files(stage.call_id) == []
    await send(stage, SPECIALIST, once_id)


async def test_there_is_an_end_of_files(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "FILES_PER_CALL", 1)
    await controlled(stage)
    await send(stage, SPECIALIST, await agreed(stage, OnceKind.FILE_TO_COUNTER))
    with pytest.raises(LimitError, match="too_many_files"):
        await send(stage, SPECIALIST, await agreed(stage, OnceKind.FILE_TO_COUNTER))


async def test_a_database_that_fails_leaves_no_bytes(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    await controlled(stage)
    once_id = await agreed(stage, OnceKind.FILE_TO_COUNTER)

    async def fails(*_: object) -> None:
        raise OSError

    kept: list[str] = []
    put = stage.house.ports.pictures.put

    async def notes(key: str, data: bytes) -> object:
        kept.append(key)
        return await put(key, data)

    monkeypatch.setattr(stage.house.ports.sessions, "add_file", fails)
    monkeypatch.setattr(stage.house.ports.pictures, "put", notes)
    with pytest.raises(OSError):
        await send(stage, SPECIALIST, once_id)
    [key] = kept
    with pytest.raises(MissingError):
        [chunk async for chunk in stage.house.ports.pictures.read(key, 0, 1)]


async def test_what_is_sent_off_the_record_goes_with_the_people(stage: Stage) -> None:
    await controlled(stage)
    clerk = stage.house.actor(CLERK)
    await stage.house.services.recordings.pause(clerk, stage.call_id, "id_document")
    sent = await send(stage, SPECIALIST, await agreed(stage, OnceKind.FILE_TO_COUNTER))
    assert sent.off_record
    call: Call = await stage.house.services.calls.end(clerk, stage.call_id)
    assert not call.is_joined
    assert await stage.house.services.files.files(stage.call_id) == []
    with pytest.raises(NotFoundError, match="file_not_found"):
        await stage.house.services.files.file_bytes(sent.file_id)
