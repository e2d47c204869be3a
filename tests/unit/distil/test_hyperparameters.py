"""What train.json says of a training is what fairseq was told, under the names of the paper's Table 6."""

import json

import pandas as pd
import pytest
from fairseq import options
from fairseq.dataclass.utils import convert_namespace_to_omegaconf
from omegaconf import OmegaConf
from support.workflow import ROOT, TINY

import knnkd.distil.plugin  # noqa: F401  (registers the task and the criterion)
from knnkd.distil.fairseq_flags import fairseq_flags
from knnkd.distil.hyperparameters import FAIRSEQ_KEYS, hyperparameters
from knnkd.experiment.config import complete

OURS = {
    "learning_rate": "lr",
    "minimal_lr": "stop_min_lr",
    "warmup_lr": "warmup_init_lr",
    "warmup_steps": "warmup_updates",
    "gradient_clipping": "clip_norm",
}


def resolved(term, settings, smoothing=0.1):
    """Return fairseq's configuration of a training of the tiny experiment, and the config's sections behind it."""
    config = complete(TINY)
    model, training = config["model"] | {"decoder_layers": 2}, config["training"] | settings
    flags = ["data", "--task", "distillation_translation", "-s", "de", "-t", "en", "--criterion", "distillation"]
    flags += ["--term", term, *(["--alpha", "0.3"] if term != "none" else [])]
    flags += fairseq_flags(model, training, smoothing)
    return convert_namespace_to_omegaconf(options.parse_args_and_arch(options.get_training_parser(), flags)), training


def test_every_value_is_the_one_that_fairseq_was_given():
    settings = {"update_freq": 2, "clip_norm": 1.5, "weight_decay": 0.0001, "adam_beta2": 0.997, "adam_eps": 1e-6}
    config, training = resolved("sparse", settings | {"patience": 3})
    values = hyperparameters(config)
    for name, value in values.items():
        if (ours := OURS.get(name, name)) in training:
            assert value == pytest.approx(training[ours], rel=1e-12), name
    assert (values["alpha"], values["label_smoothing"]) == (0.3, 0.1)
    assert (values["optimizer"], values["lr_scheduler"]) == ("adam", "inverse_sqrt")
    assert (values["encoder_layers"], values["decoder_layers"]) == (1, 2)
    assert values["encoder_embed_dim"] == values["decoder_embed_dim"] == TINY["model"]["embed_dim"]
    assert (values["encoder_ffn_dim"], values["decoder_heads"]) == (TINY["model"]["ffn_dim"], TINY["model"]["heads"])
    assert values["dropout"] == TINY["model"]["dropout"]
    assert json.loads(json.dumps(values, allow_nan=False)) == values


def test_cross_entropy_alone_has_no_alpha():
    """fairseq keeps the criterion's default, which such a training never uses."""
    config, _ = resolved("none", {})
    assert config.criterion.alpha == 0.5
    assert hyperparameters(config)["alpha"] is None


def test_a_checkpoint_as_we_write_it_says_the_same():
    config, _ = resolved("sparse", {})
    assert hyperparameters(OmegaConf.to_container(config, resolve=True, enum_to_str=True)) == hyperparameters(config)


def test_the_papers_rows_are_all_there():
    paper = pd.read_csv(ROOT / "workflow" / "report" / "paper_results.csv")
    assert set(paper.loc[paper["table"] == "table6", "metric"]) <= set(FAIRSEQ_KEYS)
