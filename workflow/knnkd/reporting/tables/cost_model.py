"""The cost model's tables: the paper's data sets and one far larger, on the machine at hand and on others."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from knnkd.core.errors import KnnKdError
from knnkd.costs.fit import describe
from knnkd.costs.model import VOCABULARY, Machine, Network, Plan, Target, stages, traffic_gb
from knnkd.reporting.paper import PAPER_NAMES
from knnkd.reporting.typeset import GAP, number

LARGEST = "law"  # the paper's largest data set: the one beyond it is as this one is, but for its rows
COLUMNS = ["target", "label", "rows", "stage", "machine", "nodes", "measured"]
COLUMNS += ["seconds", "memory_gb", "disk_gb", "passing_gb", "traffic_gb"]
MINUTE, HOUR, DAY, YEAR = 60.0, 3600.0, 86400.0, 365.25 * 86400
UNITS = ((YEAR, "years"), (DAY, "days"), (HOUR, "h"), (MINUTE, "min"), (1.0, "s"))


def paper_targets(paper: pd.DataFrame, rows: float) -> list[Target]:
    """Return the paper's data sets, and one of `rows` rows that is otherwise as its largest.

    paper: the table of its numbers (tables.PAPER_COLUMNS). KnnKdError where one is missing.
    """
    targets = [_paper_target(paper, name, label) for name, label in PAPER_NAMES.items()]
    model = next(each for each in targets if each.name == LARGEST)
    label = f"{_power(rows)} tokens (model and k as {model.label})"
    beyond = Target("beyond", label, model.network, rows, model.k, model.test, model.max_tokens)
    return [*targets, beyond]


def _paper_target(paper: pd.DataFrame, name: str, label: str) -> Target:
    group = "iwslt" if name.startswith("iwslt") else "multi_domain"

    def of(table: str, metric: str, *places: str) -> float:
        found = paper[(paper["table"] == table) & (paper["metric"] == metric) & paper["dataset"].isin(places)]
        if len(found) != 1:
            raise KnnKdError(f"{len(found)} values of the paper for {metric}, {table}, {places[0]}; give just one")
        return float(found["value"].iloc[0])

    layers, width = (int(of("section4.3", key, group)) for key in ("encoder_layers", "encoder_embed_dim"))
    decoder_layers, ffn = (int(of("section4.3", key, group)) for key in ("decoder_layers", "encoder_ffn_dim"))
    rows = of("table1", "datastore_size", name)
    a_sentence = rows / of("table5", "sentences_train", name)
    return Target(
        name=name,
        label=label,
        network=Network(layers, decoder_layers, width, ffn, VOCABULARY[group]),
        rows=rows,
        k=int(of("table1", "k", name)),
        test=a_sentence * of("table5", "sentences_test", name),
        max_tokens=int(of("table6", "max_tokens", group)),
        epochs=int(of("appendix_a.2", "max_epoch", name, group)),
    )


def _power(number: float) -> str:
    """Return 1e9 for 1000000000, and other numbers with commas."""
    exponent = round(math.log10(number))
    return f"1e{exponent}" if number == 10**exponent else f"{number:,.0f}"


def cost_table(targets: Sequence[Target], machines: Sequence[Machine], plan: Plan, nodes: int) -> pd.DataFrame:
    """Return a row for each target, machine, number of nodes (1 and `nodes`) and stage; see COLUMNS.

    plan: of one node, one search job each; traffic_gb: what the search reads and writes over and over, else NaN.
    """
    rows = []
    for target in targets:
        traffic = traffic_gb(target.rows, target.network.width, target.k, plan.budget_gb)
        for machine in machines:
            for jobs in (1, nodes):
                for cost in stages(target, machine, Plan(plan.budget_gb, jobs, plan.beam, plan.batch)):
                    row = {"target": target.name, "label": target.label, "rows": target.rows, "stage": cost.stage}
                    row |= {"machine": machine.label, "nodes": jobs, "measured": int(machine.measured)}
                    row |= vars(cost) | {"traffic_gb": traffic if cost.stage.startswith("search") else float("nan")}
                    rows.append(row)
    return pd.DataFrame(rows, columns=COLUMNS)


def cost_blocks(table: pd.DataFrame, targets: Sequence[Target], machines: Sequence[Machine]) -> dict[str, pd.DataFrame]:
    """Return the table as it is printed: a block for each target; memory and disk are those of one node here."""
    blocks = {}
    nodes = int(table["nodes"].max())
    for target in targets:
        own = table[table["target"] == target.name]
        first = own[(own["machine"] == machines[0].label) & (own["nodes"] == 1)]
        block = {"Stage": first["stage"].tolist()}
        for machine in machines:
            for jobs in (1, nodes):
                times = own[(own["machine"] == machine.label) & (own["nodes"] == jobs)]["seconds"]
                block[head(machine, jobs)] = times.map(span).tolist()
        block["memory"] = first["memory_gb"].map(size).tolist()
        block["disk"] = first["disk_gb"].map(size).tolist()
        block["passing"] = first["passing_gb"].map(size).tolist()
        blocks[_title(target)] = pd.DataFrame(block)
    return blocks


def head(machine: Machine, jobs: int) -> str:
    """Return what a machine, or several, are called."""
    if machine.measured:
        return "here" if jobs == 1 else f"{jobs} such nodes"
    return f"{jobs} GPU{'s' if jobs > 1 else ''}, projected"


def _title(target: Target) -> str:
    epochs = f", {target.epochs} epochs at most" if target.epochs else ""
    return f"{target.label}: {target.rows:,.0f} rows of {target.network.width}, k = {target.k}{epochs}"


def span(seconds: float) -> str:
    """Return a time in the largest unit that it fills, with two digits; none below a tenth of a second."""
    for unit, name in UNITS:
        if seconds >= unit:
            return f"{_two(seconds / unit)} {name}"
    return f"{seconds:.1f} s" if seconds >= 0.1 else "< 0.1 s"


def size(gb: float) -> str:
    """Return 1e9 bytes as MB, GB or TB with two digits; a gap where there is nothing."""
    if gb <= 0:
        return GAP
    for unit, name in ((1e3, "TB"), (1.0, "GB"), (1e-3, "MB")):
        if gb >= unit:
            return f"{_two(gb / unit)} {name}"
    return "< 1 MB"


def _two(value: float) -> str:
    return f"{value:.1f}" if value < 9.95 else f"{float(f'{value:.1e}'):,.0f}" if value < 99.5 else f"{value:,.0f}"


def cost_notes(
    targets: Sequence[Target], machines: Sequence[Machine], plan: Plan, gpu: Mapping[str, float], bench: str
) -> list[str]:
    """Return every assumption behind the table. gpu: tflops, share, decoding; bench: what was measured, in words."""
    here = machines[0]
    beyond = targets[-1]
    traffic = traffic_gb(beyond.rows, beyond.network.width, beyond.k, plan.budget_gb) / 1e3
    return [
        f"here: {here.label}. Each stage's operations at the rate that it reached in the benchmarks of {bench}: "
        f"training {rate(here.training)}, forward pass {rate(here.forward)}, beam search {rate(here.decoding)}; "
        f"search: products {rate(here.search.product)}, {1e9 * here.search.pair:.2f} ns a pair beyond its product, "
        f"{1e9 * here.search.entry:.0f} ns an entry on a shortlist; gathering: {1e9 * here.gathering[0]:.0f} ns a "
        f"candidate, {1e9 * here.gathering[1]:.0f} ns a neighbour that is merged into it. A wider network than the one "
        "measured reaches a higher rate, and takes less.",
        f"projected, not measured: one GPU of {gpu['tflops']:g} Tflop/s in matrix products (bench.cost.gpu_tflops), of "
        f"which {100 * gpu['share']:g} % are taken to be reached in training, datastore and search, and "
        f"{100 * gpu['decoding']:g} % in beam search. Gathering as here; kNN-KD trains at {here.teaching:.2f} of the "
        "baseline's speed on both, as was measured.",
        "Several nodes share the search alone, and nothing else is faster: each job lets its share of all pairs of "
        "rows meet. Gathering then merges more lists, of n / 2 + 1 jobs for most rows.",
        "Operations: a multiplication and an addition are two. Training: 6 a weight and target token; datastore: 2; "
        "search: N² d, as each two rows meet once; the test set, plain (as the Transformer and kNN-KD decode): beam "
        f"search of {plan.beam} hypotheses, and the source once; kNN-MT: {plan.beam} exact queries a token, 2 N d "
        f"each, so that the search in advance costs as much as those of N / {2 * plan.beam} tokens. As many source "
        "tokens as target tokens; test sentences as long as those of the training set.",
        f"Not in the paper: {VOCABULARY['iwslt']:,} types on IWSLT (fairseq's recipe), {VOCABULARY['multi_domain']:,} "
        "in the multi-domain model (WMT19's dictionary). On the domains the paper's datastore comes from that model, "
        "which is not trained anew.",
        f"memory: of one job, without the interpreter and its libraries; search keeps to {plan.budget_gb:g} GB "
        "(search.memory_gb), whatever N; training with activations, estimated; kNN-MT holds the keys in float32. "
        f"disk: what stays; passing: there while the stage runs ({GAP}: nothing). GB are 10^9 bytes.",
        f"With {plan.budget_gb:g} GB the search among {beyond.label.partition(' (')[0]} moves {traffic:,.0f} TB "
        "between memory and disk while blocks meet, which the times do not count: a budget ten times as large moves a "
        "tenth.",
    ]


def rate(operations: float) -> str:
    """Return operations a second in Gflop/s or Tflop/s."""
    unit, name = (1e12, "Tflop/s") if operations >= 1e12 else (1e9, "Gflop/s")
    return f"{operations / unit:.3g} {name}"


def validation_blocks(table: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Return the rows of `cost_rates.validate` as they are printed: those of the fit, and those foretold."""
    titles = {"fitted": "Sizes that were fitted", "foretold": "Sizes that were foretold"}
    blocks = {}
    for used, title in titles.items():
        rows = table[table["used"] == used]
        blocks[title] = pd.DataFrame(
            {
                "Rows": rows["rows"].map("{:,.0f}".format),
                "measured (s)": rows["seconds"].map("{:.2f}".format),
                "predicted (s)": rows["predicted"].map("{:.2f}".format),
                "error (%)": rows["error"].map("{:+.1f}".format),
                "memory (MB)": rows["peak_gb"].map(lambda gb: number(1e3 * gb, 0)),
                "predicted (MB)": rows["predicted_gb"].map(lambda gb: f"{1e3 * gb:.0f}"),
            }
        )
    return blocks


def validation_notes(bench: Mapping[str, Any]) -> list[str]:
    """Return how the sizes were measured and fitted; bench: bench_search.py's JSON."""
    comparison = bench["comparison"]
    return [
        f"Random keys of {bench['dimension']}, k = {comparison['k']}, each size by a process of its own, but for the "
        f"{comparison['rows']:,} rows that are compared with faiss; on {describe(bench)}, with a budget of "
        f"{bench['memory_gb']:g} GB. memory: above what the process holds once its libraries are loaded.",
        "Fitted: two numbers, the time of a pair of rows beyond its product and that of an entry on a shortlist, by "
        "least squares of relative errors; the rate of plain products was measured in the same run. Memory: a "
        "constant; what a row takes follows from what is held.",
        "Foretold: the largest size and the one in the middle, which the fit never saw.",
    ]
