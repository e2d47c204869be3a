"""A terminal that cannot show a script's words ends no run."""

import os
import subprocess
import sys

import pytest
from support.workflow import ROOT

CODE = "from knnkd.core.errors import KnnKdError, exit_with_errors\n"
CODE += "def main():\n    print('Lizenz: Größe 中文')\n    raise KnnKdError('Größe 中文')\n"
CODE += "exit_with_errors(main)"


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "utf-8"])
def test_words_beyond_the_encoding_are_escaped(encoding):
    environment = os.environ | {"PYTHONIOENCODING": encoding, "PYTHONPATH": str(ROOT / "workflow")}
    process = subprocess.run([sys.executable, "-c", CODE], capture_output=True, env=environment, check=False)
    assert process.returncode == 1
    said, error = process.stdout.decode(encoding), process.stderr.decode(encoding)
    assert error.startswith("error: Gr") and "Traceback" not in error
    assert ("中文" in said) == (encoding == "utf-8") and ("\\u4e2d" in said) == (encoding != "utf-8")
