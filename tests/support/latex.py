"""Does a table's LaTeX compile in an article with booktabs and graphicx, within its margins, as \\input there?"""

import shutil
import subprocess
from pathlib import Path

import pytest

needs_latex = pytest.mark.skipif(shutil.which("pdflatex") is None, reason="pdflatex is not installed")


def assert_compiles(table: Path):
    """Compile a page that holds the table, beside it."""
    page = r"\documentclass{article}\usepackage{booktabs,graphicx}\begin{document}"
    page += rf"\input{{{table.stem}}}\end{{document}}"
    (table.parent / "page.tex").write_text(page, encoding="utf-8")
    command = ["pdflatex", "-interaction=nonstopmode", "page.tex"]
    process = subprocess.run(command, cwd=table.parent, capture_output=True, check=False)
    assert process.returncode == 0, process.stdout
    assert b"Overfull" not in process.stdout, process.stdout
