"""How a plan is printed: for stated GPUs or for the CPU at hand, with its assumptions below."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from knnkd.core.errors import KnnKdError
from knnkd.costs.plan import STAGES, Run, plan_table
from knnkd.costs.work import TOKENS, gpu, read_measured
from knnkd.reporting.paper import read_paper
from knnkd.reporting.tables.cost_model import HOUR, rate, size, span
from knnkd.reporting.typeset import GAP, whole, write_table

CEILING = "Trainings to their last epoch (or max_update); patience ends most earlier."
STAGES_TEXT = (
    "validation: after each epoch, the loss and the BLEU of training.valid_beam. teachers: translating the training "
    "set for Seq-KD, fine-tuning BERT. decoding: test sets, and kNN-MT's tuning on the validation set."
)


@dataclass(frozen=True)
class Settings:
    """What is planned: the completed config, and every run that is scored or teaches."""

    config: dict[str, Any]
    runs: list[Run]


@dataclass(frozen=True)
class Inputs:
    """paper: CSV of the paper's numbers; measured: JSON of measure_plan.py, without which the plan is for GPUs."""

    paper: Path
    measured: Path | None


def make(settings: Settings, inputs: Inputs, output: Path) -> None:
    """Write the plan in every form: on GPUs by the rates that the config states, or on the CPU that was measured."""
    names = {run.dataset for run in settings.runs}
    if inputs.measured:
        measured, rates = read_measured(inputs.measured)
        if missing := sorted(names - set(rates)):
            raise KnnKdError(f"{inputs.measured}: no rates of {', '.join(missing)}; measure again")
        notes = cpu_notes(measured)
    else:
        cost = settings.config["bench"]["cost"]
        machine = gpu(cost["gpu_tflops"], cost["gpu_share"], cost["gpu_decoding"])
        rates, notes = dict.fromkeys(names, machine), gpu_notes(cost)
    table = plan_table(settings.config, settings.runs, read_paper(inputs.paper), rates)
    write_table(table, plan_blocks(table), notes, output, "plan")


def plan_blocks(table: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Return the plan of `costs.plan.plan_table` as it is printed: a row for each dataset, and one for all."""
    total = dict(table.sum(numeric_only=True, min_count=1)) | {"label": "all", "rows": None}
    total["memory_gb"] = table["memory_gb"].max()
    rows = pd.concat([table, pd.DataFrame([total])], ignore_index=True)
    block: dict[str, Any] = {"Dataset": rows["label"]}
    block["|D|"] = rows["rows"].map(whole)
    block["trainings"] = rows["trainings"].map("{:.0f}".format)
    for stage in STAGES:
        block[stage] = rows[stage].map(lambda seconds: span(seconds) if seconds > 0 else GAP)
    if (at_once := table["side_by_side"].dropna().unique()).size:
        block["CPU hours"] = rows["core_seconds"].map(_hours)
        head = f"hours, {at_once[0]:.0f} side by side" if len(at_once) == 1 else "hours, side by side"
        block[head] = rows["wall_seconds"].map(_hours)
    else:
        block["GPU hours"] = rows[list(STAGES)].sum(axis=1, min_count=1).map(_hours)
    block["memory"] = rows["memory_gb"].map(lambda gb: GAP if pd.isna(gb) else size(gb))
    block["disk"] = rows["disk_gb"].map(lambda gb: GAP if pd.isna(gb) else size(gb))
    return {"Plan": pd.DataFrame(block)}


def _hours(seconds: float) -> str:
    return GAP if pd.isna(seconds) else f"{seconds / HOUR:,.1f}"


def gpu_notes(cost: Mapping[str, float]) -> list[str]:
    """Return the assumptions of a plan for GPUs; cost: bench.cost of the config."""
    return [
        f"On one GPU of {cost['gpu_tflops']:g} Tflop/s in matrix products, of which {100 * cost['gpu_share']:g} % are "
        f"taken to be reached in training, datastore and search, and {100 * cost['gpu_decoding']:g} % in beam search "
        "(bench.cost in the config: put your own GPU there). Nothing here is measured; with `device: cpu` this "
        "machine is. Trainings, and jobs of the search, run side by side on as many GPUs as there are.",
        *_notes(),
    ]


def cpu_notes(measured: Mapping[str, Any]) -> list[str]:
    """Return the assumptions of a plan for the CPU at hand; measured: the JSON of measure_plan.py."""
    return [
        f"On this machine: {measured['hardware']}. Measured just now on random sentences, each by itself (load before "
        f"it: {measured['load']:.1f}; a machine that is busy now looks slower than it is): "
        f"{'; '.join(map(_measured, measured['jobs']))}.",
        f"The columns of stages: one job after another. side by side: as many jobs as {measured['cores']} logical "
        "cores have room for by their threads, each as fast as one alone, which shared caches and hyper-threads do not "
        "quite allow. Search: at the rate of plain products, which it nears and does not reach.",
        *_notes(),
    ]


def _measured(job: Mapping[str, Any]) -> str:
    """Return what was measured of one work, in words."""
    work, tokens = job["work"], job["tokens_per_second"]
    network, batch = work["network"], f"{job['batch']:,} tokens"
    if job["batch"] < work["max_tokens"]:
        batch += f" instead of {work['max_tokens']:,}"
    return (
        f"d = {network['width']}, {network['encoder_layers']} + {network['decoder_layers']} layers, "
        f"{network['vocabulary']:,} types: training {tokens['training']:,.0f} target tokens/s (batches of {batch}, "
        f"{work['threads']} thread{'s' if work['threads'] > 1 else ''}), beam {work['valid_beam']} of validation "
        f"{tokens['validating']:,.0f}, beam {work['beam']} {tokens['decoding']:,.0f}, datastore "
        f"{tokens['forward']:,.0f}, products {rate(job['product'])}"
    )


def _notes() -> list[str]:
    return [
        f"{CEILING} {STAGES_TEXT}",
        f"|D|: the paper's on its own data sets, else {TOKENS} subwords a pair of expect.train; {GAP}: no such count. "
        f"Validation and test: {TOKENS} a pair.",
        "memory: budget of one job of the search (search.memory_gb). disk: datastores, candidates and checkpoints.",
    ]
