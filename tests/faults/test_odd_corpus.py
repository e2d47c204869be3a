"""A corpus of odd text alone goes the whole way, from its files to the report, and harms nothing on it."""

import copy

import pandas as pd
import pytest
from support.workflow import TINY, long_form, run_snakemake

from knnkd.core.files import read_json, read_lines, write_lines

pytestmark = pytest.mark.e2e
SCRIPT = "</script><script>document.title = 'pwned'</script> <img src=x onerror=alert(1)> &amp; \" '"
ODD = [
    SCRIPT,
    "ja",
    "gut 👍🏽 👩‍👩‍👧‍👦 !",
    "שלום עולם",
    "مرحبا بالعالم \u200f123\u200e",
    "e\u0301te\u0301 a" + "\u0308" * 9,
    "vor\u2028nach vor\x85nach",
    "a\u200bb",
    "| [ ] @-@ @@ x@@ <s> </s> <unk> <pad>",
    "\\textbf{x} $y$ % & # _ ^ ~",
]
WORDS = ["null", "eins", "zwei", "drei", "vier", "fünf", "sechs", "sieben", "acht", "neun"]
COUNTING = [" ".join(WORDS[i % 10 : i % 10 + 1 + i % 4] or WORDS[:1]) for i in range(60)]


@long_form
def test_odd_text_from_end_to_end(tmp_path):
    """Ten words and a few odd lines, many of them twice, each its own translation."""
    splits = {"train": [*COUNTING, *ODD * 4], "valid": [*ODD, *COUNTING[:4]], "test": [*ODD, *COUNTING[-4:]]}
    for split, lines in splits.items():
        for language in ("de", "en"):
            write_lines(tmp_path / f"{split}.{language}", lines)
    config = copy.deepcopy(TINY) | {"only": ["tiny_de_en"], "controls": None, "ablation": None, "case_study": None}
    dataset = config["datasets"]["tiny_de_en"]
    del dataset["generator"], dataset["expect"]
    dataset["sources"] = {s: {side: {"path": f"{s}.{side}"} for side in ("de", "en")} for s in splits}
    dataset["bpe"] = {"merges": 10}
    config["tables"]["table2"]["systems"] = ["transformer", "seq_kd", "knn_mt", "knn_kd"]
    config["systems"]["knn_kd"] |= {"k": 4}
    process = run_snakemake(tmp_path, "--cores", "2", "all", config=config)
    assert process.returncode == 0, process.stdout + process.stderr
    results = tmp_path / "results" / "tiny"
    manifest = read_json(results / "corpus" / "tiny_de_en" / "manifest.json")["splits"]
    assert manifest["test"]["pairs_after"] == len(splits["test"])
    scores = pd.read_csv(results / "scores.csv").query("split == 'test'")
    assert set(scores["system"]) == {"transformer", "seq_kd", "knn_mt", "knn_kd"}
    hypotheses = list((results / "hypotheses").rglob("hypotheses.txt"))
    assert hypotheses and all(len(read_lines(path, allow_empty=True)) for path in hypotheses)
    page = (results / "report.html").read_text(encoding="utf-8")
    for harm in ("<script>document.title", "<img src=x", "\u2028"):
        assert harm not in page
