"""`import fairseq` with what translation needs, in half the time.

fairseq imports every model, task and criterion that it has as soon as it is imported itself: speech, language models,
scikit-learn with SciPy and pandas for the metrics of one criterion. That takes more CPU time than torch does, and each
job would pay it. They are left out while fairseq sets itself up, and only then: whoever imports one of them later gets
it, and `import_rest` brings them all.
"""

import importlib
import importlib.abc
import importlib.machinery
import importlib.util
import sys
from collections.abc import Callable, Sequence
from functools import partial
from types import ModuleType

# What is imported of the packages that import all their modules.
NEEDED = {
    "fairseq.criterions": {"cross_entropy", "fairseq_criterion", "label_smoothed_cross_entropy"},
    "fairseq.models": {
        *("composite_encoder", "distributed_fairseq_model", "fairseq_decoder", "fairseq_encoder"),
        *("fairseq_incremental_decoder", "fairseq_model", "transformer"),
    },
    "fairseq.scoring": {"bleu", "tokenizer"},
    "fairseq.tasks": {"fairseq_task", "translation"},
}
# Packages of which nothing is needed, or a class that fairseq's trainer imports by its own name.
BARE = ("fairseq.benchmark", "fairseq.model_parallel")


class _Empty(importlib.abc.Loader):
    """Makes a module with nothing in it."""

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> ModuleType | None:
        """Return None: Python's own."""
        return None

    def exec_module(self, module: ModuleType) -> None:
        """Leave it empty."""


class TranslationAlone(importlib.abc.MetaPathFinder):
    """Finds fairseq, and, while it sets itself up, an empty module for each that translation has no need of."""

    def __init__(self) -> None:
        self.left_out: list[str] = []
        self._set_up = 0

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        """Return how a module is loaded; None leaves it to Python."""
        if self._set_up and self._is_left_out(name):
            self.left_out.append(name)
            return importlib.util.spec_from_loader(name, _Empty(), is_package=True)
        if name not in ("fairseq", *BARE):
            return None
        spec = importlib.machinery.PathFinder.find_spec(name, path)
        if spec and spec.loader:
            spec.loader.exec_module = partial(self._run, spec.loader.exec_module)  # type: ignore[method-assign]
        return spec

    def _is_left_out(self, name: str) -> bool:
        package, _, module = name.rpartition(".")
        return name in BARE or package in BARE or module not in NEEDED.get(package, (module,))

    def _run(self, execute: Callable[[ModuleType], None], module: ModuleType) -> None:
        """Execute a package, and take the empty modules away again, so that none is ever taken for the real one."""
        self._set_up += 1
        first = len(self.left_out)
        try:
            execute(module)
        finally:
            self._set_up -= 1
            for name in self.left_out[first:]:
                parent, _, last = name.rpartition(".")
                empty = sys.modules.pop(name, None)
                if parent in sys.modules and getattr(sys.modules[parent], last, None) is empty:
                    delattr(sys.modules[parent], last)


FINDER = TranslationAlone()


def install() -> None:
    """Have every later `import fairseq` of this process leave out what translation does not need."""
    if FINDER not in sys.meta_path and "fairseq" not in sys.modules:
        sys.meta_path.insert(0, FINDER)


def import_models() -> None:
    """Import the models that were left out, for a checkpoint whose architecture is none of the Transformer's own."""
    _import_of("fairseq.models")


def import_rest() -> None:
    """Import the tasks, criteria and scorers too: arguments of an old checkpoint may name any of them."""
    for package in NEEDED:
        _import_of(package)


def _import_of(package: str) -> None:
    for name in FINDER.left_out:
        if name.rpartition(".")[0] == package:
            importlib.import_module(name)
