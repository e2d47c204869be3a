"""The config: typos named, defaults filled in, contradictions refused, and every key documented."""

import copy
import math
from pathlib import Path

import pytest
import yaml
from support.workflow import ROOT, SYSTEMS, TINY, run_script

from knnkd.core.errors import KnnKdError
from knnkd.distil.fairseq_flags import fairseq_flags
from knnkd.experiment.config import complete, read_schema
from knnkd.experiment.resolve import (
    ablation_points,
    control_variants,
    is_joint,
    is_run,
    model_of,
    objective,
    section,
    seeds_of,
    shown_datasets,
    trained_systems,
)

BARE = {"label": "x", "source_lang": "de", "target_lang": "en", "bpe": {"merges": 9}}
# A corpus that is binarised already, with a model of its dictionaries.
MINE = {"label": "x", "source_lang": "de", "target_lang": "en", "data_bin": "bin", "tokenise": {"moses": False}}
MINE |= {"pretrained": "general"}
# A model from elsewhere with a dictionary for each language.
TWO = {part: {"path": part} for part in ("checkpoint", "dictionary", "target_dictionary", "codes")}
TWO |= {"source_lang": "de", "target_lang": "en"}
CONFIGS = sorted((ROOT / "config").glob("*.yaml"))


def edited(*path, value):
    """Return the tiny config with one key set."""
    config = copy.deepcopy(TINY)
    place = config
    for key in path[:-1]:
        place = place.setdefault(key, {})
    place[path[-1]] = value
    return config


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.stem)
def test_shipped_configs_are_complete(path):
    config = complete(yaml.safe_load(path.read_text(encoding="utf-8")))
    assert config["experiment"] == ("mini" if path.stem == "config" else path.stem)
    for dataset in config["datasets"].values():
        assert dataset["clean"]["max_tokens"] >= 1


@pytest.mark.parametrize(
    ("path", "value", "words"),
    [
        (["sedes"], [1], "unknown key 'sedes', did you mean 'seeds'"),
        (["training", "max_tokns"], 9, "training: unknown key 'max_tokns', did you mean 'max_tokens'"),
        (["datasets", "tiny_de_en", "clean", "ratio"], 2, "datasets.tiny_de_en.clean: unknown key 'ratio'"),
        (["systems", "knn_kd", "alfa"], 0.5, "systems.knn_kd: unknown key 'alfa', did you mean 'alpha'"),
        (["systems", "knn_kd", "alpha"], 1.5, "systems.knn_kd.alpha: 1.5"),
        (["systems", "knn_kd", "tau"], 0, "systems.knn_kd.tau: 0"),
        (["systems", "knn_kd", "tau"], math.nan, "systems.knn_kd.tau: nan is not of type 'number'"),
        (["systems", "knn_kd", "alpha"], math.nan, "systems.knn_kd.alpha: nan"),
        (["search", "memory_gb"], math.inf, "search.memory_gb: inf"),
        (["training", "lr"], math.nan, "training.lr: nan"),
        (["knn_mt", "tau"], [math.inf], "knn_mt.tau.0: inf"),
        (["datasets", 2014], {}, "datasets: YAML reads the key 2014 as no text; write it in quotes"),
        (["systems", "knn_kd", "k"], 64, "k = 64 takes 64 candidates, but search.k stores 16"),
        (["systems", "knn_kd", "self_neighbour"], "dorp", "'dorp' is not one of"),
        (["systems", "bert_kd", "k"], 99, "k = 99 takes 99 candidates, but bert.stored stores 32"),
        (["systems", "bert_kd", "teacher"], "transformer", "sparse, bert has no use for teacher"),
        (["systems", "bert_kd", "self_neighbour"], "drop", "drop goes with candidates: knn"),
        (["systems", "word_kd", "k"], 8, "dense has no use for k"),
        (["systems", "word_kd", "teacher"], "bert_kd", "'bert_kd' has BERT's dictionary"),
        (["systems", "word_kd", "teacher"], "knn_mt", "'knn_mt' is not trained"),
        (["systems", "seq_kd", "term"], "dense", "targets: translations goes with term: none"),
        (["systems", "selective_kd", "share"], 0, "systems.selective_kd.share: 0"),
        (["systems", "knn_mt", "base"], "knn_mt", "'knn_mt' is no system with a model of its own"),
        (["systems", "knn_mt", "term"], "none", "systems.knn_mt: needs just one of term, base, pretrained"),
        (["knn_mt", "lambda"], [1.5], "knn_mt.lambda.0: 1.5"),
        (["ablation", "system"], "word_kd", "'word_kd' has no k and tau to vary"),
        (["ablation", "k"], [4, 99], "systems.knn_kd_k99 on tiny_de_en: k = 99 takes 99 candidates"),
        (["ablation", "k"], [], "ablation.k: []"),
        (["systems", "knn_kd_k2"], {"label": "mine", "term": "none"}, "controls or a grid make a system of that name"),
        (["systems", "knn_mt", "k"], 8, "systems.knn_mt: has no use for k"),
        (["systems", "word_kd", "queue"], 8, "systems.word_kd: has no use for queue"),
        (["systems", "knn_mt", "base"], "bert_kd", "'bert_kd' has subwords of its own"),
        (["datasets", "tiny_de_en", "systems"], {"knn_mt": {"k": 3}}, "settings are datasets.tiny_de_en.knn_mt"),
        (["datasets", "tiny_de_en", "decode"], {"shards": 3}, "decode.shards: holds for the whole experiment"),
        (["tables", "table2", "systems"], ["knn_mt", "transformer"], "the first is what the others are held against"),
        (["bert", "stored"], 301, "bert.stored 301 is above bert.vocabulary 300"),
        (["bert", "heads"], 5, "bert.hidden 32 is no multiple of bert.heads"),
        (["knn_mt"], {"index": "ivfpq"}, "knn_mt.code_bytes 64 does not divide model.embed_dim 32"),
        (["knn_mt"], {"index": "ivfflat", "nlist": 4}, "knn_mt.nprobe 32 is above knn_mt.nlist 4"),
        (["systems", "knn_kd", "k"], 8.0, "systems.knn_kd.k: 8.0 is not of type 'integer'"),
        (["controls", "systems"], ["transformer", "knn_mt"], "'knn_mt' is not trained"),
        (["datasets", "tiny_de_en", "systems"], {"knn_kd": {"k": 16}}, "length_released_drop on tiny_de_en: k = 16"),
        (["systems", "knn_kd", "teacher"], "transfomer", "no 'transfomer' under systems"),
        (["systems", "knn_kd", "teacher"], "knn_kd", "cannot be its own teacher"),
        (["tables", "table2", "systems"], ["nobody"], "no 'nobody' under systems"),
        (["tables", "table2", "datasets"], ["nowhere"], "no 'nowhere' under datasets"),
        (["datasets", "../up"], TINY["datasets"]["tiny_de_en"], "unknown key '../up' (a name is letters, digits"),
        (["datasets", "bare"], BARE, "datasets.bare: needs just one of generator, sources"),
        (["datasets", "tiny_de_en", "systems", "transformer"], {"term": "sparse"}, "needs teacher, alpha, k, tau"),
        (["datasets", "tiny_de_en", "source_lang"], "fr", "the generator writes de to en"),
        (["datasets", "tiny_de_en", "target_lang"], "de", "are the same"),
        (["datasets", "tiny_de_en", "tokenise", "lowercase"], True, "keeps the defaults"),
        (["datasets", "tiny_de_en", "paper"], "iwslt14", "paper: 'iwslt14' is not one of"),
        (["datasets", "tiny_de_en", "clean", "min_tokens"], 200, "min_tokens is above max_tokens"),
        (["systems", "knn_kd", "label"], "Transformer", "the same label"),
        (["training", "warmup_updates"], 0, "warmup_updates: 0"),
        (["training", "warmup_init_lr"], 0, "warmup_init_lr is not above stop_min_lr"),
        (["training", "max_tokens"], 255, "training (transformer): max_tokens 255 is below model.max_positions 256"),
        (["decode", "max_tokens"], 99, "decode: max_tokens 99"),
        (["training", "valid_interval"], 5, "valid_interval does not divide max_epoch"),
        (["data_dir"], "no/such/folder", "no folder 'no/such/folder'"),
        (["seeds"], [10**10], "seeds.0"),
        (["datasets", "tiny_de_en", "bpe", "joint"], False, "needs bpe.joint"),
        (["datasets", "tiny_de_en", "search"], {"shards": 2}, "holds for the whole experiment"),
        (["model", "heads"], 5, "no multiple of model.heads"),
        (["seeds"], [], "seeds"),
        (["device"], "tpu", "device: 'tpu'"),
    ],
)
def test_mistakes_are_named(path, value, words):
    with pytest.raises(KnnKdError) as error:
        complete(edited(*path, value=value))
    assert words in str(error.value)
    assert "\n" not in str(error.value)


def test_a_missing_setting_of_a_sparse_system_is_named():
    config = copy.deepcopy(TINY)
    del config["systems"]["knn_kd"]["tau"]
    with pytest.raises(KnnKdError, match="sparse, knn needs tau"):
        complete(config)


def test_the_given_config_is_left_alone():
    config = copy.deepcopy(TINY)
    complete(config)
    assert config == TINY


def test_the_narrower_setting_wins():
    config = edited("datasets", "tiny_de_en", "training", value={"lr": 0.1, "max_epoch": 7})
    config["systems"]["knn_kd"]["training"] = {"max_epoch": 9}
    config["datasets"]["tiny_de_en"]["systems"] = {"knn_kd": {"tau": 3}}
    config = complete(config)
    assert section(config, "training", "tiny_de_en")["max_epoch"] == 7
    assert section(config, "training", "tiny_de_en", "transformer")["lr"] == 0.1
    assert section(config, "training", "tiny_de_en", "knn_kd")["max_epoch"] == 9
    assert section(config, "training", "tiny_de_en", "knn_kd")["max_tokens"] == 512
    goal = objective(config, "tiny_de_en", "knn_kd")
    named = {"term": "sparse", "candidates": "knn", "teacher": "transformer", "alpha": 0.5, "k": 8, "tau": 3}
    assert named.items() <= goal.items()
    assert goal["label_smoothing"] == 0.0


def test_variants_are_systems_and_nothing_is_trained_twice():
    config = complete(TINY)
    assert trained_systems(config) == [name for name in config["systems"] if name not in ("knn_mt", "pretrained")]
    assert len(control_variants(config, "tiny_de_en")) == 2 + 2
    assert ablation_points(config, "tiny_de_en", "k") == {"knn_kd_k2": (2, 10), "knn_kd": (8, 10)}
    assert ablation_points(config, "tiny_de_en", "tau") == {"knn_kd": (8, 10), "knn_kd_tau100": (8, 100)}
    config = complete(edited("controls", value={"systems": ["transformer", "knn_kd"], "datasets": ["tiny_de_en"]}))
    variants = control_variants(config, "tiny_de_en")
    assert variants["transformer"] == ("transformer", "length", "released", "none", "epochs")
    assert variants["knn_kd"] == ("knn_kd", "length", "paper", "keep", "epochs")
    assert len(variants) == 4 + 8
    name = "knn_kd_corpus_released_drop"
    assert variants[name] == ("knn_kd", "corpus", "released", "drop", "epochs")
    goal = objective(config, "tiny_de_en", name)
    assert (goal["label_smoothing"], goal["self_neighbour"], goal["k"]) == (0.1, "drop", 8)
    assert section(config, "training", "tiny_de_en", name)["batch_order"] == "corpus"


def test_no_ablation_and_no_controls():
    """null takes them out of a config that is laid over another."""
    config = complete(copy.deepcopy(TINY) | {"ablation": None, "controls": None})
    assert list(config["systems"]) == [*SYSTEMS, "pretrained"]
    assert ablation_points(config, "tiny_de_en", "k") == control_variants(config, "tiny_de_en") == {}


def test_the_released_loss_weighs_the_term_as_much_as_the_cross_entropy():
    config = edited("systems", "knn_kd", "alpha", value=0.3)
    config["controls"] |= {"loss": ["paper", "released"]}
    config = complete(config)
    assert objective(config, "tiny_de_en", "knn_kd_corpus_paper_drop")["alpha"] == 0.3
    assert objective(config, "tiny_de_en", "knn_kd_corpus_released_drop")["alpha"] == 0.5


def test_a_variant_keeps_what_a_dataset_sets_for_its_base():
    config = edited("datasets", "tiny_de_en", "systems", value={"knn_kd": {"tau": 3, "k": 4}})
    config = complete(config)
    assert objective(config, "tiny_de_en", "knn_kd_k2")["tau"] == 3
    assert objective(config, "tiny_de_en", "knn_kd_tau100")["k"] == 4
    assert objective(config, "tiny_de_en", "knn_kd_corpus_released_drop")["tau"] == 3


def test_every_model_and_training_key_reaches_fairseq():
    """A key that were left out of fairseq_flags would be a setting that does nothing."""
    config = complete(TINY)
    ours = {"batch_order", "metric", "valid_beam", "threads"}  # these go to train.py itself
    for name in ("model", "training"):
        for key in set(read_schema()["$defs"][name]["properties"]) - ours:
            changed = copy.deepcopy(config)
            value = changed[name][key]
            changed[name][key] = (not value) if isinstance(value, bool) else f"other_{key}"
            before, after = (fairseq_flags(each["model"], each["training"], 0.1) for each in (config, changed))
            assert before != after, f"{name}.{key}"


def test_the_page_of_keys_is_the_schemas(tmp_path):
    page = tmp_path / "README.md"
    assert run_script("document_config.py", "--output", page).returncode == 0
    assert page.read_text(encoding="utf-8") == Path(ROOT / "config" / "README.md").read_text(encoding="utf-8"), (
        "run python workflow/scripts/document_config.py"
    )
    text = page.read_text(encoding="utf-8")
    for name, block in read_schema()["$defs"].items():
        for key in block.get("properties", {}):
            assert f".{key}`" in text, f"{name}.{key} is not documented"


def test_every_key_has_a_meaning():
    def walk(schema, place):
        for key, inner in schema.get("properties", {}).items():
            assert "description" in inner or "$ref" in inner or set(inner) <= {"default"}, f"{place}.{key}"
            walk(inner, f"{place}.{key}")

    schema = read_schema()
    walk(schema, "")
    for name, block in schema["$defs"].items():
        walk(block, name)


@pytest.mark.parametrize(
    ("path", "value", "words"),
    [
        (
            ["datasets", "tiny_law", "pretrained"],
            "generl",
            "tiny_law.pretrained: no 'generl' under pretrained",
        ),
        (["datasets", "tiny_de_en", "clean"], {"drop_overlong": True}, "drop_overlong needs pretrained"),
        (["datasets", "tiny_law", "bpe"], {"merges": 9}, "datasets.tiny_law: needs just one of bpe, pretrained"),
        (["datasets", "mine"], BARE | {"data_bin": "bin"}, "mine.data_bin: needs pretrained, the model whose dict"),
        (["datasets", "mine"], BARE | {"data_bin": "bin"}, "mine.tokenise: a data-bin is tokenised already; set moses"),
        (
            ["datasets", "mine"],
            MINE | {"clean": {"max_tokens": 9}},
            "mine.clean: a data-bin is taken",
        ),
        (["pretrained", "general"], TWO, "datasets.tiny_law: model.share_all_embeddings needs bpe.joint, or a model"),
        (["datasets", "mine"], BARE | {"data_bin": "{a}/bin"}, "datasets.mine.data_bin: '{a}/bin': braces are"),
        (
            ["datasets", "tiny_law", "sources"],
            {},
            "datasets.tiny_law: needs just one of generator, sources, data_bin",
        ),
        (["pretrained", "general", "dataset"], "nowhere", "pretrained.general.dataset: no 'nowhere' under datasets"),
        (["pretrained", "general", "dataset"], "tiny_law", "has the subwords of a pre-trained model itself"),
        (["pretrained", "general", "system"], "knn_mt", "pretrained.general.system: no trained system 'knn_mt'"),
        (["pretrained", "general", "system"], "bert_kd", "'bert_kd' has subwords of its own"),
        (["pretrained", "general"], {"dataset": "tiny_general"}, "'system' is a dependency of 'dataset'"),
        (["pretrained", "general"], {"checkpoint": {"path": "x.pt"}}, "is a dependency of 'checkpoint'"),
        (["tables", "table4", "pairs"], [["tiny_law", "tiny_law"]], "'tiny_law' twice"),
        (["tables", "table4", "pairs"], [["tiny_law", "tiny_de_en"]], "give both the same pretrained"),
        (["tables", "table4", "pairs"], [["tiny_law", "nowhere"]], "tables.table4.datasets: no 'nowhere'"),
        (["tables", "table4", "systems"], ["transformer", "pretrained"], "'pretrained' is trained on none of them"),
        (["tables", "table4", "systems"], ["transformer", "bert_kd"], "'bert_kd' has subwords of its own on each"),
        (["tables", "table4", "systems"], ["knn_mt", "knn_kd"], "tables.table4.systems: the first is what"),
        (["tables", "table2", "systems"], ["transformer", "pretrained"], "datasets.tiny_de_en names none (pretrained)"),
        (["tables", "table3", "datasets"], ["tiny_de_en"], "'tiny_de_en' stands in table2"),
        (["systems", "knn_mt", "base"], "pretrained", "tables.table2: 'knn_mt' needs a pre-trained model"),
        (["systems", "knn_kd", "teacher"], "pretrained", "'knn_kd' needs a pre-trained model"),
        (["systems", "pretrained", "alpha"], 0.5, "systems.pretrained: has no use for alpha"),
        (["datasets", "tiny_de_en", "systems"], {"knn_kd": {"base": "transformer"}}, "knn_kd: has no use for base"),
        (["case_study", "systems"], ["transformer", "bert_kd"], "case_study.systems: 'bert_kd' has subwords"),
        (["case_study", "dataset"], "nowhere", "case_study.datasets: no 'nowhere' under datasets"),
        (["only"], ["nowhere"], "only: no 'nowhere' under datasets"),
        (["without"], ["nobody"], "without: no 'nobody' under systems"),
        (["without"], ["transformer"], "without: tables.table2 cannot do without 'transformer'"),
        (["without"], ["knn_kd"], "without: ablation cannot do without 'knn_kd'"),
    ],
)
def test_mistakes_about_what_is_shown_are_named(path, value, words):
    with pytest.raises(KnnKdError) as error:
        complete(edited(*path, value=value))
    assert words in str(error.value)


def test_a_pretrained_model_has_one_run_and_shares_its_subwords():
    config = complete(copy.deepcopy(TINY) | {"seeds": [3, 5]})
    assert seeds_of(config, "tiny_law", "pretrained") == seeds_of(config, "tiny_law", "knn_mt") == [3]
    assert seeds_of(config, "tiny_law", "knn_kd") == seeds_of(config, "tiny_de_en", "knn_mt") == [3, 5]
    assert model_of(config, "tiny_law", "knn_mt") == "pretrained"
    assert model_of(config, "tiny_de_en", "knn_mt") == "transformer"
    assert is_joint(config, "tiny_law")


def test_only_and_without_leave_gaps_and_take_out_what_has_nothing_left():
    config = complete(copy.deepcopy(TINY) | {"only": ["tiny_law"], "without": ["word_kd"]})
    assert shown_datasets(config, "table3") == ["tiny_medical", "tiny_law"], "medical is a gap"
    assert shown_datasets(config, "table4") == ["tiny_law", "tiny_medical"]
    assert not any(shown_datasets(config, name) for name in ("table2", "ablation", "controls", "case_study"))
    assert ablation_points(config, "tiny_de_en", "k") == control_variants(config, "tiny_de_en") == {}
    assert is_run(config, "tiny_law", "knn_kd")
    assert not is_run(config, "tiny_medical", "knn_kd")
    assert not is_run(config, "tiny_law", "word_kd")


@pytest.mark.parametrize(
    ("place", "text", "value"),
    [
        (("seeds",), ["1", "2"], [1, 2]),
        (("training", "max_epoch"), "3", 3),
        (("training", "lr"), "5e-4", 5e-4),
        (("training", "lr"), "1.5E-3", 1.5e-3),
        (("clean", "max_ratio"), "9", 9),
        (("clean", "drop_duplicates"), "True", True),
    ],
)
def test_text_that_reads_as_the_number_it_should_be_is_that(place, text, value):
    """As `--config seeds='[1,2]'` gives it, and YAML 5e-4."""
    config = copy.deepcopy(TINY)
    block = config["datasets"]["tiny_de_en"] if place[0] == "clean" else config
    for key in place[:-1]:
        block = block.setdefault(key, {})
    block[place[-1]] = text
    whole = complete(config)
    for key in (["datasets", "tiny_de_en"] if place[0] == "clean" else []) + list(place):
        whole = whole[key]
    assert whole == value and type(whole) is type(value)


@pytest.mark.parametrize("text", ["three", "3.5", "", "1e", "nan", "0x3"])
def test_other_text_is_no_number(text):
    config = edited("training", "max_epoch", value=text)
    with pytest.raises(KnnKdError, match="training.max_epoch: .* is not of type 'integer'"):
        complete(config)


def test_names_that_read_as_numbers_stay_names():
    config = edited("datasets", "tiny_de_en", "label", value="2014")
    assert complete(config)["datasets"]["tiny_de_en"]["label"] == "2014"
