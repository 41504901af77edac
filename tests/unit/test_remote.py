"""Documents that lie elsewhere: a website, a Git repository and a storage, each a real one; addresses that are refused."""

from __future__ import annotations

import functools
import gzip
import http.server
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import fsspec
import pytest
from typer.testing import CliRunner

from ingest.pipeline import Pipeline, make_plan
from ingest.remote import Fetched, Limits, fetch, is_remote
from ingest.remote.network import is_public
from tests.conftest import ingest_files
from tests.fakes import HashingEmbedder
from youju.cli.main import app
from youju.errors import InvalidRequest
from youju.index.sqlite.store import Store
from youju.settings import Settings

LIMITS = Limits(files=20, file_bytes=1 << 20, total_bytes=1 << 22, allow_private=True)
PAGE = "<html><head><title>{}</title></head><body><p>{}</p></body></html>"


class Site:
    """A website on this machine. `pages` are what stands where, `asked` what was asked for."""

    def __init__(self) -> None:
        self.pages: dict[str, tuple[str, bytes]] = {}
        self.tags: dict[str, str] = {}
        self.redirects: dict[str, str] = {}
        self.asked: list[str] = []
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Handler, self))
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def page(self, path: str, text: str, kind: str = "text/html") -> None:
        self.pages[path] = (kind, PAGE.format(path, text).encode())

    def sitemap(self, *paths: str, where: str = "/sitemap.xml", lastmod: str = "") -> None:
        changed = f"<lastmod>{lastmod}</lastmod>" if lastmod else ""
        urls = "".join(f"<url><loc>{path if '://' in path else self.url + path}</loc>{changed}</url>" for path in paths)
        xml = f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{urls}</urlset>'
        self.pages[where] = ("application/xml", xml.encode())

    def stop(self) -> None:
        self.server.shutdown()
        self.server.server_close()


class Handler(http.server.BaseHTTPRequestHandler):
    def __init__(self, site: Site, *arguments: object) -> None:
        self.site = site
        super().__init__(*arguments)  # type: ignore[arg-type]

    def do_GET(self) -> None:
        self.site.asked.append(self.path)
        tag = self.site.tags.get(self.path)
        if to := self.site.redirects.get(self.path):
            self.send_response(302)
            self.send_header("Location", to)
        elif self.path not in self.site.pages:
            self.send_response(404)
        elif tag and self.headers["If-None-Match"] == tag:
            self.send_response(304)
        else:
            kind, data = self.site.pages[self.path]
            self.send_response(200)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(data)))
            if tag:
                self.send_header("ETag", tag)
            self.end_headers()
            self.wfile.write(data)
            return
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Nothing."""


@pytest.fixture
def site() -> Iterator[Site]:
    made = Site()
    yield made
    made.stop()


def names(found: Fetched) -> list[str]:
    return sorted(address.partition("//")[2].partition("/")[2] for address in found.shown.values())


def test_the_pages_of_a_sitemap_are_kept_in_step(site: Site, tmp_path: Path) -> None:
    for path in ("/a", "/b.html", "/c.html"):
        site.page(path, f"This is {path}.")
        site.tags[path] = f'"{path}"'
    site.sitemap(
        "/a", "/b.html", "/c.html", "/a", "https://elsewhere.example/x.html", "http://[x", f"{site.url}:x/y", "mailto://x"
    )
    address = f"{site.url}/sitemap.xml"
    found = fetch(address, tmp_path, LIMITS)
    assert (names(found), found.new, found.failed) == (["a", "b.html", "c.html"], 3, [])
    assert {path.suffix for path in found.shown} == {".html"}
    assert all(path.read_bytes() == site.pages["/" + url.rpartition("/")[2]][1] for path, url in found.shown.items())
    assert fetch(address, tmp_path, LIMITS).new == 0
    site.page("/b.html", "This is new.")
    site.tags["/b.html"] = '"new"'
    site.sitemap("/a", "/b.html", "/gone")
    found = fetch(address, tmp_path, LIMITS)
    assert (names(found), found.new) == (["a", "b.html"], 1)
    assert found.failed == [(f"{site.url}/gone", "HTTP 404")]
    assert sorted(found.folder.glob("*.html")) == sorted(found.shown)


def test_a_page_is_asked_for_again_when_its_sitemap_says_so(site: Site, tmp_path: Path) -> None:
    site.page("/a.html", "One.")
    for day, news in (("2026-01-01", 1), ("2026-01-01", 0), ("2026-01-02", 1)):
        site.sitemap("/a.html", lastmod=day)
        assert fetch(f"{site.url}/sitemap.xml", tmp_path, LIMITS).new == news
    assert site.asked.count("/a.html") == 2


def test_a_part_of_a_website_and_sitemaps_that_are_packed_or_name_others(site: Site, tmp_path: Path) -> None:
    site.page("/docs/a.html", "A.")
    site.page("/blog/b.html", "B.")
    site.sitemap("/docs/a.html", "/blog/b.html", where="/one.xml")
    site.pages["/one.xml.gz"] = ("application/gzip", gzip.compress(site.pages.pop("/one.xml")[1]))
    index = f"<sitemapindex><sitemap><loc>{site.url}/one.xml.gz</loc></sitemap></sitemapindex>"
    site.pages["/all.xml"] = ("application/xml", index.encode())
    site.pages["/robots.txt"] = ("text/plain", f"User-agent: *\nDisallow: /blog/\nSitemap: {site.url}/all.xml\n".encode())
    assert names(fetch(f"{site.url}/docs/", tmp_path, LIMITS)) == ["docs/a.html"]
    found = fetch(f"{site.url}/all.xml", tmp_path, LIMITS)
    assert (names(found), found.failed) == (["docs/a.html"], [(f"{site.url}/blog/b.html", "robots.txt forbids it")])
    assert "/blog/b.html" not in site.asked


def test_what_is_too_large_or_leads_elsewhere_is_left_out(site: Site, tmp_path: Path) -> None:
    site.page("/large.html", "x" * (LIMITS.file_bytes + 1))
    site.redirects["/away.html"] = "http://localhost:9/secret"
    other = Site()
    other.page("/secret.html", "secret")
    site.redirects["/other.html"] = f"{other.url}/secret.html"
    site.page("/good.html", "Good.")
    site.sitemap("/large.html", "/away.html", "/other.html", "/good.html")
    found = fetch(f"{site.url}/sitemap.xml", tmp_path, LIMITS)
    other.stop()
    assert names(found) == ["good.html"]
    assert [address.rpartition("/")[2] for address, _ in found.failed] == ["large.html", "away.html", "other.html"]
    assert [path.name for path in found.folder.iterdir() if not path.name.startswith(".")] == [next(iter(found.shown)).name]


def test_a_run_that_is_stopped_goes_on(site: Site, tmp_path: Path) -> None:
    for path in ("/a.html", "/b.html"):
        site.page(path, path)
        site.tags[path] = path
    site.sitemap("/a.html", "/b.html")
    with pytest.raises(InvalidRequest, match="more than 1 files"):
        fetch(f"{site.url}/sitemap.xml", tmp_path, Limits(1, 10**6, 10**6, True))
    assert fetch(f"{site.url}/sitemap.xml", tmp_path, LIMITS).new == 1
    (folder,) = tmp_path.iterdir()
    (folder / ".youju-mirror.json").write_text("[1")
    assert fetch(f"{site.url}/sitemap.xml", tmp_path, LIMITS).new == 2


def test_more_than_the_limits_is_refused(site: Site, tmp_path: Path) -> None:
    for number in range(6):
        site.page(f"/{number}.html", "word " * 100)
    site.sitemap(*(f"/{number}.html" for number in range(6)))
    for limits, said in ((Limits(5, 10**6, 10**6, True), "more than 5 files"), (Limits(9, 10**6, 2000, True), "MiB")):
        with pytest.raises(InvalidRequest, match=said):
            fetch(f"{site.url}/sitemap.xml", tmp_path / said, limits)


@pytest.mark.parametrize("xml", [b"<html>", b"\x1f\x8bnothing", b"<urlset/>", b""])
def test_what_is_no_sitemap_is_said(site: Site, tmp_path: Path, xml: bytes) -> None:
    site.pages["/sitemap.xml"] = ("application/xml", xml)
    with pytest.raises(InvalidRequest, match="sitemap"):
        fetch(f"{site.url}/sitemap.xml", tmp_path, LIMITS)


def test_private_addresses_are_refused_unless_allowed(site: Site, tmp_path: Path) -> None:
    site.sitemap("/a.html")
    port = site.url.rpartition(":")[2]
    closed = Limits(9, 10**6, 10**6)
    for address in (
        site.url,
        f"http://localhost:{port}",
        f"http://[::1]:{port}",
        "git+https://127.0.0.1/x.git",
        "sftp://127.0.0.1/x",
    ):
        with pytest.raises(InvalidRequest, match=r"public address|--allow-private|cannot be read"):
            fetch(f"{address}/sitemap.xml" if address.startswith("http") else address, tmp_path, closed)
    assert site.asked == []
    for address in (
        "127.0.0.1",
        "10.1.2.3",
        "192.168.0.1",
        "169.254.169.254",
        "::1",
        "fe80::1%eth0",
        "::ffff:10.0.0.1",
        "224.0.0.1",
    ):
        assert not is_public(address)
    assert is_public("93.184.216.34")
    assert is_public("2606:2800:220:1::1")


def test_what_is_no_remote_is_refused(tmp_path: Path) -> None:
    for address in (
        "file:///etc",
        "git+ssh://host/x.git",
        "git+file:///etc",
        "nonsense://x",
        "http://host.invalid/sitemap.xml",
    ):
        assert is_remote(address)
        with pytest.raises(InvalidRequest) as caught:
            fetch(address, tmp_path, Limits(9, 10**6, 10**6))
        assert "\n" not in str(caught.value)
    assert not is_remote("/a/folder")
    assert not is_remote("C:\\folder")


def git(folder: Path, *arguments: str) -> None:
    own = ["-c", "user.name=a", "-c", "user.email=a@example.org", "-c", "init.defaultBranch=main"]
    subprocess.run(["git", *own, *arguments], cwd=folder, check=True, capture_output=True)


def test_the_files_of_a_repository_are_kept_in_step(tmp_path: Path) -> None:
    source = tmp_path / "source"
    (source / "docs").mkdir(parents=True)
    (source / "docs" / "a.md").write_text("# A\n\nThe lid is green.")
    (source / "README.md").write_text("Read me.")
    (source / ".hidden.md").write_text("no")
    (source / "code.bin").write_bytes(b"\0\1")
    (source / "link.md").symlink_to("/etc/passwd")
    git(source, "init", "-q")
    git(source, "add", "-A")
    git(source, "commit", "-qm", "one")
    address = f"git+file://{source}"
    found = fetch(address, tmp_path / "s", LIMITS)
    assert sorted(one.removeprefix(f"file://{source}/") for one in found.shown.values()) == ["README.md", "docs/a.md"]
    assert {path.read_text() for path in found.shown} == {"# A\n\nThe lid is green.", "Read me."}
    (source / "docs" / "a.md").write_text("The lid is red.")
    (source / "README.md").unlink()
    git(source, "commit", "-qam", "two")
    found = fetch(address, tmp_path / "s", LIMITS)
    assert found.new == 1
    assert [path.read_text() for path in found.shown] == ["The lid is red."]
    with pytest.raises(InvalidRequest, match="cannot be read"):
        fetch(f"{address}#nowhere", tmp_path / "s", LIMITS)


def test_the_files_of_a_storage_are_kept_in_step(tmp_path: Path) -> None:
    storage = fsspec.filesystem("memory")
    storage.pipe({"/box/a.txt": b"The lid is green.", "/box/sub/b.md": b"# B", "/box/.git/c.txt": b"no", "/box/d.bin": b"no"})
    try:
        found = fetch("memory://box", tmp_path, LIMITS)
        assert sorted(found.shown.values()) == ["memory:///box/a.txt", "memory:///box/sub/b.md"]
        assert fetch("memory://box", tmp_path, LIMITS).new == 0
        storage.pipe({"/box/a.txt": b"The lid is red."})
        storage.rm("/box/sub/b.md")
        found = fetch("memory://box", tmp_path, LIMITS)
        assert [path.read_bytes() for path in found.shown] == [b"The lid is red."]
        with pytest.raises(InvalidRequest, match="no file"):
            fetch("memory://nothing", tmp_path, LIMITS)
    finally:
        storage.rm("/box", recursive=True)


def test_a_website_is_ingested_and_cited_by_its_addresses(
    site: Site, tmp_path: Path, settings: Settings, store: Store, embedder: HashingEmbedder
) -> None:
    ingest_files({"own.txt": "My own."}, tmp_path / "own", settings, store, embedder)
    site.page("/a.html", "The lid is green.")
    site.page("/b.html", "The lamp is warm.")
    site.sitemap("/a.html", "/b.html")
    for _ in range(2):
        found = fetch(f"{site.url}/sitemap.xml", tmp_path / "sources", LIMITS)
        work = make_plan([found.folder], settings, store, shown_as=found.shown)
        Pipeline(settings, store, lambda: embedder).run(work, prune=True)
        addresses = {one.uri for one in store.documents()}
        assert {f"{site.url}/a.html", f"{site.url}/b.html"} < addresses
        assert len(addresses) == 3
    site.sitemap("/b.html")
    found = fetch(f"{site.url}/sitemap.xml", tmp_path / "sources", LIMITS)
    report = Pipeline(settings, store, lambda: embedder).run(
        make_plan([found.folder], settings, store, shown_as=found.shown), prune=True
    )
    assert report.deleted == 1


def test_the_command_takes_addresses(site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    site.page("/a.html", "The lid is green.")
    site.sitemap("/a.html", "/gone.html")
    monkeypatch.setenv("YOUJU_DATA_DIR", str(tmp_path / "data"))
    address = f"{site.url}/sitemap.xml"
    refused = CliRunner().invoke(app, ["ingest", address, "--dry-run"])
    assert (refused.exit_code, "--allow-private" in refused.output) == (2, True)
    watched = CliRunner().invoke(app, ["ingest", address, "--watch", "--allow-private"])
    assert (watched.exit_code, "not watched" in watched.output) == (2, True)
    empty = CliRunner().invoke(app, ["ingest", ""])
    assert (empty.exit_code, "a path is empty" in empty.output) == (2, True)
    done = CliRunner().invoke(app, ["ingest", address, "--dry-run", "--allow-private"])
    assert done.exit_code == 0, done.output
    assert f"new       {site.url}/a.html" in done.output
    assert f"{site.url}/gone.html: HTTP 404" in done.output
