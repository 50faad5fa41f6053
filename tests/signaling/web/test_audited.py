"""Every request that is to be written down is made once by somebody who may, and leaves its row."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

import pytest

from signaling.domain.audit import AuditAct
from signaling.domain.control.grant import OnceKind
from signaling.domain.directory_data import DirectoryChange
from signaling.domain.events import DirectoryChanged
from signaling.domain.files import SentFile
from signaling.domain.log_kinds import LogKind
from signaling.domain.roles import Role
from signaling.domain.staff import Staff
from signaling.domain.steps.step import Logged
from signaling.web.audited import REQUESTS
from tests.signaling.web.house import ITEM, House, Json, Person, open_house, request_body
from tests.signaling.web.test_accounts import new_clerk
from tests.signaling.web.test_recordings import recorded
from tests.signaling.web.test_viewers import fetched, still
from tests.support.until import until_here

PASSWORD: Final = "wo-jia-zai-3-hao-qiao"
COUNTY: Final = "533324"
SECOND_CURATOR: Final = Staff(
    "curator-2", "second.curator", "和二", frozenset({Role.CURATOR}), frozenset(), "533300", demo=True
)
DRAFT: Final = {
    "name": "过桥证",
    "department": "医疗保障局",
    "level": "县级",
    "materials": ["身份证"],
    "steps": ["到桥头"],
}
DEPARTMENT: Final = {
    "bureau": "交通运输局",
    "name": "贡山县桥办",
    "region_code": COUNTY,
    "phone": "0886-000111",
    "office_hours": "工作日",
}
POINT: Final = {"name": "桥头便民点", "phone": "0886-000112", "region_code": "533324204"}


class Scene:
    """The house, its people, and what the acts before have made."""

    def __init__(self, house: House, folder: Path) -> None:
        self.house = house
        self.folder = folder
        self.people: dict[str, Person] = {}
        self.made: dict[str, Any] = {}

    async def person(self, username: str) -> Person:
        if username not in self.people:
            self.people[username] = await self.house.signed_in(username)
        return self.people[username]

    async def ask(self, username: str, method: str, path: str, body: Json | None = None, **more: Any) -> Any:
        return await (await self.person(username)).ask(method, path, body, **more)


Act = Callable[[Scene], Awaitable[Any]]


def asks(username: str, method: str, path: str, body: Json | None = None) -> Act:
    """An act that is one request; names in braces are what acts before have made."""
    return lambda scene: scene.ask(username, method, path.format_map(scene.made), body)


def _in_turn(acts: Iterable[Act]) -> Act:
    every = tuple(acts)

    async def each(scene: Scene) -> None:
        for act in every:
            await act(scene)

    return each


async def _sign_in(scene: Scene) -> None:
    admin, newcomer = await scene.person("admin"), await scene.house.somebody()
    scene.made["staff_id"], first = await new_clerk(scene.house, admin)
    await newcomer.login("zhang.san", first)
    scene.people["zhang.san"], scene.made["first"] = newcomer, first


async def _choose_a_password(scene: Scene) -> None:
    body = {"old_password": scene.made["first"], "new_password": PASSWORD}
    await scene.ask("zhang.san", "POST", "/api/auth/password", body)
    await scene.people["zhang.san"].login("zhang.san", PASSWORD)


async def _sign_out(scene: Scene) -> None:
    await scene.ask("zhang.san", "POST", "/api/auth/logout", {"tab": scene.people["zhang.san"].tab})


async def _look_at_a_still(scene: Scene) -> None:
    clerk = await scene.person("wangxiuying")
    assert (await fetched(scene.house, clerk.http, scene.made["still"]["url"]))[0] == 200


async def _save_a_file(scene: Scene) -> None:
    """Of a session that has one: how it is sent is another test's matter."""
    ports, call_id = scene.house.running.ports, scene.made["call"]
    kind = (OnceKind.FILE_TO_COUNTER, "once", "表.pdf", "application/pdf")
    file = SentFile("file-1", call_id, *kind, 5, "ab", "李明", 1.0, f"{call_id}/file-1.pdf")
    await ports.pictures.put(file.key, b"%PDF-")
    await ports.sessions.add_file(file, Logged(LogKind.FILE_SENT, None, {}))
    replay = await scene.ask("zhouping", "GET", f"/api/recordings/{call_id}")
    reviewer = scene.people["zhouping"]
    assert (await fetched(scene.house, reviewer.http, replay["files"][0]["url"]))[0] == 200


async def _play(scene: Scene) -> None:
    reviewer, url = scene.people["zhouping"], scene.made["replay"]["lanes"][0]["segments"][0]["url"]
    assert (await fetched(scene.house, reviewer.http, url))[0] == 200


async def _write_and_discard(scene: Scene) -> None:
    await scene.ask("duanlian", "PUT", "/api/drafts/QT-002", DRAFT)
    await scene.ask("duanlian", "POST", "/api/drafts/QT-002/discard")


async def _pair(scene: Scene) -> None:
    clerk, pad = await scene.person("wangxiuying"), await scene.house.somebody()
    code = (await clerk.do("pad.code"))["code"]
    await pad.ask("POST", "/api/pads/pair", {"code": code})


ACTS: Final[dict[str, Act]] = {
    "POST /api/auth/login": _sign_in,
    "POST /api/auth/password": _choose_a_password,
    "POST /api/auth/logout": _sign_out,
    "POST /api/demo/start": lambda scene: scene.house.demo("reviewer", connect=False),
    "GET /api/messages": asks("liming", "GET", "/api/messages"),
    "POST /api/messages/{message_id}/read": asks("liming", "POST", "/api/messages/{message}/read"),
    "POST /api/messages/{message_id}/close": asks(
        "liming", "POST", "/api/messages/{message}/close", {"answer": "已答复"}
    ),
    "GET /api/stills/{still_id}": _look_at_a_still,
    "GET /api/files/{file_id}": _save_a_file,
    "GET /api/calls/mine": asks("wangxiuying", "GET", "/api/calls/mine"),
    "GET /api/calls/{call_id}": asks("zhouping", "GET", "/api/calls/{call}"),
    "GET /api/calls/{call_id}/lines": asks("zhouping", "GET", "/api/calls/{call}/lines"),
    "GET /api/calls/{call_id}/notice": asks("zhouping", "GET", "/api/calls/{call}/notice"),
    "GET /api/recordings": asks("zhouping", "GET", "/api/recordings"),
    "GET /api/recordings/{call_id}": asks("zhouping", "GET", "/api/recordings/{call}"),
    "GET /api/media/{key:.+}": _play,
    "GET /api/search/lines": asks("admin", "GET", "/api/search/lines"),
    "PUT /api/search/lines/{call_id}": asks("admin", "PUT", "/api/search/lines/{call}", {"withdrawn": True}),
    "PUT /api/items/{code}/offering": asks(
        "admin", "PUT", f"/api/items/{ITEM}/offering", {"region_code": COUNTY, "offered": False}
    ),
    "PUT /api/drafts/{code}": asks("duanlian", "PUT", "/api/drafts/QT-001", DRAFT),
    "POST /api/drafts/{code}/submit": asks("duanlian", "POST", "/api/drafts/QT-001/submit"),
    "POST /api/drafts/{code}/publish": asks(
        "second.curator", "POST", "/api/drafts/QT-001/publish", {"lifecycle": "live"}
    ),
    "POST /api/drafts/{code}/discard": _write_and_discard,
    "PUT /api/items/{code}/control": asks(
        "duanlian", "PUT", f"/api/items/{ITEM}/control", {"scopes": ["draw"], "longest_s": 600}
    ),
    "POST /api/items/{code}/lifecycle": asks(
        "duanlian", "POST", "/api/items/QT-001/lifecycle", {"lifecycle": "retired"}
    ),
    "POST /api/regions": asks(
        "admin",
        "POST",
        "/api/regions",
        {"code": "bridge", "name": "桥头村", "level": "village", "parent": "533324204"},
    ),
    "PATCH /api/regions/{code}": asks("admin", "PATCH", "/api/regions/bridge", {"name": "桥尾村"}),
    "POST /api/departments": asks("admin", "POST", "/api/departments", DEPARTMENT),
    "PUT /api/departments/{department_id}": asks(
        "admin", "PUT", "/api/departments/{department}", DEPARTMENT | {"enabled": False}
    ),
    "POST /api/points": asks("admin", "POST", "/api/points", POINT),
    "PATCH /api/points/{point_id}": _in_turn(
        asks("admin", "PATCH", "/api/points/{point}", {"enabled": on}) for on in (False, True)
    ),
    "POST /api/pads/pair": _pair,
    "PUT /api/points/{point_id}/control": asks(
        "admin", "PUT", "/api/points/{point}/control", {"scopes": [], "longest_s": 600}
    ),
    "POST /api/points/{point_id}/pads/revoke": asks(
        "admin", "POST", "/api/points/point-dulongjiang/pads/revoke"
    ),
    "GET /api/staff": asks("admin", "GET", "/api/staff"),
    "POST /api/staff": lambda scene: new_clerk(scene.house, scene.people["admin"], "li.si"),
    "PATCH /api/staff/{staff_id}": _in_turn(
        asks("admin", "PATCH", "/api/staff/{staff_id}", {"enabled": on}) for on in (False, True)
    ),
    "GET /api/staff/{staff_id}/skills": asks("admin", "GET", "/api/staff/demo-03/skills"),
    "PUT /api/staff/{staff_id}/skills": asks("admin", "PUT", "/api/staff/demo-03/skills", {"skills": []}),
    "GET /api/audit": asks("audit", "GET", "/api/audit"),
}
"""Request → how it is made, in the order of a day; what a later one needs stands ahead of it."""


@asynccontextmanager
async def a_day(folder: Path) -> AsyncIterator[Scene]:
    """A house with an unanswered call, its 留言, and a recorded call."""
    async with open_house(folder, no_staff_after_s=0.2, start_grace_s=0.01) as house:
        scene = Scene(house, folder)
        await house.running.ports.directory.apply(DirectoryChange(staff=(SECOND_CURATOR,)))
        await house.running.ports.bus.publish(DirectoryChanged())
        directory = house.running.services.directory
        await until_here(lambda: directory.current.staff_named(SECOND_CURATOR.username) is not None)
        await _a_message(scene)
        scene.people["zhouping"], scene.made["replay"] = await recorded(house, folder)
        await _a_session(scene)
        yield scene


async def _a_message(scene: Scene) -> None:
    """An unanswered call and what was left after it."""
    clerk = await scene.person("wangxiuying")
    call = await clerk.do("call.request", **request_body())
    await clerk.expect("call.changed", lambda one: one["state"] == "closed")
    asked = {"name": "李四", "phone": "13900000000", "question": "几时有人?"}
    left = await clerk.do("message.leave", call_id=call["call_id"], **asked)
    scene.made["message"] = left["message_id"]


async def _a_session(scene: Scene) -> None:
    """A call with a picture and words that the search learns from."""
    clerk, specialist = await scene.person("wangxiuying"), await scene.person("liming")
    await specialist.do("presence.set", state="available", sound_unlocked=True)
    await clerk.do("call.request", **request_body(free_text="桥断了过不去医院"))
    ring = (await specialist.expect("offer.made"))["offer"]
    await specialist.do("offer.accept", call_id=ring["call_id"], offer_id=ring["offer_id"])
    for person in (clerk, specialist):
        await person.do("call.join", call_id=ring["call_id"])
    scene.made["call"] = ring["call_id"]
    scene.made["still"] = await still(clerk, ring["call_id"])
    await clerk.do("call.end", call_id=ring["call_id"])
    await specialist.do("call.result", call_id=ring["call_id"], kind="answered", item_codes=[ITEM])


def _audited() -> dict[str, AuditAct]:
    return {f"{method} {path}": noted.act for (method, path), noted in REQUESTS.items() if noted.act}


def test_every_request_that_is_written_down_is_made_here() -> None:
    assert set(ACTS) == set(_audited())


async def test_each_leaves_its_row(tmp_path_factory: pytest.TempPathFactory) -> None:
    async with a_day(tmp_path_factory.mktemp("house")) as scene:
        missing = []
        for name, act in ACTS.items():
            before = await _rows(scene, _audited()[name])
            made = await act(scene)
            if await _rows(scene, _audited()[name]) <= before:
                missing.append(name)
            for kind in ("department", "point"):
                if isinstance(made, dict) and name == f"POST /api/{kind}s":
                    scene.made[kind] = made[f"{kind}_id"]
        assert not missing, missing


async def _rows(scene: Scene, act: AuditAct) -> int:
    return sum(entry.act == act.value for entry in await scene.house.audited(1000))
