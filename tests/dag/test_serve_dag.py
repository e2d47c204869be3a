"""The DAG of serving: which models are exported, from what, and what benchmarks become part of."""

import copy
import re

import pytest
from support.commands import settings_in
from support.workflow import TINY, jobs, run_snakemake

EXPORTED = "results/tiny/export/{}/seed1/export.json"


def planned(tmp_path, *targets, **changes):
    """Return {rule: jobs} and the whole output of a dry run."""
    process = run_snakemake(tmp_path, "-n", "--printshellcmds", *targets, config=copy.deepcopy(TINY) | changes)
    output = process.stdout + process.stderr
    assert process.returncode == 0, output
    return jobs(output), output


def command_of(output, script):
    """Return the command of the one job that runs a script."""
    return re.search(rf"python \S+/{script} .*", output)[0]


def test_export_makes_the_distilled_models_of_the_tables(tmp_path):
    counts, output = planned(tmp_path, "export")
    assert counts["export_model"] == 3
    assert counts["train"] == 5, "the general model; the teacher and kNN-KD on De-En; kNN-KD on two domains"
    for dataset in ("tiny_de_en", "tiny_medical", "tiny_law"):
        assert EXPORTED.format(f"{dataset}/knn_kd") in output
    assert planned(tmp_path, "export", seeds=[1, 2])[0]["export_model"] == 3, "of the first seed"
    assert planned(tmp_path, "export", only=["tiny_law"])[0]["export_model"] == 1


def test_all_exports_nothing(tmp_path):
    counts, _ = planned(tmp_path, "all")
    assert not {"export_model", "bench_serving"} & set(counts)


@pytest.mark.parametrize(
    ("system", "flags"),
    [
        ("tiny_de_en/transformer", ["--segmentation results/tiny/corpus/tiny_de_en/codes", "/tiny_de_en/bpe "]),
        (
            "tiny_de_en/bert_kd",
            ["--segmentation results/tiny/bert/tiny_de_en/pretrained", "data/tiny_de_en/wordpiece "],
        ),
        (
            "tiny_law/knn_kd",
            [
                "--segmentation results/tiny/corpus/tiny_general/codes",
                "--dictionaries results/tiny/data/tiny_general/bpe",
                "--data-bin results/tiny/data/tiny_law/bpe ",
            ],
        ),
        ("tiny_law/pretrained", ["--checkpoint results/tiny/train/tiny_general/transformer/seed1/checkpoint_best.pt"]),
    ],
)
def test_any_model_can_be_exported(tmp_path, system, flags):
    counts, output = planned(tmp_path, EXPORTED.format(system))
    assert counts["export_model"] == 1
    command = command_of(output, "export_model.py")
    for flag in flags:
        assert flag in command
    words = command.split()
    assert (words[words.index("--dictionaries") + 1] != "--output") is system.startswith("tiny_law")


def test_text_is_prepared_as_the_corpus_was(tmp_path):
    datasets = copy.deepcopy(TINY["datasets"])
    own = datasets["tiny_de_en"]
    del own["generator"], own["expect"]
    source = {"url": "http://127.0.0.1:9/text"}
    own["sources"] = {split: {"de": source, "en": source} for split in ("train", "valid", "test")}
    own["tokenise"] = {"escape": True, "moses": False}
    _, output = planned(tmp_path, EXPORTED.format("tiny_de_en/transformer"), datasets=datasets)
    command = command_of(output, "export_model.py")
    text = {"tokenise": False, "escape": True, "aggressive": False, "lowercase": False}
    assert settings_in(command)["text"] == text


def test_knn_mt_has_no_export(tmp_path):
    process = run_snakemake(tmp_path, "-n", EXPORTED.format("tiny_de_en/knn_mt"), config=TINY)
    assert process.returncode != 0
    assert "No rule to produce" in process.stdout + process.stderr


def test_serving_is_a_benchmark_and_no_row_of_the_speed_table(tmp_path):
    counts, output = planned(tmp_path, "bench")
    assert counts["bench_serving"] == counts["export_model"] == 1
    assert "--output results/tiny/bench/tiny_de_en/serving.json" in command_of(output, "bench_serving.py")
    assert "serving" not in command_of(output, "collect_speed.py")
    command = command_of(planned(tmp_path, "results/tiny/bench/tiny_law/serving.json")[1], "bench_serving.py")
    assert settings_in(command)["metric"] == "sacrebleu"
    assert "bench_serving" not in planned(tmp_path, "bench", only=["tiny_law"])[0], "no dataset of Table 2 is run"
