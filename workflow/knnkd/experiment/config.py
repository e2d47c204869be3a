"""The config: checked against its schema, and completed with defaults and with the systems that it implies."""

import copy
import difflib
import math
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from jsonschema import Draft202012Validator, ValidationError
from jsonschema.validators import extend

from knnkd.core.errors import KnnKdError
from knnkd.experiment.check_config import contradictions, contradictions_of_variants, useless_settings
from knnkd.experiment.check_paths import expand_paths
from knnkd.experiment.resolve import add_variants
from knnkd.objective.terms import TERMS

OPTIONAL = ("ablation", "controls", "case_study")  # sections that null takes out
SCHEMA = Path(__file__).resolve().parents[2] / "schemas" / "config.schema.yaml"


@cache
def read_schema() -> dict:
    """Return the JSON schema of the config: the file, with the terms of the registry and their options."""
    schema = yaml.safe_load(SCHEMA.read_text(encoding="utf-8"))
    blocks = schema["$defs"]
    meaning = "what stands beside the cross-entropy: " + ", ".join(
        f"{term.meaning} ({key})" for key, term in TERMS.items()
    )
    for name in ("objective", "system"):
        blocks[name]["properties"]["term"] = {"description": meaning, "enum": list(TERMS)}
    for option in (each for term in TERMS.values() for each in term.options):
        given = {key: value for key, value in option.schema.items() if key != "default"}
        blocks["objective"]["properties"][option.name] = given
        blocks["system"]["properties"][option.name] = dict(option.schema)
        if option.in_grid:
            item = {key: value for key, value in given.items() if key != "description"}
            values = {"type": "array", "minItems": 1, "uniqueItems": True, "items": item}
            blocks["grid"]["properties"][option.name] = {"description": f"values of {option.name}"} | values
    return schema


def complete(config: dict) -> dict:
    """Return a copy of `config` with every default filled in, and the variants of ablation and controls as systems.

    Raises KnnKdError, which names the key, where the config does not fit the schema or contradicts itself.
    """
    whole = copy.deepcopy(config)
    if strange := list(_keys_that_are_no_text(whole)):
        raise KnnKdError(f"config: {'; '.join(strange)}")
    if strange := list(expand_paths(whole)):
        raise KnnKdError(f"config: {'; '.join(strange)}")
    errors = sorted(_validator().iter_errors(whole), key=lambda error: list(map(str, error.absolute_path)))
    problems = [text for error in errors for text in _explain(error)]
    if not problems:
        _leave_out(whole)
        problems = list(contradictions(whole))
    if not problems:
        problems = list(useless_settings(config, whole))
        whole["grid_seeds"] = whole["grid_seeds"] or whole["seeds"][:1]
    if not problems:
        add_variants(whole)
        problems = list(contradictions_of_variants(whole))
    if problems:
        raise KnnKdError(f"config: {'; '.join(dict.fromkeys(problems))} (all keys: config/README.md)")
    return whole


def _keys_that_are_no_text(value: Any, place: str = "") -> Iterator[str]:
    """Name each key that YAML reads as a number, a truth value or a date, wherever it stands."""
    if isinstance(value, dict):
        for key, each in value.items():
            if not isinstance(key, str):
                yield f"{place or 'top level'}: YAML reads the key {key} as no text; write it in quotes"
            yield from _keys_that_are_no_text(each, f"{place}.{key}".lstrip("."))
    elif isinstance(value, list):
        for each in value:
            yield from _keys_that_are_no_text(each, place)


def _leave_out(config: dict) -> None:
    """Take out the sections and tables that null stands for, in place."""
    for name in OPTIONAL:
        if config.get(name, {}) is None:
            del config[name]
    config["tables"] = {name: shown for name, shown in config["tables"].items() if shown is not None}


@cache
def _validator() -> Draft202012Validator:
    check_properties = Draft202012Validator.VALIDATORS["properties"]

    def with_defaults(validator: Any, properties: dict, instance: Any, schema: dict) -> Iterator[ValidationError]:
        for name, subschema in properties.items():
            if isinstance(instance, dict) and "default" in subschema:
                instance.setdefault(name, copy.deepcopy(subschema["default"]))
            if isinstance(instance, dict) and name in instance:
                instance[name] = _typed(instance[name], subschema)
        yield from check_properties(validator, properties, instance, schema)

    # JSON takes 8.0 for an integer, the scripts do not.
    types = Draft202012Validator.TYPE_CHECKER.redefine("integer", lambda _, value: type(value) is int)
    # Every bound lets NaN through, as no comparison with it is true.
    types = types.redefine("number", lambda _, value: type(value) in (int, float) and math.isfinite(value))
    return extend(Draft202012Validator, {"properties": with_defaults}, type_checker=types)(read_schema())


def _typed(value: Any, schema: dict) -> Any:
    """Return a text that reads as the number or truth value that the schema wants as that; all else as it is.

    `--config` gives the items of a list as text, and YAML reads 5e-4, without a point, as text too.
    """
    if isinstance(value, list):
        return [_typed(each, schema.get("items", {})) for each in value]
    kinds = schema.get("type", ())
    if not isinstance(value, str) or "string" in kinds or "enum" in schema:
        return value
    if "boolean" in kinds and value.lower() in ("true", "false"):
        return value.lower() == "true"
    if ("integer" in kinds or "number" in kinds) and re.fullmatch(r"[+-]?\d+", value):
        return int(value)
    if "number" in kinds and re.fullmatch(r"[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?", value, re.IGNORECASE):
        return float(value)
    return value


def _explain(error: ValidationError) -> Iterator[str]:
    """Say what is wrong in the config's own words; an unknown key is named with the nearest known one."""
    place = ".".join(map(str, error.absolute_path)) or "top level"
    if error.validator == "oneOf" and all(set(choice) == {"required"} for choice in error.validator_value):
        choices = ", ".join(choice["required"][0] for choice in error.validator_value)
        yield f"{place}: needs just one of {choices}"
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
