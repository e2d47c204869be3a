"""Scripts as the rules of the tiny experiment call them: settings and files that a test may change before the call."""

import copy
import json
import shlex
import sys
from pathlib import Path

from knnkd.experiment import decoding_settings, runs, training_settings
from knnkd.experiment.config import complete
from knnkd.experiment.runs import Experiment, Run
from support.workflow import ROOT, TINY, run_script


def settings_in(command):
    """Return the settings in a command line that Snakemake printed."""
    words = shlex.split(command)
    return json.loads(words[words.index("--settings") + 1])


TRANSFORMER = Run("tiny_de_en", "transformer", 1)


class Command:
    """A script with its settings (the JSON of --settings, None without) and its files, by the names of their flags."""

    def __init__(self, script, settings=None, **files):
        self.script, self.settings, self.files = script, copy.deepcopy(settings), files

    @property
    def flags(self):
        words = [] if self.settings is None else ["--settings", json.dumps(self.settings)]
        for name, value in self.files.items():
            values = value if isinstance(value, (list, tuple)) else [value]
            words += [f"--{name.replace('_', '-')}", *map(str, values)] if value is not None else []
        return words

    @property
    def words(self):
        """The whole command, for a process that a test starts itself."""
        return [sys.executable, str(ROOT / "workflow" / "scripts" / self.script), *self.flags]

    def run(self, cwd=ROOT):
        return run_script(self.script, *self.flags, cwd=cwd)


def tiny(**training):
    """The tiny experiment, with changes to its section training."""
    config = copy.deepcopy(TINY)
    config["training"] |= training
    return Experiment(complete(config))


def training(system, output, **changes):
    """train.py for a system of the tiny run, from that run's folder; `changes` are of the section training."""
    experiment, run = tiny(**changes), Run("tiny_de_en", system, 1)
    files = {"data_bin": runs.training_data(experiment, run)[0], "teacher": runs.teacher(experiment, run) or None}
    settings = training_settings.training(experiment, run)
    return Command("train.py", settings, **files, output=output, work=Path(output) / "work")


def decoding(run, output, **changes):
    """decode.py, or decode_knn_mt.py, of a run of the tiny experiment, from its folder; changes: of the settings."""
    experiment = tiny()
    settings = decoding_settings.decoding(experiment, run) | changes
    files = {"checkpoint": runs.checkpoint(experiment, run)[0], "data_bin": runs.test_data(experiment, run)[0]}
    if run.system in experiment.knn_mt:
        return Command("decode_knn_mt.py", settings, **files, nearest=runs.nearest(experiment, run), output=output)
    return Command("decode.py", settings, **files, output=output)
