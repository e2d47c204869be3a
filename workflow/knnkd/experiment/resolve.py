"""The slices of a completed config: what holds for one dataset and one system, and the variants of a system.

Ablation and controls are systems like any other. They are not written out in a config: each is a base system with a few
settings changed, and where a change changes nothing, the base system itself stands in its place.
"""

from collections.abc import Iterable
from itertools import product

from knnkd.core.errors import KnnKdError
from knnkd.experiment.grids import SECTION_OF, chosen_of, grid_of, grid_systems, own_settings, point_name
from knnkd.objective.terms import TERMS

TEST_OF = "test_of_"  # the split of a run that is tested on another dataset, whose name follows
SECTIONS = ("training", "model")  # that a system may override
LABEL_SMOOTHING = {"paper": 0.0, "released": 0.1}  # of the cross-entropy in the paper's loss and the released code's


def section(config: dict, name: str, dataset: str, system: str | None = None) -> dict:
    """Return model, training, search, decode, bert or knn_mt as it holds for one dataset (and one system)."""
    merged = config[name] | config["datasets"][dataset].get(name, {})
    return merged | config["systems"][system].get(name, {}) if system else merged


def objective(config: dict, dataset: str, system: str) -> dict:
    """Return one system's settings on one dataset (term, teacher, alpha, k, tau ...) or, for kNN-MT, its base.

    What a grid chooses for it (`grids.chosen_of`) has the value that stands in the config.
    """
    own = own_settings(config, dataset, system)
    if source := own.get("settings_of"):
        given = own_settings(config, dataset, source)
        # Its grid, on whichever dataset: one without gives the values of the config.
        keys = {key for each in config["datasets"] for key in grid_of(config, each, source)}
        own = {key: given[key] for key in sorted(keys & set(given))} | own
    return own


def kind_of(goal: dict) -> str:
    """Return the kind of an objective: translations, or its term, as "sparse, knn" with where candidates come from."""
    if goal["targets"] == "translations":
        return "translations"
    return f"{goal['term']}, {goal['candidates']}" if kind_of_teacher(goal) in ("knn", "bert") else goal["term"]


def kind_of_teacher(goal: dict) -> str:
    """Return what a system learns from: none, translations, knn or bert (candidates), or model."""
    if goal["targets"] == "translations":
        return "translations"
    teacher = TERMS[goal["term"]].teacher
    return goal["candidates"] if teacher == "candidates" else teacher


def learns_from_bert(goal: dict) -> bool:
    """Return whether BERT teaches a trained system, which then has BERT's subwords."""
    return kind_of_teacher(goal) == "bert"


def needed(goal: dict) -> tuple[str, ...]:
    """Return what an objective needs of teacher, alpha, k and tau; it has no use for the others."""
    candidates = ("alpha", "k", "tau")
    by_teacher = {"none": (), "translations": ("teacher",), "bert": candidates, "knn": ("teacher", *candidates)}
    return by_teacher.get(kind_of_teacher(goal), ("teacher", "alpha", "tau"))


def trained_systems(config: dict) -> list[str]:
    """Return the names of the systems that are trained; the others decode with one that is, or came ready."""
    return [name for name, system in config["systems"].items() if not {"base", "pretrained"} & set(system)]


def model_of(config: dict, dataset: str, system: str) -> str:
    """Return the system whose model and datastore a system decodes with: kNN-MT's base, or itself."""
    return objective(config, dataset, system).get("base", system)


def seeds_of(config: dict, dataset: str, system: str) -> list[int]:
    """Return the seeds of a system's runs on a dataset: a pre-trained model has one run, and so has kNN-MT on it."""
    alone = "pretrained" in config["systems"][model_of(config, dataset, system)]
    return config["seeds"][:1] if alone else config["seeds"]


def is_joint(config: dict, dataset: str) -> bool:
    """Return whether both languages of a dataset share their subwords and their dictionary."""
    block = config["datasets"][dataset]
    if "pretrained" not in block:
        return block["bpe"]["joint"]
    model = config["pretrained"][block["pretrained"]]
    return is_joint(config, model["dataset"]) if "dataset" in model else "target_dictionary" not in model


def shown_datasets(config: dict, name: str) -> list[str]:
    """Return the datasets of a table, of ablation, controls or case_study, whether or not `only` leaves them out.

    None where the config has no such section, or `only` leaves out all of them.
    """
    section = config["tables"].get(name) or config.get(name) or {}
    pairs = [dataset for pair in section.get("pairs", []) for dataset in pair]
    datasets = list(dict.fromkeys(section.get("datasets", [section["dataset"]] if "dataset" in section else pairs)))
    return datasets if config["only"] is None or set(datasets) & set(config["only"]) else []


def is_run(config: dict, dataset: str, system: str = "") -> bool:
    """Return whether `only` and `without` leave a dataset's runs in, or those of one system on it."""
    return (config["only"] is None or dataset in config["only"]) and system not in config["without"]


def add_variants(config: dict) -> None:
    """Add the points of grids, and the systems of `ablation` and `controls`, to the completed `config`, in place.

    Raises KnnKdError where two systems would have one name.
    """
    for base in list(config["systems"]):
        for name, settings in _points(config, base).items():
            label = f"{config['systems'][base]['label']}, {_settings_text(settings)}"
            _add(config, base, name, label, settings)
    if ablation := config.get("ablation"):
        base = ablation["system"]
        in_grid = _points(config, base)
        for name, settings in _ablated(config).items():
            if name not in in_grid:
                _add(config, base, name, f"{config['systems'][base]['label']}, {_settings_text(settings)}", settings)
    for name, (base, order, loss, own, budget) in _controls(config).items():
        changes: dict = {"label_smoothing": LABEL_SMOOTHING[loss]}
        # CE + KL, as released, is twice the sum of the two halves.
        changes |= {"alpha": 0.5} if loss == "released" and config["systems"][base]["term"] != "none" else {}
        changes |= {} if own == "none" else {"self_neighbour": own}
        changes |= {"updates_of": config["controls"]["systems"][0]} if budget == "updates" else {}
        words = [f"{order} order", f"{loss} loss", f"self {own}"] + ["equal updates"] * (budget == "updates")
        label = ", ".join([config["systems"][base]["label"], *words])
        _add(config, base, name, label, changes | {"training": {"batch_order": order}}, follows=True)


def _points(config: dict, base: str) -> dict[str, dict]:
    """Return {point: settings} of a system's grids on all datasets."""
    return {
        name: point for dataset in config["datasets"] for name, point in grid_systems(config, dataset, base).items()
    }


def _settings_text(settings: dict) -> str:
    return ", ".join(f"{key} = {value:g}" for key, value in settings.items())


def ablation_points(config: dict, dataset: str, key: str) -> dict[str, tuple[int, float]]:
    """Return {system: (k, tau)} of the runs that vary `key`, "k" or "tau", on one dataset, in rising order."""
    if dataset not in shown_datasets(config, "ablation"):
        return {}
    base = config["ablation"]["system"]
    names = [_ablated_name(config, dataset, {key: value}) for value in sorted(config["ablation"][key])]
    goals = {name: objective(config, dataset, name) for name in names}
    return {_or_base(config, dataset, name, base): (goal["k"], goal["tau"]) for name, goal in goals.items()}


def control_variants(config: dict, dataset: str) -> dict[str, tuple[str, str, str, str, str]]:
    """Return {system: (base system, batch order, loss, self-neighbour, budget)} of Table 7's rows on one dataset."""
    if dataset not in shown_datasets(config, "controls"):
        return {}
    return {_or_base(config, dataset, name, about[0]): about for name, about in _controls(config).items()}


def _controls(config: dict) -> dict[str, tuple[str, str, str, str, str]]:
    """Return {name: (base, batch order, loss, self-neighbour, budget)}; no search: the self-neighbour is none."""
    controls, rows = config.get("controls", {}), {}
    for base in controls.get("systems", []):
        system = config["systems"][base]
        searched = "term" in system and kind_of_teacher(system) == "knn"
        owns = controls["self_neighbour"] if searched else ["none"]
        for order, loss, own, budget in product(controls["batch_order"], controls["loss"], owns, controls["budget"]):
            words = [base, order, loss, *([own] if searched else []), *(["updates"] if budget == "updates" else [])]
            rows["_".join(words)] = (base, order, loss, own, budget)
    return rows


def _ablated(config: dict) -> dict[str, dict]:
    """Return {system: its settings} of the points of the ablation, on all its datasets."""
    ablation = config["ablation"]
    changes = [{key: value} for key in ("k", "tau") for value in ablation[key]]
    names: dict[str, dict] = {}
    for dataset in ablation["datasets"]:
        gridded = grid_of(config, dataset, ablation["system"])
        goal = objective(config, dataset, ablation["system"])
        fixed = {key: goal[key] for key in ("k", "tau")} if gridded else {}
        names |= {_ablated_name(config, dataset, change): fixed | change for change in changes}
    return names


def _ablated_name(config: dict, dataset: str, change: dict) -> str:
    """Return the system of a point of the ablation, a point of the grid where it is one: nothing is trained twice."""
    base = config["ablation"]["system"]
    grid = grid_of(config, dataset, base)
    if not grid:
        return point_name(base, change)
    settings = _configured(config, dataset, base, grid) | change
    if all(settings[key] in grid[key] for key in grid) and not set(change) - set(grid):
        return point_name(base, {key: settings[key] for key in grid})
    goal = objective(config, dataset, base)
    return point_name(base, {key: goal[key] for key in ("k", "tau")} | change)


def _configured(config: dict, dataset: str, base: str, names: Iterable[str]) -> dict:
    """Return the values of settings that stand in the config."""
    parts = objective(config, dataset, base), section(config, "training", dataset, base)
    merged = parts[1] | section(config, "model", dataset, base) | parts[0]
    return {name: merged[name] for name in names}


def _add(config: dict, base: str, name: str, label: str, changes: dict, follows: bool = False) -> None:
    """Add a system that is as `base` but for the changes; follows: the base's grid chooses its settings too."""
    if name in config["systems"]:
        raise KnnKdError(
            f"config: systems.{name}: ablation, controls or a grid make a system of that name; rename yours"
        )
    chosen = set().union(*_points(config, base).values()) if follows else set()
    placed = {part: {key: value for key, value in changes.items() if SECTION_OF.get(key) == part} for part in SECTIONS}
    own = {key: value for key, value in changes.items() if key not in SECTION_OF or SECTION_OF[key] == "system"}
    parts = {place: config["systems"][base].get(place, {}) | placed[place] for place in SECTIONS}
    parts["training"] |= own.pop("training", {})
    gone = {"grid"} | (chosen - set(changes))
    system = {key: value for key, value in config["systems"][base].items() if key not in gone}
    system |= own | {"label": label} | {place: settings for place, settings in parts.items() if settings}
    config["systems"][name] = system | ({"settings_of": base} if chosen else {})
    for dataset in config["datasets"].values():
        if base in dataset["systems"]:
            left = {key: value for key, value in dataset["systems"][base].items() if key not in {*changes, *gone}}
            dataset["systems"][name] = left


def _or_base(config: dict, dataset: str, name: str, base: str) -> str:
    """Return `base` where `name` is trained just like it on `dataset`, so that nothing is trained twice."""

    def trained_for(system: str) -> tuple:
        goal = {
            key: value
            for key, value in objective(config, dataset, system).items()
            if key not in ("grid", "settings_of")
        }
        source, keys = chosen_of(config, dataset, system) or ("", [])
        parts = [goal, section(config, "training", dataset, system), section(config, "model", dataset, system)]
        return source, sorted(keys), *({key: part[key] for key in part if key not in keys} for part in parts)

    return base if trained_for(name) == trained_for(base) else name
