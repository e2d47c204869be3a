"""Tables as functions of the tidy scores and the paper's numbers, written as CSV, Markdown and LaTeX."""

from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from knnkd.errors import KnnKdError
from knnkd.io import read_json, replacing

GAP = "–"  # where there is no number; a table says why below
KEYS = ["dataset", "system", "seed", "split"]


def named(text: str) -> tuple[str, str]:
    """Split name=value, as the scripts take labels on their command lines."""
    name, _, value = text.partition("=")
    return name, value


def collect_scores(files: Sequence[Path]) -> pd.DataFrame:
    """Return a row for each dataset, system, seed, split and metric, in that order: value in points, signature."""
    rows = []
    for file in files:
        content = read_json(file)
        if missing := [key for key in [*KEYS, "scores"] if key not in content]:
            raise KnnKdError(f"{file}: lacks {', '.join(missing)}; run the rule score again")
        rows += [{key: content[key] for key in KEYS} | score for score in content["scores"]]
    return pd.DataFrame(rows).sort_values([*KEYS, "metric"], ignore_index=True)


def read_csv(path: Path, columns: Sequence[str]) -> pd.DataFrame:
    """Return a CSV; KnnKdError where it is missing or lacks one of `columns`."""
    try:
        frame = pd.read_csv(path, keep_default_na=False, na_values=[""])
    except (OSError, pd.errors.ParserError, pd.errors.EmptyDataError) as error:
        raise KnnKdError(f"{path}: cannot be read ({error}); run its rule again") from error
    if missing := [column for column in columns if column not in frame]:
        raise KnnKdError(f"{path}: lacks the columns {', '.join(missing)}")
    return frame


def table2(
    scores: pd.DataFrame,
    paper: pd.DataFrame,
    systems: dict[str, str],
    datasets: dict[str, str],
    metrics: dict[str, str],
    paper_datasets: dict[str, str],
) -> pd.DataFrame:
    """Return Table 2 in long form: a row for each system and dataset.

    scores: as of `collect_scores`; paper: table, dataset, system, metric, value. systems and datasets map names to
    labels, in the order of the table; metrics maps a dataset to the metric it is judged by, paper_datasets to the
    paper's data set that stands beside it. Columns: system, dataset, n (seeds), bleu (their mean), spread (standard
    deviation over seeds, empty below two), gain (bleu minus the first system's) and paper_bleu; a gap is empty.
    """
    test = scores[scores["split"] == "test"]
    rows = []
    for dataset, dataset_label in datasets.items():
        of_metric = test[(test["dataset"] == dataset) & (test["metric"] == metrics[dataset])]
        baseline = of_metric.loc[of_metric["system"] == next(iter(systems)), "value"].mean()
        for system, label in systems.items():
            values = of_metric.loc[of_metric["system"] == system, "value"]
            quoted = paper[
                paper["table"].isin(["table2", "table3"])
                & (paper["dataset"] == paper_datasets.get(dataset, ""))
                & (paper["system"] == system)
                & (paper["metric"] == "bleu")
            ]["value"]
            rows.append(
                {
                    "system": label,
                    "dataset": dataset_label,
                    "n": len(values),
                    "bleu": values.mean(),
                    "spread": values.std(ddof=1),
                    "gain": values.mean() - baseline,
                    "paper_bleu": quoted.iloc[0] if len(quoted) else float("nan"),
                }
            )
    return pd.DataFrame(rows)


def table2_wide(long: pd.DataFrame) -> pd.DataFrame:
    """Return Table 2 as it is printed: a row for each system, for each dataset BLEU, gain and the paper's BLEU."""
    wide = pd.DataFrame({"Models": long["system"].drop_duplicates()})
    for dataset, group in long.groupby("dataset", sort=False):
        rows = group.set_index("system").reindex(wide["Models"])
        several = (rows["n"] > 1).any()
        bleu = [_number(row.bleu) + (f" ± {row.spread:.2f}" if several else "") for row in rows.itertuples()]
        wide[f"{dataset} BLEU"] = bleu
        # The baseline's own gain is no finding, so it is left out of the printed table.
        gains = [_number(gain, sign=True) for gain in rows["gain"]]
        wide[f"{dataset} gain"] = ["", *gains[1:]]
        wide[f"{dataset} paper"] = [_number(value) for value in rows["paper_bleu"]]
    return wide


def write_csv(frame: pd.DataFrame, path: Path) -> None:
    """Write a CSV, beside and then renamed."""
    with replacing(path) as temporary:
        frame.to_csv(temporary, index=False, lineterminator="\n")


def write_markdown(wide: pd.DataFrame, note: str, path: Path) -> None:
    """Write a Markdown table whose columns line up in plain text too, and a note below."""
    cells = [list(wide.columns), *wide.astype(str).values.tolist()]
    widths = [max(len(row[i]) for row in cells) for i in range(len(cells[0]))]
    lines = [_markdown_row(row, widths) for row in cells]
    rule = [f":{'-' * (widths[0] - 1)}", *(f"{'-' * (width - 1)}:" for width in widths[1:])]
    lines.insert(1, _markdown_row(rule, widths))
    with replacing(path) as temporary:
        temporary.write_text("\n".join([*lines, "", note, ""]), encoding="utf-8")


def write_latex(wide: pd.DataFrame, note: str, path: Path) -> None:
    """Write a LaTeX `tabular` (booktabs) with a caption, to be set by \\input in an article."""
    rows = [[_latex(str(cell)) for cell in row] for row in [list(wide.columns), *wide.values.tolist()]]
    body = [" & ".join(row) + r" \\" for row in rows]
    body.insert(1, r"\midrule")
    text = [
        r"\begin{table}",
        r"\centering",
        rf"\begin{{tabular}}{{l{'r' * (wide.shape[1] - 1)}}}",
        r"\toprule",
        *body,
        r"\bottomrule",
        r"\end{tabular}",
        rf"\caption{{{_latex(note)}}}",
        r"\end{table}",
    ]
    with replacing(path) as temporary:
        temporary.write_text("\n".join(text) + "\n", encoding="utf-8")


def _markdown_row(cells: Sequence[str], widths: Sequence[int]) -> str:
    padded = [
        cells[0].ljust(widths[0]),
        *(cell.rjust(width) for cell, width in zip(cells[1:], widths[1:], strict=True)),
    ]
    return f"| {' | '.join(padded)} |"


def _number(value: float, sign: bool = False) -> str:
    return GAP if pd.isna(value) else f"{value:{'+' if sign else ''}.2f}"


def _latex(text: str) -> str:
    for plain, escaped in (("\\", r"\textbackslash{}"), ("&", r"\&"), ("%", r"\%"), ("_", r"\_"), ("#", r"\#")):
        text = text.replace(plain, escaped)
    return text.replace("±", r"$\pm$").replace(GAP, "--")
