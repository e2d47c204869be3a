"""The whole path on a tiny corpus: what comes out, and what is made again."""

import copy
import re
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
from support.commands import TRANSFORMER, Command, decoding
from support.workflow import ROOT, SYSTEMS, TINY, run_snakemake

from knnkd.core.files import read_json, read_lines, write_json
from knnkd.corpus.binarise import read_data
from knnkd.corpus.bpe import Segmenter
from knnkd.distil.plugin.checkpoints import hash_tensors, load_model, load_state
from knnkd.experiment.runs import Run
from knnkd.knn.candidates import Candidates
from knnkd.knn.datastore import Datastore
from knnkd.synthetic.lattice import Automaton, read_lattices

pytestmark = pytest.mark.e2e
RUN = "tiny_de_en/transformer/seed1"
TABLES = [f"table{number}" for number in range(1, 8)] + ["overcorrection", "verdict", "costs"]


@pytest.fixture(scope="module")
def results(tiny_run):
    return tiny_run / "results" / "tiny"


def planned(folder, config):
    """Return {rule: the systems that it runs for} of a dry run; None stands for a job of no system."""
    process = run_snakemake(folder, "-n", "all", config=config)
    assert process.returncode == 0, process.stdout + process.stderr
    jobs = {}
    for block in re.split(r"\n(?:local)?rule ", process.stdout + process.stderr)[1:]:
        system = re.search(r"wildcards: .*\bsystem=(\w+)", block)
        jobs.setdefault(block.split(":")[0], set()).add(system[1] if system else None)
    return jobs


def test_nothing_is_left_to_do(tiny_run):
    assert planned(tiny_run, TINY) == {}


def test_a_folder_that_has_moved_makes_only_its_tables_again(tiny_run, tmp_path):
    """Where the scripts stand, seen from the run's folder, is no parameter; the paper's numbers are a file's path."""
    moved = tmp_path / "other" / "depth"
    shutil.copytree(tiny_run, moved)
    assert set(planned(moved, TINY)) <= {*TABLES, "ablation", "report", "all"}


def test_tables_and_scores(results):
    """Every system has its row, each number is the score file's, and what is missing is explained."""
    scores = pd.read_csv(results / "scores.csv")
    scores = scores[scores["dataset"] == "tiny_de_en"]
    test = scores[scores["split"] == "test"]
    assert set(SYSTEMS) < set(test["system"])
    points = scores[scores["metric"].isin(["bleu_tok", "sacrebleu", "chrf"])]
    assert points["value"].between(0, 100).all()
    table = (results / "tables" / "table2.md").read_text(encoding="utf-8")
    rows = {line.split("|")[1].strip(): line for line in table.splitlines() if line.startswith("| ")}
    for system in SYSTEMS:
        shown = test[(test["system"] == system) & (test["metric"] == "bleu_tok")]["value"].item()
        row = rows[TINY["systems"][system]["label"]]
        assert f"{shown:.2f}" in row
        assert row.count("×") == (1 if system == "knn_mt" else 2), "updates and tokens a second, with their ratios"
    assert "n/a: kNN-MT trains nothing" in table
    assert "34.11" in table
    assert "36.30" in table


def test_every_figure_and_table_is_there(results):
    for name in TABLES:
        for form in ("csv", "md", "tex", "html"):
            assert (results / "tables" / f"{name}.{form}").stat().st_size > 0
    for name in ("curves", "overcorrection", "figure2", "figure3", "figure4", "knn_mt_grid"):
        for form in ("csv", "png", "svg", "pdf"):
            assert (results / "figures" / f"{name}.{form}").stat().st_size > 0


def test_measures_of_every_system(results):
    scores = pd.read_csv(results / "scores.csv")
    scores = scores[scores["dataset"] == "tiny_de_en"]
    for system in SYSTEMS:
        own = scores[(scores["system"] == system) & (scores["split"] == "test")].set_index("metric")["value"]
        assert own["kl_true"] > 0
        assert 0 <= own["accepted"] <= 1
        assert 0 <= own["mass_acceptable"] <= 1
        assert own["entropy"] > 0
    for metric in ("true_entropy", "true_mass_acceptable"):
        same_words = scores[(scores["metric"] == metric) & (scores["system"] != "bert_kd")]
        assert same_words["value"].nunique() == 1, "p* is the corpus', whatever the system"


def test_translations_are_what_seq_kd_learns(tiny_run, results, tmp_path):
    """The shards decoded by hand, are the training targets; the dictionaries are the corpus' own."""
    translations = []
    for shard in ("1-of-2", "2-of-2"):
        command = decoding(TRANSFORMER, tmp_path / shard)
        command.settings["split"], command.files["shard"] = "train", shard
        process = command.run(tiny_run)
        assert process.returncode == 0, process.stderr
        translations += read_lines(tmp_path / shard / "hypotheses.bpe", allow_empty=True)
    assert translations == read_lines(results / "distilled" / RUN / "train.en")
    for name in ("train.de", "valid.en"):
        assert read_lines(results / "distilled" / RUN / name) == read_lines(
            results / "corpus" / "tiny_de_en" / "bpe" / name
        )
    data = read_data(results / "data" / "tiny_de_en" / "distilled" / "transformer" / "seed1")
    plain = read_data(results / "data" / "tiny_de_en" / "bpe")
    assert data["dictionary"] == plain["dictionary"]
    assert data["valid"] == plain["valid"]
    assert data["hash"] != plain["hash"]


def test_bert_kd_has_its_own_subwords_and_the_same_references(results):
    data = read_data(results / "data" / "tiny_de_en" / "wordpiece")
    assert data["subwords"] == "wordpiece"
    hypotheses = results / "hypotheses" / "tiny_de_en" / "bert_kd" / "seed1" / "test"
    assert any(" ##" in line for line in read_lines(results / "corpus" / "tiny_de_en" / "wordpiece" / "test.en"))
    assert not any("##" in line for line in read_lines(hypotheses / "hypotheses.tok", allow_empty=True))
    candidates = Candidates.open(results / "candidates" / "bert" / "tiny_de_en" / "seed1")
    assert len(candidates.tokens) == data["splits"]["train"]["target_tokens"]
    assert candidates.meta["data"] == data["hash"]


def test_knn_mt_without_its_share_is_the_base_model(tiny_run, results, tmp_path):
    command = decoding(Run("tiny_de_en", "knn_mt", 1), tmp_path / "out")
    write_json(tmp_path / "tuned.json", {"k": 8, "tau": 10, "lambda": 0})
    command.files["nearest"][1] = tmp_path / "tuned.json"
    process = command.run(tiny_run)
    assert process.returncode == 0, process.stderr
    base = results / "hypotheses" / RUN / "test" / "hypotheses.bpe"
    assert (tmp_path / "out" / "hypotheses.bpe").read_bytes() == base.read_bytes()


def test_knn_mt_by_an_approximate_index_reports_its_recall(tiny_run, results, tmp_path):
    store = results / "datastore" / RUN / "meta.json"
    settings = {"index": {"kind": "ivfflat", "nlist": 16}, "device": "cpu"}
    index = Command("build_index.py", settings, datastore=store, output=tmp_path / "index")
    assert index.run(tiny_run).returncode == 0
    decode = decoding(Run("tiny_de_en", "knn_mt", 1, "valid"), tmp_path / "tuned")
    how = decode.settings | {"search": {"kind": "ivfflat", "nprobe": 2}}
    grid = {"k": [8], "tau": [10], "shares": [0.2, 0.5]}
    settings = {"decoding": how, "grid": grid, "decoded": 1, "metric": "bleu_tok"}
    files = {name: decode.files[name] for name in ("checkpoint", "data_bin")}
    files |= {name: results / "corpus" / "tiny_de_en" / name for name in ("tok", "text")}
    files |= {"names": ["valid.de", "valid.en"]}
    nearest = [store, tmp_path / "index" / "meta.json"]
    process = Command("tune_knn_mt.py", settings, **files, nearest=nearest, output=tmp_path / "tuned").run(tiny_run)
    assert process.returncode == 0, process.stderr
    tuned = read_json(tmp_path / "tuned" / "tuned.json")
    assert 0.2 < tuned["recall"] < 1
    assert read_json(results / "knn_mt" / "tiny_de_en" / "knn_mt" / "seed1" / "tuned.json")["recall"] == 1


def test_train_json(results):
    for system in ("transformer", "knn_kd"):
        report = read_json(results / "train" / "tiny_de_en" / system / "seed1" / "train.json")
        assert report["seed"] == 1
        assert report["epochs"] == 4
        assert len(report["history"]) == 4
        losses = [record["nll_loss"] for record in report["history"]]
        assert losses[-1] < losses[0], "it learns"
        assert report["best"]["bleu"] == max(record["bleu"] for record in report["history"])
        state = load_state(results / "train" / "tiny_de_en" / system / "seed1" / "checkpoint_best.pt")
        assert hash_tensors(state["model"]) == report["weights"]
        assert report["updates_per_second"] > 0
        assert report["tokens_per_second"] > report["updates_per_second"]


def test_manifest_and_data(results):
    manifest = read_json(results / "corpus" / "tiny_de_en" / "manifest.json")
    assert manifest["splits"]["train"]["pairs_before"] == 600
    data = read_data(results / "data" / "tiny_de_en" / "bpe")
    for split in ("train", "valid", "test"):
        pairs = manifest["splits"][split]["pairs_after"]
        assert data["splits"][split]["sentences"] == pairs
        assert len(read_lines(results / "corpus" / "tiny_de_en" / f"{split}.lines")) == pairs


def test_datastore_is_a_fresh_forward_pass(results):
    """Sentence by sentence, alone and unpadded: the same keys to float16's rounding, and the gold tokens as values."""
    checkpoint, data_bin = results / "train" / RUN / "checkpoint_best.pt", results / "data" / "tiny_de_en" / "bpe"
    trained = load_model(checkpoint, data_bin, torch.device("cpu"))
    trained.task.load_dataset("train")
    dataset = trained.task.dataset("train")
    store = Datastore.open(results / "datastore" / RUN)
    assert len(store) == read_data(data_bin)["splits"]["train"]["target_tokens"]
    assert store.meta["checkpoint"] == trained.weights
    for i in range(0, len(dataset), 7):
        batch = dataset.collater([dataset[i]])
        with torch.inference_mode():
            features, _ = trained.model(**batch["net_input"], features_only=True)
        rows = slice(store.offsets[i], store.offsets[i + 1])
        assert np.array_equal(store.values[rows], batch["target"][0].numpy())
        assert store.values[rows][-1] == trained.task.target_dictionary.eos()
        assert np.allclose(store.keys[rows].astype(np.float32), features[0].numpy(), atol=5e-3)


def test_candidates_are_the_nearest_rows(results):
    store = Datastore.open(results / "datastore" / RUN)
    candidates = Candidates.open(results / "candidates" / "knn" / RUN)
    assert np.array_equal(candidates.offsets, store.offsets)
    assert (candidates.scores[:, 0] == 0).all()
    assert np.array_equal(candidates.tokens[:, 0], store.values), "each row finds itself first"
    keys = store.keys.astype(np.float64)
    for row in range(0, len(store), 211):
        distances = np.sort(np.square(keys - keys[row]).sum(1))[:16]
        assert np.allclose(-candidates.scores[row], distances, rtol=1e-4, atol=1e-4)


def test_lattices_follow_the_text_through_cleaning_and_bpe(results):
    """p* can be computed on what is stored: each reference, in subwords, has a probability above 0."""
    corpus = results / "corpus" / "tiny_de_en"
    segmenter = Segmenter(corpus / "codes" / "en.bpe")
    for split in ("train", "test"):
        lattices = read_lattices(corpus / "raw" / f"{split}.lattice.jsonl.gz")
        references = read_lines(corpus / "bpe" / f"{split}.en")
        lines = [int(line) for line in read_lines(corpus / f"{split}.lines")]
        for line, reference in list(zip(lines, references, strict=True))[::9]:
            automaton = Automaton(lattices[line], lambda phrase: segmenter.segment(phrase).split(" "))
            assert automaton.probability(reference.split(" ")) > 0


def test_hypotheses_are_those_of_fairseq_generate(tiny_run, results, tmp_path):
    """fairseq's own command line with our plugin, on the same checkpoint: the same hypotheses, in its own order."""
    command = [str(Path(sys.executable).parent / "fairseq-generate"), str(results / "data" / "tiny_de_en" / "bpe")]
    command += ["--user-dir", str(ROOT / "workflow" / "knnkd" / "distil" / "plugin"), "--task", "translation", "--cpu"]
    command += ["--path", str(results / "train" / RUN / "checkpoint_best.pt"), "--beam", "5", "--max-tokens", "4096"]
    command += ["--max-len-a", "1.2", "--max-len-b", "10", "-s", "de", "-t", "en"]
    process = subprocess.run(command, cwd=tiny_run, capture_output=True, text=True, check=False)
    assert process.returncode == 0, process.stderr
    found = {int(i): text for i, text in re.findall(r"(?m)^H-(\d+)\t\S+\t(.*)$", process.stdout)}
    ours = read_lines(results / "hypotheses" / RUN / "test" / "hypotheses.bpe")
    assert [found[i] for i in range(len(ours))] == ours


def test_domains_have_the_subwords_and_the_datastore_of_the_pretrained_model(results):
    general = read_data(results / "data" / "tiny_general" / "bpe")
    weights = read_json(results / "train" / "tiny_general" / "transformer" / "seed1" / "train.json")["weights"]
    for name in ("tiny_medical", "tiny_law"):
        data = read_data(results / "data" / name / "bpe")
        assert data["dictionary"] == general["dictionary"]
        store = Datastore.open(results / "datastore" / name / "pretrained" / "seed1")
        assert store.meta["checkpoint"] == weights
        assert store.meta["data"] == data["hash"]
        report = read_json(results / "train" / name / "knn_kd" / "seed1" / "train.json")
        assert report["teacher"]["teacher"]["datastore"] == store.meta
        decoded = read_json(results / "hypotheses" / name / "knn_mt" / "seed1" / "test" / "decode.json")
        assert decoded["weights"] == weights
    cross = results / "hypotheses" / "tiny_law" / "knn_kd" / "seed1" / "test_of_tiny_medical"
    law = read_json(results / "train" / "tiny_law" / "knn_kd" / "seed1" / "train.json")["weights"]
    assert read_json(cross / "decode.json")["weights"] == law
    assert len(read_lines(cross / "hypotheses.tok", allow_empty=True)) == 30


def test_the_case_study_knows_the_true_distribution(results):
    """The paper's example: after "There are" come a lot of, lots of and many, 5 to 2 to 3."""
    study = read_json(results / "case_study.json")
    ((page,),) = [study["sentences"]]
    (place,) = page["positions"]
    assert place["prefix"] == "There are"
    assert [p for _, p in place["true"]] == pytest.approx([0.5, 0.3, 0.2])
    assert place["true"][0][0].startswith("a")
    for top in [*place["systems"].values(), place["teacher"]]:
        assert 0 < sum(p for _, p in top) <= 1 + 1e-4
    assert list(place["systems"]) == TINY["case_study"]["systems"]


def test_positions_of_the_test_set_are_what_the_measures_see(results):
    """The reference's probability at each position, by each system, is that of its own teacher-forced pass."""
    for dataset in ("tiny_de_en", "tiny_law"):
        inspection = read_json(results / "inspection" / f"{dataset}.json")
        assert len(inspection["sentences"]) == TINY["inspection"]["sentences"]
        references = read_lines(results / "corpus" / dataset / "bpe" / "test.en")
        types = {line.split(" ")[0] for line in read_lines(results / "data" / dataset / "bpe" / "dict.en.txt")}
        for page, reference in zip(inspection["sentences"], references, strict=False):
            known = [subword if subword in types else "<unk>" for subword in reference.split(" ")]
            assert [place["gold"] for place in page["positions"]] == [*known, "</s>"]
            for place in page["positions"]:
                assert len(place["neighbours"]) == TINY["inspection"]["neighbours"]
                assert place["gold"] in dict(place["true"]) or len(place["true"]) == TINY["inspection"]["tokens"]
    assert "bert_kd" not in read_json(results / "inspection" / "tiny_de_en.json")["systems"]


def test_a_system_left_out_leaves_a_gap(tiny_run, tmp_path):
    """Switched off after everything was made: its row stays, empty, with the reason; nothing is trained again."""
    shutil.copytree(tiny_run, tmp_path / "run")
    config = copy.deepcopy(TINY) | {"without": ["word_kd", "knn_mt"]}
    process = run_snakemake(tmp_path / "run", "--cores", "2", "tables", "report", config=config)
    assert process.returncode == 0, process.stdout + process.stderr
    assert not re.search(r"(?m)^(local)?rule (train|decode|search):", process.stdout + process.stderr)
    tables = tmp_path / "run" / "results" / "tiny" / "tables"
    for table, label in (("table2", "Word-KD"), ("table2", "kNN-MT"), ("table3", "kNN-MT")):
        text = (tables / f"{table}.md").read_text(encoding="utf-8")
        (row, *_) = (line for line in text.splitlines() if re.match(rf"\| {label} +\|", line))
        assert row.split("|")[2].strip() == "–"
        assert re.search(rf"no such run[^.]*{label}", text), text
        kept = next(line for line in text.splitlines() if line.startswith("| kNN-KD "))
        assert re.search(r"\d\.\d\d", kept)


KNN_KD = {"knn_kd", "knn_kd_k2", "knn_kd_tau100", "knn_kd_length_released_drop", "knn_kd_corpus_released_drop"}


@pytest.mark.parametrize(
    ("path", "value", "trained", "more"),
    [
        # knn_kd's own tau changes; tau = 10 of Figure 3 is now a system of its own, tau = 100 stays as it was.
        (("systems", "knn_kd", "tau"), 20, KNN_KD - {"knn_kd_tau100"} | {"knn_kd_tau10"}, set()),
        (("systems", "knn_kd", "label"), "kNN", set(), set()),
        (("systems", "word_kd", "tau"), 2, {"word_kd"}, set()),
        (("systems", "selective_kd", "queue"), 700, {"selective_kd"}, set()),
        (("knn_mt", "decoded"), 1, set(), {"tune_knn_mt", "decode_knn_mt"}),
        (("bert", "stored"), 40, {"bert_kd"}, {"bert_candidates"}),
        (("search", "k"), 12, KNN_KD, {"search", "gather_candidates"}),
        (("bench", "rounds"), 3, set(), {"bench_training", "bench_decoding"}),
        (("significance", "samples"), 200, set(), {"compare_systems"}),
    ],
)
def test_a_change_reruns_only_what_it_touches(tiny_run, path, value, trained, more):
    config = copy.deepcopy(TINY)
    place = config
    for key in path[:-1]:
        place = place.setdefault(key, {})
    place[path[-1]] = value
    jobs = planned(tiny_run, config)
    assert jobs.pop("train", set()) == trained
    tables = {*TABLES, "curves", "ablation", "knn_mt_grid", "figure4", "report", "settings"}
    tables |= {"collect_scores", "collect_trainings"}
    after = {"decode", "score", "measure", "compare_systems", "bench_training", "bench_decoding", "collect_speed"}
    after |= {"case_study", "inspect"}
    made = set(jobs) - tables - {"all"}
    assert more <= made
    assert made - more <= (after if trained or "decode_knn_mt" in more else {"collect_speed"})
    assert "table2" in jobs


def test_no_path_of_the_machine_is_kept(tiny_run, results):
    """What is kept can be compared between machines: hashes and relative paths only."""
    for name in (f"train/{RUN}/train.json", f"datastore/{RUN}/meta.json", "corpus/tiny_de_en/manifest.json"):
        assert str(tiny_run) not in (results / name).read_text(encoding="utf-8")
