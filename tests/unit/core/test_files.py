"""Text and JSON files: what is read, what is refused, and that nothing half-written stays."""

import gzip
import hashlib
import io
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.workflow import ROOT

from knnkd.core.errors import KnnKdError, exit_with_errors
from knnkd.core.files import (
    BOM,
    Progress,
    read_json,
    read_lines,
    replacing,
    scratch_folder,
    sha256,
    write_json,
    write_lines,
)


def write(path: Path, data: bytes) -> Path:
    path.write_bytes(data)
    return path


@pytest.mark.parametrize(
    ("data", "lines"),
    [
        (b"a\nb\n", ["a", "b"]),
        (b"a\nb", ["a", "b"]),
        (b"a\r\nb\r\n", ["a", "b"]),
        (b"a\rb\n", ["a\rb"]),
        (b"\xef\xbb\xbfa\n", ["a"]),
        (b"\n", [""]),
        (b"\n\na\n\n", ["", "", "a", ""]),
        (b"\xef\xbb\xbf\n", [""]),
        ("a\u2028b\x0bc\x85d\x0ce\n".encode(), ["a\u2028b\x0bc\x85d\x0ce"]),
    ],
)
def test_only_newline_ends_a_line(tmp_path: Path, data: bytes, lines: list[str]) -> None:
    assert read_lines(write(tmp_path / "a.de", data)) == lines
    assert read_lines(write(tmp_path / "a.de.gz", gzip.compress(data))) == lines


@pytest.mark.parametrize(
    ("data", "parts"),
    [
        (b"", ["empty"]),
        (b"\xef\xbb\xbf", ["empty"]),
        ("grün\nblau\n".encode("latin-1"), ["line 1", "offset 2", "0xfc", "UTF-8"]),
        ("ä\nb\n".encode() + b"c\xff\n", ["line 3", "offset 6", "0xff"]),
        (b"a\nb\0\n", ["line 2", "NUL"]),
    ],
)
def test_bad_text_is_refused_with_its_place(tmp_path: Path, data: bytes, parts: list[str]) -> None:
    path = write(tmp_path / "bad.de", data)
    with pytest.raises(KnnKdError) as caught:
        read_lines(path)
    for part in [str(path), *parts]:
        assert part in str(caught.value)


def test_missing_folder_and_damaged_files_are_refused(tmp_path: Path) -> None:
    with pytest.raises(KnnKdError, match="none.de: no such file"):
        read_lines(tmp_path / "none.de")
    with pytest.raises(KnnKdError, match="cannot be read"):
        read_lines(tmp_path)
    whole = gzip.compress(b"a line\n" * 1000)
    for data in (whole[:-10], b"plain text\n", whole[:20] + b"\xff\xff" + whole[22:]):
        with pytest.raises(KnnKdError, match=r"a\.gz: damaged gzip"):
            read_lines(write(tmp_path / "a.gz", data))


def test_empty_file_is_read_where_it_is_allowed(tmp_path: Path) -> None:
    write_lines(tmp_path / "empty", [])
    assert read_lines(tmp_path / "empty", allow_empty=True) == []


TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\n\0"), max_size=12)


@given(
    lines=st.lists(TEXT.map(lambda line: line.rstrip("\r").lstrip(BOM)), min_size=1),
    suffix=st.sampled_from(["", ".gz"]),
)
def test_written_lines_are_read_back(tmp_path_factory: pytest.TempPathFactory, lines: list[str], suffix: str) -> None:
    path = tmp_path_factory.mktemp("round") / f"a.de{suffix}"
    write_lines(path, lines)
    assert read_lines(path) == lines


@pytest.mark.parametrize("line", ["a\nb", "a\r", "a\0b", BOM + "a", "\ud800"])
def test_lines_that_would_not_be_read_back_are_not_written(tmp_path: Path, line: str) -> None:
    path = write(tmp_path / "a.de", b"before\n")
    with pytest.raises(KnnKdError, match=r"a\.de: line 1 "):
        write_lines(path, [line])
    assert [file.name for file in tmp_path.iterdir()] == ["a.de"]
    assert path.read_bytes() == b"before\n"


def test_gzip_output_does_not_depend_on_the_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_lines(tmp_path / "a.gz", ["x"])
    monkeypatch.setattr("time.time", lambda: 1.0)
    write_lines(tmp_path / "b.gz", ["x"])
    assert sha256(tmp_path / "a.gz") == sha256(tmp_path / "b.gz")


@pytest.mark.parametrize("failure", [ValueError, KeyboardInterrupt, SystemExit])
def test_replacing_leaves_nothing_behind_on_failure(tmp_path: Path, failure: type[BaseException]) -> None:
    path = write(tmp_path / "a", b"old")
    with pytest.raises(failure), replacing(path) as temporary:
        temporary.write_bytes(b"half")
        assert temporary.parent == tmp_path and temporary.name.startswith(".")
        raise failure
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_replacing_makes_the_folder_and_the_file(tmp_path: Path) -> None:
    with replacing(tmp_path / "new" / "a") as temporary:
        temporary.write_bytes(b"whole")
        assert not (tmp_path / "new" / "a").exists()
    assert [file.read_bytes() for file in (tmp_path / "new").iterdir()] == [b"whole"]


def test_a_reader_of_the_old_file_never_sees_the_new_one_half_written(tmp_path: Path) -> None:
    path = write(tmp_path / "a", b"old and longer\n")
    with open(path, "rb") as reader:
        write_lines(path, ["new"])
        assert reader.read() == b"old and longer\n"
    assert path.read_bytes() == b"new\n"


WRITER = """
import os, signal, sys
sys.path.insert(0, "workflow")
from pathlib import Path
from knnkd.core.files import replacing, scratch_folder
with replacing(Path(sys.argv[1]) / "keys.npy") as file, scratch_folder(Path(sys.argv[1])) as folder:
    file.write_bytes(b"half")
    (folder / "part").write_bytes(b"half")
    os.kill(os.getpid(), signal.SIGKILL)
"""


def test_what_a_killed_writer_left_goes_with_the_next(tmp_path: Path) -> None:
    assert subprocess.run([sys.executable, "-c", WRITER, tmp_path], cwd=ROOT, check=False).returncode == -signal.SIGKILL
    assert len(list(tmp_path.iterdir())) == 2
    with replacing(tmp_path / "keys.npy") as file, scratch_folder(tmp_path) as folder:
        assert list(tmp_path.iterdir()) == [folder] and not list(folder.iterdir())
        file.write_bytes(b"whole")
    assert [path.name for path in tmp_path.iterdir()] == ["keys.npy"]


def test_what_others_still_write_or_other_names_hold_is_let_alone(tmp_path: Path) -> None:
    gone = subprocess.run([sys.executable, "-c", "import os; print(os.getpid())"], capture_output=True, check=True)
    dead, here = int(gone.stdout), socket.gethostname()
    kept = [f".a.txt.{os.getpid()}@{here}.00000000.tmp", f".a.txt.{dead}@other.host.00000000.tmp", ".a.txt.swp.tmp"]
    kept += [f".a.txt.b.{dead}@{here}.00000000.tmp", f".[a].txt.{dead}@{here}.00000000.tmp"]
    for name in kept:
        (tmp_path / name).write_text("of another")
    old = tmp_path / f".a.txt.{dead}@other.host.11111111.tmp"
    old.write_text("of two days ago")
    os.utime(old, (time.time() - 2 * 86_400,) * 2)
    with replacing(tmp_path / "a.txt") as file:
        file.write_text("mine")
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted([*kept, "a.txt"])


def test_many_writers_of_one_file_never_mix(tmp_path: Path) -> None:
    """Their temporary names never collide: what stands there in the end is the whole of one of them."""
    loop = "; ".join(
        [
            "import sys; sys.path.insert(0, 'workflow')",
            "from knnkd.core.files import write_lines",
            "[write_lines(sys.argv[1], [sys.argv[2] * 100] * 2000) for _ in range(20)]",
        ]
    )
    path = tmp_path / "a.txt"
    writers = [subprocess.Popen([sys.executable, "-c", loop, path, letter], cwd=ROOT) for letter in "abcd"]
    assert [writer.wait() for writer in writers] == [0] * 4
    assert len(set(read_lines(path))) == 1 and len(read_lines(path)) == 2000
    assert list(tmp_path.iterdir()) == [path]


def test_sha256_of_a_file(tmp_path: Path) -> None:
    assert sha256(write(tmp_path / "a", b"abc")) == hashlib.sha256(b"abc").hexdigest()
    with pytest.raises(KnnKdError, match="none: no such file"):
        sha256(tmp_path / "none")


def test_json_keeps_order_and_refuses_what_is_not_json(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    write_json(path, {"b": 1, "a": "ä"})
    assert path.read_text(encoding="utf-8") == '{\n  "b": 1,\n  "a": "ä"\n}\n'
    assert list(read_json(path)) == ["b", "a"]
    with pytest.raises(ValueError, match="JSON"):
        write_json(path, float("nan"))
    assert list(read_json(path)) == ["b", "a"]
    for data, part in ((b'{\n"a": }', "line 2"), (b"NaN", "NaN"), (b"\xff", "not JSON")):
        with pytest.raises(KnnKdError, match=part):
            read_json(write(path, data))
    with pytest.raises(KnnKdError, match="no such file"):
        read_json(tmp_path / "none.json")


def test_json_too_deep_to_be_read(tmp_path: Path) -> None:
    path = write(tmp_path / "deep.json", b"[" * 100_000)
    with pytest.raises(KnnKdError, match=r"deep\.json: not JSON"):
        read_json(path)


def test_an_error_is_one_line_and_a_defect_keeps_its_traceback(capsys: pytest.CaptureFixture[str]) -> None:
    def fail() -> None:
        raise KnnKdError("a.de: first\nsecond\u2028third")

    with pytest.raises(SystemExit) as caught:
        exit_with_errors(fail)
    assert caught.value.code == 1
    assert capsys.readouterr().err == "error: a.de: first second third\n"
    with pytest.raises(ZeroDivisionError):
        exit_with_errors(lambda: print(1 / 0))


def test_progress_is_a_line_now_and_then_without_a_terminal() -> None:
    quiet, talkative = io.StringIO(), io.StringIO()
    with Progress("a.de", 100, "B", stream=quiet) as progress:
        progress.add(100)
    with Progress("a.de", 100, "B", stream=talkative, interval=0.0) as progress:
        progress.add(50)
        progress.add(50)
    assert quiet.getvalue() == ""
    first, second = talkative.getvalue().splitlines()
    assert "a.de" in first and "50%" in first and "B/s" in first
    assert "100%" in second
