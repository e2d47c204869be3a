"""The settings of the stages from a source to binary data, as the rules hand them over, with changes."""

import json
import re

from sacremoses import MosesTokenizer

from knnkd.experiment import corpus_settings
from knnkd.experiment.runs import Run
from support.commands import tiny


def settings(function, seed=1, **changes):
    """Return, as flags, what a function such as corpus_settings.bpe gives for tiny_de_en, with changes.

    A change that is a dict changes a part of what stands there.
    """
    values = function(tiny(), Run("tiny_de_en", seed=seed))
    for name, value in changes.items():
        values[name] = values[name] | value if isinstance(value, dict) else value
    return ["--settings", json.dumps(values)]


def cleaning(**changes):
    """Return the flags of a cleaning of tiny_de_en, with changes."""
    return settings(corpus_settings.cleaning, **changes)


def moses(line: str, lang: str, **options: bool) -> list[str]:
    """Return sacremoses' tokens, but the last full stop apart, as Moses' own script has it."""
    tokens = list(MosesTokenizer(lang).tokenize(line, **options))
    if tokens and re.fullmatch(r".*[^.]\.", tokens[-1]):
        tokens[-1:] = [tokens[-1][:-1], "."]
    return tokens
