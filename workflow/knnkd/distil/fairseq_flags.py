"""The flags of fairseq-train that the sections `model` and `training` of the config stand for."""

from collections.abc import Mapping
from typing import Any


def fairseq_flags(model: Mapping[str, Any], training: Mapping[str, Any], label_smoothing: float | None) -> list[str]:
    """Return the flags of fairseq-train that the sections `model` and `training` stand for; None stands for no flag."""
    flags: list = ["--arch", "transformer"]
    for ours, theirs in (("layers", "layers"), ("embed_dim", "embed-dim"), ("ffn_dim", "ffn-embed-dim")):
        for side in ("encoder", "decoder"):
            flags += [f"--{side}-{theirs}", model.get(f"{side}_{ours}") or model[ours]]
    for side in ("encoder", "decoder"):
        flags += [f"--{side}-attention-heads", model["heads"]]
    for name in ("dropout", "attention_dropout", "activation_dropout"):
        flags += [_flag(name), model[name]] if model[name] is not None else []
    flags += ["--share-all-embeddings"] if model["share_all_embeddings"] else []
    for side in ("source", "target"):
        flags += [f"--max-{side}-positions", model["max_positions"]]
    flags += ["--optimizer", "adam", "--adam-betas", f"({training['adam_beta1']},{training['adam_beta2']})"]
    flags += ["--lr-scheduler", "inverse_sqrt"]
    flags += [] if label_smoothing is None else ["--label-smoothing", label_smoothing]
    flags += ["--validate-interval", training["valid_interval"], "--save-interval", training["valid_interval"]]
    for name in [
        "max_tokens",
        "update_freq",
        "lr",
        "stop_min_lr",
        "warmup_init_lr",
        "warmup_updates",
        "clip_norm",
        "weight_decay",
        "adam_eps",
        "max_epoch",
        "max_update",
        "patience",
        "save_interval_updates",
    ]:
        flags += [_flag(name), training[name]] if training[name] is not None else []
    return [str(flag) for flag in flags]


def _flag(name: str) -> str:
    return "--" + name.replace("_", "-")
