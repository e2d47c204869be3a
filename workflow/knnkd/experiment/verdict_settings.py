"""What the verdict is decided on: which systems play which part of the paper's, their comparisons and trainings."""

from typing import Any

from knnkd.experiment import resolve
from knnkd.experiment.exhibit_settings import grid, shown, variants
from knnkd.experiment.roles import (
    ablation_points,
    comparisons,
    cross_comparisons,
    cross_pairs,
    datasets_of,
    systems_of,
    table_comparisons,
    test_systems,
)
from knnkd.experiment.runs import Experiment, every_run

DISTILLATIONS = ("word_kd", "seq_kd", "bert_kd", "selective_kd")
# What a system is that plays a part: a kind of objective, or what it decodes with.
KINDS = {
    "word_kd": "dense",
    "seq_kd": "translations",
    "bert_kd": "sparse, bert",
    "selective_kd": "selective",
    "knn_kd": "sparse, knn",
    "transformer": "none",
    "knn_mt": "base",
    "pretrained": "pretrained",
}
COMPARED = {"table2": ["transformer", *DISTILLATIONS, "knn_mt"], "table3": ["transformer", "knn_mt", "pretrained"]}


def verdict(experiment: Experiment) -> dict[str, Any]:
    """Return labels, metrics, places, roles, points and variants."""
    roles, asked = role_systems(experiment), asked_datasets(experiment)
    ablated = datasets_of(experiment, "ablation")
    return {
        "shown": shown(experiment, roles.values(), asked),
        "roles": roles,
        "places": places(experiment),
        "made": made_datasets(experiment),
        "variants": variants(experiment),
        "samples": experiment.config["significance"]["samples"],
    } | (grid(experiment, ablated[0]) if ablated else {})


def role_systems(experiment: Experiment) -> dict[str, str]:
    """Return {part: system that plays it}: the one of that name, else the first of its kind in the tables."""
    tables = ("table2", "table3", "table4", "controls")
    names = dict.fromkeys(name for table in tables for name in systems_of(experiment, table))
    kinds = {name: _kind(experiment.config["systems"][name]) for name in names}
    found = {role: [name for name in names if kinds[name] == kind] for role, kind in KINDS.items()}
    return {role: role if role in own else own[0] for role, own in found.items() if own}


def _kind(system: dict[str, Any]) -> str:
    return next((key for key in ("base", "pretrained") if key in system), None) or resolve.kind_of(system)


def places(experiment: Experiment) -> dict[str, Any]:
    """Return {table: its datasets, or its pairs}: where claims are asked of."""
    names = ("table2", "table3", "ablation", "controls")
    return {name: datasets_of(experiment, name) for name in names} | {"table4": cross_pairs(experiment)}


def asked_datasets(experiment: Experiment) -> list[str]:
    """Return every dataset that a claim is asked of, whether or not it is run."""
    names = ("table2", "table3", "ablation", "controls")
    single = [dataset for name in names for dataset in datasets_of(experiment, name)]
    return list(dict.fromkeys([*single, *(dataset for pair in cross_pairs(experiment) for dataset in pair)]))


def made_datasets(experiment: Experiment) -> list[str]:
    """Return those of them that are run."""
    return [name for name in asked_datasets(experiment) if experiment.is_run(name)]


def manifests(experiment: Experiment) -> list[str]:
    """Return the manifests of these."""
    return [experiment.paths.manifest.format(dataset=name) for name in made_datasets(experiment)]


def decisive_comparisons(experiment: Experiment) -> list[str]:
    """Return the comparisons that claims of BLEU are decided on: of tables, of controls, and of the ablation's ends."""
    roles, paths = role_systems(experiment), table_comparisons(experiment, "controls") + cross_comparisons(experiment)
    for table, parts in COMPARED.items():
        baselines = [roles[part] for part in parts if roles.get(part) in systems_of(experiment, table)]
        paths += [path for name in datasets_of(experiment, table) for path in comparisons(experiment, name, baselines)]
    for dataset in datasets_of(experiment, "ablation"):
        paths += comparisons(experiment, dataset, ablation_ends(experiment, dataset), "valid")
    return list(dict.fromkeys(paths))


def ablation_ends(experiment: Experiment, dataset: str) -> list[str]:
    """Return the systems at both ends of the ablation's k, its tau fixed, and at the low end of tau, its k fixed."""
    fixed = resolve.objective(experiment.config, dataset, experiment.config["ablation"]["system"])
    points = ablation_points(experiment, dataset).items()
    over_k = sorted((k, name) for name, (k, tau) in points if tau == fixed["tau"])
    over_tau = sorted((tau, name) for name, (k, tau) in points if k == fixed["k"])
    return list(dict.fromkeys(name for _, name in [*over_k[:1], *over_k[-1:], *over_tau[:1]]))


def decisive_trainings(experiment: Experiment, pattern: str) -> list[str]:
    """Return the path of the trainings of the systems that play a part, on every dataset that a claim is asked of."""
    names = [name for name in role_systems(experiment).values() if name in experiment.trained]
    return [
        path
        for dataset in asked_datasets(experiment)
        for path in every_run(
            experiment, pattern, [name for name in names if name in test_systems(experiment, dataset)], [dataset]
        )
    ]
