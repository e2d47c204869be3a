"""BERT-KD's teacher: whose is trained here, and the settings of its stages."""

import copy
import json

import pytest
from support.corpus import tiny
from support.workflow import TINY

from knnkd.core.errors import KnnKdError
from knnkd.core.settings import read_settings
from knnkd.corpus.binarise import Binary
from knnkd.distil.bert.settings import Finetuning, Labelling, Pretraining, Schedule, Shape
from knnkd.experiment import bert_settings
from knnkd.experiment.config import complete
from knnkd.experiment.runs import Experiment, Run

RUN = Run("tiny_de_en", seed=3)
KINDS = {
    bert_settings.pretraining: Pretraining,
    bert_settings.finetuning: Finetuning,
    bert_settings.labelling: Labelling,
    bert_settings.binary: Binary,
}


def with_bert(**changes):
    """The tiny experiment with changes to the section bert of its first dataset."""
    config = copy.deepcopy(TINY)
    config["datasets"]["tiny_de_en"]["bert"] = changes
    return Experiment(complete(config))


@pytest.mark.parametrize(("function", "kind"), KINDS.items(), ids=lambda each: each.__name__)
def test_each_slice_is_what_its_dataclass_takes(function, kind):
    values = function(tiny(), RUN)
    read_settings(json.dumps(values), kind)
    with pytest.raises(KnnKdError, match="unknown field extra"):
        read_settings(json.dumps(values | {"extra": 1}), kind)


def test_the_values():
    pretraining = read_settings(json.dumps(bert_settings.pretraining(tiny(), RUN)), Pretraining)
    schedule = Schedule(20, 0.001, 0.05, 512, seed=1, save_interval=1000, threads=1)
    assert pretraining == Pretraining(("de", "en"), 300, Shape(1, 32, 2, 64), schedule, "cpu")
    shape = {"layers": 1, "hidden": 32, "heads": 2, "ffn": 64, "max_positions": 512, "dropout": 0.0, "seed": 1}
    assert pretraining.model() == shape and list(pretraining.model()) == list(shape)
    finetuning = read_settings(json.dumps(bert_settings.finetuning(tiny(), RUN)), Finetuning)
    assert (finetuning.schedule.seed, finetuning.schedule.lr) == (3, 5e-5)
    labelling = {"languages": ["de", "en"], "masks": 7, "stored": 32, "max_tokens": 512, "threads": 1, "device": "cpu"}
    assert bert_settings.labelling(tiny(), RUN) == labelling
    assert bert_settings.binary(tiny(), RUN) == {"languages": ["de", "en"], "joint": True, "subwords": "wordpiece"}


@pytest.mark.parametrize(
    ("changes", "touched"),
    [
        ({"stored": 16}, {"labelling"}),
        ({"masks": 3}, {"labelling"}),
        ({"updates": 9}, {"finetuning"}),
        ({"lr": 0.5}, {"finetuning"}),
        ({"pretrain_updates": 9}, {"pretraining"}),
        ({"vocabulary": 200}, {"pretraining"}),
        ({"warmup": 0.5}, {"pretraining", "finetuning"}),
        ({"max_tokens": 600}, {"pretraining", "finetuning", "labelling"}),
    ],
)
def test_a_change_touches_the_stages_that_use_it(changes, touched):
    other = with_bert(**changes)
    assert {each.__name__ for each in KINDS if each(tiny(), RUN) != each(other, RUN)} == touched


def test_teachers_that_are_fetched(tmp_path):
    other = with_bert(teacher=str(tmp_path))
    assert bert_settings.with_fetched(tiny()) == []
    assert bert_settings.with_fetched(other) == ["tiny_de_en"]
    assert bert_settings.with_tiny(other) == ["tiny_general", "tiny_medical", "tiny_law"]
    assert bert_settings.fetching(other, RUN) == {"teacher": str(tmp_path)}
    assert bert_settings.local_teacher(other, RUN) == [str(tmp_path)]
    assert bert_settings.local_teacher(with_bert(teacher="google/bert"), RUN) == []
