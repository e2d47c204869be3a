"""Results of an experiment of mini's shape, made up, for the tests of the verdict."""

import dataclasses
import itertools
import math

import pandas as pd

from knnkd.reporting import frames
from knnkd.reporting.frames import SCORE_COLUMNS, Shown
from knnkd.reporting.paper import read_paper
from knnkd.reporting.trainings import TRAINING_COLUMNS
from knnkd.reporting.variants import Point, Variant
from knnkd.reporting.verdict.claims import CLAIMS
from knnkd.reporting.verdict.decide import verdict
from knnkd.reporting.verdict.results import Results
from support.workflow import ROOT

PAPER = ROOT / "workflow" / "report" / "paper_results.csv"
SYSTEMS = ["transformer", "word_kd", "seq_kd", "bert_kd", "selective_kd", "knn_mt", "knn_kd", "pretrained"]
# BLEU of the systems above on each dataset; a comparison's interval is half a point on either side.
TEST = {
    "de": [30.0, 31.0, 30.5, 32.0, 31.5, 32.8, 33.0, None],
    "vi": [28.0, 28.5, 28.2, 29.5, 28.4, 27.0, 31.0, None],
    "koran": [14.0, None, None, None, None, 20.0, 22.0, 16.0],
    "law": [60.0, None, None, None, None, 61.0, 60.2, 45.0],
}
CONTROLS = {"transformer_length_paper": 27.0, "transformer_corpus_released": 30.2, "knn_kd_corpus_released_keep": 33.5}
CROSS = {"law>koran": {"transformer": 5.0, "knn_kd": 9.0}, "koran>law": {"transformer": 3.0, "knn_kd": 3.1}}
GRID = {"kd_k4": 30.0, "kd_k16": 33.0, "knn_kd": 32.5, "kd_k256": 31.0, "kd_tau1": 29.0, "kd_tau10": 32.0}
POINTS = [Point("kd_k4", 4, 50), Point("kd_k16", 16, 50), Point("knn_kd", 64, 50), Point("kd_k256", 256, 50)]
POINTS += [Point("kd_tau1", 64, 1), Point("kd_tau10", 64, 10)]
VARIANTS = [
    Variant("transformer", "transformer", "length", "released", "none"),
    Variant("transformer_length_paper", "transformer", "length", "paper", "none"),
    Variant("transformer_corpus_released", "transformer", "corpus", "released", "none"),
    Variant("knn_kd", "knn_kd", "length", "paper", "keep"),
    Variant("knn_kd_corpus_released_drop", "knn_kd", "corpus", "released", "drop"),
    Variant("knn_kd_corpus_released_keep", "knn_kd", "corpus", "released", "keep"),
]
RATIOS = {"transformer": (1, 1, 1), "word_kd": (0.8, 0.7, 0.9), "knn_mt": (0.3, 0.2, 0.4), "knn_kd": (1.02, 0.97, 1.1)}
RATIOS |= {"bert_kd": (1.0, 0.98, 1.03), "selective_kd": (0.75, 0.7, 0.8)}
SUMS = {  # of 40 sentences of 10 positions each: what is added to the Transformer's
    "transformer": (0.0, 0.0),
    "transformer_length_paper": (0.4, -0.6),
    "knn_kd": (0.3, -0.9),
}
SHOWN = Shown(
    systems={name: name for name in SYSTEMS},
    datasets={"de": "Set De", "vi": "Set Vi", "koran": "Set Koran", "law": "Set Law"},
    metrics={"de": "bleu_tok", "vi": "bleu_tok", "koran": "sacrebleu", "law": "sacrebleu"},
    paper_datasets={"de": "iwslt14_de_en", "vi": "iwslt15_en_vi", "koran": "koran", "law": "law"},
)
PLACES = {
    "table2": ["de", "vi"],
    "table3": ["koran", "law"],
    "table4": ["law>koran", "koran>law"],
    "ablation": ["de"],
    "controls": ["de"],
}


def bleu():
    """Yield (dataset, split, metric, {system: BLEU}) of everything that was decoded."""
    for dataset, values in TEST.items():
        own = {name: value for name, value in zip(SYSTEMS, values, strict=True) if value is not None}
        yield dataset, "test", SHOWN.metrics[dataset], own | (CONTROLS if dataset == "de" else {})
    for pair, values in CROSS.items():
        first, second = pair.split(">")
        yield first, f"test_of_{second}", SHOWN.metrics[second], values
    yield "de", "valid", "bleu_tok", GRID


def has_seeds(dataset, system):
    return dataset in ("de", "vi") or system not in ("pretrained", "knn_mt")


def scores_of(seeds=(1,), shift=0.0):
    """Every later seed of what is trained has `shift` more than the one before, but for the Transformer."""
    rows = []
    for dataset, split, metric, values in bleu():
        for system, value in values.items():
            for i, seed in enumerate(seeds if has_seeds(dataset, system) else seeds[:1]):
                more = shift * i * (not system.startswith("transformer"))
                rows.append((dataset, system, seed, split, metric, value + more))
    return pd.DataFrame(rows, columns=SCORE_COLUMNS)


def compared(scores, seeds=(1,), half=0.5):
    """Every system against every other, as of `read_significance`."""
    rows = []
    for (dataset, split), own in scores.groupby(["dataset", "split"]):
        for seed in seeds:
            at = {name: runs.set_index("seed")["value"] for name, runs in own.groupby("system")}
            values = {name: runs.get(seed, runs.iloc[0]) for name, runs in at.items()}
            for (base, below), (name, value) in itertools.product(values.items(), repeat=2):
                delta = value - below
                ends = (math.nan, math.nan) if name == base else (delta - half, delta + half)
                numbers = [value, 1.0, math.nan if name == base else 0.01, delta, *ends]
                rows.append([dataset, split, seed, base, name, 500, *numbers])
    columns = ["dataset", "split", "seed", "baseline", "system", "samples", "score", "ci", *frames.TEST_NUMBERS]
    return pd.DataFrame(rows, columns=columns)


def speed_of():
    rows = []
    for dataset in ("de", "vi", "koran", "law"):
        for metric in ("updates_per_second", "tokens_per_second"):
            for system, (ratio, low, high) in RATIOS.items():
                if metric == "tokens_per_second" or system != "knn_mt":
                    rows.append([dataset, system, metric, 9.0, 8.0, 10.0, ratio, low, high, 5, "1/s", "a CPU", 1])
    return pd.DataFrame(rows, columns=frames.SPEED_COLUMNS)


def sentences(system, seed=1):
    mass, kl = SUMS[system]
    noise = [0.01 * ((7 * i) % 5) for i in range(40)]
    return {
        "positions": [10] * 40,
        "mass_acceptable": [1.0 + mass + seed * each for each in noise],
        "kl_true": [3.0 + kl + each for each in noise],
        "true_mass_acceptable": [1.5] * 40,
    }


def trainings_of(**stopped):
    """A converged training of every system; `stopped` says what ended others on "de". kNN-MT is made of its base."""
    rows = []
    for dataset in TEST:
        names = dict.fromkeys([*SYSTEMS, *CONTROLS, *GRID] if dataset == "de" else SYSTEMS)
        for name in names:
            base = f"{dataset}/transformer/1" * (name in ("knn_kd", "knn_mt"))
            why = stopped.get(name, "patience") if dataset == "de" else "patience"
            record = [None] * 6 if name in ("knn_mt", "pretrained") else [100, 5, 20.0, 800.0, why, 0.1]
            rows.append([dataset, name, 1, *record, base])
    return pd.DataFrame(rows, columns=TRAINING_COLUMNS)


def results_of(seeds=(1,), shift=0.0, **changes):
    scores = scores_of(seeds, shift)
    found = Results(
        SHOWN,
        scores,
        compared(scores, seeds),
        speed_of(),
        read_paper(PAPER),
        {("de", system, seed): sentences(system, seed) for system in SUMS for seed in seeds},
        {("de", "knn_kd"): 1_234_000, ("de", "bert_kd"): 9_000_000, ("law", "transformer"): 2_000_000},
        {"de": {"train": 3000, "valid": 300, "test": 500}, "law": {"train": 2500}},
        places=PLACES,
        points=POINTS,
        fixed=(64, 50.0),
        variants=VARIANTS,
        samples=200,
    )
    return dataclasses.replace(found, **changes)


def rows_of(results, claims=CLAIMS):
    return verdict(results, claims).set_index("claim")
