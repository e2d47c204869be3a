"""A full disk, a read-only folder: one line with file and remedy, nothing half-written, and the next run goes on."""

import os
import shutil
import subprocess

import numpy as np
import pytest
from support.commands import Command, training
from support.corpus import cleaning
from support.workflow import one_error, run_script

from knnkd.core.arrays import new_array
from knnkd.core.errors import refused_by_disk

pytestmark = pytest.mark.e2e
R, RUN = "results/tiny", "tiny_de_en/transformer/seed1"


@pytest.fixture
def small_disk(tmp_path):
    """A disk of one megabyte."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", folder], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip("no tmpfs may be mounted here")
    yield folder
    subprocess.run(["umount", "--lazy", folder], check=True)


def stages(run, output):
    """Return, for some stages, the script and flags that write into `output`: training, datastore, search, text."""
    data, store = run / R / "data" / "tiny_de_en" / "bpe", run / R / "datastore" / RUN / "meta.json"
    checkpoint = run / R / "train" / RUN / "checkpoint_best.pt"
    train = training("transformer", output, max_epoch=2)
    train.settings["model"]["embed_dim"] = 64
    train.files["data_bin"] = data
    forward = {"max_tokens": 4096, "device": "cpu"}
    dump = Command("dump_datastore.py", forward, checkpoint=checkpoint, data_bin=data, output=output)
    search = Command("search.py", {"k": 64}, datastore=store, output=output)
    commands = {
        name: [each.script, *each.flags] for name, each in (("train", train), ("dump", dump), ("search", search))
    }
    return commands | {
        "clean": [
            *("clean_corpus.py", *cleaning()),
            *("--raw", run / R / "corpus" / "tiny_de_en" / "raw", "--output", output),
        ],
    }


@pytest.mark.parametrize("stage", ["train", "dump", "search", "clean"])
def test_a_full_disk(tiny_run, small_disk, stage):
    with open(small_disk / "filling", "wb") as file:
        file.write(bytes((1 << 20) - (1 << 14)))  # 16 kB are left
    (small_disk / "out").mkdir()
    line = one_error(run_script(*stages(tiny_run, small_disk / "out")[stage]))
    assert "the disk is full; make room and run again" in line, line
    finals = [path for path in (small_disk / "out").rglob("*") if path.is_file() and not path.name.endswith(".tmp")]
    assert not [
        path for path in finals if path.name in ("meta.json", "train.json", "manifest.json", "checkpoint_best.pt")
    ]


def test_a_folder_that_may_not_be_written(tiny_run, tmp_path):
    if os.getuid() == 0:
        (tmp_path / "out").write_text("permissions do not bind root, but a file in the place of a folder does")
        words = "a file stands where a folder should be"
    else:
        (tmp_path / "out").mkdir(mode=0o500)
        words = "not allowed; change the permissions"
    for stage in ("search", "clean"):
        assert words in one_error(run_script(*stages(tiny_run, tmp_path / "out")[stage]))


def test_room_is_taken_before_anything_is_written(small_disk):
    with pytest.raises(OSError) as caught, new_array(small_disk / "keys.npy", (1 << 20, 4), np.float16):
        pytest.fail("an array that does not fit was given out")
    assert refused_by_disk(caught.value).endswith("the disk is full; make room and run again")
    assert not list(small_disk.iterdir()), "nothing is left of it"


def test_words_of_libraries():
    error = RuntimeError("[enforce fail at inline_container.cc:862] . PytorchStreamWriter failed writing file data/0")
    assert "the disk is full" in refused_by_disk(error)
    try:
        try:
            raise OSError(28, "No space left on device", "a/b")
        except OSError as cause:
            raise RuntimeError("saving failed") from cause
    except RuntimeError as outer:
        assert refused_by_disk(outer) == "a/b: the disk is full; make room and run again"
    assert refused_by_disk(ValueError("something else")) is None
    assert shutil.disk_usage("/").total > 0
