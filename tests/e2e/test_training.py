"""Training: the same seed gives the same weights, also through a kill -9; settings that cannot be are refused."""

import shutil

import pytest
from support.commands import TRANSFORMER, Command, decoding, training
from support.training import RESULTS, RUN, kill_when
from support.workflow import one_error

from knnkd.core.files import read_json, write_json, write_lines
from knnkd.distil.plugin.checkpoints import load_state

pytestmark = pytest.mark.e2e


def compared(report):
    """What must be equal between two runs of the same seed: all but the clock."""
    same = ("weights", "updates", "epochs", "updates_per_epoch", "tokens_per_update", "best", "history", "data")
    return {key: report[key] for key in (*same, "parameters")}


@pytest.mark.parametrize("system", ["transformer", "selective_kd", "knn_kd"])
def test_same_seed_same_weights(tiny_run, tmp_path, system):
    process = training(system, tmp_path).run(tiny_run)
    assert process.returncode == 0, process.stderr
    first = read_json(tiny_run / RESULTS / "train" / "tiny_de_en" / system / "seed1" / "train.json")
    second = read_json(tmp_path / "train.json")
    assert compared(second) == compared(first)
    assert not (tmp_path / "work").exists()
    decode = decoding(TRANSFORMER, tmp_path / "test")
    decode.files["checkpoint"] = tmp_path / "checkpoint_best.pt"
    assert decode.run(tiny_run).returncode == 0
    ours = tiny_run / RESULTS / "hypotheses" / "tiny_de_en" / system / "seed1" / "test" / "hypotheses.txt"
    assert (tmp_path / "test" / "hypotheses.txt").read_bytes() == ours.read_bytes()


@pytest.mark.parametrize(
    ("system", "changes", "checkpoint"),
    [
        # Only the ends of epochs are kept; patience ends the training, and its counter must survive.
        ("transformer", {"max_epoch": 30, "patience": 2}, "checkpoint_last.pt"),
        # Checkpoints inside epochs: batches, loss meters and the teacher's rows go on in the middle.
        ("knn_kd", {"max_epoch": 3, "save_interval_updates": 7}, "checkpoint_1_7.pt"),
        # The queue of cross-entropy values goes on where it was.
        ("selective_kd", {"max_epoch": 3, "save_interval_updates": 7}, "checkpoint_1_7.pt"),
    ],
)
def test_killed_and_started_again(tiny_run, tmp_path, system, changes, checkpoint):
    unbroken, broken = tmp_path / "unbroken", tmp_path / "broken"
    process = training(system, unbroken, **changes).run(tiny_run)
    assert process.returncode == 0, process.stderr
    command = training(system, broken, **changes)
    kill_when(command.words, tiny_run, (broken / "work" / checkpoint).exists)
    assert not (broken / "checkpoint_best.pt").exists()
    assert not (broken / "train.json").exists()
    process = command.run(tiny_run)
    assert process.returncode == 0, process.stderr
    assert "training goes on from" in process.stdout
    reports = [read_json(folder / "train.json") for folder in (unbroken, broken)]
    assert compared(reports[1]) == compared(reports[0])
    if changes.get("patience"):
        assert reports[0]["epochs"] < changes["max_epoch"], "patience never came into play"


def test_stopped_after_its_last_epoch(tiny_run, tmp_path):
    """Patience had ended the training, but its result could not be written: no further epoch is trained."""
    (tmp_path / "file").write_text("no folder can stand below a file")
    command = training("transformer", tmp_path / "file" / "out", max_epoch=30, patience=2)
    command.files["work"] = tmp_path / "work"
    assert command.run(tiny_run).returncode != 0
    ended = load_state(tmp_path / "work" / "checkpoint_last.pt")["extra_state"]["DistillationTask"]
    assert ended["patience"]["num_runs"] == 2
    command.files["output"] = tmp_path / "out"
    process = command.run(tiny_run)
    assert process.returncode == 0, process.stderr
    assert "training goes on from" in process.stdout
    report = read_json(tmp_path / "out" / "train.json")
    assert report["history"] == ended["history"]
    assert report["epochs"] == len(ended["history"]) < 30
    assert report["seconds"] > 0


def test_a_work_folder_of_other_settings_is_not_gone_on_with(tiny_run, tmp_path):
    longer = training("transformer", tmp_path, max_epoch=30)
    kill_when(longer.words, tiny_run, (tmp_path / "work" / "checkpoint_last.pt").exists)
    process = training("transformer", tmp_path).run(tiny_run)
    assert process.returncode == 0, process.stderr
    assert "other settings" in process.stdout
    first = read_json(tiny_run / RESULTS / "train" / RUN / "train.json")
    assert compared(read_json(tmp_path / "train.json")) == compared(first)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"alpha": 1.5}, "alpha = 1.5"),
        ({"tau": 0}, "tau = 0"),
        ({"k": 17}, "16 are stored"),
        ({"kk": 1}, "unknown field objective.kk"),
        ({"k": "8"}, "Expected `int`, got `str`"),
    ],
)
def test_impossible_settings_are_refused(tiny_run, tmp_path, change, words):
    command = training("knn_kd", tmp_path)
    command.settings["objective"] |= change
    assert words in one_error(command.run(tiny_run))
    assert not (tmp_path / "train.json").exists()


def test_candidates_of_other_text_are_refused(tiny_run, tmp_path):
    data = tmp_path / "data"
    shutil.copytree(tiny_run / RESULTS / "data" / "tiny_de_en" / "bpe", data)
    text = (data / "data.json").read_text().replace('"hash": "', '"hash": "0')
    (data / "data.json").write_text(text)
    command = training("knn_kd", tmp_path)
    command.files["data_bin"] = data
    assert "other text" in one_error(command.run(tiny_run))


def test_candidates_of_another_datastore_are_refused(tiny_run, tmp_path):
    """The datastore was dumped anew with other weights, and the search was not run again."""
    shutil.copytree(tiny_run / RESULTS / "datastore" / RUN, tmp_path / "datastore")
    meta = read_json(tmp_path / "datastore" / "meta.json")
    write_json(tmp_path / "datastore" / "meta.json", meta | {"checkpoint": "0" * 64})
    command = training("knn_kd", tmp_path / "run")
    command.files["teacher"][1] = tmp_path / "datastore" / "meta.json"
    assert "made from another datastore" in one_error(command.run(tiny_run))
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize("system", ["word_kd", "selective_kd"])
def test_a_teacher_with_another_dictionary_is_refused(tiny_run, tmp_path, system):
    command = training(system, tmp_path)
    command.files["teacher"] = f"{RESULTS}/train/tiny_de_en/bert_kd/seed1/checkpoint_best.pt"
    assert "another dictionary" in one_error(command.run(tiny_run))


def test_k_above_the_datastore_is_refused(tiny_run, tmp_path):
    rows = read_json(tiny_run / RESULTS / "datastore" / RUN / "meta.json")["rows"]
    store = f"{RESULTS}/datastore/{RUN}/meta.json"
    command = Command("search.py", {"k": rows + 1}, datastore=store, output=tmp_path / "shard")
    assert f"k = {rows + 1}, but the datastore has {rows} rows" in one_error(command.run(tiny_run))


def started_from(checkpoint, output, **changes):
    command = training("transformer", output, **changes)
    command.files["init"] = checkpoint
    return command


def test_a_start_scores_as_its_source_and_survives_a_kill(tiny_run, tmp_path):
    """Update 0 is the source itself, which stays the best where no update makes it better."""
    source = tiny_run / RESULTS / "train" / RUN
    reports = []
    for name in ("whole", "broken"):
        changes = {"max_epoch": 2, "lr": 1e-6, "save_interval_updates": 7}
        command = started_from(source / "checkpoint_best.pt", tmp_path / name, **changes)
        if name == "broken":
            kill_when(command.words, tiny_run, (tmp_path / "broken" / "work" / "checkpoint_1_7.pt").exists)
        process = command.run(tiny_run)
        assert process.returncode == 0, process.stderr
        reports.append(read_json(tmp_path / name / "train.json"))
    assert compared(reports[0]) == compared(reports[1])
    first, best = reports[0]["history"][0], read_json(source / "train.json")["best"]
    assert first["updates"] == 0
    assert {key: first[key] for key in ("bleu", "loss", "nll_loss")} == {
        key: best[key] for key in ("bleu", "loss", "nll_loss")
    }
    assert reports[0]["best"]["bleu"] >= best["bleu"]


def test_a_start_of_another_model_is_refused(tiny_run, tmp_path):
    source = tiny_run / RESULTS / "train" / "tiny_de_en"
    other = started_from(source / "bert_kd" / "seed1" / "checkpoint_best.pt", tmp_path)
    assert "another dictionary" in one_error(other.run(tiny_run))
    wider = started_from(source / "transformer" / "seed1" / "checkpoint_best.pt", tmp_path)
    wider.settings["model"]["decoder_layers"] = 2
    assert "has decoder_layers = 1, and this training 2" in one_error(wider.run(tiny_run))
    assert not (tmp_path / "train.json").exists()


def test_equal_updates_and_every_pair(tiny_run, tmp_path):
    record = tiny_run / RESULTS / "train" / RUN / "train.json"
    command = training("transformer", tmp_path, max_epoch=1, batch_order="corpus")
    command.files["updates_of"] = record
    process = command.run(tiny_run)
    assert process.returncode == 0, process.stderr
    report, other = read_json(tmp_path / "train.json"), read_json(record)
    assert (report["updates"], report["stopped"]) == (other["updates"], "updates_of")
    data = read_json(tiny_run / RESULTS / "data" / "tiny_de_en" / "bpe" / "data.json")["splits"]["train"]
    assert other["tokens_per_update"] * other["updates"] / other["epochs"] == pytest.approx(data["target_tokens"])
    assert other["pairs"] == other["epochs"] * data["sentences"]
    assert other["stopped"] == "max_epoch"


@pytest.mark.parametrize("lr", [20.0, 1e30])
def test_a_training_that_diverges_says_so_in_one_line(tiny_run, tmp_path, lr):
    """At 20 the loss is finite, and its perplexity beyond a float; at 1e30 the gradients are no numbers."""
    process = training("transformer", tmp_path, lr=lr, max_epoch=2).run(tiny_run)
    if lr == 20.0:
        assert process.returncode == 0, process.stderr
        return
    line = one_error(process)
    assert "diverged after" in line and "lower training.lr (1e+30) or raise training.warmup_updates" in line
    assert not (tmp_path / "train.json").exists()


def test_a_handful_of_pairs_is_trained_on_and_scored(tiny_run, tmp_path):
    """fairseq 0.12 itself drops what is no multiple of 8, here all of it."""
    text = tmp_path / "text"
    for split, count in (("train", 5), ("valid", 3), ("test", 1)):
        for language in ("de", "en"):
            write_lines(text / f"{split}.{language}", [f"ein hund {n}" for n in range(count)])
    settings = {"languages": ["de", "en"], "joint": True}
    assert Command("binarise.py", settings, text=text, output=tmp_path / "bin").run(tmp_path).returncode == 0
    command = training("transformer", tmp_path / "out", max_epoch=2)
    command.files["data_bin"] = tmp_path / "bin"
    process = command.run(tmp_path)
    assert process.returncode == 0, process.stderr
    report = read_json(tmp_path / "out" / "train.json")
    assert (report["pairs"], report["updates"]) == (10, 2)
