# One environment, the workflow, the tests. Needs make, Python 3.11 (with venv and headers) and a C++ compiler.
CORES ?= $(shell nproc)
PYTHON ?= python3.11
VENV := .venv
# Measured again whenever they are asked for.
BENCHES := bench_training bench_decoding bench_steps bench_serving bench_dump bench_search bench_gathering bench_search_indexes
# Anything that changes what is installed makes the environment anew.
PINS := $(wildcard envs/*.yaml) $(wildcard envs/*.sh) workflow/scripts/make_env.py
# What was asked for when the environment was made; asking for something else makes it anew.
VARIANT := $(if $(GPU)$(TORCH_INDEX),gpu=$(GPU) torch=$(TORCH_INDEX))
ifneq ($(VARIANT),)
ifneq ($(VARIANT),$(shell cat $(VENV)/.variant 2>/dev/null))
$(shell rm -f $(VENV)/.complete)
endif
endif
ACTIVE := PATH="$(CURDIR)/$(VENV)/bin:$$PATH"

.PHONY: all bench env graph test test-slurm test-faults lint unit clean

all: env
	$(ACTIVE) snakemake --cores $(CORES) --rerun-incomplete --show-failed-logs all

bench: env
	$(ACTIVE) snakemake --cores $(CORES) --rerun-incomplete --show-failed-logs --forcerun $(BENCHES) -- bench

env: $(VENV)/.complete

# GPU=1 takes faiss-gpu; TORCH_INDEX=URL takes torch from that index.
$(VENV)/.complete: $(PINS)
	@command -v $(PYTHON) > /dev/null || { echo "make env: missing: $(PYTHON) (Debian: python3.11 python3.11-venv)" >&2; exit 1; }
	$(PYTHON) workflow/scripts/make_env.py $(VENV) $(if $(GPU),--gpu) $(if $(TORCH_INDEX),--torch-index $(TORCH_INDEX))
	@echo "$(VARIANT)" > $(VENV)/.variant
	@touch $@

test: lint unit

lint: env
	$(ACTIVE) ruff check .
	$(ACTIVE) ruff format --check .
	$(ACTIVE) mypy workflow/knnkd workflow/scripts
	$(ACTIVE) PYTHONPATH=workflow lint-imports
	$(ACTIVE) snakefmt --check Snakefile workflow/rules

unit: env
	$(ACTIVE) python -m pytest -n $(CORES) tests/unit tests/dag
	$(ACTIVE) python -m pytest -n $(CORES) --dist loadfile tests/e2e tests/faults

# On a real Slurm of one node, started by the tests from Debian's packages (slurm-wlm munge); skipped without them.
test-slurm: env
	$(ACTIVE) python -m pytest -m slurm -rsA tests/slurm

# The long form: 60 kills over all stages, a run of odd text alone, the paper's config to its tables on small files, 20
# times as many generated cases as `make test` has.
test-faults: env
	$(ACTIVE) KILLS=60 EXAMPLES=20 python -m pytest -rsA --durations=10 tests/faults tests/e2e/test_paper.py
	$(ACTIVE) EXAMPLES=20 python -m pytest -q -m hypothesis --hypothesis-show-statistics tests/unit

# The picture of docs/architecture.md and of the README: from text to Table 2, without edges that others imply. Needs
# graphviz (Debian: graphviz).
graph: env
	$(ACTIVE) snakemake --rulegraph dot -- results/mini/tables/table2.md results/mini/figures/figure2.png \
	    | tred 2> /dev/null | dot -Tsvg -Grankdir=LR -Gnodesep=0.12 -Granksep=0.35 -Epenwidth=1 -Npenwidth=1.5 \
	    -o docs/architecture.svg

clean:
	rm -rf results .snakemake
