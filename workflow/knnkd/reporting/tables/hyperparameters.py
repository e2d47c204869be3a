"""Table 6: the hyper-parameters that kNN-KD was run with, with the paper's beside ours."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from knnkd.core.errors import KnnKdError
from knnkd.distil.hyperparameters import FAIRSEQ_KEYS
from knnkd.reporting.frames import Shown
from knnkd.reporting.notes import by_dataset, seeds_text
from knnkd.reporting.paper import read_paper
from knnkd.reporting.trainings import RUN, read_records
from knnkd.reporting.typeset import GAP, listed, whole, write_table

# The rows as they are printed; two names are the encoder's and the decoder's.
ROWS = {
    "max tokens": ("max_tokens",),
    "learning rate": ("learning_rate",),
    "LR scheduler": ("lr_scheduler",),
    "minimal LR": ("minimal_lr",),
    "warm-up LR": ("warmup_lr",),
    "warm-up steps": ("warmup_steps",),
    "gradient clipping": ("gradient_clipping",),
    "weight decay": ("weight_decay",),
    "dropout": ("dropout",),
    "attention dropout": ("attention_dropout",),
    "activation dropout": ("activation_dropout",),
    "α in Equation 12": ("alpha",),
    "optimizer": ("optimizer",),
    "β1": ("adam_beta1",),
    "β2": ("adam_beta2",),
    "ε": ("adam_eps",),
    "label smoothing": ("label_smoothing",),
    "batches an update": ("update_freq",),
    "layers": ("encoder_layers", "decoder_layers"),
    "width": ("encoder_embed_dim", "decoder_embed_dim"),
    "feed-forward width": ("encoder_ffn_dim", "decoder_ffn_dim"),
    "attention heads": ("encoder_heads", "decoder_heads"),
    "epochs at most": ("max_epoch",),
    "patience": ("patience",),
}
CAME_TO = {"updates": "updates", "epochs": "epochs", "token/upd": "tokens_per_update"}
PAPER = {"iwslt": ("iwslt",), "multi_domain": ("multi_domain", "koran", "medical", "law")}
PLACES_IN_PAPER = ("table6", "section4.3", "appendix_a.2")
WORDS = {"optimizer": "adam", "lr_scheduler": "inverse_sqrt"}  # the rows of the paper's Table 6 that are no numbers


@dataclass(frozen=True)
class Settings:
    """What Table 6 shows: taught is {dataset: the system that its values are of}."""

    shown: Shown
    taught: dict[str, str]

    def __post_init__(self) -> None:
        """Raise KnnKdError for a name without a label."""
        self.shown.require("datasets", self.taught, "taught")
        self.shown.require("systems", self.taught.values(), "taught")


@dataclass(frozen=True)
class Inputs:
    """paper: CSV of the paper's numbers; runs: train.json files of these systems, and of the other ones."""

    paper: Path
    runs: list[Path]


def make(settings: Settings, inputs: Inputs, output: Path) -> None:
    """Write table6 in every form."""
    shown, taught, runs = settings.shown, settings.taught, read_recipes(inputs.runs)
    shown.require("datasets", runs["dataset"], "runs")
    shown.require("systems", runs["system"], "runs")
    long = table6(runs, read_paper(inputs.paper), shown, taught)
    write_table(long, table6_blocks(long), table6_notes(long, runs, shown, taught), output, "table6")


def read_recipes(files: Sequence[Path]) -> pd.DataFrame:
    """Return a row for each train.json: dataset, system, seed, every hyper-parameter, and what its run came to.

    KnnKdError where it lacks one of them.
    """
    rows = []
    for file, record in read_records(files, ("hyperparameters", *CAME_TO.values())):
        values = record["hyperparameters"]
        if missing := [key for key in FAIRSEQ_KEYS if key not in values]:
            raise KnnKdError(f"{file}: lacks {listed(missing)}, as an older version left it; run its training again")
        rows.append({key: record[key] for key in (*RUN, *CAME_TO.values())} | values)
    return pd.DataFrame(rows, columns=[*RUN, *FAIRSEQ_KEYS, *CAME_TO.values()], dtype=object)


def table6(runs: pd.DataFrame, paper: pd.DataFrame, shown: Shown, taught: Mapping[str, str]) -> pd.DataFrame:
    """Return Table 6 in long form: a row for each hyper-parameter and each dataset of `taught`, {dataset: system}.

    runs: as of `read_recipes`. Columns: name, dataset, system (labels), group (number of the datasets that are alike
    in all but what their runs came to), n (seeds), value (what the run came to: mean over seeds), and the paper's
    paper_iwslt and paper_multi_domain, as text; a gap is empty. KnnKdError where seeds of one system are not alike.
    """
    recipes, rows = _recipes(runs), []
    groups: dict[Any, int] = {}
    for dataset, system in taught.items():
        own = runs[(runs["dataset"] == dataset) & (runs["system"] == system)]
        recipe = recipes.get((dataset, system), dict.fromkeys(FAIRSEQ_KEYS))
        group = groups.setdefault((system, *recipe.items()), len(groups))
        came_to = {key: own[key].mean() for key in CAME_TO.values()}
        about = {"dataset": shown.datasets[dataset], "system": shown.systems[system], "group": group, "n": len(own)}
        for name, value in (recipe | came_to).items():
            rows.append({"name": name} | about | {"value": value} | _of_paper(paper, name))
    return pd.DataFrame(rows)


def table6_blocks(long: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Return Table 6 as it is printed: one block, a column for each group of datasets, then the paper's."""
    block = {"Hyper-parameters": [*ROWS, *CAME_TO]}
    systems = long["system"].drop_duplicates()
    for _, rows in long.groupby("group", sort=True):
        of_system = f" ({rows['system'].iloc[0]})" if len(systems) > 1 else ""
        block[listed(rows["dataset"]) + of_system] = [
            *(_settings(rows, names) for names in ROWS.values()),
            *(_counts(rows.loc[rows["name"] == key, "value"]) for key in CAME_TO.values()),
        ]
    for name, label in (("paper_iwslt", "paper, IWSLT"), ("paper_multi_domain", "paper, multi-domain")):
        block[label] = [_said(long, names, name) or GAP for names in [*ROWS.values(), *_each(CAME_TO)]]
    return {listed(systems): pd.DataFrame(block)}


def table6_notes(long: pd.DataFrame, runs: pd.DataFrame, shown: Shown, taught: Mapping[str, str]) -> list[str]:
    """Return where the values of Table 6 are from, which systems were run with others, and why each gap is one."""
    once = long[long["name"] == "updates"]
    absent = once[once["n"] == 0]
    unsaid = [label for label, names in ROWS.items() if not _said(long, names, "paper_iwslt")]
    gaps = [f"paper, it does not say: {listed([*unsaid, *CAME_TO])}"]
    gaps += [f"no such run: {by_dataset(absent, once)}"] if len(absent) else []
    return [
        f"As run: fairseq's own configuration, in the record of each training ({seeds_text(once['n'])}); a column for "
        "each group of datasets that were trained alike; encoder / decoder where the two differ.",
        "max tokens: padded tokens a batch, on the longer side, on each device; warm-up steps: updates; patience: "
        "validations without a better score (0: never stopped); gradient clipping 0: never.",
        f"{listed(CAME_TO)}: what the run came to, mean over seeds, each dataset of the column in turn; token/upd: "
        "target tokens of an update without padding.",
        "paper: Table 6 of the paper; layers, widths and heads: Section 4.3; epochs and patience: Appendix A.2 (epochs "
        "of Koran / Medical / Law). The paper used eight GPUs.",
        *_others_note(runs, shown, taught),
        f"{GAP}: {'. '.join(gaps)}.",
    ]


def _recipes(runs: pd.DataFrame) -> dict[tuple[str, str], dict[str, Any]]:
    """Return {(dataset, system): hyper-parameters}; KnnKdError where seeds differ, as one value stands for all."""
    recipes = {}
    for (dataset, system), own in runs.groupby(["dataset", "system"], sort=False):
        for name in FAIRSEQ_KEYS:
            if own[name].nunique(dropna=False) > 1:
                raise KnnKdError(f"the seeds of {system} on {dataset} differ in {name}; run their training again")
        recipes[str(dataset), str(system)] = {name: own[name].iloc[0] for name in FAIRSEQ_KEYS}
    return recipes


def _of_paper(paper: pd.DataFrame, name: str) -> dict[str, str]:
    """Return the paper's value for each of its two columns, as text; "" where it does not say."""
    rows = paper[paper["table"].isin(PLACES_IN_PAPER) & (paper["metric"] == name)]
    texts = {}
    for column, datasets in PAPER.items():
        values = [value for each in datasets for value in rows.loc[rows["dataset"] == each, "value"]]
        texts[f"paper_{column}"] = " / ".join(map(_words, [WORDS[name]] if name in WORDS else values))
    return texts


def _others_note(runs: pd.DataFrame, shown: Shown, taught: Mapping[str, str]) -> list[str]:
    """Return which other systems were run with another value than that of the table, on the same dataset."""
    recipes = _recipes(runs)
    labels = {name: label for label, names in ROWS.items() for name in names}
    others = [(dataset, system) for dataset, system in recipes if system != taught[dataset]]
    others = [place for place in others if (place[0], taught[place[0]]) in recipes]
    rows = []
    for dataset, system in others:
        own, recipe = recipes[dataset, taught[dataset]], recipes[dataset, system]
        for name, value in recipe.items():
            # A system without a term has no alpha, which is not another alpha.
            if value != own[name] and (name, value) != ("alpha", None):
                rows.append((shown.datasets[dataset], shown.systems[system], f"{labels[name]} = {_words(value)}"))
    if not rows:
        return ["Every other trained system of Tables 2 and 3 was run with the same values."] if others else []
    whole_table = pd.DataFrame([(shown.datasets[dataset], shown.systems[system]) for dataset, system in others])
    whole_table.columns = ["dataset", "system"]
    found = pd.DataFrame(rows, columns=["dataset", "system", "text"]).drop_duplicates()
    texts = [f"{text}: {by_dataset(group, whole_table)}" for text, group in found.groupby("text", sort=False)]
    return [f"Other systems of Tables 2 and 3 were run with other values: {'. '.join(texts)}."]


def _settings(rows: pd.DataFrame, names: Sequence[str]) -> str:
    """Return the value of a group's datasets, or the encoder's and the decoder's where they differ."""
    own = rows[rows["dataset"] == rows["dataset"].iloc[0]].set_index("name")
    if not own["n"].iloc[0]:
        return GAP
    return " / ".join(dict.fromkeys(_words(own.loc[name, "value"]) for name in names))


def _said(long: pd.DataFrame, names: Sequence[str], column: str) -> str:
    """Return what the paper says of a row, "" where it says nothing."""
    texts = [long.loc[long["name"] == name, column].iloc[0] for name in names]
    return " / ".join(dict.fromkeys(text for text in texts if text))


def _each(names: Mapping[str, str]) -> list[tuple[str]]:
    return [(name,) for name in names.values()]


def _words(value: Any) -> str:
    """Return a setting as text; fairseq's names have blanks, and "None" stands for what an optimizer has not."""
    return str(value).replace("_", " ") if value is None or isinstance(value, str) else f"{value:g}"


def _counts(values: pd.Series) -> str:
    """Return what the runs of several datasets came to: "540 / 520"."""
    return " / ".join(whole(value) for value in values) if values.notna().any() else GAP
