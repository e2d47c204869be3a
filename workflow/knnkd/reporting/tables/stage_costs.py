"""What each stage costs: time, memory and disk, from the benchmark files that Snakemake writes beside its jobs."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from knnkd.core.errors import KnnKdError
from knnkd.core.hardware import Hardware, read_hardware
from knnkd.reporting.typeset import GAP, number, write_table

# Blocks of the table, and the rules that record their jobs with what a reader calls them, in the pipeline's order.
STAGES = {
    "Text": {
        "clean_corpus": "cleaning, tokenising",
        "learn_bpe": "learning BPE",
        "segment": "cutting into subwords",
        "binarise": "binary data",
    },
    "Training": {"train": "training"},
    "Teachers, in advance": {
        "dump_datastore": "datastore",
        "search": "search",
        "gather_candidates": "candidates of the search",
        "translate": "translations (Seq-KD)",
        "pretrain_bert": "BERT, pre-training",
        "finetune_bert": "BERT, fine-tuning",
        "bert_candidates": "candidates of BERT",
    },
    "kNN-MT": {"build_index": "index", "tune_knn_mt": "tuning"},
    "Test": {"decode": "decoding", "measure": "measuring distributions"},
}
TOTAL = "total"
COLUMNS = ["block", "stage", "label", "jobs", "wall_s", "longest_s", "cpu_s", "memory_mb", "disk_mb"]
MIB = 1024 * 1024 / 1e6  # Snakemake's "MB" is 2^20 bytes; ours is 10^6


@dataclass(frozen=True)
class Settings:
    """root: folder of the benchmark files; outputs: what a job of a stage leaves, {} in the place of the job's name."""

    root: Path
    outputs: dict[str, list[str]] = field(default_factory=dict)


@dataclass(frozen=True)
class Inputs:
    """benchmarks: {root}/{stage}/{job}.tsv; those that are gone are counted in a note."""

    benchmarks: list[Path]


def make(settings: Settings, inputs: Inputs, output: Path) -> None:
    """Write the table costs in every form."""
    present = [path for path in inputs.benchmarks if path.exists()]
    table = costs(read_benchmarks(present, settings.root), settings.outputs)
    notes = costs_notes(table, read_hardware(), len(inputs.benchmarks) - len(present))
    write_table(table, costs_blocks(table), notes, output, "costs")


def read_benchmarks(files: Iterable[Path], root: Path) -> pd.DataFrame:
    """Return a row for each job: stage, job (its file's name below the stage's folder), wall_s, cpu_s, memory_mb.

    files: {root}/{stage}/{job}.tsv. What Snakemake could not sample (NA, of a job that ended at once) is NaN.
    KnnKdError where a file is elsewhere, is of an unknown stage, or does not hold one job.
    """
    known, rows = {stage for block in STAGES.values() for stage in block}, []
    for file in files:
        if not file.is_relative_to(root):
            raise KnnKdError(f"{file}: not below {root}; give as root the folder of the benchmark files")
        stage, *job = file.relative_to(root).with_suffix("").parts
        if stage not in known:
            raise KnnKdError(f"{file}: the stage '{stage}' is not in the table; add it to STAGES in stage_costs.py")
        rows.append({"stage": stage, "job": "/".join(job)} | _read_benchmark(file))
    return pd.DataFrame(rows, columns=["stage", "job", "wall_s", "cpu_s", "memory_mb"])


def _read_benchmark(file: Path) -> dict[str, float]:
    try:
        record = pd.read_csv(file, sep="\t", na_values=["NA", "-"])
        if len(record) != 1:
            raise KnnKdError(f"{file}: {len(record)} jobs in the place of one; run its rule again")
        seconds, cpu, memory = (float(record[name].iloc[0]) for name in ("s", "cpu_time", "max_rss"))
    except (OSError, ValueError, KeyError) as error:
        raise KnnKdError(f"{file}: no benchmark of Snakemake's ({error}); run its rule again") from error
    return {"wall_s": seconds, "cpu_s": cpu, "memory_mb": memory * MIB}


def size_mb(path: Path) -> float:
    """Return the size of a file, or of all files below a folder, in MB; 0 where there is nothing."""
    files = [path] if path.is_file() else [each for each in path.rglob("*") if each.is_file()]
    return sum(each.stat().st_size for each in files) / 1e6


def costs(jobs: pd.DataFrame, outputs: Mapping[str, Sequence[str]]) -> pd.DataFrame:
    """Return a row for each stage that has jobs, in the pipeline's order, and one for all of them; see COLUMNS.

    jobs: as of `read_benchmarks`. outputs: for each stage what a job leaves, as paths with {} in the place of the job's
    name; a stage without any keeps nothing, and its disk is NaN. wall_s and cpu_s are sums, memory_mb is the largest.
    """
    rows = []
    for block, stages in STAGES.items():
        for stage, label in stages.items():
            chosen = jobs[jobs["stage"] == stage]
            patterns = outputs.get(stage, [])
            paths = [Path(pattern.replace("{}", job)) for job in chosen["job"] for pattern in patterns]
            disk = sum(map(size_mb, paths)) if patterns else float("nan")
            if len(chosen):
                rows.append({"block": block, "stage": stage, "label": label} | _sums(chosen) | {"disk_mb": disk})
    table = pd.DataFrame(rows, columns=COLUMNS)
    whole = {"block": "Everything", "stage": TOTAL, "label": TOTAL} | _sums(jobs) | {"disk_mb": table["disk_mb"].sum()}
    return pd.concat([table, pd.DataFrame([whole])], ignore_index=True) if len(table) else pd.DataFrame([whole])


def _sums(jobs: pd.DataFrame) -> dict[str, Any]:
    return {
        "jobs": len(jobs),
        "wall_s": jobs["wall_s"].sum(),
        "longest_s": jobs["wall_s"].max(),
        "cpu_s": jobs["cpu_s"].sum(min_count=1),
        "memory_mb": jobs["memory_mb"].max(),
    }


def costs_blocks(table: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Return the table as it is printed."""
    blocks = {}
    for block, rows in table.groupby("block", sort=False):
        blocks[str(block)] = pd.DataFrame(
            {
                "Stage": rows["label"],
                "jobs": rows["jobs"],
                "wall time": rows["wall_s"].map(duration),
                "longest job": rows["longest_s"].map(duration),
                "CPU time": rows["cpu_s"].map(duration),
                "memory (MB)": rows["memory_mb"].map(lambda value: number(value, 0)),
                "disk (MB)": rows["disk_mb"].map(lambda value: number(value, 1)),
            }
        )
    return blocks


def duration(seconds: float) -> str:
    """Return seconds as h:mm:ss; a gap where they are NaN."""
    if pd.isna(seconds):
        return GAP
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes // 60}:{minutes % 60:02d}:{rest:02d}"


def costs_notes(table: pd.DataFrame, hardware: Hardware, missing: int = 0) -> list[str]:
    """Return what the columns are, how they were got, where, and why there are gaps; missing: jobs without a record."""
    notes = [
        "A row for each stage, over all its jobs in this experiment; times in h:mm:ss. wall time: the jobs' own, added "
        "up, though several may have run at once. memory: of the job that took most; disk: what the jobs left; MB are "
        "10^6 bytes.",
        "Sampled by Snakemake twice a second at first, every 30 seconds later, so that CPU time lacks the last moments "
        "of a job. A job that was killed and went on counts from where it went on. Not recorded: short stages "
        "(fetching, scores, tables, figures), and the benchmarks of speed, which keep their own record.",
        f"This table was made on: {hardware}. On a cluster its jobs may have run elsewhere.",
    ]
    if missing:
        notes.append(f"Not counted: {missing} jobs whose records are gone.")
    stages = table[table["stage"] != TOTAL]
    temporary = stages.loc[stages["disk_mb"].isna(), "label"]
    if len(temporary):
        notes.append(f"{GAP}, disk: nothing is kept of {', '.join(temporary)}; it goes into the next stage.")
    unsampled = stages.loc[stages["memory_mb"].isna(), "label"]
    if len(unsampled):
        notes.append(f"{GAP}, CPU time and memory: every job ended before the first sample: {', '.join(unsampled)}.")
    return notes
