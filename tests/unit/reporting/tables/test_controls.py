"""Table 7: each gain is over its own baseline, marks follow the tested pair, and batches are read from the runs."""

from dataclasses import replace

import pandas as pd
import pytest
from support.making import as_json, make_exhibit
from support.small_trainings import trainings_csv
from support.workflow import one_error

from knnkd.core.errors import KnnKdError
from knnkd.core.files import read_lines, write_json
from knnkd.core.settings import read_settings
from knnkd.reporting.frames import Shown, read_significance, write_csv
from knnkd.reporting.tables.controls import Settings, controls, controls_blocks, controls_notes, text_columns
from knnkd.reporting.trainings import COUNTS, RUN, read_batches
from knnkd.reporting.variants import Variant

SHOWN = Shown({"transformer": "Base", "knn_kd": "KD"}, {"a": "Set A"}, {"a": "bleu_tok"})
VARIANTS = [
    Variant("transformer", "transformer", "length", "released", "none"),
    Variant("knn_kd__drop", "knn_kd", "length", "released", "drop"),
    Variant("transformer__corpus", "transformer", "corpus", "released", "none"),
    Variant("knn_kd__corpus", "knn_kd", "corpus", "released", "keep"),
    Variant("knn_kd", "knn_kd", "length", "paper", "keep"),
]
BLEU = {
    "transformer": (30, 32),
    "knn_kd__drop": (31, 33),
    "transformer__corpus": (33, 33),
    "knn_kd__corpus": (36, 36),
    "knn_kd": (29, 31),
}


@pytest.fixture
def scores():
    rows = [
        ("a", name, seed, "test", "bleu_tok", value)
        for name, both in BLEU.items()
        for seed, value in enumerate(both, 1)
    ]
    return pd.DataFrame(rows, columns=["dataset", "system", "seed", "split", "metric", "value"])


@pytest.fixture
def files(tmp_path):
    """Significance against the baseline of the first row (all p = 0.01), and against the corpus-order one."""
    written = []
    for seed in (1, 2):
        for baseline, names in (
            ("transformer", ("knn_kd__drop", "knn_kd")),
            ("transformer__corpus", ("knn_kd__corpus",)),
        ):
            p_values = dict.fromkeys(names, 0.01) | {baseline: None}
            systems = {
                name: {"bleu": BLEU[name][seed - 1], "mean": 0, "ci": 0.5, "p_value": p}
                | dict.fromkeys(("delta", "delta_low", "delta_high"))
                for name, p in p_values.items()
            }
            content = {"dataset": "a", "seed": seed, "split": "test", "metric": "bleu_tok", "baseline": baseline}
            written.append(tmp_path / f"{baseline}-{seed}.json")
            write_json(written[-1], content | {"samples": 500, "systems": systems})
    return written


def trained(folder, names=tuple(BLEU)):
    """Write trainings.csv with what the batches of each variant were; return its path."""
    path = trainings_csv(folder, "a", list(names), seeds=(1, 2))
    table = pd.read_csv(path)
    size = table["system"].map(lambda name: 200 if "corpus" in name else 800)
    sizes = {"tokens_per_update": size + table["seed"], "updates_per_epoch": 40_000 // size}
    write_csv(table.assign(updates=120_000 // size, **sizes), path)
    return path


@pytest.fixture
def batches(tmp_path):
    return read_batches(trained(tmp_path))


def long_table(scores, files=(), batches=None, variants=VARIANTS):
    sizes = pd.DataFrame(columns=[*RUN, *COUNTS]) if batches is None else batches
    return controls(scores, sizes, read_significance(files, SHOWN.metrics), variants, SHOWN)


def test_cells(scores, files, batches):
    block = controls_blocks(long_table(scores, files, batches), SHOWN)["Set A"]
    assert block.values.tolist() == [
        ["Base", "length-sorted", "released", "n/a", "31.00 ± 1.41", "", "", "150", "802", "50"],
        ["KD", "length-sorted", "released", "dropped", "32.00 ± 1.41", "+1.00†", "+1.00†", "150", "802", "50"],
        ["Base", "corpus order", "released", "n/a", "33.00 ± 0.00", "", "+2.00", "600", "202", "200"],
        ["KD", "corpus order", "released", "kept", "36.00 ± 0.00", "+3.00†", "+5.00", "600", "202", "200"],
        ["KD", "length-sorted", "paper", "kept", "30.00 ± 1.41", "–", "-1.00‡", "150", "802", "50"],
    ]


def test_notes_explain_what_is_missing(scores, files, batches):
    long = long_table(scores.query("system != 'knn_kd__drop'"), files, batches.query("system == 'transformer'"))
    tests = read_significance(files, SHOWN.metrics)
    notes = " ".join(controls_notes(long, tests, SHOWN, VARIANTS))
    assert "BLEU, no such run: KD (length-sorted, released, dropped) on Set A." in notes
    assert "gain (alike), there is no such Base: KD (length-sorted, paper, kept) on Set A." in notes
    untested = "Base (corpus order, released), KD (corpus order, released, kept) on Set A."
    assert f"gain (first) not tested in every seed: {untested}" in notes
    assert "gain (alike) not tested in" not in notes
    assert "no record of training: KD (length-sorted, released, dropped)" in notes


def with_measures(scores, **values):
    """Add measures to scores: {metric: {variant: (seed 1, seed 2)}}; a validation score that is not to be read too."""
    rows = [
        ("a", name, seed, split, metric, value + (split == "valid"))
        for metric, of_variants in values.items()
        for name, both in of_variants.items()
        for seed, value in enumerate(both, 1)
        for split in ("test", "valid")
    ]
    return pd.concat([scores, pd.DataFrame(rows, columns=scores.columns)], ignore_index=True)


def test_measures_are_means_over_seeds_on_the_test_set(scores):
    kl = {name: (0.1 * i, 0.1 * i + 0.02) for i, name in enumerate(BLEU, 1)}
    long = long_table(with_measures(scores, kl_true=kl, ece={"knn_kd": (0.02, 0.04), "transformer": (0.5, 0.5)}))
    assert long["kl_true"].tolist() == pytest.approx([0.11, 0.21, 0.31, 0.41, 0.51])
    block = controls_blocks(long, SHOWN)["Set A"]
    assert list(block.columns)[-5:] == ["KL(p*‖p)", "ECE", "updates", "token/upd", "upd/epoch"]
    assert block["KL(p*‖p)"].tolist() == ["0.110", "0.210", "0.310", "0.410", "0.510"]
    assert block["ECE"].tolist() == ["0.500", "–", "–", "–", "0.030"]
    notes = " ".join(controls_notes(long, read_significance([], {}), SHOWN, VARIANTS))
    assert "KL(p*‖p): of the true distribution to the model's" in notes
    assert "ECE: expected calibration error" in notes
    assert "ECE, not measured: KD (length-sorted, released, dropped), Base (corpus order, released)" in notes
    assert "KL(p*‖p), no lattice" not in notes, "each variant has it"


def test_what_no_variant_was_measured_for_is_left_out(scores):
    neither, one = long_table(scores), long_table(with_measures(scores, ece={"knn_kd": (0.02, 0.04)}))
    assert neither[["kl_true", "ece"]].isna().all(axis=None)
    notes = [" ".join(controls_notes(long, read_significance([], {}), SHOWN, VARIANTS)) for long in (neither, one)]
    assert not {"KL(p*‖p)", "ECE"} & set(controls_blocks(neither, SHOWN)["Set A"])
    assert "KL(" not in notes[0] + notes[1]
    assert "ECE" not in notes[0]
    assert "ECE: expected" in notes[1]
    assert "KL(p*‖p)" not in controls_blocks(one, SHOWN)["Set A"]


@pytest.mark.parametrize("change", [{"order": "sorted"}, {"neighbour": "maybe"}, {"budget": None}, {"loss": ...}])
def test_bad_variants_are_named(change):
    given = vars(VARIANTS[0]) | change
    text = as_json({"shown": SHOWN, "variants": [{key: value for key, value in given.items() if value is not ...}]})
    with pytest.raises(KnnKdError, match=r"--settings: .* `\$.variants\[0\]"):
        read_settings(text, Settings)


def test_equal_updates_are_rows_of_their_own(scores, files):
    """The budget is one of the choices that name a row, and each budget has its own baseline."""
    variants = [
        *VARIANTS[:2],
        Variant("transformer__corpus", "transformer", "length", "released", "none", "updates"),
        Variant("knn_kd__corpus", "knn_kd", "length", "released", "drop", "updates"),
    ]
    long = long_table(scores, files, variants=variants)
    blocks = controls_blocks(long, SHOWN)
    assert text_columns(blocks) == 5
    assert text_columns(controls_blocks(long_table(scores), SHOWN)) == 4
    assert blocks["Set A"].iloc[:, :5].drop_duplicates().shape[0] == 4, "two rows of one name"
    assert blocks["Set A"]["budget"].tolist() == ["epochs", "epochs", "equal updates", "equal updates"]
    assert long["alike"].tolist() == ["transformer"] * 2 + ["transformer__corpus"] * 2
    notes = " ".join(controls_notes(long, read_significance(files, SHOWN.metrics), SHOWN, variants))
    assert "just as many as the first row made with the same seed" in notes
    assert "KD (length-sorted, released, dropped, equal updates) on Set A" in notes


def test_script(scores, files, tmp_path):
    write_csv(with_measures(scores, kl_true={"knn_kd": (0.1, 0.3)}), tmp_path / "scores.csv")
    inputs = {"scores": tmp_path / "scores.csv", "trainings": trained(tmp_path), "significance": files}
    settings = {"shown": SHOWN, "variants": VARIANTS}
    unnamed = settings | {"shown": replace(SHOWN, systems={"transformer": "Base"})}
    assert "shown.systems has no knn_kd" in one_error(make_exhibit("table7", unnamed, inputs, tmp_path))
    process = make_exhibit("table7", settings, inputs, tmp_path)
    assert process.returncode == 0, process.stderr
    table = [line for line in read_lines(tmp_path / "table7.md") if line.startswith("|")]
    assert len({len(line) for line in table}) == 1
    assert r"\begin{tabular}{llllrrrrrrr}" in (tmp_path / "table7.tex").read_text(encoding="utf-8")
    assert pd.read_csv(tmp_path / "table7.csv")["name"].tolist() == list(BLEU)
    assert pd.read_csv(tmp_path / "table7.csv")["kl_true"].dropna().tolist() == pytest.approx([0.2])
