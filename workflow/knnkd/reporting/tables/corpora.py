"""Table 5: the sentences of every corpus before and after cleaning, with the paper's counts beside ours."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from knnkd.core.errors import KnnKdError
from knnkd.core.files import read_json
from knnkd.corpus.length_limits import pairs_of_corpus
from knnkd.reporting.frames import Shown
from knnkd.reporting.paper import read_paper
from knnkd.reporting.typeset import GAP, listed, whole, write_table

SPLITS = ("train", "valid", "test")
COUNTS = ["read", "kept", "overlong", "target_tokens", "source_types", "target_types", "paper"]
REASONS = {"kept": "no such corpus was made", "paper": "the paper has no such data set"}


@dataclass(frozen=True)
class Settings:
    """What Table 5 shows: made are the corpora that were made; generated and borrowed as of `table5_notes`."""

    shown: Shown
    made: list[str]
    generated: list[str] = field(default_factory=list)
    borrowed: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Raise KnnKdError for a name without a label."""
        self.shown.require_some("datasets")
        self.shown.require("datasets", [*self.made, *self.generated, *self.borrowed], "made, generated, borrowed")


@dataclass(frozen=True)
class Inputs:
    """manifests and data: manifest.json and the binarised folder of each corpus that was made, in its order."""

    paper: Path
    manifests: list[Path]
    data: list[Path]


def make(settings: Settings, inputs: Inputs, output: Path) -> None:
    """Write table5 in every form; KnnKdError where a corpus lacks one of its files."""
    if not len(settings.made) == len(inputs.manifests) == len(inputs.data):
        raise KnnKdError("made, manifests and data: of different lengths; give both files for each corpus")
    files = zip(settings.made, inputs.manifests, inputs.data, strict=True)
    counts = {name: read_counts(manifest, folder / "data.json") for name, manifest, folder in files}
    long = table5(counts, read_paper(inputs.paper), settings.shown, settings.generated)
    notes = table5_notes(long, settings.shown, settings.generated, settings.borrowed)
    write_table(long, table5_blocks(long), notes, output, "table5")


def read_counts(manifest: Path, data: Path) -> dict[str, dict[str, int]]:
    """Return {split: read, kept, overlong, target_tokens, source_types, target_types} of one corpus.

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
            counts[split] |= {"overlong": pairs_of_corpus(about) - about["pairs_after"]}
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
    overlong (pairs that a model cannot take: they went, and are the corpus' all the same), target_tokens (subwords, end
    of the sentence in), source_types and target_types (of the dictionaries), paper (its pairs), compared (0 or 1) and
    differs (1 where it is compared, and kept and overlong together are not the paper's count).
    """
    rows = []
    for dataset, label in shown.datasets.items():
        name = shown.paper_datasets.get(dataset, "")
        of_paper = paper[(paper["table"] == "table5") & (paper["dataset"] == name)].set_index("metric")["value"]
        for split in SPLITS:
            row: dict[str, Any] = {"dataset": label, "split": split} | dict.fromkeys(COUNTS)
            row |= dict(counts.get(dataset, {}).get(split, {})) | {"paper": of_paper.get(f"sentences_{split}")}
            row["compared"] = int(dataset not in generated and None not in (row["kept"], row["paper"]))
            differs = bool(row["compared"]) and row["kept"] + row["overlong"] != row["paper"]
            rows.append(row | {"differs": int(differs)})
    return pd.DataFrame(rows).astype(dict.fromkeys(COUNTS, "Int64"))


def table5_blocks(long: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Return Table 5 as it is printed: one block, a row for each dataset, the splits in columns as in the paper."""
    by_split = {split: rows.reset_index(drop=True) for split, rows in long.groupby("split")}
    whole_set = by_split[SPLITS[0]]
    block: dict[str, Any] = {"Datasets": whole_set["dataset"]}
    for split in SPLITS:
        block[split.title()] = [whole(row.kept) + "≠" * row.differs for row in by_split[split].itertuples()]
    dropped = sum(by_split[split]["read"] - by_split[split]["kept"] for split in SPLITS)
    block["dropped"] = [whole(value) for value in dropped]
    for split in SPLITS:
        block[f"paper {split.title()}"] = [whole(value) for value in by_split[split]["paper"]]
    block["tokens"] = [whole(value) for value in whole_set["target_tokens"]]
    block["types"] = [_types(row) for row in whole_set.itertuples()]
    return {"Sentence pairs": pd.DataFrame(block)}


def table5_notes(
    long: pd.DataFrame, shown: Shown, generated: Collection[str] = (), borrowed: Collection[str] = ()
) -> list[str]:
    """Return what is counted, what of it is compared, and why each gap is one.

    `borrowed` names the datasets whose dictionary is a pre-trained model's.
    """
    beside = "; ".join(f"{shown.datasets[name]}: {value}" for name, value in shown.paper_datasets.items()) or "none"
    others = listed(label for name, label in shown.datasets.items() if name in borrowed)
    gaps = {why: listed(long.loc[long[column].isna(), "dataset"]) for column, why in REASONS.items()}
    return [
        "Sentence pairs after cleaning; dropped: what it took out of the three together (the manifest of each corpus "
        "says why, the CSV has each count before it). tokens: subwords of the training set's target side, the end of "
        "each sentence in; types: entries of the dictionary, source / target, once where they are equally many."
        + (f" Of a pre-trained model: the dictionary of {others}." if others else ""),
        *_overlong_notes(long),
        f"paper: Table 5 of the paper ({beside}).",
        *_compared_notes(long, shown, generated),
        *([f"{GAP}: {'. '.join(f'{why}: {names}' for why, names in gaps.items() if names)}."] * any(gaps.values())),
    ]


def _overlong_notes(long: pd.DataFrame) -> list[str]:
    """Return whose training pairs a pre-trained model could not take."""
    gone = long.groupby("dataset", sort=False)["overlong"].sum()
    counts = ", ".join(f"{dataset}: {whole(count)}" for dataset, count in gone.items() if count > 0)
    return (
        [f"Dropped as too long for the model, and part of the corpus when it is compared: {counts}."] if counts else []
    )


def _compared_notes(long: pd.DataFrame, shown: Shown, generated: Collection[str]) -> list[str]:
    """Return which counts differ from the paper's, and which are never compared with them."""
    notes = []
    compared = long[long["compared"] == 1]
    differs = compared[compared["differs"] == 1]
    if len(differs):
        places = differs.groupby("dataset", sort=False)["split"].apply(listed)
        texts = "; ".join(f"{dataset}: {splits}" for dataset, splits in places.items())
        notes.append(f"≠: not the paper's count, of the same data set: {texts}.")
    elif len(compared):
        notes.append(f"The paper's counts, of the same data sets: {listed(compared['dataset'])}.")
    if beside := listed(shown.datasets[name] for name in shown.paper_datasets if name in generated):
        notes.append(f"Generated here in the place of the paper's data, so that its counts are not compared: {beside}.")
    return notes


def _types(row: Any) -> str:
    if pd.isna(row.source_types):
        return GAP
    return " / ".join(dict.fromkeys([whole(row.source_types), whole(row.target_types)]))
