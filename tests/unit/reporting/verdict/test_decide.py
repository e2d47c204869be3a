"""The verdict: figures and paper's numbers land in their rows, outcomes follow their rule, what lacks is not run."""

import dataclasses
import math

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.small_verdict import (
    PLACES,
    POINTS,
    SHOWN,
    compared,
    results_of,
    rows_of,
    scores_of,
    trainings_of,
)
from support.workflow import examples

from knnkd.core.errors import KnnKdError
from knnkd.reporting import frames
from knnkd.reporting.trainings import Trainings
from knnkd.reporting.variants import Point
from knnkd.reporting.verdict.claims import CLAIMS
from knnkd.reporting.verdict.decide import COLUMNS, verdict, verdict_blocks, verdict_notes
from knnkd.reporting.verdict.results import difference

OUTCOMES = {"reproduced", "not reproduced", "undecided", "not run"}


@pytest.fixture(scope="module")
def rows():
    return rows_of(results_of())


def test_every_claim_has_its_row(rows):
    assert [*rows.reset_index().columns] == COLUMNS
    assert rows.index.is_unique
    assert set(rows["outcome"]) <= OUTCOMES
    assert [claim.id for claim in CLAIMS if claim.id not in rows.index] == []
    extra = ["kd_over_transformer-de", "kd_over_transformer-vi"]
    extra += ["kd_generalises-law-to-koran", "kd_generalises-koran-to-law"]
    assert sorted(set(rows.index) - {claim.id for claim in CLAIMS}) == sorted(extra)
    for column in ("section", "statement", "paper", "unit", "basis", "scale"):
        assert (rows[column] != "").all(), column


@pytest.mark.parametrize(
    ("claim", "ours", "low", "high", "outcome"),
    [
        ("kd_over_transformer", 3.0, 3 - 0.25 * 2**0.5, 3 + 0.25 * 2**0.5, "reproduced"),
        ("kd_over_transformer-de", 3.0, 2.5, 3.5, "reproduced"),
        ("kd_over_knn_mt", (0.2 + 4) / 2, 2.1 - 0.25 * 2**0.5, 2.1 + 0.25 * 2**0.5, "reproduced"),
        ("kd_over_distillations", 1.25, 1.25 - 0.25 * 2**0.5, 1.25 + 0.25 * 2**0.5, "reproduced"),
        ("knn_mt_over_transformer", (2.8 - 1) / 2, 0.9 - 0.25 * 2**0.5, 0.9 + 0.25 * 2**0.5, "reproduced"),
        ("kd_trains_as_fast", 1.02, 0.97, 1.1, "reproduced"),
        ("kd_trains_faster_than_word_kd", 1.02 / 0.8, 0.97 / 0.9, 1.1 / 0.7, "reproduced"),
        ("kd_trains_faster_than_bert_kd", 1.02, 0.97 / 1.03, 1.1 / 0.98, "undecided"),
        ("knn_mt_decodes_slower", 0.3, 0.2, 0.4, "reproduced"),
        ("domains_kd_over_knn_mt", (2 - 0.8) / 2, 0.6 - 0.25 * 2**0.5, 0.6 + 0.25 * 2**0.5, "reproduced"),
        ("domains_kd_over_transformer", 4.1, 4.1 - 0.25 * 2**0.5, 4.1 + 0.25 * 2**0.5, "reproduced"),
        ("domains_knn_mt_over_pretrained", 10.0, 10 - 0.25 * 2**0.5, 10 + 0.25 * 2**0.5, "reproduced"),
        ("domains_kd_decodes_faster", 1.02 / 0.3, 0.97 / 0.4, 1.1 / 0.2, "reproduced"),
        ("kd_generalises-law-to-koran", 4.0, 3.5, 4.5, "reproduced"),
        ("kd_generalises-koran-to-law", 0.1, -0.4, 0.6, "undecided"),
        ("control_same_loss", 6.0, 5.5, 6.5, "reproduced"),
        ("control_same_released_loss", 3.3, 2.8, 3.8, "reproduced"),
        ("control_as_released", 3.5, 3.0, 4.0, "reproduced"),
        ("control_label_smoothing", 3.0, 2.5, 3.5, "not reproduced"),
        ("control_batch_order", 0.2, -0.3, 0.7, "reproduced"),
    ],
)
def test_figures(rows, claim, ours, low, high, outcome):
    row = rows.loc[claim]
    assert (row["ours"], row["low"], row["high"]) == pytest.approx((ours, low, high))
    assert row["outcome"] == outcome


@pytest.mark.parametrize(
    ("claim", "paper"),
    [
        ("kd_over_transformer", "+1.85 (IWSLT'14 De-En +2.19, IWSLT'15 En-Vi +1.51); ours: other data"),
        ("kd_over_transformer-vi", "+1.51 (IWSLT'15 En-Vi); ours: other data"),
        ("kd_over_knn_mt", "+0.16 (IWSLT'14 De-En +0.13, IWSLT'15 En-Vi +0.19); ours: other data"),
        ("kd_over_distillations", "+0.71 (IWSLT'14 De-En +0.67, IWSLT'15 En-Vi +0.76); ours: other data"),
        ("kd_trains_as_fast", "1.04× (IWSLT'14 De-En 1.06×, IWSLT'15 En-Vi 1.02×); ours: other data"),
        ("knn_mt_decodes_slower", "0.25× (IWSLT'14 De-En 0.29×, IWSLT'15 En-Vi 0.22×); ours: other data"),
        ("domains_kd_over_knn_mt", "+2.76 (Koran +5.41, Law +0.11); ours: other data"),
        ("kd_generalises", "+8.16 (Law → Medical +3.58, Medical → Law +12.75); ours: other data"),  # it has no Koran
        ("k_has_inner_best", "a curve, best at k = 64 (IWSLT'14 De-En); ours: other data"),
        ("tau_1_is_worse", "a curve, best at τ = 100 (IWSLT'14 De-En); ours: other data"),
        ("kd_nearer_to_truth", "argued (3.2), shown for one prefix (4.6)"),
        ("control_same_loss", "no such control"),
    ],
)
def test_the_papers_figures(rows, claim, paper):
    assert rows.at[claim, "paper"] == paper


def test_the_papers_mean_over_all_three_domains():
    """+2.56, as in the abstract, where our datasets are as many."""
    shown = dataclasses.replace(SHOWN, paper_datasets=SHOWN.paper_datasets | {"vi": "medical"})
    results = results_of(shown=shown, places=PLACES | {"table3": ["koran", "vi", "law"]})
    assert rows_of(results).at["domains_kd_over_knn_mt", "paper"].startswith("+2.56 (Koran +5.41, Medical +2.15, ")


def test_the_papers_own_data_is_known_by_its_counts():
    counts = {"train": 160239, "valid": 7283, "test": 6750}
    own = rows_of(results_of(pairs={"de": counts}))
    assert own.at["kd_over_transformer-de", "paper"].endswith("ours: the same data")
    assert own.at["kd_over_transformer-vi", "paper"].endswith("ours: other data")
    assert own.at["kd_over_transformer", "paper"].endswith("ours: other data, in part")
    other = rows_of(results_of(pairs={"de": counts | {"test": 6749}}))
    assert other.at["kd_over_transformer-de", "paper"].endswith("ours: other data")


def test_basis_and_scale_say_where_the_figure_is_from(rows):
    basis = rows.at["kd_over_transformer", "basis"]
    assert basis.startswith("Test BLEU of kNN-KD less that of the Transformer: mean of Set De +3.00 [+2.50 to +3.50]")
    assert basis.endswith("reproduced if the interval is wholly above 0, not reproduced if it is wholly below.")
    assert rows.at["kd_over_transformer-de", "scale"] == "Set De, 3,000 training pairs, 1.23 M parameters; seed 1"
    assert "over BERT-KD" in rows.at["kd_over_distillations", "basis"]
    assert "wholly between -0.925 and 0.925, not" in rows.at["control_label_smoothing", "basis"]
    assert "p* itself has 0.1500" in rows.at["kd_more_acceptable_mass", "basis"]
    assert "quartiles over rounds" in rows.at["kd_trains_as_fast", "basis"]
    assert "5 rounds" in rows.at["kd_trains_as_fast", "basis"]
    assert rows.at["kd_generalises-law-to-koran", "scale"].startswith("Set Law, 2,500 training pairs, 2.00 M")
    assert rows.at["kd_generalises-law-to-koran", "statement"].endswith(": Set Law → Set Koran")


def test_measures_are_paired(rows):
    """Both have the same noise: the mass differs by 0.03 in every sentence, KL by -0.09."""
    for claim, value in {"kd_more_acceptable_mass": 0.03, "kd_nearer_to_truth": -0.09}.items():
        row = rows.loc[claim]
        assert (row["ours"], row["low"], row["high"]) == pytest.approx((value,) * 3)
        assert row["outcome"] == "reproduced"
    assert rows.at["control_acceptable_mass", "ours"] == pytest.approx(-0.01)
    assert rows.at["control_acceptable_mass", "outcome"] == "not reproduced"
    assert rows.at["control_truth", "ours"] == pytest.approx(-0.03)
    assert "without Set Vi (not measured" in rows.at["kd_nearer_to_truth", "basis"]


def test_curves(rows):
    """k = 16 of 16 and 64 is 2 above the better end, 256; tau = 50 of 10 and 50 is 3.5 above tau = 1."""
    widened = 0.5 * 2.2414 / 1.96
    for claim, value, about in (
        ("k_has_inner_best", 2.0, "k = 16 against 4 and 256"),
        ("tau_1_is_worse", 3.5, "τ = 50 against 1"),
    ):
        row = rows.loc[claim]
        assert (row["ours"], row["low"], row["high"]) == pytest.approx(
            (value, value - widened, value + widened), abs=1e-3
        )
        assert about in row["basis"]
        assert row["outcome"] == "reproduced"


def test_a_curve_that_only_rises_has_no_inner_best():
    scores = scores_of()
    scores.loc[scores["system"] == "kd_k256", "value"] = 36.0
    row = rows_of(results_of(scores=scores, tests=compared(scores))).loc["k_has_inner_best"]
    assert row["ours"] == pytest.approx(33.0 - 36.0)
    assert row["outcome"] == "not reproduced"


@pytest.mark.parametrize(
    ("points", "claim", "reason"),
    [
        ([Point("knn_kd", 64, 50)], "k_has_inner_best", "the grid has fewer than three k"),
        (POINTS[1:3], "k_has_inner_best", "the grid has fewer than three k"),
        (POINTS[:3] + POINTS[5:], "tau_1_is_worse", "the grid has no τ of 1 beside greater ones"),
        ([], "tau_1_is_worse", "the grid has no τ of 1"),
        ([*POINTS, Point("kd_k32", 32, 50)], "k_has_inner_best", "not every point was run"),
        ([*POINTS, Point("kd_tau7", 64, 7)], "tau_1_is_worse", "not every point was run"),
    ],
)
def test_grids_that_say_nothing(points, claim, reason):
    row = rows_of(results_of(points=points)).loc[claim]
    assert row["outcome"] == "not run"
    assert reason in row["basis"]
    assert math.isnan(row["ours"])


def test_without_one_distillation_the_best_of_all_is_not_known():
    """BERT-KD is the best of them. Without it, kNN-KD seems further ahead, and that decides nothing in its favour."""
    scores = scores_of().query("system != 'bert_kd'")
    row = rows_of(results_of(scores=scores, tests=compared(scores))).loc["kd_over_distillations"]
    assert row["low"] > 0
    assert row["outcome"] == "undecided"
    assert "BERT-KD not run" in row["basis"]
    assert "undecided at best" in row["basis"]
    scores.loc[(scores["system"] == "word_kd"), "value"] = 40.0
    row = rows_of(results_of(scores=scores, tests=compared(scores))).loc["kd_over_distillations"]
    assert row["outcome"] == "not reproduced", "one that is better suffices"


def test_seeds(rows):
    """A second seed 0.2 higher: the mean, and an interval as wide as two trainings allow."""
    results = results_of((1, 2), 0.2)
    row = rows_of(results).loc["kd_over_transformer-de"]
    spread = 12.7062 * (0.2 / 2**0.5) / 2**0.5
    assert row["ours"] == pytest.approx(3.1)
    assert (row["low"], row["high"]) == pytest.approx((3.1 - math.hypot(0.5, spread), 3.1 + math.hypot(0.5, spread)))
    assert row["scale"].endswith("seeds 1, 2")
    notes = " ".join(verdict_notes(verdict(results), results))
    assert "another seed may turn the outcome" not in notes
    notes = " ".join(verdict_notes(verdict(results_of()), results_of()))
    assert "another seed may turn the outcome" in notes


def test_what_has_one_run_is_not_counted_twice():
    """kNN-MT and the pre-trained model under it have one run: the comparisons of a second seed are copies."""
    results = results_of((1, 2), 0.2)
    part = difference(results, "koran", "knn_mt", "pretrained")
    assert part.seeds == (1,)
    assert (part.estimate.low, part.estimate.high) == pytest.approx((3.5, 4.5))
    assert difference(results, "koran", "knn_kd", "pretrained").seeds == (1, 2)


def test_comparisons_of_other_hypotheses_are_refused():
    scores = scores_of()
    scores.loc[(scores["system"] == "knn_kd") & (scores["dataset"] == "de"), "value"] += 0.01
    with pytest.raises(
        KnnKdError, match=r"de, transformer, seed 1, test: knn_kd has a score of 33\.0000, but 33\.0100"
    ):
        verdict(results_of(scores=scores))


def test_claims_of_bleu_are_decided_by_no_other_metric():
    shown = dataclasses.replace(SHOWN, metrics=SHOWN.metrics | {"de": "ter", "vi": "ter"})
    rows = verdict(results_of(shown=shown)).set_index("claim")
    of_bleu, of_speed = (
        rows[(rows["unit"] == unit) & (rows["section"].str.contains("Table 2"))] for unit in ("BLEU", "× updates/s")
    )
    assert set(of_bleu["outcome"]) == {"not run"}
    assert of_bleu["basis"].str.contains("judged by TER, and the claim is of BLEU").all()
    assert set(of_speed["outcome"]) != {"not run"}


def empty(frame):
    return frame.iloc[:0]


@pytest.mark.parametrize("places", [PLACES, {}])
def test_nothing_run(places):
    full = results_of()
    lacking = {"scores": empty(full.scores), "tests": empty(full.tests), "speed": empty(full.speed), "measures": {}}
    results = results_of(**lacking, sizes={}, pairs={}, places=places, points=[], variants=[])
    long = verdict(results)
    assert set(long["outcome"]) == {"not run"}
    assert long[["ours", "low", "high"]].isna().all(axis=None)
    assert long["basis"].str.startswith("Not run: ").all()
    assert not long["paper"].str.contains("ours").any(), "there is nothing beside the paper's figure"
    assert long.set_index("claim").at["domains_kd_over_knn_mt", "paper"].startswith("+2." if places else "+2.56 (Koran")
    assert (long["paper"] != "").all()
    assert verdict_notes(long, results)
    assert all(len(block) for block in verdict_blocks(long).values())


SINGLE = [claim for claim in CLAIMS if claim.id != "kd_over_distillations"]  # which is of those that there are


@examples(25)
@given(st.data())
def test_what_lacks_never_gives_a_wrong_number(rows, data):
    """Any rows of scores, tests, speeds and measures taken away: a claim about one place is as before, or not run."""
    full, left = results_of(), {}
    for name in ("scores", "tests", "speed"):
        frame = getattr(full, name)
        if name == "tests":  # whole systems, as a comparison has all of a dataset or none
            gone = data.draw(st.sets(st.sampled_from(sorted(set(frame["system"]))), max_size=4))
            left[name] = frame[~frame["system"].isin(gone) & ~frame["baseline"].isin(gone)]
        else:
            left[name] = frame[[data.draw(st.integers(0, 9)) > 0 for _ in range(len(frame))]]
    runs = data.draw(st.sets(st.sampled_from(sorted(full.measures))))
    left["measures"] = {run: value for run, value in full.measures.items() if run not in runs}
    ours = rows_of(dataclasses.replace(full, **left), SINGLE)
    single = [name for name in ours.index if "mean of" not in rows.at[name, "basis"]]
    assert len(single) >= 10
    for name in single:
        row = ours.loc[name]
        assert (row["outcome"] == "not run") == math.isnan(row["ours"])
        if row["outcome"] != "not run":
            pd.testing.assert_series_equal(row, rows.loc[name])


def test_one_of_two_datasets():
    scores = scores_of().query("dataset != 'vi'")
    rows = rows_of(results_of(scores=scores, tests=compared(scores)))
    row = rows.loc["kd_over_transformer"]
    assert row["ours"] == pytest.approx(3.0)
    assert row["paper"].startswith("+2.19 (IWSLT'14 De-En)")
    assert "without Set Vi (no such runs)" in row["basis"]
    assert rows.at["kd_over_transformer-vi", "outcome"] == "not run"


def test_a_mean_does_not_hide_where_the_claim_fails(rows):
    """kNN-MT is 2.8 above the Transformer on one dataset and 1 below on the other."""
    row = rows.loc["knn_mt_over_transformer"]
    assert row["outcome"] == "reproduced"
    assert "; though not reproduced on Set Vi alone; " in row["basis"]
    assert "alone" not in rows.at["kd_over_transformer", "basis"]


def test_a_system_of_another_name_plays_its_part():
    scores = scores_of()
    scores["system"] = scores["system"].replace("knn_kd", "mine")
    rows = rows_of(results_of(scores=scores, tests=compared(scores), roles={"knn_kd": "mine"}))
    assert rows.at["kd_over_transformer-de", "ours"] == pytest.approx(3.0)
    assert rows.at["kd_trains_as_fast", "outcome"] == "not run", "its speed was measured under the other name"


def test_notes_are_sober():
    results = results_of()
    notes = " ".join(verdict_notes(verdict(results), results))
    assert "Not the paper's data: Set De (3,000 training pairs), Set Vi, Set Koran, Set Law (2,500" in notes
    assert "neither is a finding about the paper's own experiments" in notes
    assert "No correction for the number of claims" in notes
    assert "quoted from Chen et al. (2020)" in notes
    own = {"de": {"train": 160239, "valid": 7283, "test": 6750}}
    alone = results_of(pairs=own, places={name: ["de"] for name in ("table2", "ablation", "controls")})
    assert "Not the paper's data" not in " ".join(verdict_notes(verdict(alone), alone))


def test_blocks_print_what_there_is(rows):
    blocks = verdict_blocks(verdict(results_of()))
    table2 = blocks["Section 4.4, Table 2"].set_index("Claim")
    row = table2.loc["kNN-KD translates better than the Transformer: Set De"]
    assert row.tolist() == [
        "reproduced",
        "+2.19 (IWSLT'14 De-En); ours: other data",
        "+3.00",
        "+2.50 to +3.50",
        "BLEU",
    ]
    assert table2.at["kNN-KD trains as fast as the Transformer", "interval"] == "0.97 to 1.10"
    assert sum(map(len, blocks.values())) == len(rows)


BETTER, NEARER, LIKE = "kd_over_transformer", "kd_nearer_to_truth", "control_same_loss"


@pytest.mark.parametrize(
    ("stopped", "open_claims", "settled"),
    [
        ({"knn_kd": "max_epoch"}, {BETTER, f"{BETTER}-de", NEARER, LIKE}, {f"{BETTER}-vi", "knn_mt_over_transformer"}),
        ({"transformer": "max_update"}, {BETTER, "kd_over_knn_mt", "knn_mt_over_transformer"}, set()),
        ({"kd_k4": "max_epoch"}, {"k_has_inner_best"}, {BETTER, "tau_1_is_worse"}),
        ({}, set(), {BETTER, NEARER, LIKE, "k_has_inner_best"}),
    ],
)
def test_what_was_cut_off_decides_nothing(tmp_path, stopped, open_claims, settled):
    """Nor does what learned from it; speeds do not depend on it, and the figures stand all the same."""
    frames.write_csv(trainings_of(**stopped), tmp_path / "trainings.csv")
    plain = rows_of(results_of())
    results = results_of(trainings=Trainings.read(tmp_path / "trainings.csv"))
    found = rows_of(results)
    for claim in open_claims:
        assert found.loc[claim, "outcome"] == "not converged", claim
        assert f"Decides nothing, as {next(iter(stopped.values()))} cut off" in found.loc[claim, "basis"]
    for claim in settled | {"kd_trains_as_fast"}:
        assert found.loc[claim, "outcome"] == plain.loc[claim, "outcome"], claim
    assert (found["ours"].fillna(0) == plain["ours"].fillna(0)).all()
    first = verdict_notes(verdict(results), results)[0]
    assert first.startswith("Not converged: 1 of the ") == bool(stopped)


def test_a_place_that_decides_nothing_is_not_called_failed(tmp_path):
    """kNN-MT is below the Transformer on vi alone: said where vi converged, and not where it was cut off."""
    claim, words = "knn_mt_over_transformer", "though not reproduced on Set Vi alone"
    frame = trainings_of(transformer="max_epoch")
    for dataset, said in (("de", True), ("vi", False)):
        frame.loc[frame["system"] == "transformer", "stopped"] = "patience"
        frame.loc[(frame["system"] == "transformer") & (frame["dataset"] == dataset), "stopped"] = "max_epoch"
        frames.write_csv(frame, tmp_path / "trainings.csv")
        row = rows_of(results_of(trainings=Trainings.read(tmp_path / "trainings.csv"))).loc[claim]
        assert row["outcome"] == "not converged"
        assert (words in row["basis"]) is said
        assert f"max_epoch cut off transformer on {SHOWN.datasets[dataset]}. " in row["basis"]


def test_a_run_whose_training_is_not_known_is_named(tmp_path):
    frame = trainings_of()
    frames.write_csv(frame[frame["system"] != "knn_kd"], tmp_path / "trainings.csv")
    with pytest.raises(KnnKdError, match="trainings.csv: no row of knn_kd on de"):
        verdict(results_of(trainings=Trainings.read(tmp_path / "trainings.csv")))
