#!/usr/bin/env bash
# Runs after the yaml file of its name is installed, by Snakemake in a conda env and by `make env` in the venv.
# Without build isolation, or pip builds fairseq against a second, downloaded torch.
set -euo pipefail
python -m pip install --no-build-isolation --no-deps fairseq-fixed==0.12.3.1
