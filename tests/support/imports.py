"""What a file imports, followed through the library."""

import ast
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from support.workflow import ROOT

sys.path.insert(0, str(ROOT / "workflow" / "scripts"))
import make_env  # noqa: F401  (a script that tests call)

# What each file of ours imports, where the package's name is another.
PACKAGES = {"yaml": "pyyaml", "subword_nmt": "subword-nmt", "fairseq_cli": "fairseq"}
# What its functions import is needed by a training alone, whose criterion calls them; the workflow reads the rest.
REGISTRIES = {ROOT / "workflow" / "knnkd" / "objective" / "terms.py"}


def executed(tree: ast.AST, functions: bool) -> Iterator[ast.AST]:
    """Yield the nodes below this one but those that only a type checker reads, with `functions` those of functions."""
    of_checker = isinstance(tree, ast.If) and ast.unparse(tree.test) == "TYPE_CHECKING"
    for node in tree.orelse if of_checker else ast.iter_child_nodes(tree):
        if functions or not isinstance(node, ast.FunctionDef):
            yield node
            yield from executed(node, functions)


def imports_of(text: str, functions: bool = True) -> set[str]:
    """Return the modules that a file's text imports, anywhere in it: ours in full, others by their top-level name."""
    found = set()
    for node in executed(ast.parse(text), functions):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, "this test reads absolute imports only"
            found.add(node.module)
            found |= {f"{node.module}.{alias.name}" for alias in node.names if node.module.startswith("knnkd")}
    return {name if name.startswith("knnkd") else name.partition(".")[0] for name in found}


def files_of(module: str) -> list[Path]:
    """Return the files that importing one of our modules runs: its own, and the `__init__.py` of each package above."""
    parts = module.split(".")
    bases = [ROOT / "workflow" / Path(*parts[: i + 1]) for i in range(len(parts))]
    return [path for path in (*(base / "__init__.py" for base in bases), bases[-1].with_suffix(".py")) if path.exists()]


@cache
def packages_of(file: Path) -> set[str]:
    """Return what a script or module needs from outside, followed through the library."""
    waiting, seen, packages = [file], set(), set()
    while waiting:
        path = waiting.pop()
        if path in seen:
            continue
        seen.add(path)
        for module in imports_of(path.read_text(encoding="utf-8"), functions=path not in REGISTRIES):
            if module.partition(".")[0] == "knnkd":
                waiting += files_of(module)
            elif module not in sys.stdlib_module_names:
                packages.add(PACKAGES.get(module, module))
    return packages
