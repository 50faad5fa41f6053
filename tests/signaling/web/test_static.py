"""The web client's files and the headers of every answer."""

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from signaling.web.static import WebClient, build_of, is_page, security_headers

ROUTER = Path(__file__).resolve().parents[3] / "web_client" / "src" / "app" / "router.ts"

Client = TestClient[web.Request, web.Application]


@pytest.fixture
async def client(tmp_path: Path) -> AsyncIterator[Client]:
    root = tmp_path / "dist"
    (root / "assets").mkdir(parents=True)
    (root / "index.html").write_text("<title>帮办</title>")
    (root / "assets" / "app-1a2b.js").write_text("1")
    (tmp_path / "secret").write_text("not yours")
    app = web.Application(middlewares=[security_headers(lambda request: request.path == "/strict")])
    app.router.add_get("/{path:.*}", WebClient(root).serve)
    async with TestClient(TestServer(app)) as client:
        yield client


async def test_addresses_inside_the_application_get_its_page(client: Client) -> None:
    for path in ("/", "/clerk", "/review/abc"):
        answer = await client.get(path)
        assert answer.status == 200
        assert "帮办" in await answer.text()
        assert answer.headers["Cache-Control"] == "no-cache"


async def test_hashed_files_are_kept_for_good(client: Client) -> None:
    answer = await client.get("/assets/app-1a2b.js")
    assert await answer.text() == "1"
    assert "immutable" in answer.headers["Cache-Control"]


@pytest.mark.parametrize("path", ["/../secret", "/%2e%2e/secret", "/assets/..%2f..%2f..%2fsecret", "/a%00b"])
async def test_nothing_outside_the_folder_is_served(client: Client, path: str) -> None:
    answer = await client.get(path)
    assert "not yours" not in await answer.text()


@pytest.mark.parametrize(
    "path",
    [
        "/assets/app-0000.js",
        "/assets/app-1a2b.js/",
        "/assets/",
        "/assets",
        "/assets/clerk",
        "/assets//clerk",
        "/assets/%2e%2e/clerk.js",
        "/assets/" + "a" * 300,
        "/" + "a" * 300,
        "/clerk/" + "a" * 5000,
        "/clerk.js",
        "/review/abc.css",
        "/favicon.ico",
        "/nowhere",
        "/a%00b",
        "/%ff%fe",
        "/clerk//x",
        "/../index",
    ],
)
async def test_what_is_missing_is_missing_and_no_page(client: Client, path: str) -> None:
    """An old tab that asks for a file of its build was given index.html with 200, and could not tell."""
    answer = await client.get(path)
    assert answer.status == 404
    assert "text/html" not in answer.headers["Content-Type"]
    assert "immutable" not in answer.headers.get("Cache-Control", "")


@pytest.mark.parametrize("kind", ["script", "style", "image", "worker", "font"])
async def test_a_page_is_for_who_goes_there(client: Client, kind: str) -> None:
    assert (await client.get("/clerk", headers={"Sec-Fetch-Dest": kind})).status == 404
    assert (await client.get("/clerk", headers={"Sec-Fetch-Dest": "document"})).status == 200


async def test_who_goes_astray_reads_so_in_the_clients_words(client: Client) -> None:
    lost = await client.get("/nowhere", headers={"Sec-Fetch-Dest": "document"})
    assert (lost.status, lost.headers["Content-Type"].partition(";")[0]) == (404, "text/html")
    for path in ("/nowhere.js", "/assets", "/assets/gone"):
        plain = await client.get(path, headers={"Sec-Fetch-Dest": "document"})
        assert (plain.status, await plain.text()) == (404, "404: not found")


def test_pages_are_those_of_the_router() -> None:
    paths = re.findall(r'path: "(/[^"]*)"', ROUTER.read_text())
    pages = [re.sub(r":\w+", "x1", path) for path in paths if "(.*)" not in path]
    assert len(pages) > 10
    assert [path for path in pages if not is_page(path.removeprefix("/"))] == []


async def test_nothing_leaves_our_origin(client: Client) -> None:
    answer = await client.get("/")
    policy = answer.headers["Content-Security-Policy"]
    host = f"127.0.0.1:{client.port}"
    assert "default-src 'self'" in policy
    assert f"connect-src 'self' ws://{host} wss://{host};" in policy
    assert "frame-ancestors 'none'" in policy
    assert "script-src 'self' 'wasm-unsafe-eval';" in policy
    assert "'unsafe-eval'" not in policy
    assert "http:" not in policy
    assert "*" not in policy
    assert answer.headers["Permissions-Policy"].startswith("camera=(self), microphone=(self)")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


async def test_a_forged_host_does_not_enter_the_policy(client: Client) -> None:
    answer = await client.get("/", headers={"Host": "evil.example; script-src *"})
    assert "evil" not in answer.headers.get("Content-Security-Policy", "")


async def test_a_missing_build_says_what_to_do(tmp_path: Path) -> None:
    app = web.Application()
    app.router.add_get("/{path:.*}", WebClient(tmp_path / "nowhere").serve)
    async with TestClient(TestServer(app)) as client:
        answer = await client.get("/")
        assert answer.status == 503
        assert "./dev build" in await answer.text()


async def test_only_a_service_with_nothing_but_https_says_so(client: Client) -> None:
    at_home = {"Host": "bangban.gov"}
    assert "Strict-Transport-Security" not in (await client.get("/clerk", headers=at_home)).headers
    answer = await client.get("/strict", headers=at_home)
    assert answer.headers["Strict-Transport-Security"].startswith("max-age=")


@pytest.mark.parametrize(
    ("host", "is_told"),
    [("bangban.gov:443", True), ("[fd00::1]", True), ("bangban.gov:8443", False), ("[fd00::1]:8443", False)],
)
async def test_a_service_on_another_port_leaves_the_rest_of_its_host_alone(
    client: Client, host: str, is_told: bool
) -> None:
    answer = await client.get("/strict", headers={"Host": host})
    assert ("Strict-Transport-Security" in answer.headers) == is_told


def test_the_build_that_is_served_is_named_by_its_entry_script(tmp_path: Path) -> None:
    assert build_of(tmp_path) is None
    page = '<script type="module" crossorigin src="/assets/index-1a2b.js"></script>'
    (tmp_path / "index.html").write_text(page)
    assert build_of(tmp_path) == "/assets/index-1a2b.js"
