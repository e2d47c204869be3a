"""The table of costs: sums and peaks by stage from Snakemake's benchmark files, units, gaps, and what is refused."""

import math

import pandas as pd
import pytest
from support.making import make_exhibit
from support.workflow import one_error

from knnkd.core.errors import KnnKdError
from knnkd.core.hardware import Hardware
from knnkd.reporting.tables.stage_costs import (
    COLUMNS,
    STAGES,
    costs,
    costs_blocks,
    costs_notes,
    duration,
    read_benchmarks,
    size_mb,
)

HEAD = "s\th:m:s\tmax_rss\tmax_vms\tmax_uss\tmax_pss\tio_in\tio_out\tmean_load\tcpu_time"
MACHINE = Hardware("a CPU", 2, 25.3, ())


def write(root, job, seconds, memory="100.00", cpu="10.00"):
    path = root / f"{job}.tsv"
    path.parent.mkdir(parents=True, exist_ok=True)
    middle = "\t".join(["0:00:31", str(memory), "1", "1", "1", "0", "0", "80.12"])
    path.write_text(f"{HEAD}\n{seconds}\t{middle}\t{cpu}\n")
    return path


@pytest.fixture
def jobs(tmp_path):
    root = tmp_path / "benchmarks"
    files = [
        write(root, "measure/d/s/seed1/test", 2.5, memory="NA", cpu="NA"),
        write(root, "train/d/s/seed1", 3661.5, memory="500.00", cpu="3000.00"),
        write(root, "train/d/s/seed2", 100, memory="700.00"),
        write(root, "search/d/s/seed1/1-of-2", 7),
        write(root, "clean_corpus/d", 1),
    ]
    return read_benchmarks(files, root)


def test_benchmarks_are_read_with_their_jobs(jobs):
    assert jobs["job"].tolist() == ["d/s/seed1/test", "d/s/seed1", "d/s/seed2", "d/s/seed1/1-of-2", "d"]
    assert jobs["wall_s"].tolist() == [2.5, 3661.5, 100, 7, 1]
    assert jobs["memory_mb"].iloc[1] == pytest.approx(500 * 1.048576), "Snakemake's MB are 2^20 bytes"
    assert math.isnan(jobs["memory_mb"].iloc[0])


def test_stages_are_summed_in_the_order_of_the_pipeline(jobs, tmp_path):
    for seed, size in ((1, 1_500_000), (2, 500_000)):
        folder = tmp_path / "train" / "d" / "s" / f"seed{seed}" / "deep"
        folder.mkdir(parents=True)
        (folder / "checkpoint.pt").write_bytes(bytes(size))
    (tmp_path / "measures" / "d" / "s" / "seed1").mkdir(parents=True)
    (tmp_path / "measures" / "d" / "s" / "seed1" / "test.json").write_bytes(bytes(3000))
    outputs = {"train": [f"{tmp_path}/train/{{}}"], "measure": [f"{tmp_path}/measures/{{}}.json"]}
    outputs |= {"clean_corpus": [f"{tmp_path}/a/{{}}", f"{tmp_path}/b/{{}}"]}
    table = costs(jobs, outputs)
    assert list(table.columns) == COLUMNS
    rows = table.set_index("stage")
    assert rows.index.tolist() == ["clean_corpus", "train", "search", "measure", "total"]
    train = rows.loc["train"]
    assert (train["jobs"], train["wall_s"], train["longest_s"], train["cpu_s"]) == (2, 3761.5, 3661.5, 3010)
    assert train["memory_mb"] == pytest.approx(700 * 1.048576)
    assert train["disk_mb"] == pytest.approx(2.0)
    assert rows.loc["measure", "disk_mb"] == pytest.approx(0.003)
    assert rows.loc["clean_corpus", "disk_mb"] == 0
    assert math.isnan(rows.loc["search", "disk_mb"]) and math.isnan(rows.loc["measure", "cpu_s"])
    whole = rows.loc["total"]
    assert (whole["jobs"], whole["wall_s"], whole["longest_s"]) == (5, 3772, 3661.5)
    assert whole["disk_mb"] == pytest.approx(2.003)


def test_blocks_and_notes(jobs):
    table = costs(jobs, {"train": ["none/{}"], "measure": ["none/{}"]})
    blocks = costs_blocks(table)
    assert list(blocks) == ["Text", "Training", "Teachers, in advance", "Test", "Everything"]
    assert blocks["Training"].values.tolist() == [["training", 2, "1:02:42", "1:01:02", "0:50:10", "734", "0.0"]]
    assert blocks["Test"].values.tolist() == [["measuring distributions", 1, "0:00:02", "0:00:02", "–", "–", "0.0"]]
    notes = costs_notes(table, MACHINE)
    assert "This table was made on: a CPU, 2 logical cores, 25.3 GB of memory, no GPU." in " ".join(notes)
    assert "–, disk: nothing is kept of cleaning, tokenising, search;" in " ".join(notes)
    assert notes[-1].endswith("measuring distributions.")


def test_without_gaps_there_is_no_note_on_them(tmp_path):
    jobs = read_benchmarks([write(tmp_path, "train/a", 1)], tmp_path)
    assert not [note for note in costs_notes(costs(jobs, {"train": ["none/{}"]}), MACHINE) if note.startswith("–")]


@pytest.mark.parametrize(
    ("seconds", "text"), [(0.4, "0:00:00"), (59.6, "0:01:00"), (3661, "1:01:01"), (360000, "100:00:00")]
)
def test_duration(seconds, text):
    assert duration(seconds) == text


def test_size_of_a_file_of_a_folder_and_of_nothing(tmp_path):
    (tmp_path / "a").write_bytes(bytes(2000))
    assert size_mb(tmp_path / "a") == size_mb(tmp_path) == 0.002
    assert size_mb(tmp_path / "none") == 0


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("train/a.tsv", "", "no benchmark of Snakemake's"),
        ("train/a.tsv", f"{HEAD}\n", "0 jobs in the place of one"),
        ("train/a.tsv", "s\tmax_rss\n1\t2\n", "no benchmark of Snakemake's"),
        ("dance/a.tsv", f"{HEAD}\n", "the stage 'dance' is not in the table"),
    ],
)
def test_what_is_no_benchmark_is_refused(tmp_path, name, text, message):
    path = tmp_path / name
    path.parent.mkdir()
    path.write_text(text)
    with pytest.raises(KnnKdError, match=message):
        read_benchmarks([path], tmp_path)


def test_a_file_from_elsewhere_is_refused(tmp_path):
    with pytest.raises(KnnKdError, match="not below"):
        read_benchmarks([tmp_path / "train" / "a.tsv"], tmp_path / "benchmarks")


def test_every_stage_has_its_own_name():
    labels = [label for block in STAGES.values() for label in block.values()]
    assert len(labels) == len(set(labels))


def test_script(tmp_path):
    file = write(tmp_path / "benchmarks", "train/d/s/seed1", 60)
    (tmp_path / "train" / "d" / "s" / "seed1").mkdir(parents=True)
    (tmp_path / "train" / "d" / "s" / "seed1" / "x").write_bytes(bytes(1_000_000))
    settings = {"root": tmp_path / "benchmarks", "outputs": {"train": [f"{tmp_path}/train/{{}}"]}}
    inputs = {"benchmarks": [file, tmp_path / "benchmarks" / "train" / "gone.tsv"]}
    process = make_exhibit("costs", settings, inputs, tmp_path / "tables")
    assert process.returncode == 0, process.stderr
    table = pd.read_csv(tmp_path / "tables" / "costs.csv").set_index("stage")
    assert table.loc["train", "disk_mb"] == 1.0
    text = (tmp_path / "tables" / "costs.html").read_text(encoding="utf-8")
    assert 'data-table="costs"' in text
    assert "Not counted: 1 jobs whose records are gone." in text
    file.write_text("")
    assert "seed1.tsv: no benchmark" in one_error(make_exhibit("costs", settings, inputs, tmp_path / "tables"))
