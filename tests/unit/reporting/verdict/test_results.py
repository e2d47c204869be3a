"""make_verdict.py: the same rows from files, and flags or files that lack something are named."""

import pandas as pd
import pytest
from support.small_verdict import (
    PAPER,
    PLACES,
    POINTS,
    SHOWN,
    SUMS,
    VARIANTS,
    compared,
    results_of,
    rows_of,
    scores_of,
    sentences,
    speed_of,
    trainings_of,
)
from support.workflow import one_error, run_script

from knnkd.core.errors import KnnKdError
from knnkd.core.files import read_lines, write_json
from knnkd.reporting import frames
from knnkd.reporting.verdict.decide import COLUMNS
from knnkd.reporting.verdict.results import read_measures, read_pairs, read_sizes


def write_run(folder):
    """Write everything that the script reads, of mini's shape; return its flags."""
    scores = scores_of()
    frames.write_csv(scores, folder / "scores.csv")
    frames.write_csv(speed_of(), folder / "speed.csv")
    metrics = {(row.dataset, row.split): row.metric for row in scores.itertuples()}
    for (dataset, split, seed, base), own in compared(scores).groupby(["dataset", "split", "seed", "baseline"]):
        numbers = own.set_index("system")[["bleu", "ci", *frames.TEST_NUMBERS]].astype(object)
        systems = numbers.where(numbers.notna(), None).to_dict("index")
        about = {"dataset": dataset, "split": split, "seed": int(seed), "baseline": base, "samples": 500}
        content = about | {"metric": metrics[dataset, split], "systems": systems}
        write_json(folder / "significance" / dataset / base / split / "test.json", content)
    for system in SUMS:
        about = {"dataset": "de", "system": system, "seed": 1, "split": "test", "scores": []}
        write_json(folder / "measures" / f"{system}.json", about | {"sentences": sentences(system)})
    write_json(folder / "train" / "de" / "knn_kd" / "seed1" / "train.json", {"seed": 1, "parameters": 1_234_000})
    splits = {name: {"pairs_after": count} for name, count in {"train": 3000, "valid": 300, "test": 500}.items()}
    write_json(folder / "corpus" / "de" / "manifest.json", {"splits": splits})
    frames.write_csv(trainings_of(), folder / "trainings.csv")
    flags = ["--trainings", folder / "trainings.csv", "--scores", folder / "scores.csv"]
    flags += ["--speed", folder / "speed.csv", "--paper", PAPER]
    flags += ["--significance", *sorted(folder.glob("significance/*/*/*/*.json"))]
    flags += ["--measures", *sorted(folder.glob("measures/*.json"))]
    flags += ["--runs", *folder.glob("train/*/*/*/train.json"), "--manifests", *folder.glob("corpus/*/manifest.json")]
    for name in ("systems", "datasets", "metrics", "paper_datasets"):
        flags += [f"--{name.replace('_', '-')}", *(f"{key}={value}" for key, value in getattr(SHOWN, name).items())]
    for name, places in PLACES.items():
        flags += [f"--{name}", *places]
    flags += ["--points", *POINTS, "--fixed-k", 64, "--fixed-tau", 50, "--variants", *VARIANTS, "--samples", 200]
    return [*flags, "--output", folder]


def test_script(tmp_path):
    rows = rows_of(results_of())
    flags = write_run(tmp_path)
    process = run_script("make_verdict.py", *flags)
    assert process.returncode == 0, process.stderr
    found = pd.read_csv(tmp_path / "verdict.csv", keep_default_na=False, na_values=[""]).set_index("claim")
    assert [found.index.name, *found.columns] == COLUMNS
    numbers = ["ours", "low", "high"]
    pd.testing.assert_frame_equal(found[numbers], rows[numbers])
    assert found["outcome"].tolist() == rows["outcome"].tolist()
    assert found["paper"].tolist() == rows["paper"].tolist()
    table = [line for line in read_lines(tmp_path / "verdict.md") if line.startswith("|")]
    assert len({len(line) for line in table}) == 1
    assert 'data-table="verdict"' in (tmp_path / "verdict.html").read_text(encoding="utf-8")
    assert r"\begin{tabular}{p{5cm}lp{5cm}rrr}" in (tmp_path / "verdict.tex").read_text(encoding="utf-8")


def test_script_on_an_experiment_of_two_systems(tmp_path):
    """The README's own corpus: scores alone, and nothing else was asked for."""
    frames.write_csv(scores_of().query("dataset == 'de' and split == 'test'"), tmp_path / "scores.csv")
    frames.write_csv(trainings_of(), tmp_path / "trainings.csv")
    flags = ["--trainings", tmp_path / "trainings.csv", "--scores", tmp_path / "scores.csv", "--paper", PAPER]
    flags += ["--systems", "transformer=Base", "knn_kd=KD"]
    flags += ["--datasets", "de=Mine", "--metrics", "de=bleu_tok", "--table2", "de", "--significance", "--measures"]
    process = run_script("make_verdict.py", *flags, "--output", tmp_path)
    assert process.returncode == 0, process.stderr
    assert set(pd.read_csv(tmp_path / "verdict.csv")["outcome"]) == {"not run"}


@pytest.mark.parametrize(
    ("more", "words"),
    [
        (["--roles", "student=knn_kd"], "--roles: no role student; they are transformer, word_kd"),
        (["--table3", "mars"], "--table3: no label for mars"),
        (["--table4", "law>mars"], "--table4: no label for mars"),
        (["--points", "knn_kd=64"], "--points knn_kd=64: give NAME=k:tau"),
        (["--variants", "knn_kd=knn_kd:length"], "--variants knn_kd=knn_kd:length: give NAME=system"),
        (["--speed", "nowhere.csv"], "nowhere.csv: cannot be read"),
    ],
)
def test_bad_flags_are_named(tmp_path, more, words):
    assert words in one_error(run_script("make_verdict.py", *write_run(tmp_path), *more))


def test_files_that_lack_something_are_named(tmp_path):
    write_json(tmp_path / "m.json", {"dataset": "de", "system": "knn_kd", "seed": 1})
    with pytest.raises(KnnKdError, match="lacks sentences; run the rule measure again"):
        read_measures([tmp_path / "m.json"])
    write_json(tmp_path / "m.json", {"dataset": "de", "system": "knn_kd", "seed": 1, "sentences": {}})
    assert read_measures([tmp_path / "m.json"]) == {("de", "knn_kd", 1): {}}
    with pytest.raises(KnnKdError, match="more than one file for de, knn_kd, 1"):
        read_measures([tmp_path / "m.json"] * 2)
    write_json(tmp_path / "de" / "knn_kd" / "seed1" / "train.json", {"seed": 1})
    with pytest.raises(KnnKdError, match="lacks parameters"):
        read_sizes([tmp_path / "de" / "knn_kd" / "seed1" / "train.json"])
    write_json(tmp_path / "de" / "manifest.json", {"splits": {"train": {}}})
    with pytest.raises(KnnKdError, match="lacks the numbers of pairs"):
        read_pairs([tmp_path / "de" / "manifest.json"])
