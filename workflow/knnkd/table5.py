"""Table 5: the sentences of every corpus before and after cleaning, with the paper's counts beside ours."""

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from knnkd.errors import KnnKdError
from knnkd.io import read_json
from knnkd.notes import gap_notes
from knnkd.tables import Shown
from knnkd.typeset import GAP, listed, whole

SPLITS = ("train", "valid", "test")
COUNTS = ["read", "kept", "target_tokens", "source_types", "target_types", "paper"]
REASONS = {"kept": "read, kept, tokens and types, no such corpus was made", "paper": "paper, it has no such data set"}


def read_counts(manifest: Path, data: Path) -> dict[str, dict[str, int]]:
    """Return {split: read, kept, target_tokens, source_types, target_types} of one corpus.

    manifest: of clean_corpus.py; data: data.json of its binarised text. KnnKdError where one lacks a count, or the two
    speak of different text.
    """
    cleaned, binarised = read_json(manifest), read_json(data)
    counts = {}
    try:
        types = [binarised["types"][f"dict.{language}.txt"] for language in binarised["languages"]]
        for split in SPLITS:
            about, tokens = cleaned["splits"][split], binarised["splits"][split]
            if about["pairs_after"] != tokens["sentences"]:
                raise KnnKdError(
                    f"{data}: {tokens['sentences']} sentences in {split}, but {about['pairs_after']} in {manifest}; "
                    "binarise again"
                )
            counts[split] = {"read": about["pairs_before"], "kept": about["pairs_after"]}
            counts[split] |= {"target_tokens": tokens["target_tokens"]}
            counts[split] |= dict(zip(("source_types", "target_types"), types, strict=True))
    except KeyError as error:
        raise KnnKdError(f"{manifest}, {data}: lack {error}; clean and binarise the corpus again") from error
    return counts


def table5(
    counts: Mapping[str, Mapping[str, Mapping[str, int]]],
    paper: pd.DataFrame,
    shown: Shown,
    generated: Collection[str] = (),
) -> pd.DataFrame:
    """Return Table 5 in long form: a row for each dataset and split; a gap is empty.

    counts: {dataset: as of `read_counts`}; `generated` names the corpora that are no data set of the paper's, whatever
    stands beside them. Columns: dataset (label), split, read and kept (sentence pairs before and after cleaning),
    target_tokens (subwords, end of the sentence in), source_types and target_types (of the dictionaries), paper (its
    pairs), compared (0 or 1) and differs (1 where it is compared and kept is not the paper's count).
    """
    rows = []
    for dataset, label in shown.datasets.items():
        name = shown.paper_datasets.get(dataset, "")
        of_paper = paper[(paper["table"] == "table5") & (paper["dataset"] == name)].set_index("metric")["value"]
        for split in SPLITS:
            row: dict[str, Any] = {"dataset": label, "split": split} | dict.fromkeys(COUNTS)
            row |= dict(counts.get(dataset, {}).get(split, {})) | {"paper": of_paper.get(f"sentences_{split}")}
            row["compared"] = int(dataset not in generated and None not in (row["kept"], row["paper"]))
            rows.append(row | {"differs": int(row["compared"] and row["kept"] != row["paper"])})
    return pd.DataFrame(rows).astype(dict.fromkeys(COUNTS, "Int64"))


def table5_blocks(long: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Return Table 5 as it is printed, a block for each dataset; the dictionary stands with its training set."""
    blocks = {}
    for dataset, rows in long.groupby("dataset", sort=False):
        block = {"Splits": rows["split"], "read": [whole(value) for value in rows["read"]]}
        block["kept"] = [whole(row.kept) + "≠" * row.differs for row in rows.itertuples()]
        block["paper"] = [whole(value) for value in rows["paper"]]
        block["tokens"] = [whole(value) for value in rows["target_tokens"]]
        block["types"] = [_types(row) if row.split == SPLITS[0] else "" for row in rows.itertuples()]
        blocks[str(dataset)] = pd.DataFrame(block)
    return blocks


def table5_notes(
    long: pd.DataFrame, shown: Shown, generated: Collection[str] = (), borrowed: Collection[str] = ()
) -> list[str]:
    """Return what is counted, what of it is compared, and why each gap is one.

    `borrowed` names the datasets whose dictionary is a pre-trained model's.
    """
    beside = "; ".join(f"{shown.datasets[name]}: {value}" for name, value in shown.paper_datasets.items()) or "none"
    others = listed(label for name, label in shown.datasets.items() if name in borrowed)
    return [
        "Sentence pairs: read: as they came; kept: after cleaning, and trained, validated and tested on (the "
        "manifest of each corpus says why others went). tokens: subwords of the kept target side, the end of each "
        "sentence in. types: entries of the dictionary, source / target, once where they are equally many."
        + (f" Of a pre-trained model: the dictionary of {others}." if others else ""),
        f"paper: Table 5 of the paper ({beside}).",
        *_compared_notes(long, shown, generated),
        *gap_notes(long.assign(system=long["split"]), REASONS),
    ]


def _compared_notes(long: pd.DataFrame, shown: Shown, generated: Collection[str]) -> list[str]:
    """Return which counts differ from the paper's, and which are never compared with them."""
    notes = []
    compared = long[long["compared"] == 1]
    if len(compared):
        differs = compared[compared["differs"] == 1]
        notes.append(f"≠: kept is not the paper's count, of the same data set: {_places(differs)}.")
        if differs.empty:
            notes = [f"Kept is the paper's count: {listed(compared['dataset'])}."]
    beside: Sequence[str] = [name for name in shown.paper_datasets if name in generated]
    if beside:
        labels = listed(shown.datasets[name] for name in beside)
        notes.append(f"Generated here in the place of the paper's data, so that its counts are not compared: {labels}.")
    return notes


def _places(rows: pd.DataFrame) -> str:
    return "; ".join(f"{name}: {listed(group['split'])}" for name, group in rows.groupby("dataset", sort=False))


def _types(row: Any) -> str:
    if pd.isna(row.source_types):
        return GAP
    return " / ".join(dict.fromkeys([whole(row.source_types), whole(row.target_types)]))
