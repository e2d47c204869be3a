"""The verdict from files: the same rows, and settings or files that lack something are named."""

import pandas as pd
import pytest
from support.making import make_exhibit, train_record
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
from support.workflow import one_error

from knnkd.core.errors import KnnKdError
from knnkd.core.files import read_lines, write_json
from knnkd.reporting import frames
from knnkd.reporting.verdict.decide import COLUMNS
from knnkd.reporting.verdict.results import read_measures, read_pairs, read_sizes


def write_run(folder):
    """Write everything that the verdict reads, of mini's shape; return its settings and inputs."""
    scores = scores_of()
    frames.write_csv(scores, folder / "scores.csv")
    frames.write_csv(speed_of(), folder / "speed.csv")
    metrics = {(row.dataset, row.split): row.metric for row in scores.itertuples()}
    for (dataset, split, seed, base), own in compared(scores).groupby(["dataset", "split", "seed", "baseline"]):
        numbers = (
            own.rename(columns={"score": "bleu"})
            .set_index("system")[["bleu", "ci", *frames.TEST_NUMBERS]]
            .astype(object)
        )
        systems = numbers.where(numbers.notna(), None).to_dict("index")
        about = {"dataset": dataset, "split": split, "seed": int(seed), "baseline": base, "samples": 500}
        content = about | {"metric": metrics[dataset, split], "systems": systems}
        write_json(folder / "significance" / dataset / base / split / "test.json", content)
    for system in SUMS:
        about = {"dataset": "de", "system": system, "seed": 1, "split": "test", "scores": []}
        write_json(folder / "measures" / f"{system}.json", about | {"sentences": sentences(system)})
    run = train_record(folder, "de", "knn_kd", 1, {"parameters": 1_234_000})
    splits = {name: {"pairs_after": count} for name, count in {"train": 3000, "valid": 300, "test": 500}.items()}
    write_json(folder / "corpus" / "de" / "manifest.json", {"splits": splits})
    frames.write_csv(trainings_of(), folder / "trainings.csv")
    inputs = {name: folder / f"{name}.csv" for name in ("trainings", "scores", "speed")} | {"paper": PAPER}
    inputs |= {"significance": sorted(folder.glob("significance/*/*/*/*.json")), "runs": [run]}
    inputs |= {"measures": sorted(folder.glob("measures/*.json")), "manifests": [folder / "corpus/de/manifest.json"]}
    places = PLACES | {"table4": [pair.split(">") for pair in PLACES["table4"]]}
    settings = {"shown": SHOWN, "places": places, "made": ["de"], "points": POINTS, "fixed_k": 64, "fixed_tau": 50}
    return settings | {"variants": VARIANTS, "samples": 200}, inputs


def test_script(tmp_path):
    rows = rows_of(results_of())
    process = make_exhibit("verdict", *write_run(tmp_path), tmp_path)
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
    inputs = {name: tmp_path / f"{name}.csv" for name in ("trainings", "scores")} | {"paper": PAPER}
    shown = {"systems": {"transformer": "Base", "knn_kd": "KD"}, "datasets": {"de": "Mine"}}
    settings = {"shown": shown | {"metrics": {"de": "bleu_tok"}}, "places": {"table2": ["de"]}}
    process = make_exhibit("verdict", settings, inputs, tmp_path)
    assert process.returncode == 0, process.stderr
    assert set(pd.read_csv(tmp_path / "verdict.csv")["outcome"]) == {"not run"}


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"roles": {"student": "knn_kd"}}, "roles: no role student; they are transformer, word_kd"),
        ({"places": {"table3": ["mars"]}}, "table3: shown.datasets has no mars"),
        ({"places": {"table4": [["law", "mars"]]}}, "table4: shown.datasets has no mars"),
        ({"places": {"table9": ["law"]}}, "unknown field places.table9"),
        ({"points": [{"name": "knn_kd", "k": 64}]}, "missing required field `tau` - at `$.points[0]`"),
        ({"variants": [{"name": "a", "system": "b", "order": "length"}]}, "missing required field `loss`"),
        ({"made": []}, "made and manifests: of different lengths"),
        ({"inputs": {"speed": "nowhere.csv"}}, "nowhere.csv: cannot be read"),
        ({"inputs": {"speed": ["a.csv", "b.csv"]}}, "--input speed: 2 files; give one"),
        ({"inputs": {"paper": []}}, "--input paper: 0 files; give one"),
        ({"inputs": {"spead": "speed.csv"}}, "--input spead: no such input; this exhibit reads scores, trainings"),
    ],
)
def test_bad_settings_are_named(tmp_path, more, words):
    settings, inputs = write_run(tmp_path)
    inputs |= more.pop("inputs", {})
    assert words in one_error(make_exhibit("verdict", settings | more, inputs, tmp_path))


def test_files_that_lack_something_are_named(tmp_path):
    write_json(tmp_path / "m.json", {"dataset": "de", "system": "knn_kd", "seed": 1})
    with pytest.raises(KnnKdError, match="lacks sentences; run the rule measure again"):
        read_measures([tmp_path / "m.json"])
    write_json(tmp_path / "m.json", {"dataset": "de", "system": "knn_kd", "seed": 1, "sentences": {}})
    assert read_measures([tmp_path / "m.json"]) == {("de", "knn_kd", 1): {}}
    with pytest.raises(KnnKdError, match="more than one file for de, knn_kd, 1"):
        read_measures([tmp_path / "m.json"] * 2)
    with pytest.raises(KnnKdError, match="lacks parameters"):
        read_sizes([train_record(tmp_path, "de", "knn_kd", 1, {})])
    write_json(tmp_path / "de" / "manifest.json", {"splits": {"train": {}}})
    with pytest.raises(KnnKdError, match="lacks the numbers of pairs"):
        read_pairs({"de": tmp_path / "de" / "manifest.json"})
