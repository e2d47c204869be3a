"""Archives: members read as a stream; what leaves its folder, fills the memory or is damaged is refused."""

import bz2
import gzip
import io
import lzma
import tarfile
import zipfile
from pathlib import Path

import pytest
from support.fetching import QUICK, TEXT, Server, complete, digest, fetch_source, nothing_left, tar
from support.workflow import one_error

from knnkd.core.errors import KnnKdError
from knnkd.corpus import archives
from knnkd.corpus.fetch import fetch, fetch_files, fetch_whole
from knnkd.corpus.sources import Source


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


@pytest.mark.parametrize("kind", ["tgz", "zip"])
def test_what_macos_packs_beside_a_file_is_not_the_file(tmp_path, kind):
    """Its notes come first in the archive, under names that a wildcard would match."""
    members = {"__MACOSX/bin/._train.de": b"\0note", "bin/._train.de": b"\0note", "bin/train.de": TEXT}
    pack = tmp_path / f"pack.{kind}"
    if kind == "zip":
        with zipfile.ZipFile(pack, "w") as archive:
            for name, content in members.items():
                archive.writestr(name, content)
    else:
        tar(pack, "w:gz", **members)
    fetch(Source(pack, members=("*train.de",)), tmp_path / "out")
    assert (tmp_path / "out").read_bytes() == TEXT
    fetch_files({tmp_path / "note": Source(pack, members=("bin/._train.de",))})
    assert (tmp_path / "note").read_bytes() == b"\0note"


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
        line = one_error(fetch_source(output, {"path": str(file), "members": [member]}))
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
    with pytest.raises(KnnKdError, match="is a web page"):
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


@pytest.mark.parametrize("name", ["train.de", "train.de.gz", "train.de.xz"])
@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress, lzma.compress])
def test_compressed_text_is_known_by_its_first_bytes(output: Path, tmp_path: Path, name: str, pack) -> None:
    (tmp_path / name).write_bytes(pack(TEXT))
    fetch(Source(path=tmp_path / name), output)
    assert output.read_bytes() == TEXT
    (tmp_path / name).write_bytes(pack(TEXT * 500)[:-20])
    with pytest.raises(KnnKdError, match="damaged"):
        fetch(Source(path=tmp_path / name), output)


def test_zstandard_is_named(output: Path, tmp_path: Path) -> None:
    (tmp_path / "train.de").write_bytes(b"\x28\xb5\x2f\xfd" + TEXT)
    with pytest.raises(KnnKdError, match=r"train\.de: is compressed by zstd.* unpack it"):
        fetch(Source(path=tmp_path / "train.de"), output)


@pytest.mark.parametrize("start", [b"<!DOCTYPE html>\n<html>", b"\xef\xbb\xbf\n <HTML lang=en>"])
@pytest.mark.parametrize("name", ["train.de", "data-bin.zip"])
def test_a_web_page_is_no_corpus(server: Server, output: Path, tmp_path: Path, start: bytes, name: str) -> None:
    """Neither the text nor its sum is kept; from a folder of files fetched by hand it is refused as well."""
    url = server.serve(name, (200, start + b"<title>Quota exceeded</title>"))
    members = () if name == "train.de" else ("train.de",)
    source = Source(urls=(url,), members=members, checksums=tmp_path / "sums.json")
    with pytest.raises(KnnKdError, match=rf"{url}: is a web page, .* set data_dir"):
        fetch(source, output, QUICK)
    assert nothing_left(output) and not (tmp_path / "sums.json").exists()
    (tmp_path / name).write_bytes(start)
    with pytest.raises(KnnKdError, match="is a web page"):
        fetch(Source(urls=(url,), members=members, data_dir=tmp_path), output, QUICK)
