"""The config: checked against its schema, completed with defaults, and asked for the slice that one rule needs."""

import copy
import difflib
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from jsonschema import Draft202012Validator, ValidationError
from jsonschema.validators import extend

from knnkd.errors import KnnKdError
from knnkd.grammar import CORPORA

SCHEMA = Path(__file__).resolve().parents[1] / "schemas" / "config.schema.yaml"


@cache
def read_schema() -> dict:
    """Return the JSON schema of the config."""
    return yaml.safe_load(SCHEMA.read_text(encoding="utf-8"))


def complete(config: dict) -> dict:
    """Return a copy of `config` with every default filled in.

    Raises KnnKdError, which names the key, where the config does not fit the schema or contradicts itself.
    """
    whole = copy.deepcopy(config)
    errors = sorted(_validator().iter_errors(whole), key=lambda error: list(map(str, error.absolute_path)))
    problems = [text for error in errors for text in _explain(error)] or list(_contradictions(whole))
    if problems:
        raise KnnKdError(f"config: {'; '.join(dict.fromkeys(problems))} (all keys: config/README.md)")
    return whole


def section(config: dict, name: str, dataset: str, system: str | None = None) -> dict:
    """Return model, training, search or decode as it holds for one dataset, and one system where given."""
    merged = config[name] | config["datasets"][dataset].get(name, {})
    return merged | config["systems"][system].get(name, {}) if system else merged


def objective(config: dict, dataset: str, system: str) -> dict:
    """Return term, teacher, alpha, k, tau and label_smoothing of one system as they hold for one dataset."""
    base = {key: value for key, value in config["systems"][system].items() if key not in ("label", "training")}
    return base | config["datasets"][dataset]["systems"].get(system, {})


def fairseq_flags(model: dict, training: dict, label_smoothing: float) -> list[str]:
    """Return the flags of fairseq-train that the sections `model` and `training` stand for."""
    flags = ["--arch", model["arch"]]
    for ours, theirs in (("layers", "layers"), ("embed_dim", "embed-dim"), ("ffn_dim", "ffn-embed-dim")):
        for side in ("encoder", "decoder"):
            flags += [f"--{side}-{theirs}", model.get(f"{side}_{ours}", model.get(ours))]
    for side in ("encoder", "decoder"):
        flags += [f"--{side}-attention-heads", model["heads"]]
    for name in ("dropout", "attention_dropout", "activation_dropout"):
        flags += [_flag(name), model[name]]
    flags += ["--share-all-embeddings"] if model["share_all_embeddings"] else []
    for side in ("source", "target"):
        flags += [f"--max-{side}-positions", model["max_positions"]]
    flags += ["--optimizer", "adam", "--adam-betas", f"({training['adam_beta1']},{training['adam_beta2']})"]
    flags += ["--lr-scheduler", "inverse_sqrt", "--label-smoothing", label_smoothing]
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
        "patience",
        "save_interval_updates",
    ]:
        flags += [_flag(name), training[name]]
    return [str(flag) for flag in flags]


def _flag(name: str) -> str:
    return "--" + name.replace("_", "-")


@cache
def _validator() -> Draft202012Validator:
    check_properties = Draft202012Validator.VALIDATORS["properties"]

    def with_defaults(validator: Any, properties: dict, instance: Any, schema: dict) -> Iterator[ValidationError]:
        for name, subschema in properties.items():
            if isinstance(instance, dict) and "default" in subschema:
                instance.setdefault(name, copy.deepcopy(subschema["default"]))
        yield from check_properties(validator, properties, instance, schema)

    return extend(Draft202012Validator, {"properties": with_defaults})(read_schema())


def _explain(error: ValidationError) -> Iterator[str]:
    """Say what is wrong in the config's own words; an unknown key is named with the nearest known one."""
    place = ".".join(map(str, error.absolute_path)) or "top level"
    if error.validator == "oneOf" and all(set(choice) == {"required"} for choice in error.validator_value):
        choices = " or ".join(choice["required"][0] for choice in error.validator_value)
        yield f"{place}: needs {choices}, one of the two"
        return
    if error.validator != "additionalProperties":
        yield f"{place}: {error.message}"
        return
    known = list(error.schema.get("properties", {}))
    patterns = error.schema.get("patternProperties", {})
    for key in error.instance:
        if key not in known and not _matches(str(key), patterns):
            near = difflib.get_close_matches(str(key), known, n=1)
            rule = " (a name is letters, digits and underscores)" if patterns and not known else ""
            yield f"{place}: unknown key '{key}'" + (f", did you mean '{near[0]}'?" if near else rule)


def _matches(key: str, patterns: dict) -> bool:
    return any(re.search(pattern, key) for pattern in patterns)


def _contradictions(config: dict) -> Iterator[str]:
    """Yield what the schema cannot see: names that lead nowhere, and settings that cannot go together."""
    if config["data_dir"] and not Path(config["data_dir"]).is_dir():
        yield f"data_dir: no folder '{config['data_dir']}'"
    for table, shown in config["tables"].items():
        for kind in ("datasets", "systems"):
            known = config[kind]
            yield from (f"tables.{table}.{kind}: no '{name}' under {kind}" for name in shown[kind] if name not in known)
            labels = [known[name]["label"] for name in shown[kind] if name in known]
            if len(set(labels)) < len(labels):
                yield f"tables.{table}.{kind}: two of them have the same label"
    for name, dataset in config["datasets"].items():
        yield from _contradictions_of_corpus(name, dataset)
        yield from _contradictions_of_sections(config, name)
        unknown = [system for system in dataset["systems"] if system not in config["systems"]]
        yield from (f"datasets.{name}.systems: no '{system}' under systems" for system in unknown)
        for system in config["systems"]:
            yield from _contradictions_of_objective(config, name, system)


def _contradictions_of_corpus(name: str, dataset: dict) -> Iterator[str]:
    languages, clean = (dataset["source_lang"], dataset["target_lang"]), dataset["clean"]
    if languages[0] == languages[1]:
        yield f"datasets.{name}: source_lang and target_lang are the same"
    if "generator" in dataset:
        corpus = CORPORA[dataset["generator"]["corpus"]]
        if languages != (corpus.source_language, corpus.target_language):
            yield f"datasets.{name}: the generator writes {corpus.source_language} to {corpus.target_language}"
        if dataset["tokenise"] != {"moses": True, "escape": False, "aggressive": False, "lowercase": False}:
            yield f"datasets.{name}.tokenise: a generated corpus keeps the defaults, which its lattices are written in"
    for split, files in dataset.get("sources", {}).items():
        if set(files) != set(languages):
            yield f"datasets.{name}.sources.{split}: has {sorted(files)}, the languages are {sorted(languages)}"
    if clean["min_tokens"] > clean["max_tokens"]:
        yield f"datasets.{name}.clean: min_tokens is above max_tokens"
    if clean["drop_overlap"] and "train" not in clean["splits"]:
        yield f"datasets.{name}.clean: drop_overlap needs train in splits"


def _contradictions_of_sections(config: dict, name: str) -> Iterator[str]:
    dataset, model = config["datasets"][name], section(config, "model", name)
    if model["share_all_embeddings"] and not dataset["bpe"]["joint"]:
        yield f"datasets.{name}: model.share_all_embeddings needs bpe.joint"
    if model["embed_dim"] % model["heads"]:
        yield f"datasets.{name}: model.embed_dim {model['embed_dim']} is no multiple of model.heads"
    for key in ("shards", "faiss"):
        if key in dataset["search"]:
            yield f"datasets.{name}.search.{key}: holds for the whole experiment; set search.{key}"
    batches = {"decode": section(config, "decode", name)["max_tokens"]}
    for system in config["systems"]:
        training = section(config, "training", name, system)
        batches[f"training ({system})"] = training["max_tokens"]
        if training["warmup_init_lr"] <= training["stop_min_lr"]:
            yield f"datasets.{name}: training.warmup_init_lr is not above stop_min_lr, so training would stop at once"
        if training["valid_interval"] > training["max_epoch"]:
            yield f"datasets.{name}: training.valid_interval is above max_epoch, so no checkpoint would be the best"
    for place, tokens in batches.items():
        if tokens < model["max_positions"]:
            yield f"datasets.{name}: {place}: max_tokens {tokens} is below model.max_positions {model['max_positions']}"


def _contradictions_of_objective(config: dict, dataset: str, system: str) -> Iterator[str]:
    goal, stored = objective(config, dataset, system), section(config, "search", dataset)["k"]
    if goal["term"] == "none":
        return
    if missing := [key for key in ("teacher", "alpha", "k", "tau") if key not in goal]:
        yield f"systems.{system} on {dataset}: term sparse needs {', '.join(missing)}"
        return
    if goal["k"] > stored:
        yield f"systems.{system} on {dataset}: k = {goal['k']}, but search.k stores {stored}"
    teacher, chain = goal["teacher"], [system]
    while teacher is not None:
        if teacher not in config["systems"]:
            yield f"systems.{chain[-1]}.teacher: no '{teacher}' under systems"
            return
        if teacher in chain:
            yield f"systems.{system}.teacher: a system cannot be made from its own datastore"
            return
        chain.append(teacher)
        goal = objective(config, dataset, teacher)
        teacher = goal.get("teacher") if goal["term"] != "none" else None
