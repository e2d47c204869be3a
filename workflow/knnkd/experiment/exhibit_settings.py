"""The settings of tables, figures and pages, as the rules hand them to their scripts: what each shows, and no more."""

from collections.abc import Callable, Iterable
from typing import Any

from knnkd.experiment import bench_runs, grids, resolve
from knnkd.experiment.roles import (
    ablation_points,
    baseline_of,
    behind_results,
    corpora,
    cross_pairs,
    datasets_of,
    knn_mt_of,
    made_corpora,
    planned_runs,
    second_baseline,
    systems_of,
    taught_systems,
    trained_in_table,
)
from knnkd.experiment.runs import Experiment, Run

PARTS = ("systems", "datasets", "metrics", "scored", "paper_datasets")
SIGNS = {"alpha": "α", "k": "k", "tau": "τ", "label_smoothing": "label smoothing"}


def shown(experiment: Experiment, systems: Iterable[str], datasets: Iterable[str], *parts: str) -> dict[str, Any]:
    """Return what a table shows, the fields of `frames.Shown` or some of them: labels, metrics, the paper's data."""
    names, known = list(datasets), experiment.datasets
    every = {
        "systems": {name: experiment.label("systems", name) for name in systems},
        "datasets": {name: experiment.label("datasets", name) for name in names},
        "metrics": {name: known[name]["metric"] for name in names},
        "scored": experiment.config["metrics"],
        "paper_datasets": {name: known[name]["paper"] for name in names if "paper" in known[name]},
    }
    return {part: every[part] for part in parts or PARTS}


def shown_in(experiment: Experiment, section: str, *parts: str) -> dict[str, Any]:
    """Return what a table shows, for the systems and datasets of one section of the config."""
    return shown(experiment, systems_of(experiment, section), datasets_of(experiment, section), *parts)


# Tables


def table1(experiment: Experiment) -> dict[str, Any]:
    """Return the systems that learn from a search, and the points of the ablation that vary them."""
    taught, varied = taught_systems(experiment), (experiment.config.get("ablation") or {}).get("system")
    points = {dataset: points_of(experiment, dataset) for dataset, system in taught.items() if system == varied}
    return {
        "shown": shown(experiment, dict.fromkeys(taught.values()), taught),
        "taught": taught,
        "points": {dataset: each for dataset, each in points.items() if each},
    }


def table2(experiment: Experiment) -> dict[str, Any]:
    """Return the systems of Table 2, and how they are made."""
    return _of_systems(experiment, "table2")


def table3(experiment: Experiment) -> dict[str, Any]:
    """Return the same of Table 3, with the system that further gains are over."""
    return _of_systems(experiment, "table3") | {"second": next(iter(second_baseline(experiment, "table3")), "")}


def table4(experiment: Experiment) -> dict[str, Any]:
    """Return the pairs of Table 4."""
    return {"shown": shown_in(experiment, "table4"), "pairs": cross_pairs(experiment)}


def table5(experiment: Experiment) -> dict[str, Any]:
    """Return the corpora of Table 5: those that are made, that the workflow writes, that borrow a dictionary."""
    names = corpora(experiment)
    return {
        "shown": shown(experiment, [], names, "datasets", "paper_datasets"),
        "made": made_corpora(experiment),
        "generated": [name for name in names if name in experiment.generated],
        "borrowed": [name for name in names if "pretrained" in experiment.datasets[name]],
    }


def table6(experiment: Experiment) -> dict[str, Any]:
    """Return the systems that learn from a search, with the labels of the others of their tables."""
    taught = taught_systems(experiment)
    others = [system for dataset in taught for system in trained_in_table(experiment, dataset)]
    names = dict.fromkeys([*taught.values(), *others])
    return {"shown": shown(experiment, names, taught, "systems", "datasets"), "taught": taught}


def table7(experiment: Experiment) -> dict[str, Any]:
    """Return the variants of Table 7."""
    parts = shown_in(experiment, "controls", "systems", "datasets", "metrics")
    return {"shown": parts, "variants": variants(experiment)}


def overcorrection(experiment: Experiment) -> dict[str, Any]:
    """Return the systems of Table 2, whose distributions are measured."""
    return shown_in(experiment, "table2", "systems", "datasets")


def costs(experiment: Experiment) -> dict[str, Any]:
    """Return what a job of each recorded stage leaves; {} stands for the job."""
    paths = experiment.paths
    outputs = {
        "clean_corpus": [paths.text, paths.tok],
        "learn_bpe": [paths.codes],
        "segment": [paths.bpe],
        "binarise": [paths.data],
        "train": [paths.train],
        "dump_datastore": [paths.datastore],
        "gather_candidates": [paths.candidates],
        "pretrain_bert": [paths.bert],
        "finetune_bert": [paths.bert_tuned],
        "bert_candidates": [paths.bert_candidates],
        "build_index": [paths.index],
        "tune_knn_mt": [paths.tuned],
        "decode": [paths.hypotheses],
        "measure": [paths.measures],
    }
    return {
        "root": paths.benchmarks,
        "outputs": {stage: [_of_job(pattern) for pattern in patterns] for stage, patterns in outputs.items()},
    }


def plan(experiment: Experiment) -> dict[str, Any]:
    """Return the config and every run that is scored or teaches."""
    runs = [{"dataset": run.dataset, "system": run.system, "seed": run.seed} for run in planned_runs(experiment)]
    return {"config": experiment.config, "runs": runs}


def trainings(experiment: Experiment) -> dict[str, Any]:
    """Return what the runs that are made of others, or train nothing, are made of at first hand."""
    made_of = behind_results(experiment).items()
    return {"made_of": [each for each in made_of if each[1] or each[0].system not in experiment.trained]}


# Figures


def ablation(experiment: Experiment) -> dict[str, Any]:
    """Return the points of Figures 2 and 3, and the baseline, as on the first dataset; {} without an ablation."""
    names = datasets_of(experiment, "ablation")
    if not names:
        return {}
    parts = shown(experiment, [baseline_of(experiment, names[0])], names, "systems", "datasets", "metrics")
    return {"shown": parts} | grid(experiment, names[0])


def grid(experiment: Experiment, dataset: str) -> dict[str, Any]:
    """Return the points of the ablation on a dataset, and the two settings that stay fixed."""
    fixed = resolve.objective(experiment.config, dataset, experiment.config["ablation"]["system"])
    return {"points": points_of(experiment, dataset), "fixed_k": fixed["k"], "fixed_tau": fixed["tau"]}


def points_of(experiment: Experiment, dataset: str) -> list[dict[str, Any]]:
    """Return the points of the ablation on a dataset."""
    return [{"name": name, "k": k, "tau": tau} for name, (k, tau) in ablation_points(experiment, dataset).items()]


def knn_mt_grid(experiment: Experiment) -> dict[str, Any]:
    """Return what is drawn of kNN-MT's grids in Table 2; where there are several systems, each has its panels."""
    systems, panels = knn_mt_of(experiment, "table2"), []
    for dataset in datasets_of(experiment, "table2"):
        for system in [name for name in systems if experiment.is_run(dataset, name)]:
            label = experiment.label("datasets", dataset)
            label += "" if len(systems) == 1 else f", {experiment.label('systems', system)}"
            panels.append({"dataset": dataset, "system": system, "label": label})
    return {"panels": panels}


def curves(experiment: Experiment) -> dict[str, Any]:
    """Return the systems of Table 2, whose trainings are drawn."""
    return shown_in(experiment, "table2", "systems", "datasets")


def figure4(experiment: Experiment) -> dict[str, Any]:
    """Return the systems of the case study."""
    return shown_in(experiment, "case_study", "systems")


def index_curve(experiment: Experiment, run: Run) -> dict[str, Any]:
    """Return what a run's dataset is called."""
    return {"label": experiment.label("datasets", run.dataset)}


def cost_model(experiment: Experiment) -> dict[str, Any]:
    """Return what the cost model is fitted to, and what it predicts; {} where nothing was measured."""
    runs = bench_runs.costed_run(experiment)
    if not runs:
        return {}
    (run,) = runs
    model, decode = experiment.section("model", Run(run.dataset)), experiment.section("decode", Run(run.dataset))
    config, network = experiment.config, ("encoder_layers", "decoder_layers", "embed_dim", "ffn_dim", "decoder_ffn_dim")
    return (
        {
            "dataset": experiment.label("datasets", run.dataset),
            "baseline": run.system,
            "taught": taught_systems(experiment)[run.dataset],
            "network": {key: model[key] for key in network},
            "memory_gb": config["search"]["memory_gb"],
        }
        | {key: decode[key] for key in ("beam", "max_tokens")}
        | config["bench"]["cost"]
    )


# Pages


def report(experiment: Experiment) -> dict[str, Any]:
    """Return what the report calls the systems and datasets that it lets a reader pick."""
    systems = [name for table in ("table2", "table3", "case_study") for name in systems_of(experiment, table)]
    return shown(experiment, dict.fromkeys(systems), experiment.datasets, "systems", "datasets")


def bench_page(experiment: Experiment) -> dict[str, Any]:
    """Return what the benchmarks' page calls systems and datasets."""
    return shown(experiment, experiment.config["systems"], experiment.datasets, "systems", "datasets")


# What several of them say


def variants(experiment: Experiment) -> list[dict[str, str]]:
    """Return the rows of Table 7 as on its first dataset; the baseline of Table 2 stands first."""
    names = datasets_of(experiment, "controls")
    rows = resolve.control_variants(experiment.config, names[0]) if names else {}
    first = systems_of(experiment, "controls")[:1]
    fields = ("name", "system", "order", "loss", "neighbour", "budget")
    ordered = sorted(rows, key=lambda name: name not in first)
    return [dict(zip(fields, (name, *rows[name]), strict=True)) for name in ordered]


def _of_systems(experiment: Experiment, table: str) -> dict[str, Any]:
    systems = systems_of(experiment, table)
    untrained = [name for name in systems if name not in experiment.trained]
    return {"shown": shown_in(experiment, table), "untrained": untrained, "about": _about(experiment, table)}


def _about(experiment: Experiment, table: str) -> dict[str, Any]:
    """Return what the notes of Table 2 or 3 say of its systems: the fields of `system_notes.About`."""
    config, datasets, systems = experiment.config, datasets_of(experiment, table), systems_of(experiment, table)
    trained = [name for name in systems if name in experiment.trained] if datasets else []
    settings = {name: _over_datasets(experiment, table, name, _settings_text) for name in trained}
    smoothing = {name: {_said(experiment, each, name)["label_smoothing"] for each in datasets} for name in trained}
    bert = [name for name in trained if config["systems"][name]["candidates"] == "bert"]
    translations = [name for name in trained if config["systems"][name]["targets"] == "translations"]
    alike = {name: next(iter(each)) for name, each in smoothing.items() if len(each) == 1}
    return {
        "smoothing": {name: epsilon for name, epsilon in alike.items() if epsilon is not None},
        "settings": {name: text for name, text in settings.items() if text},
        "other_text": [*translations, *bert],
        "other_subwords": bert,
        "one_run": [
            (dataset, name)
            for dataset in datasets
            for name in systems
            if len(resolve.seeds_of(config, dataset, name)) < len(config["seeds"])
        ],
        "controls": [name for name in datasets_of(experiment, "controls") if name in datasets],
    }


def _said(experiment: Experiment, dataset: str, system: str) -> dict[str, Any]:
    """Return an objective with None for what a grid chooses, as the value in the config is not that of the run."""
    _, chosen = grids.chosen_of(experiment.config, dataset, system) or ("", [])
    return resolve.objective(experiment.config, dataset, system) | dict.fromkeys(chosen)


def _over_datasets(experiment: Experiment, table: str, system: str, say: Callable[[dict[str, Any]], str]) -> str:
    """Return what is said of a system's objective: once, or for each dataset of a table where they differ."""
    texts = {name: say(_said(experiment, name, system)) for name in datasets_of(experiment, table)}
    if len(set(texts.values())) == 1:
        return next(iter(texts.values()))
    return "; ".join(f"{experiment.label('datasets', name)}: {text}" for name, text in texts.items())


def _settings_text(goal: dict[str, Any]) -> str:
    """Return the weights and sizes of an objective, as a note says them."""
    texts = [
        f"{sign} chosen on validation" if goal[key] is None else f"{sign} = {goal[key]:g}"
        for key, sign in SIGNS.items()
        if key in goal and (key != "label_smoothing" or goal[key] is None)
    ]
    return ", ".join(texts)


def _of_job(pattern: str) -> str:
    """Return a pattern with {} in the place of the job's name: its wildcards, from the first to the last."""
    return f"{pattern[: pattern.index('{')]}{{}}{pattern[pattern.rindex('}') + 1 :]}"
