"""Serving a finished run: its models exported by the workflow, and raw text through them."""

import pytest
from support.workflow import TINY, run_script, run_snakemake

from knnkd.core.files import read_json, read_lines
from knnkd.serving.bundle import RawText, open_export

pytestmark = pytest.mark.e2e
RESULTS = "results/tiny"
# Corpora with BPE of their own, with a pre-trained model's dictionary, and with BERT's pieces.
RUNS = {
    "tiny_de_en/knn_kd/seed1": "bpe",
    "tiny_law/knn_kd/seed1": "bpe",
    "tiny_law/pretrained/seed1": "bpe",
    "tiny_de_en/bert_kd/seed1": "wordpiece",
}


@pytest.fixture(scope="module")
def exports(tiny_copy):
    """The results of the tiny run with the target export, more models, and the benchmark."""
    targets = ["export", *(f"{RESULTS}/export/{run}/export.json" for run in RUNS)]
    targets.append(f"{RESULTS}/bench/tiny_de_en/serving.json")
    process = run_snakemake(tiny_copy, "--cores", "2", *targets, config=TINY)
    assert process.returncode == 0, process.stdout + process.stderr
    return tiny_copy / RESULTS


def raw_text(exports, run):
    """The sources of the run's test set, none of which was lost in cleaning."""
    return read_lines(exports / "corpus" / run.split("/")[0] / "raw" / "test.de")


@pytest.mark.parametrize(("run", "subwords"), list(RUNS.items()))
def test_raw_text_is_cut_as_the_workflow_cut_it(exports, run, subwords):
    folder = exports / "export" / run
    found = RawText(folder, open_export(folder)).cut(raw_text(exports, run))
    expected = read_lines(exports / "corpus" / run.split("/")[0] / subwords / "test.de")
    assert [" ".join(each) for each in found] == expected


@pytest.mark.parametrize("run", RUNS)
def test_both_engines_translate_alike(exports, run):
    raw = "".join(f"{line}\n" for line in raw_text(exports, run))
    flags = ["--model", exports / "export" / run, "--threads", 1, "--device", "cpu"]
    found = [run_script("translate.py", *flags, "--engine", name, input=raw) for name in ("ctranslate2", "fairseq")]
    for process in found:
        assert process.returncode == 0, process.stderr
    exact = run_script("translate.py", *flags, "--compute-type", "float32", input=raw).stdout.splitlines()
    expected = found[1].stdout.splitlines()
    assert len(found[0].stdout.splitlines()) == len(expected) == raw.count("\n")
    # Rounding decides where two hypotheses are as good.
    assert sum(a == b for a, b in zip(exact, expected, strict=True)) >= 0.95 * len(expected)


def test_an_export_says_where_it_comes_from(exports):
    for run in RUNS:
        about = read_json(exports / "export" / run / "export.json")
        assert "/".join([about["dataset"], about["system"], f"seed{about['seed']}"]) == run
        made = run.replace("tiny_law/pretrained", "tiny_general/transformer")
        assert about["weights"] == read_json(exports / "train" / made / "train.json")["weights"]
        assert about["limited"] is run.startswith("tiny_law")
        assert about["compute_type"] in about["measured"]["medians"]


def test_the_benchmark(exports):
    bench = read_json(exports / "bench" / "tiny_de_en" / "serving.json")
    assert list(bench["rates"]) == ["fairseq", "ctranslate2_float32", "ctranslate2_int8"]
    assert bench["rounds"] == len(bench["rates"]["fairseq"]) == TINY["bench"]["rounds"]
    assert set(bench["bleu"]) == set(bench["rates"])
    assert bench["agreement"]["ctranslate2_float32"]["sentences"] == 40
    assert bench["agreement"]["ctranslate2_float32"]["share"] >= 0.95
