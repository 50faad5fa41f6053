"""A county's tables go in, come out, and say where they are wrong; nothing happens by halves."""

import asyncio
import csv
import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from signaling.__main__ import main
from signaling.adapters.passwords import ArgonHasher
from signaling.adapters.sql.accounts import SqlAccountStore
from signaling.adapters.sql.directory import SqlDirectoryStore
from signaling.compose.administration import create_administrator, opened
from signaling.compose.audit import audit_store
from signaling.compose.county import export_county, import_county
from signaling.compose.sheet_files import SheetFileError, find_files
from signaling.config import Settings, load
from signaling.domain.control.grant import ControlScope
from signaling.domain.control.policy import ControlPolicy
from signaling.domain.directory_data import DirectoryChange, DirectoryData
from signaling.domain.items import Lifecycle
from signaling.domain.roles import Role
from signaling.domain.sheets.table import Sheet
from signaling.domain.staff import SkillKind
from signaling.services.stores import AuditQuery

COUNTY: Mapping[str, str] = {
    "regions.csv": "code,name,level,parent\n533324,贡山县,county,\n533324204,独龙江乡,township,533324\n",
    "departments.csv": (
        "编码,部门,全称,地区,电话,办公时间\n"
        "ybj,医疗保障局,贡山县医疗保障局,533324,0886-3511001,工作日 9:00–17:00\n"
    ),
    "points.csv": (
        "code,name,region,phone,opening_hours,equipment,languages\n"
        "dlj,独龙江乡便民服务中心,533324204,0886-3581101,工作日 9:00–17:00,高拍仪|打印机,独龙语\n"
    ),
    "items.csv": (
        "code,name,department,level,materials,steps,faq,offered_in\n"
        "YB-003,医疗费用手工报销,医疗保障局,县,身份证|发票 \\| 清单,填表|交件,多久到账?|30 天,533324\n"
    ),
    "staff.csv": (
        "username,name,roles,region,departments,point,languages\n"
        "liming,李明,specialist,533324,ybj,,普通话|独龙语\n"
        "wang,王秀英,导办员,533324204,,dlj,普通话\n"
    ),
    "skills.csv": "username,kind,target,level\nliming,department,医疗保障局,4\n",
}


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return load({"data_dir": tmp_path / "data"})


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write(tmp_path / "county", COUNTY)


def write(folder: Path, files: Mapping[str, str], encoding: str = "utf-8") -> Path:
    folder.mkdir(exist_ok=True)
    for name, text in files.items():
        (folder / name).write_text(text, encoding=encoding)
    return folder


async def stored(settings: Settings) -> DirectoryData:
    async with opened(settings) as database:
        return await SqlDirectoryStore(database).load()


async def take(settings: Settings, folder: Path) -> tuple[str, ...]:
    done = await import_county(settings, find_files(folder), dry_run=False)
    assert done.plan.faults == (), [str(fault) for fault in done.plan.faults]
    return tuple(map(str, done.plan.lines))


async def test_a_whole_county_is_made_from_six_tables(settings: Settings, folder: Path) -> None:
    done = await import_county(settings, find_files(folder), dry_run=False)
    assert done.plan.faults == ()
    data = await stored(settings)
    (department,) = data.departments
    (point,) = data.points
    (item,) = data.items
    people = {person.username: person for person in data.staff}
    assert (department.spoken, department.phone) == ("贡山县医疗保障局", "0886-3511001")
    assert (point.equipment, point.languages) == (("高拍仪", "打印机"), ("独龙语",))
    assert item.materials == ("身份证", "发票 | 清单")
    assert (item.questions[0].question, item.questions[0].answer) == ("多久到账?", "30 天")
    assert item.lifecycle is Lifecycle.LIVE
    assert data.offerings == (("YB-003", "533324"),)
    assert people["wang"].roles == {Role.CLERK}
    assert people["liming"].department_ids == ("ybj",)
    assert [(skill.kind, skill.target, skill.level) for skill in data.skills] == [
        (SkillKind.DEPARTMENT, "医疗保障局", 4)
    ]
    passwords = dict(done.passwords)
    hasher = ArgonHasher()
    async with opened(settings) as database:
        credential = await SqlAccountStore(database).credential(people["wang"].staff_id)
        (entry,) = await audit_store(settings, database).entries(AuditQuery())
    assert credential is not None
    assert await hasher.verify(credential.password_hash, passwords["wang"])
    hasher.close()
    assert people["wang"].must_change_password
    assert (entry.entry.act, entry.entry.detail["staff"]) == ("directory.imported", 2)


async def test_importing_again_keeps_what_no_table_says_of_a_point(settings: Settings, folder: Path) -> None:
    await take(settings, folder)
    gentle = ControlPolicy(frozenset({ControlScope.DRAW}), 300)
    async with opened(settings) as database:
        store = SqlDirectoryStore(database)
        (point,) = (await store.load()).points
        limited = replace(point, control=gentle, relay_only=True)
        await store.apply(DirectoryChange(points=(limited,)))
    write(folder, {"points.csv": COUNTY["points.csv"].replace("3581101", "3581102")})
    await take(settings, folder)
    (after,) = (await stored(settings)).points
    assert after == replace(limited, phone="0886-3581102")


async def test_importing_again_changes_nothing(settings: Settings, folder: Path) -> None:
    await take(settings, folder)
    before = await stored(settings)
    done = await import_county(settings, find_files(folder), dry_run=False)
    assert (done.plan.lines, done.plan.unchanged, done.passwords) == ((), 8, ())
    assert await stored(settings) == before


async def test_a_dry_run_says_each_line_and_changes_nothing(settings: Settings, folder: Path) -> None:
    await take(settings, folder)
    before = await stored(settings)
    write(
        folder,
        {
            "departments.csv": COUNTY["departments.csv"].replace("0886-3511001", "0886-3511009"),
            "items.csv": COUNTY["items.csv"].replace("533324\n", "533324204\n"),
            "skills.csv": COUNTY["skills.csv"] + "liming,item,YB-003,5\n",
            "staff.csv": COUNTY["staff.csv"] + "zhou,周萍,质检员,533324,,,\n",
        },
    )
    done = await import_county(settings, find_files(folder), dry_run=True)
    assert [str(line) for line in done.plan.lines] == [
        "~ departments ybj 贡山县医疗保障局 (phone: 0886-3511001 → 0886-3511009)",
        "~ items YB-003 医疗费用手工报销 (offered_in: 533324 → 533324204)",
        "+ staff zhou 周萍",
        "~ skills liming  (skills: 医疗保障局 4 → YB-003 5, 医疗保障局 4)",
    ]
    assert await stored(settings) == before


@pytest.mark.parametrize("form", ["csv", "json"])
async def test_what_is_exported_is_imported_without_a_change(
    settings: Settings, folder: Path, tmp_path: Path, form: str
) -> None:
    write(folder, {"points.csv": COUNTY["points.csv"].replace("独龙江乡便民", "=cmd|独龙江乡便民")})
    await take(settings, folder)
    await create_administrator(settings, "root", "张三", None)
    files = await export_county(settings, tmp_path / "out", form)
    assert [file.name for file in files] == [f"{sheet}.{form}" for sheet in Sheet]
    done = await import_county(settings, find_files(tmp_path / "out"), dry_run=True)
    assert (done.plan.faults, done.plan.lines) == ((), ())
    assert "root" not in (tmp_path / "out" / f"staff.{form}").read_text()
    empty = load({"data_dir": tmp_path / "copy"})
    await take(empty, tmp_path / "out")
    copy, original = await stored(empty), await stored(settings)
    assert (copy.regions, copy.departments, copy.points) == (
        original.regions,
        original.departments,
        original.points,
    )
    assert (copy.items, copy.offerings) == (original.items, original.offerings)


async def test_a_spreadsheet_gets_no_formula(settings: Settings, folder: Path, tmp_path: Path) -> None:
    write(folder, {"points.csv": COUNTY["points.csv"].replace("独龙江乡便民", "=HYPERLINK(1)独龙江")})
    await take(settings, folder)
    await export_county(settings, tmp_path / "out", "csv")
    with (tmp_path / "out" / "points.csv").open(encoding="utf-8-sig", newline="") as file:
        (row,) = csv.DictReader(file)
    assert row["name"].startswith("'=")


async def test_files_of_chinese_spreadsheets_are_read(settings: Settings, tmp_path: Path) -> None:
    await take(settings, write(tmp_path / "gbk", COUNTY, "gb18030"))
    assert (await stored(settings)).departments[0].name == "贡山县医疗保障局"


async def test_another_wording_of_an_item_is_its_next_version(settings: Settings, folder: Path) -> None:
    await take(settings, folder)
    write(folder, {"items.csv": COUNTY["items.csv"].replace("填表", "网上填表")})
    await take(settings, folder)
    async with opened(settings) as database:
        store = SqlDirectoryStore(database)
        assert (await store.load()).items[0].version == 2
        first = await store.item("YB-003", 1)
    assert first is not None
    assert first.steps == ("填表", "交件"), "running sessions keep what they began with"


async def test_a_missing_column_keeps_and_an_empty_cell_sets_the_default(
    settings: Settings, folder: Path
) -> None:
    await take(settings, folder)
    write(folder, {"points.csv": "code,equipment\ndlj,\n"})
    await take(settings, folder)
    (point,) = (await stored(settings)).points
    assert (point.name, point.equipment, point.languages) == ("独龙江乡便民服务中心", (), ("独龙语",))


FAULTY = [
    ("regions.csv", "533324204,独龙江乡,township,533324", "533324204,独龙江乡,township,9", "line 3, parent"),
    ("regions.csv", "533324204,独龙江乡,township", "533324204,独龙江乡,province", "line 3, level"),
    ("regions.csv", "独龙江乡,township", "独龙江乡,town", "line 3, level: is 'town'"),
    ("regions.csv", "533324204,", "533324,", "line 3: 533324 is in line 2 too"),
    ("regions.csv", "533324,贡山县,county,", "533324,贡山县,county,533324204", "line 2, level"),
    ("departments.csv", "0886-3511001", "8.86E+10", "line 2, phone: is '8.86E+10'"),
    ("departments.csv", "工作日 9:00–17:00", "", "line 2, office_hours: is empty"),
    ("departments.csv", "533324,", "999,", "line 2, region: names no region"),
    ("points.csv", "533324204", "999", "line 2, region: names no region"),
    ("items.csv", "30 天", "30 天|三十天?", "line 2, faq: has 3 parts"),
    ("items.csv", ",533324", ",999", "line 2, offered_in: names no region"),
    ("items.csv", "YB-003", "医/3", "line 2, code: is '医/3'"),
    ("staff.csv", "导办员", "system_administrator", "line 3, roles: is 'system_administrator'"),
    ("staff.csv", ",dlj,", ",,", "line 3, point: is empty"),
    ("staff.csv", ",ybj,", ",xyz,", "line 2, departments: names no department"),
    ("staff.csv", "wang,", "w!,", "line 3, username: is 'w!'"),
    ("skills.csv", ",4", ",9", "line 2, level: is '9'"),
    ("skills.csv", "医疗保障局", "医保局", "line 2, target: names no department"),
    ("skills.csv", "liming", "nobody", "line 2, username: names nobody"),
]


@pytest.mark.parametrize(("name", "right", "wrong", "told"), FAULTY)
async def test_a_faulty_row_is_named_with_its_line_field_and_remedy(
    settings: Settings, folder: Path, name: str, right: str, wrong: str, told: str
) -> None:
    assert right in COUNTY[name]
    write(folder, {name: COUNTY[name].replace(right, wrong)})
    done = await import_county(settings, find_files(folder), dry_run=False)
    faults = [str(fault) for fault in done.plan.faults if name in fault.file]
    assert any(told in fault for fault in faults), [str(fault) for fault in done.plan.faults]
    assert all(fault.remedy for fault in done.plan.faults)
    data = await stored(settings)
    assert (data.regions, data.staff, data.revision) == ((), (), 0)


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        ("items.json", "{", "line 1: is no list"),
        ("items.json", '[{"code": "1"},\n {"code": }]', "line 2: is not JSON here"),
        ("items.json", "[\n 1]", "line 2: is no object"),
        ("items.csv", "", "line 1: is empty"),
        ("items.csv", "code\n1,2\n", "line 2: has 2 cells under 1 columns"),
        ("items.csv", 'code,name\n"1,2\n', "is not CSV"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_with_the_place(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str, text: str, told: str
) -> None:
    write(tmp_path / "county", {name: text})
    assert main(["admin", "import", str(tmp_path / "county"), "--data-dir", str(tmp_path / "data")]) == 2
    shown = capsys.readouterr().err
    assert told in shown
    assert "Nothing was imported." in shown
    assert not (tmp_path / "data" / "bangban.db").exists()


def test_a_row_that_spans_lines_is_named_by_its_first(tmp_path: Path) -> None:
    text = 'code,name,department,level,steps\nA,甲,局,县,"一|\n二"\n\nB,乙,局,,\n'
    write(tmp_path / "county", {"items.csv": text})
    settings = load({"data_dir": tmp_path / "data"})
    done = asyncio.run(import_county(settings, find_files(tmp_path / "county"), dry_run=True))
    assert [fault.line for fault in done.plan.faults] == [5]


async def test_json_is_taken_as_other_systems_write_it(settings: Settings, tmp_path: Path) -> None:
    region = {"code": "533324", "name": "贡山县", "level": "county", "parent": None, "unsure": False}
    item = {
        "code": "A",
        "name": "甲",
        "department": "局",
        "level": "县",
        "faq": [{"q": "问", "a": "答"}],
        "languages": ["独龙语"],
    }
    files = {"regions.json": json.dumps([region]), "items.json": json.dumps([item], ensure_ascii=False)}
    done = await import_county(settings, find_files(write(tmp_path / "c", files)), dry_run=False)
    assert done.ignored == ("regions.json: unsure",)
    (stored_item,) = (await stored(settings)).items
    assert (stored_item.languages, stored_item.questions[0].answer) == (("独龙语",), "答")


async def test_administrators_are_left_alone(settings: Settings, folder: Path) -> None:
    await take(settings, folder)
    await create_administrator(settings, "root", "张三", None)
    write(folder, {"staff.csv": COUNTY["staff.csv"] + "root,王五,specialist,533324,,,\n"})
    done = await import_county(settings, find_files(folder), dry_run=False)
    assert [fault.field for fault in done.plan.faults] == ["username"]


async def test_what_is_in_use_is_not_retired(settings: Settings, folder: Path) -> None:
    await take(settings, folder)
    write(folder, {"regions.csv": "code,enabled\n533324204,no\n"})
    done = await import_county(settings, find_files(folder), dry_run=False)
    assert any("独龙江乡便民服务中心 is here" in str(fault) for fault in done.plan.faults)


def test_passwords_go_to_a_file_of_the_owners(
    tmp_path: Path, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    given = ["--data-dir", str(tmp_path / "data"), "--passwords", str(tmp_path / "passwords.csv")]
    assert main(["admin", "import", str(folder), *given]) == 0
    assert (tmp_path / "passwords.csv").stat().st_mode & 0o777 == 0o600
    assert "wang," in (tmp_path / "passwords.csv").read_text(encoding="utf-8-sig")
    assert "9 changed" not in capsys.readouterr().err
    assert main(["admin", "import", str(folder), *given]) == 2, "nothing is overwritten"


def test_one_table_in_two_forms_is_refused(folder: Path) -> None:
    write(folder, {"items.json": "[]"})
    with pytest.raises(SheetFileError, match="Remove one"):
        find_files(folder)
