"""The verdict: figures and paper's numbers land in their rows, outcomes follow their rule, what lacks is not run."""

import dataclasses
import itertools
import math

import pandas as pd
import pytest
from conftest import ROOT, examples, one_error, run_script
from hypothesis import given
from hypothesis import strategies as st

from knnkd import tables
from knnkd.ablation import Point
from knnkd.controls import Variant
from knnkd.errors import KnnKdError
from knnkd.io import read_lines, write_json
from knnkd.tables import SCORE_COLUMNS, Shown
from knnkd.verdict import COLUMNS, verdict, verdict_blocks, verdict_notes
from knnkd.verdict_claims import CLAIMS
from knnkd.verdict_results import Results, difference, read_measures, read_pairs, read_sizes

PAPER = ROOT / "workflow" / "report" / "paper_results.csv"
OUTCOMES = {"reproduced", "not reproduced", "undecided", "not run"}
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
POINTS = ["kd_k4=4:50", "kd_k16=16:50", "knn_kd=64:50", "kd_k256=256:50", "kd_tau1=64:1", "kd_tau10=64:10"]
VARIANTS = [
    "transformer=transformer:length:released:none",
    "transformer_length_paper=transformer:length:paper:none",
    "transformer_corpus_released=transformer:corpus:released:none",
    "knn_kd=knn_kd:length:paper:keep",
    "knn_kd_corpus_released_drop=knn_kd:corpus:released:drop",
    "knn_kd_corpus_released_keep=knn_kd:corpus:released:keep",
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
    columns = ["dataset", "split", "seed", "baseline", "system", "samples", "bleu", "ci", *tables.TEST_NUMBERS]
    return pd.DataFrame(rows, columns=columns)


def speed_of():
    rows = []
    for dataset in ("de", "vi", "koran", "law"):
        for metric in ("updates_per_second", "tokens_per_second"):
            for system, (ratio, low, high) in RATIOS.items():
                if metric == "tokens_per_second" or system != "knn_mt":
                    rows.append([dataset, system, metric, 9.0, 8.0, 10.0, ratio, low, high, 5, "1/s", "a CPU", 1])
    return pd.DataFrame(rows, columns=tables.SPEED_COLUMNS)


def sentences(system, seed=1):
    mass, kl = SUMS[system]
    noise = [0.01 * ((7 * i) % 5) for i in range(40)]
    return {
        "positions": [10] * 40,
        "mass_acceptable": [1.0 + mass + seed * each for each in noise],
        "kl_true": [3.0 + kl + each for each in noise],
        "true_mass_acceptable": [1.5] * 40,
    }


def results_of(seeds=(1,), shift=0.0, **changes):
    scores = scores_of(seeds, shift)
    found = Results(
        SHOWN,
        scores,
        compared(scores, seeds),
        speed_of(),
        tables.read_csv(PAPER, tables.PAPER_COLUMNS),
        {("de", system, seed): sentences(system, seed) for system in SUMS for seed in seeds},
        {("de", "knn_kd"): 1_234_000, ("de", "bert_kd"): 9_000_000, ("law", "transformer"): 2_000_000},
        {"de": {"train": 3000, "valid": 300, "test": 500}, "law": {"train": 2500}},
        places=PLACES,
        points=[Point.parse(text) for text in POINTS],
        fixed=(64, 50.0),
        variants=[Variant.parse(text) for text in VARIANTS],
        samples=200,
    )
    return dataclasses.replace(found, **changes)


def rows_of(results, claims=CLAIMS):
    return verdict(results, claims).set_index("claim")


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
        (["knn_kd=64:50"], "k_has_inner_best", "the grid has fewer than three k"),
        (POINTS[1:3], "k_has_inner_best", "the grid has fewer than three k"),
        (POINTS[:3] + POINTS[5:], "tau_1_is_worse", "the grid has no τ of 1 beside greater ones"),
        ([], "tau_1_is_worse", "the grid has no τ of 1"),
        ([*POINTS, "kd_k32=32:50"], "k_has_inner_best", "not every point was run"),
        ([*POINTS, "kd_tau7=64:7"], "tau_1_is_worse", "not every point was run"),
    ],
)
def test_grids_that_say_nothing(points, claim, reason):
    row = rows_of(results_of(points=[Point.parse(text) for text in points])).loc[claim]
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
    with pytest.raises(KnnKdError, match=r"de, transformer, seed 1, test: knn_kd has BLEU 33\.0000, but 33\.0100"):
        verdict(results_of(scores=scores))


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


def write_run(folder):
    """Write everything that the script reads, of mini's shape; return its flags."""
    scores = scores_of()
    tables.write_csv(scores, folder / "scores.csv")
    tables.write_csv(speed_of(), folder / "speed.csv")
    metrics = {(row.dataset, row.split): row.metric for row in scores.itertuples()}
    for (dataset, split, seed, base), own in compared(scores).groupby(["dataset", "split", "seed", "baseline"]):
        numbers = own.set_index("system")[["bleu", "ci", *tables.TEST_NUMBERS]].astype(object)
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
    flags = ["--scores", folder / "scores.csv", "--speed", folder / "speed.csv", "--paper", PAPER]
    flags += ["--significance", *sorted(folder.glob("significance/*/*/*/*.json"))]
    flags += ["--measures", *sorted(folder.glob("measures/*.json"))]
    flags += ["--runs", *folder.glob("train/*/*/*/train.json"), "--manifests", *folder.glob("corpus/*/manifest.json")]
    for name in ("systems", "datasets", "metrics", "paper_datasets"):
        flags += [f"--{name.replace('_', '-')}", *(f"{key}={value}" for key, value in getattr(SHOWN, name).items())]
    for name, places in PLACES.items():
        flags += [f"--{name}", *places]
    flags += ["--points", *POINTS, "--fixed-k", 64, "--fixed-tau", 50, "--variants", *VARIANTS, "--samples", 200]
    return [*flags, "--output", folder]


def test_script(rows, tmp_path):
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
    tables.write_csv(scores_of().query("dataset == 'de' and split == 'test'"), tmp_path / "scores.csv")
    flags = ["--scores", tmp_path / "scores.csv", "--paper", PAPER, "--systems", "transformer=Base", "knn_kd=KD"]
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
