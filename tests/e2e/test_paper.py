"""config/paper.yaml from small files in the real ones' form, all five data sets and the general model.

Each time to the data of all five and one training by each kind of teacher; in the long form to Tables 1 to 6.
"""

import pandas as pd
import pytest
import yaml
from support.small_paper import DOMAINS, LONG, SIZES, changes, write_files
from support.workflow import ROOT, SYSTEMS, long_form, run_snakemake

from knnkd.core.files import read_json, read_lines
from knnkd.corpus.subwords import SPECIAL

pytestmark = pytest.mark.e2e
TRAININGS = ("iwslt15_en_vi/bert_kd", "koran/knn_kd")


def run(folder, *targets):
    configs = ["--configfile", ROOT / "config" / "paper.yaml", folder / "changes.yaml"]
    targets = [f"results/paper/{target}" for target in targets]
    process = run_snakemake(folder, "--cores", "2", *configs, "--config", "data_dir=files", "--", *targets)
    assert process.returncode == 0, process.stdout + process.stderr


@pytest.fixture(scope="module")
def paper(tmp_path_factory):
    """The folder of a run that meets no network."""
    folder = tmp_path_factory.mktemp("paper")
    write_files(folder / "files", folder / "work")
    (folder / "changes.yaml").write_text(yaml.safe_dump(changes()))
    run(folder, "tables/table5.md", *(f"train/{name}/seed1/train.json" for name in TRAININGS))
    return folder


@pytest.fixture
def results(paper):
    return paper / "results" / "paper"


def test_every_data_set_is_prepared(results):
    table = (results / "tables" / "table5.md").read_text(encoding="utf-8")
    rows = {cells[1]: cells[2:6] for cells in (line.split("|") for line in table.splitlines() if line.startswith("| "))}
    counts = {name.strip(): [cell.strip(" ≠") for cell in cells] for name, cells in rows.items()}
    assert counts["IWSLT'14 De-En"] == ["162", "7", "10", "2"]
    assert counts["IWSLT'15 En-Vi"] == ["121", "10", "10", "1"], "a pair with an empty side goes"
    for label in ("Koran", "Medical", "Law"):
        assert counts[label] == [*map(str, SIZES.values()), "0"]


def test_the_general_model_and_its_dictionary_cut_the_domains(results):
    """A checkpoint of 2019, macOS' notes beside it in its archive; a word that no dictionary holds is one token."""
    about = read_json(results / "pretrained" / "wmt19" / "pretrained.json")
    assert about["checkpoint"]["member"] == "*wmt19.de-en.ffn8192.pt"
    for domain in DOMAINS:
        types = read_json(results / "data" / domain / "bpe" / "data.json")["types"]
        assert set(types.values()) == {about["types"] - len(SPECIAL)}
        words = read_lines(results / "corpus" / domain / "bpe" / "test.de")[0].split()
        assert words.count("<unk>") == 1


def test_pairs_that_bert_cannot_take_are_left_out_and_counted(results):
    """A Vietnamese sentence of 900 tokens is in the corpus, and in every training but BERT-KD's."""
    corpus = results / "corpus" / "iwslt15_en_vi"
    assert max(line.count(" ") + 1 for line in read_lines(corpus / "tok" / "train.vi")) == LONG
    assert read_json(corpus / "wordpiece" / "wordpiece.json")["left_out"] == 1
    training = read_json(results / "train" / "iwslt15_en_vi" / "bert_kd" / "seed1" / "train.json")
    assert training["pairs"] == training["epochs"] * (121 - 1)


def test_the_point_of_the_grid_is_chosen_on_validation(results):
    training = read_json(results / "train" / "koran" / "knn_kd" / "seed1" / "train.json")
    chosen = read_json(results / "chosen" / "koran" / "knn_kd" / "chosen.json")
    assert len(chosen["points"]) == 2
    assert training["pairs"] == training["epochs"] * SIZES["train"]


@long_form
def test_tables_1_to_6(paper, results):
    tables = [f"tables/table{number}.md" for number in range(1, 7)]
    run(paper, *tables)
    scores = pd.read_csv(results / "scores.csv")
    test = scores[(scores["split"] == "test") & (scores["metric"] == "bleu_tok")]
    for dataset in ("iwslt14_de_en", "iwslt15_en_vi"):
        assert set(SYSTEMS) == set(test[test["dataset"] == dataset]["system"])
    for domain in DOMAINS:
        shown = set(test[test["dataset"] == domain]["system"])
        assert {"pretrained", "knn_mt", "transformer", "knn_kd"} <= shown
    for name, cells in (("table2", ("34.11", "32.27")), ("table3", ("24.86", "61.89")), ("table4", ("22.31", "14.82"))):
        table = (results / "tables" / f"{name}.md").read_text(encoding="utf-8")
        assert all(cell in table for cell in cells), "the paper's numbers stand beside ours"
        assert "| – " not in table
