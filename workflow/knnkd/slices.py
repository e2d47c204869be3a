"""The slices of a completed config: what holds for one dataset and one system, and the variants of a system.

Ablation and controls are systems like any other. They are not written out in a config: each is a base system with a few
settings changed, and where a change changes nothing, the base system itself stands in its place.
"""

from itertools import product

from knnkd.errors import KnnKdError

TEST_OF = "test_of_"  # the split of a run that is tested on another dataset, whose name follows
LABEL_SMOOTHING = {"paper": 0.0, "released": 0.1}  # of the cross-entropy in the paper's loss and the released code's


def section(config: dict, name: str, dataset: str, system: str | None = None) -> dict:
    """Return model, training, search, decode, bert or knn_mt as it holds for one dataset (and one system)."""
    merged = config[name] | config["datasets"][dataset].get(name, {})
    return merged | config["systems"][system].get(name, {}) if system else merged


def objective(config: dict, dataset: str, system: str) -> dict:
    """Return what one system is on one dataset: term, teacher, alpha, k, tau, label_smoothing ..., or its base."""
    base = {key: value for key, value in config["systems"][system].items() if key not in ("label", "training")}
    return base | config["datasets"][dataset]["systems"].get(system, {})


def kind_of(goal: dict) -> str:
    """Return the kind of an objective: none, translations, "sparse, knn", "sparse, bert", dense or selective."""
    if goal["targets"] == "translations":
        return "translations"
    return f"sparse, {goal['candidates']}" if goal["term"] == "sparse" else goal["term"]


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
    # A model from elsewhere comes with one joined dictionary.
    model = config["pretrained"][block["pretrained"]]
    return is_joint(config, model["dataset"]) if "dataset" in model else True


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
    """Add the systems of `ablation` and `controls` to the completed `config`, in place.

    Raises KnnKdError where two systems would have one name.
    """
    if ablation := config.get("ablation"):
        base = ablation["system"]
        label = config["systems"][base]["label"]
        for key in ("k", "tau"):
            for value in ablation[key]:
                changes: dict = {key: value}
                _add(config, base, _ablated(base, key, value), f"{label}, {key} = {value:g}", changes)
    for name, (base, order, loss, own) in _controls(config).items():
        changes = {"label_smoothing": LABEL_SMOOTHING[loss]}
        # CE + KL, as released, is twice the sum of the two halves.
        changes |= {"alpha": 0.5} if loss == "released" and config["systems"][base]["term"] != "none" else {}
        changes |= {} if own == "none" else {"self_neighbour": own}
        training = config["systems"][base].get("training", {}) | {"batch_order": order}
        label = ", ".join([config["systems"][base]["label"], f"{order} order", f"{loss} loss", f"self {own}"])
        _add(config, base, name, label, changes, training)


def ablation_points(config: dict, dataset: str, key: str) -> dict[str, tuple[int, float]]:
    """Return {system: (k, tau)} of the runs that vary `key`, "k" or "tau", on one dataset, in rising order."""
    if dataset not in shown_datasets(config, "ablation"):
        return {}
    base = config["ablation"]["system"]
    names = [_ablated(base, key, value) for value in sorted(config["ablation"][key])]
    goals = {name: objective(config, dataset, name) for name in names}
    return {_or_base(config, dataset, name, base): (goal["k"], goal["tau"]) for name, goal in goals.items()}


def control_variants(config: dict, dataset: str) -> dict[str, tuple[str, str, str, str]]:
    """Return {system: (base system, batch order, loss, self-neighbour)} of Table 7's rows on one dataset."""
    if dataset not in shown_datasets(config, "controls"):
        return {}
    return {_or_base(config, dataset, name, about[0]): about for name, about in _controls(config).items()}


def _controls(config: dict) -> dict[str, tuple[str, str, str, str]]:
    """Return {name: (base, batch order, loss, self-neighbour)}; the last is none where nothing is searched for."""
    controls, rows = config.get("controls", {}), {}
    for base in controls.get("systems", []):
        system = config["systems"][base]
        searched = system.get("term") == "sparse" and system["candidates"] == "knn"
        owns = controls["self_neighbour"] if searched else ["none"]
        for order, loss, own in product(controls["batch_order"], controls["loss"], owns):
            rows["_".join([base, order, loss, *([own] if searched else [])])] = (base, order, loss, own)
    return rows


def _ablated(base: str, key: str, value: float) -> str:
    return f"{base}_{key}{value:g}".replace(".", "p").replace("+", "").replace("-", "m")


def _add(config: dict, base: str, name: str, label: str, changes: dict, training: dict | None = None) -> None:
    if name in config["systems"]:
        raise KnnKdError(f"config: systems.{name}: ablation or controls make a system of that name; call yours another")
    system = config["systems"][base] | changes | {"label": label}
    config["systems"][name] = system | ({"training": training} if training is not None else {})
    for dataset in config["datasets"].values():
        if base in dataset["systems"]:
            own = dataset["systems"][base]
            dataset["systems"][name] = {key: value for key, value in own.items() if key not in changes}


def _or_base(config: dict, dataset: str, name: str, base: str) -> str:
    """Return `base` where `name` is trained just like it on `dataset`, so that nothing is trained twice."""

    def trained_for(system: str) -> tuple[dict, dict]:
        return objective(config, dataset, system), section(config, "training", dataset, system)

    return base if trained_for(name) == trained_for(base) else name
