"""A small model with random weights over a random corpus, its datastore and an index, as fixtures (pytest_plugins)."""

import numpy as np
import pytest
import torch
from fairseq import options, tasks
from fairseq.dataclass.utils import convert_namespace_to_omegaconf

from knnkd.core.files import write_lines
from knnkd.corpus.binarise import binarise
from knnkd.distil.plugin.checkpoints import TrainedModel, hash_tensors
from knnkd.inference.fill_datastore import dump_datastore
from knnkd.knn.datastore import Datastore
from knnkd.knn.exact_index import ExactIndex

SPLITS = {"train": 80, "valid": 13, "test": 11}


@pytest.fixture(scope="session")
def data_bin(tmp_path_factory):
    """A random corpus of 20 types, some of them subwords and one of Moses' entities."""
    folder = tmp_path_factory.mktemp("corpus")
    random = np.random.default_rng(0)
    types = [*(f"w{i}" for i in range(14)), "&#124;", *(f"s{i}@@" for i in range(5))]
    for split, sentences in SPLITS.items():
        for language in ("de", "en"):
            lengths = random.integers(4, 11, sentences)
            lines = [" ".join([*random.choice(types, length - 1), "w0"]) for length in lengths]
            write_lines(folder / "text" / f"{split}.{language}", lines)
    binarise(folder / "text", ("de", "en"), list(SPLITS), folder / "bin", joint=False, subwords="bpe")
    return folder / "bin"


@pytest.fixture(scope="session")
def trained(data_bin):
    flags = [str(data_bin), "--task", "distillation_translation", "-s", "de", "-t", "en", "--arch", "transformer"]
    flags += ["--encoder-layers", "1", "--encoder-embed-dim", "16", "--encoder-ffn-embed-dim", "32"]
    flags += ["--encoder-attention-heads", "2", "--decoder-attention-heads", "2", "--decoder-layers", "1"]
    config = convert_namespace_to_omegaconf(options.parse_args_and_arch(options.get_training_parser(), flags))
    task = tasks.setup_task(config.task)
    torch.manual_seed(1)
    model = task.build_model(config.model).eval().requires_grad_(False)
    return TrainedModel(model, task, torch.device("cpu"), hash_tensors(model.state_dict()))


@pytest.fixture(scope="session")
def store(trained, data_bin, tmp_path_factory):
    folder = tmp_path_factory.mktemp("datastore")
    dump_datastore(trained, data_bin, "train", 512, folder)
    return Datastore.open(folder)


@pytest.fixture(scope="session")
def index(store):
    return ExactIndex(store.keys, "cpu")
