"""Sources: local files, the data folder, and a loopback server that behaves badly in every way we know of."""

import gzip
import hashlib
import io
import json
import socket
import subprocess
import sys
import tarfile
import threading
import zipfile
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from knnkd import archives
from knnkd.downloads import MAX_DELAY, Network
from knnkd.errors import KnnKdError
from knnkd.io import read_json
from knnkd.sources import Source, WrongChecksumError, fetch, fetch_whole

SCRIPT = Path(__file__).resolve().parents[2] / "workflow" / "scripts" / "fetch_source.py"
TEXT = "Guten Morgen.\nZeile\u2028eins\nGrüße\n".encode()
QUICK = Network(retries=2, timeout=5, delay=0.001)


class Server:
    """Answers `/name` with what `replies[name]` lists next: (status, body, announced length, or None for no header)."""

    def __init__(self) -> None:
        self.replies: dict[str, list[tuple[int, bytes, int | None]]] = {}
        self.asked: list[str] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                name = self.path.rpartition("/")[2]
                outer.asked.append(name)
                queue = outer.replies.get(name, [(404, b"none", 4)])
                status, body, length = queue.pop(0) if len(queue) > 1 else queue[0]
                self.send_response(status)
                if status == 302:
                    self.send_header("Location", body.decode())
                if length is not None:
                    self.send_header("Content-Length", str(length))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                """Keep standard error for the tests."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()

    def url(self, name: str) -> str:
        return f"http://127.0.0.1:{self._server.server_port}/{name}"

    def serve(self, name: str, *replies: tuple[int, bytes] | tuple[int, bytes, int | None]) -> str:
        self.replies[name] = [reply if len(reply) == 3 else (*reply, len(reply[1])) for reply in replies]
        return self.url(name)

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.setenv(name, "127.0.0.1")


@pytest.fixture(scope="module")
def running() -> Iterator[Server]:
    server = Server()
    yield server
    server.close()


@pytest.fixture
def server(running: Server) -> Server:
    running.replies.clear()
    running.asked.clear()
    return running


@pytest.fixture
def output(tmp_path: Path) -> Path:
    return tmp_path / "raw" / "train.de"


def digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def nothing_left(output: Path) -> bool:
    return not output.parent.exists() or not list(output.parent.iterdir())


def complete(output: Path) -> bool:
    return sorted(file.name for file in output.parent.iterdir()) == ["train.de", "train.de.source.json"]


def run_script(*flags: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, SCRIPT, *map(str, flags)], capture_output=True, encoding="utf-8", timeout=60, check=False
    )


def one_error(run: subprocess.CompletedProcess[str]) -> str:
    """Return the run's only error line, after checking that it failed as a script should."""
    assert run.returncode == 1
    assert "Traceback" not in run.stderr
    (line,) = [line for line in run.stderr.splitlines() if line.startswith("error:")]
    assert run.stderr.splitlines()[-1] == line
    return line


def test_download_is_recorded(server: Server, output: Path) -> None:
    url = server.serve("train.de", (200, TEXT))
    record = fetch(Source(urls=(url,), sha256=digest(TEXT).upper()), output, QUICK)
    assert output.read_bytes() == TEXT
    assert complete(output)
    expected = {"name": "train.de", "url": url, "sha256": digest(TEXT), "bytes": len(TEXT), "lines": 3}
    assert record == expected == read_json(output.with_name("train.de.source.json"))


def test_download_without_length_or_checksum_and_through_a_redirect(server: Server, output: Path) -> None:
    target = server.serve("there", (200, TEXT, None))
    url = server.serve("train.de", (302, target.encode(), 0))
    assert fetch(Source(urls=(url,)), output, QUICK)["sha256"] == digest(TEXT)
    assert server.asked == ["train.de", "there"]


@pytest.mark.parametrize("target", ["ftp://127.0.0.1/train.de", "file:///etc/hostname"])
def test_redirect_to_another_scheme_is_refused(server: Server, output: Path, target: str) -> None:
    url = server.serve("train.de", (302, target.encode(), 0))
    with pytest.raises(KnnKdError, match="cannot download"):
        fetch(Source(urls=(url,)), output, QUICK)
    assert server.asked == ["train.de"]
    assert nothing_left(output)


def test_next_mirror_is_taken_after_a_missing_file_and_a_wrong_one(server: Server, output: Path) -> None:
    urls = (server.url("gone"), server.serve("other", (200, b"other\n")), server.serve("good", (200, TEXT)))
    record = fetch(Source(urls=urls, sha256=digest(TEXT)), output, QUICK)
    assert server.asked == ["gone", "other", "good"]  # neither is worth a second try
    assert record["url"] == urls[2]
    assert complete(output)


@pytest.mark.parametrize("status", [500, 503, 429])
def test_server_errors_are_tried_again(server: Server, output: Path, status: int) -> None:
    url = server.serve("train.de", (status, b"later"), (status, b"later"), (200, TEXT))
    fetch(Source(urls=(url,)), output, QUICK)
    assert server.asked == ["train.de"] * 3
    assert output.read_bytes() == TEXT


def test_truncated_download_is_tried_again_and_never_kept(server: Server, output: Path) -> None:
    short = (200, TEXT[:10], len(TEXT))
    url = server.serve("train.de", short, (200, TEXT))
    fetch(Source(urls=(url,)), output, QUICK)
    assert output.read_bytes() == TEXT
    server.serve("train.de", short)
    server.asked.clear()
    other = output.with_name("valid.de")
    with pytest.raises(KnnKdError, match=rf"cut short \(10 of {len(TEXT)} bytes\)"):
        fetch(Source(urls=(url,)), other, QUICK)
    assert server.asked == ["train.de"] * 3
    assert complete(output)


def test_delays_double_up_to_a_cap() -> None:
    assert Network(retries=4, delay=1).delays() == [1, 2, 4, 8]
    assert Network(retries=9, delay=1).delays()[-1] == MAX_DELAY
    assert Network(retries=0).delays() == []


def test_script_names_all_urls_when_nothing_listens(server: Server, output: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        silent = f"http://127.0.0.1:{free.getsockname()[1]}/train.de.gz"
        gone = server.url("train.de.gz")
        line = one_error(
            run_script("--output", output, "--url", gone, "--url", silent, "--retries", 1, "--retry-delay", 0.001)
        )
    assert gone in line and silent in line and "refused" in line
    assert "put train.de.gz into a folder and set data_dir" in line
    assert server.asked == ["train.de.gz"]
    assert nothing_left(output)


def test_script_refuses_a_wrong_checksum(server: Server, output: Path) -> None:
    url = server.serve("train.de", (200, TEXT))
    line = one_error(run_script("--output", output, "--url", url, "--sha256", "0" * 64))
    assert url in line and "0" * 64 in line and digest(TEXT) in line and "correct sha256" in line
    assert nothing_left(output)


def test_script_takes_the_data_dir_without_a_network(server: Server, output: Path, tmp_path: Path) -> None:
    folder = tmp_path / "fetched"
    folder.mkdir()
    packed = gzip.compress(TEXT)
    (folder / "train.de.gz").write_bytes(packed)
    flags = ["--output", output, "--url", server.url("pub/train.de.gz"), "--data-dir", folder, "--sha256"]
    run = run_script(*flags, digest(packed))
    assert (run.returncode, run.stdout, run.stderr) == (0, f"{output}: 3 sentences from train.de.gz\n", "")
    assert output.read_bytes() == TEXT
    text = output.with_name("train.de.source.json").read_text(encoding="utf-8")
    assert str(tmp_path) not in text
    assert json.loads(text)["data_dir"] == "train.de.gz"
    line = one_error(run_script(*flags, "f" * 64))
    assert str(folder / "train.de.gz") in line and "wrong sha256" in line
    assert output.read_bytes() == TEXT and complete(output)  # what stood there before is whole
    assert server.asked == []


def test_data_dir_is_passed_over_for_a_file_that_it_lacks(server: Server, output: Path, tmp_path: Path) -> None:
    url = server.serve("train.de", (200, TEXT))
    fetch(Source(urls=(url,), data_dir=tmp_path), output, QUICK)
    assert server.asked == ["train.de"]
    with pytest.raises(KnnKdError, match="nowhere: no such folder"):
        Source(urls=(url,), data_dir=tmp_path / "nowhere")


@pytest.mark.parametrize("scheme", [False, True])
def test_local_file_is_recorded_by_name_alone(output: Path, tmp_path: Path, scheme: bool) -> None:
    local = tmp_path / "a b.de"
    local.write_bytes(b"\xef\xbb\xbfeins\r\nzwei\r\n\r\ndrei")
    record = fetch(Source(urls=(local.as_uri(),)) if scheme else Source(path=local), output, QUICK)
    assert output.read_bytes() == b"eins\nzwei\n\ndrei\n"
    assert record["path"] == record["name"] == "a b.de"
    assert record["lines"] == 4 and record["sha256"] == digest(local.read_bytes())
    assert str(tmp_path) not in json.dumps(record)
    with pytest.raises(WrongChecksumError, match="a b.de: wrong sha256"):
        fetch(Source(path=local, sha256="a" * 64), output, QUICK)


@pytest.mark.parametrize(
    ("data", "part"), [(b"", "empty"), (b"ok\n\xff\n", "line 2"), (b"a\0\n", "NUL"), (None, "no such file")]
)
def test_script_refuses_bad_text(output: Path, tmp_path: Path, data: bytes | None, part: str) -> None:
    local = tmp_path / "bad.de"
    if data is not None:
        local.write_bytes(data)
    line = one_error(run_script("--output", output, "--path", local))
    assert "bad.de" in line and part in line
    assert nothing_left(output)


def tar(path: Path, mode: str, **members: bytes | tarfile.TarInfo) -> Path:
    """Write a tar file of regular members and ready-made infos, named by the keywords."""
    with tarfile.open(path, mode) as archive:
        for name, member in members.items():
            if isinstance(member, tarfile.TarInfo):
                archive.addfile(member)
            else:
                info = tarfile.TarInfo(name)
                info.size = len(member)
                archive.addfile(info, io.BytesIO(member))
    return path


@pytest.mark.parametrize(("suffix", "mode"), [("tar", "w"), ("tgz", "w:gz"), ("tar.bz2", "w:bz2"), ("tar.xz", "w:xz")])
def test_tar_member_is_read_as_a_stream(output: Path, tmp_path: Path, suffix: str, mode: str) -> None:
    members = {"de-en/a": b"no\n", "./de-en/train.de": TEXT, "de-en/train.en.gz": gzip.compress(b"packed\n")}
    path = tar(tmp_path / f"pack.{suffix}", mode, **members)
    record = fetch(Source(path=path, members=("de-en/train.de",)), output)
    assert output.read_bytes() == TEXT
    assert record["name"] == path.name and record["member"] == "de-en/train.de"
    assert record["sha256"] == digest(path.read_bytes())
    fetch(Source(path=path, members=("de-en/train.en.gz",)), output)
    assert output.read_bytes() == b"packed\n"
    assert complete(output)


def test_zip_member_is_read_and_a_missing_one_listed(output: Path, tmp_path: Path) -> None:
    path = tmp_path / "pack.zip"
    link = zipfile.ZipInfo("link.de")
    link.external_attr = 0o120777 << 16
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("train.de", TEXT)
        archive.writestr(link, "train.de")
        for number in range(10):
            archive.writestr(f"other{number}", b"x")
    fetch(Source(path=path, members=("train.de",)), output)
    assert output.read_bytes() == TEXT
    with pytest.raises(KnnKdError, match=r"pack\.zip: no member valid\.de; it has train\.de, .*other7 and 2 more$"):
        fetch(Source(path=path, members=("valid.de",)), output)
    with pytest.raises(KnnKdError, match=r"pack\.zip: member link\.de is refused"):
        fetch(Source(path=path, members=("link.de",)), output)


def test_script_refuses_what_is_no_file_missing_members_and_damage(output: Path, tmp_path: Path) -> None:
    link = tarfile.TarInfo("link.de")
    link.type, link.linkname = tarfile.SYMTYPE, "../../etc/hostname"
    hard = tarfile.TarInfo("hard.de")
    hard.type, hard.linkname = tarfile.LNKTYPE, "train.de"
    device, pipe = tarfile.TarInfo("device.de"), tarfile.TarInfo("pipe.de")
    device.type, pipe.type = tarfile.CHRTYPE, tarfile.FIFOTYPE
    odd = {"link": link, "hard": hard, "device": device, "pipe": pipe}
    path = tar(tmp_path / "pack.tar.gz", "w:gz", **{"train.de": TEXT} | odd)
    cut = tar(tmp_path / "cut.tar", "w", **{"train.de": TEXT})
    cut.write_bytes(cut.read_bytes()[: tarfile.BLOCKSIZE + 20])
    packed = tmp_path / "packed.tgz"
    packed.write_bytes(path.read_bytes()[:60])
    plain = tmp_path / "plain.zip"
    plain.write_bytes(TEXT)
    cases = [
        (path, "link.de", "is refused"),
        (path, "hard.de", "is refused"),
        (path, "device.de", "is refused"),
        (path, "pipe.de", "is refused"),
        (path, "none.de", "it has train.de, link.de, hard.de, device.de, pipe.de"),
        (cut, "train.de", "damaged"),
        (packed, "train.de", "damaged"),
        (plain, "train.de", "damaged"),
    ]
    for file, member, part in cases:
        line = one_error(run_script("--output", output, "--path", file, "--member", member))
        assert file.name in line and part in line
        assert nothing_left(output)


@pytest.mark.parametrize("member", ["../evil.de", "a/../../evil.de", "/evil.de", "a\\..\\evil.de", "", "."])
def test_member_that_would_leave_its_folder_is_refused(output: Path, tmp_path: Path, member: str) -> None:
    path = tar(tmp_path / "pack.tar", "w", **{"../evil.de": TEXT, "a/../../evil.de": TEXT, "/evil.de": TEXT})
    with pytest.raises(KnnKdError, match="is refused: it must be a relative name"):
        fetch(Source(path=path, members=(member,)), output)
    assert not list(tmp_path.rglob("evil*"))
    assert nothing_left(output)


def test_a_flipped_bit_in_a_gzipped_tar_is_never_other_text(output: Path, tmp_path: Path) -> None:
    lines = [f"Zeile {i} von vielen" for i in range(300)]
    whole = tar(tmp_path / "pack.tar.gz", "w:gz", **{"train.de": "\n".join(lines).encode(), "rest": b"x" * 999})
    data, refused = whole.read_bytes(), 0
    for place in range(20, len(data) - 4, max(1, len(data) // 150)):
        changed = bytearray(data)
        changed[place] ^= 4
        whole.write_bytes(changed)
        try:
            fetch(Source(path=whole, members=("train.de",)), output)
        except KnnKdError as error:
            refused += 1
            assert "pack.tar.gz" in str(error)
        else:
            assert output.read_text(encoding="utf-8").splitlines() == lines
    assert refused > 100


def test_an_archive_that_changed_since_it_was_fetched_is_refused(server: Server, output: Path, tmp_path: Path) -> None:
    url = server.serve("pack.tar", (200, tar(tmp_path / "a.tar", "w", **{"train.de": b"eins\n"}).read_bytes()))
    kept = tmp_path / "downloads" / "pack.tar"
    fetch_whole(Source(urls=(url,), whole=True), kept, QUICK)
    source = Source(path=kept, members=("train.de",))
    assert fetch(source, output)["url"] == url
    tar(kept, "w", **{"train.de": b"zwei\n"})
    with pytest.raises(KnnKdError, match=r"pack\.tar: changed since it was fetched"):
        fetch(source, output)


@pytest.mark.parametrize("record", ["[1]", '{"name": "t.gz", "sha256": "0", "lines": 3}', '{"name": "t.gz"}'])
def test_a_record_that_is_not_of_an_archive_says_nothing(output: Path, tmp_path: Path, record: str) -> None:
    (tmp_path / "train.de").write_bytes(TEXT)
    (tmp_path / "train.de.source.json").write_text(record)
    assert fetch(Source(path=tmp_path / "train.de"), output)["name"] == "train.de"


@pytest.mark.parametrize("name", ["p.gz", "p.tar.gz", "p.zip"])
def test_what_could_not_be_read_is_not_recorded(server: Server, output: Path, tmp_path: Path, name: str) -> None:
    """A page that asks for a password, under the file's name, must not be what later fetches are held to."""
    good = gzip.compress(TEXT)
    if name == "p.tar.gz":
        good = tar(tmp_path / name, "w:gz", **{"a": TEXT}).read_bytes()
    if name == "p.zip":
        with zipfile.ZipFile(tmp_path / name, "w") as archive:
            archive.writestr("a", TEXT)
        good = (tmp_path / name).read_bytes()
    url = server.serve(name, (200, b"<html>log in</html>"), (200, good))
    whole = name != "p.gz"
    source = Source(urls=(url,), checksums=tmp_path / "sums.json", whole=whole)
    bring = fetch_whole if whole else fetch
    with pytest.raises(KnnKdError, match="cannot be unpacked"):
        bring(source, output, QUICK)
    assert not (tmp_path / "sums.json").exists()
    bring(source, output, QUICK)
    assert digest(good) in (tmp_path / "sums.json").read_text()


def test_neither_a_line_nor_a_header_fills_the_memory(
    output: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(archives, "MAX_LINE", 1000)
    (tmp_path / "long.gz").write_bytes(gzip.compress(b"x" * 1000 + b"\n" + b"y" * 1001))
    with pytest.raises(KnnKdError, match=r"long\.gz: a line of more than 1000 bytes"):
        fetch(Source(path=tmp_path / "long.gz"), output)
    monkeypatch.setattr(archives, "MAX_HEADER", 1000)
    for form in (tarfile.GNU_FORMAT, tarfile.PAX_FORMAT):
        path = tmp_path / "long.tar.gz"
        with tarfile.open(path, "w:gz", format=form) as archive:
            info = tarfile.TarInfo("a" * 2000)
            archive.addfile(info, io.BytesIO())
        with pytest.raises(KnnKdError, match=r"long\.tar\.gz: cannot be unpacked \(a header of"):
            fetch(Source(path=path, members=("b",)), output)
    assert nothing_left(output)


@pytest.mark.parametrize("name", ["../../evil/train.de", "/evil/train.de"])
def test_a_pattern_takes_no_member_of_another_place(output: Path, tmp_path: Path, name: str) -> None:
    path = tar(tmp_path / "pack.tar", "w", **{name: TEXT})
    with pytest.raises(KnnKdError, match="is refused: it must be a relative name"):
        fetch(Source(path=path, members=("*train.de",)), output)


def test_a_damaged_zip_is_one_line(output: Path, tmp_path: Path) -> None:
    path = tmp_path / "pack.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_BZIP2) as archive:
        archive.writestr("train.de", TEXT * 50)
    data = path.read_bytes()
    for place in range(0, len(data), 3):
        changed = bytearray(data)
        changed[place] ^= 255
        path.write_bytes(changed)
        try:
            fetch(Source(path=path, members=("train.de",)), output)
        except KnnKdError:
            continue
        assert output.read_bytes() == TEXT * 50


def test_unpacked_size_is_limited(output: Path, tmp_path: Path) -> None:
    path = tmp_path / "bomb.gz"
    path.write_bytes(gzip.compress(b"x" * 100_000))
    with pytest.raises(KnnKdError, match=r"bomb\.gz: unpacks to more than 99999 bytes"):
        fetch(Source(path=path), output, max_unpacked=99_999)
    assert nothing_left(output)
    assert fetch(Source(path=path), output, max_unpacked=100_000)["lines"] == 1


@pytest.mark.parametrize(
    ("arguments", "part"),
    [
        ({}, "either a path or at least one URL"),
        ({"urls": ("ftp://host/a",)}, "not an http"),
        ({"urls": ("http:///a",)}, "not an http"),
        ({"urls": ("http://[::1/a",)}, "is not a URL"),
        ({"urls": ("http://host/a/",)}, "names no file"),
        ({"urls": ("http://host/%2e%2e",)}, "names no file"),
        ({"urls": ("http://host/a%2Fb",)}, "names no file"),
        ({"urls": ("http://host/a",), "sha256": "abc"}, "64 hexadecimal digits"),
        ({"urls": ("http://host/a.tgz",)}, "a.tgz is an archive"),
        ({"urls": ("http://host/a.de",), "members": ("b",)}, "a.de is no archive"),
    ],
)
def test_impossible_sources_are_refused_at_once(arguments: dict[str, object], part: str) -> None:
    with pytest.raises(KnnKdError, match=part):
        Source(**arguments)


def test_url_that_no_server_can_be_asked_for_is_not_tried_again(output: Path) -> None:
    with pytest.raises(KnnKdError, match="not a valid URL"):
        fetch(Source(urls=("http://127.0.0.1/ä b.de",)), output, Network(retries=2, delay=60))
