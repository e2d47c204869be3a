"""What a training was run with, as Table 6 has it: read from fairseq's own configuration, not from the config file."""

import ast
from argparse import Namespace
from collections.abc import Mapping
from typing import Any

Value = float | int | str | None

# Where each stands in fairseq's configuration: the rows of the paper's Table 6 in its order, then what it leaves out.
FAIRSEQ_KEYS = {
    "max_tokens": ("dataset", "max_tokens"),
    "learning_rate": ("optimization", "lr"),
    "lr_scheduler": ("lr_scheduler", "_name"),
    "minimal_lr": ("optimization", "stop_min_lr"),
    "warmup_lr": ("lr_scheduler", "warmup_init_lr"),
    "warmup_steps": ("lr_scheduler", "warmup_updates"),
    "gradient_clipping": ("optimization", "clip_norm"),
    "weight_decay": ("optimizer", "weight_decay"),
    "dropout": ("model", "dropout"),
    "attention_dropout": ("model", "attention_dropout"),
    "activation_dropout": ("model", "activation_dropout"),
    "alpha": ("criterion", "alpha"),
    "optimizer": ("optimizer", "_name"),
    "adam_beta1": ("optimizer", "adam_betas"),
    "adam_beta2": ("optimizer", "adam_betas"),
    "adam_eps": ("optimizer", "adam_eps"),
    "label_smoothing": ("criterion", "label_smoothing"),
    "update_freq": ("optimization", "update_freq"),
    "max_epoch": ("optimization", "max_epoch"),
    "patience": ("checkpoint", "patience"),
    "encoder_layers": ("model", "encoder_layers"),
    "decoder_layers": ("model", "decoder_layers"),
    "encoder_embed_dim": ("model", "encoder_embed_dim"),
    "decoder_embed_dim": ("model", "decoder_embed_dim"),
    "encoder_ffn_dim": ("model", "encoder_ffn_embed_dim"),
    "decoder_ffn_dim": ("model", "decoder_ffn_embed_dim"),
    "encoder_heads": ("model", "encoder_attention_heads"),
    "decoder_heads": ("model", "decoder_attention_heads"),
}


def hyperparameters(config: Mapping[str, Any]) -> dict[str, Value]:
    """Return {name: value} of a checkpoint's `cfg`, in the order of FAIRSEQ_KEYS, ready for JSON.

    max_tokens counts padded tokens, warmup_steps updates, patience validations, gradient_clipping a norm (0: never);
    alpha is None where the loss is cross-entropy alone, others where fairseq's optimizer or schedule has no such thing.
    """
    values = {name: _plain(_read(config, *place)) for name, place in FAIRSEQ_KEYS.items()}
    betas = values["adam_beta1"]
    for i, name in enumerate(("adam_beta1", "adam_beta2")):
        values[name] = None if betas is None else float(ast.literal_eval(str(betas))[i])
    if str(_read(config, "criterion", "term")) == "none":
        values["alpha"] = None
    return values


def _read(config: Mapping[str, Any], section: str, key: str) -> Any:
    """Return one setting: fairseq keeps the model's in a Namespace, all others in mappings."""
    part = config[section]
    return getattr(part, key, None) if isinstance(part, Namespace) else part.get(key)


def _plain(value: Any) -> Value:
    """Return a list of one, which fairseq makes of what could change from epoch to epoch, as that one."""
    if value is None or isinstance(value, int | float | str):
        return value
    values = [*value]
    return values[0] if len(values) == 1 else str(values)
