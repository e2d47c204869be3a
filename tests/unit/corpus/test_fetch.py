"""Sources: local files, the data folder, and a loopback server that behaves badly in every way we know of."""

import gzip
import json
import socket
from pathlib import Path

import pytest
from support.fetching import QUICK, TEXT, Server, complete, digest, fetch_source, nothing_left, tar
from support.workflow import one_error

from knnkd.core.errors import KnnKdError
from knnkd.core.files import read_json
from knnkd.corpus.download import MAX_DELAY, Network
from knnkd.corpus.fetch import WrongChecksumError, fetch
from knnkd.corpus.sources import Source, Wanted, Where


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


@pytest.mark.parametrize("length", [None, len(TEXT)])
def test_a_server_that_sends_too_much_is_left(server: Server, output: Path, length: int | None) -> None:
    urls = (server.serve("train.de", (200, TEXT, length)), server.serve("good", (200, b"eins\n")))
    few = Network(retries=2, timeout=5, delay=0.001, max_bytes=len(TEXT) - 1)
    assert fetch(Source(urls=urls), output, few)["url"] == urls[1]
    assert server.asked == ["train.de", "good"]
    with pytest.raises(KnnKdError, match=f"it sends more than {len(TEXT) - 1} bytes"):
        fetch(Source(urls=urls[:1]), output.with_name("valid.de"), few)
    assert complete(output)
    assert fetch(Source(urls=urls[:1]), output, Network(max_bytes=len(TEXT)))["url"] == urls[0]


def test_a_mirror_may_have_the_file_in_an_archive(server: Server, output: Path, tmp_path: Path) -> None:
    """The file is the same, and so is its sum; the mirror's archive may lie in data_dir too."""
    pack = tar(tmp_path / "all.tgz", "w:gz", **{"./train.en": b"other\n", "./train.de": TEXT})
    urls = (server.url("gone/train.de"), server.serve("all.tgz", (200, pack.read_bytes())))
    about = {"urls": urls, "packed": {urls[1]: "*train.de"}, "checksums": tmp_path / "sums.json"}
    record = fetch(Source(**about), output, QUICK)
    assert output.read_bytes() == TEXT and (record["url"], record["name"]) == (urls[1], "train.de")
    assert record["sha256"] == digest(TEXT) and complete(output)
    server.replies.clear()
    assert fetch(Source(**about, data_dir=tmp_path), output, QUICK)["data_dir"] == "all.tgz"
    assert output.read_bytes() == TEXT and server.asked == ["train.de", "all.tgz"]
    with pytest.raises(KnnKdError, match=r"all\.tgz: .*train\.de: wrong sha256"):
        fetch(Source(**about, data_dir=tmp_path, sha256="0" * 64), output, QUICK)
    with pytest.raises(KnnKdError, match="train.de is no archive: leave out the member"):
        Source(urls=urls[:1], packed={urls[0]: "train.de"})
    with pytest.raises(KnnKdError, match="every URL has a member of its own"):
        Source(urls=urls[1:], packed={urls[1]: "train.de"})


def test_a_mirror_whose_archive_is_of_no_use_is_not_the_last(server: Server, output: Path, tmp_path: Path) -> None:
    """A page or another archive in its place; a member that is compressed has the sum of the compressed file."""
    packed = gzip.compress(TEXT, mtime=0)
    other = tar(tmp_path / "other.tgz", "w:gz", **{"readme": b"x"}).read_bytes()
    good = tar(tmp_path / "good.tgz", "w:gz", **{"de/train.de.gz": packed}).read_bytes()
    urls = [server.url("train.de.gz"), server.serve("page.tgz", (200, b"<html>busy</html>"))]
    urls += [server.serve("other.tgz", (200, other)), server.serve("good.tgz", (200, good))]
    members = dict.fromkeys(urls[1:], "*train.de.gz")
    record = fetch(Source(urls=tuple(urls), packed=members, sha256=digest(packed)), output, QUICK)
    assert output.read_bytes() == TEXT and record["url"] == urls[-1]
    with pytest.raises(KnnKdError, match=r"cannot download .*other\.tgz: .*no member \*train\.de\.gz"):
        fetch(Source(urls=tuple(urls[:3]), packed=dict(list(members.items())[:2])), output, QUICK)


def test_delays_double_up_to_a_cap() -> None:
    assert Network(retries=4, delay=1).delays() == [1, 2, 4, 8]
    assert Network(retries=9, delay=1).delays()[-1] == MAX_DELAY
    assert Network(retries=0).delays() == []


def test_script_names_all_urls_when_nothing_listens(server: Server, output: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        silent = f"http://127.0.0.1:{free.getsockname()[1]}/train.de.gz"
        gone = server.url("train.de.gz")
        where = {"network": {"retries": 1, "delay": 0.001}}
        line = one_error(fetch_source(output, {"urls": [gone, silent]}, where))
    assert gone in line and silent in line and "refused" in line
    assert "put train.de.gz into a folder and set data_dir" in line
    assert server.asked == ["train.de.gz"]
    assert nothing_left(output)


def test_script_refuses_a_wrong_checksum(server: Server, output: Path) -> None:
    url = server.serve("train.de", (200, TEXT))
    line = one_error(fetch_source(output, {"urls": [url], "sha256": "0" * 64}))
    assert url in line and "0" * 64 in line and digest(TEXT) in line and "correct sha256" in line
    assert nothing_left(output)


def test_script_takes_the_data_dir_without_a_network(server: Server, output: Path, tmp_path: Path) -> None:
    folder = tmp_path / "fetched"
    folder.mkdir()
    packed = gzip.compress(TEXT)
    (folder / "train.de.gz").write_bytes(packed)
    where = {"urls": [server.url("pub/train.de.gz")], "data_dir": str(folder)}
    run = fetch_source(output, {"sha256": digest(packed)}, where)
    assert (run.returncode, run.stdout, run.stderr) == (0, f"{output}: 3 sentences from train.de.gz\n", "")
    assert output.read_bytes() == TEXT
    text = output.with_name("train.de.source.json").read_text(encoding="utf-8")
    assert str(tmp_path) not in text
    assert json.loads(text)["data_dir"] == "train.de.gz"
    line = one_error(fetch_source(output, {"sha256": "f" * 64}, where))
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
    line = one_error(fetch_source(output, {"path": str(local)}))
    assert "bad.de" in line and part in line
    assert nothing_left(output)


@pytest.mark.parametrize("record", ["[1]", '{"name": "t.gz", "sha256": "0", "lines": 3}', '{"name": "t.gz"}'])
def test_a_record_that_is_not_of_an_archive_says_nothing(output: Path, tmp_path: Path, record: str) -> None:
    (tmp_path / "train.de").write_bytes(TEXT)
    (tmp_path / "train.de.source.json").write_text(record)
    assert fetch(Source(path=tmp_path / "train.de"), output)["name"] == "train.de"


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
        ({"urls": ("http://host/a.de",), "form": "xliff"}, "no form 'xliff'; there are lines, ted_tags"),
    ],
)
def test_impossible_sources_are_refused_at_once(arguments: dict[str, object], part: str) -> None:
    with pytest.raises(KnnKdError, match=part):
        Source(**arguments)


def test_url_that_no_server_can_be_asked_for_is_not_tried_again(output: Path) -> None:
    with pytest.raises(KnnKdError, match="not a valid URL"):
        fetch(Source(urls=("http://127.0.0.1/ä b.de",)), output, Network(retries=2, delay=60))


def test_urls_stand_with_what_a_file_is_or_with_where_it_is() -> None:
    first, second = "http://host/a.de", "http://mirror/a.de"
    wanted, where = Wanted(sha256="0" * 64), Where(urls=(first, second), checksums=Path("sums.json"))
    source = Source.of(wanted, where)
    assert source == Source(urls=(first, second), sha256="0" * 64, checksums=Path("sums.json"))
    assert Source.of(Wanted(urls=(first,)), Where(urls=(second,))).urls == (first, second)
    assert Source.of(Wanted(urls=("http://host/a.tgz",)), Where(), whole=True).names() == ["a.tgz"]
    with pytest.raises(KnnKdError, match="either a path or at least one URL"):
        Source.of(wanted, Where())


@pytest.mark.parametrize("network", [{"retries": -1}, {"delay": -0.1}, {"timeout": 0}])
def test_no_download_is_tried_less_than_once(output: Path, network: dict[str, float]) -> None:
    line = one_error(fetch_source(output, {"urls": ["http://127.0.0.1:9/a"]}, {"network": network}))
    assert "retries and delay cannot be negative" in line
