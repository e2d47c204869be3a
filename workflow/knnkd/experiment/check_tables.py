"""What tables, figures and pre-trained models of a config cannot show or share."""

from collections.abc import Iterator
from itertools import product

from knnkd.experiment.resolve import learns_from_bert, model_of, objective
from knnkd.objective.terms import TERMS


def contradictions_of_tables(config: dict) -> Iterator[str]:
    for place, datasets, systems in _shown(config):
        for kind, names in (("datasets", datasets), ("systems", systems)):
            known = config[kind]
            yield from (f"{place}.{kind}: no '{name}' under {kind}" for name in names if name not in known)
            labels = [known[name]["label"] for name in names if name in known]
            if len(set(labels)) < len(labels):
                yield f"{place}.{kind}: two of them have the same label"
    trained = [name for name, system in config["systems"].items() if "term" in system]
    for name in ("table2", "table4"):
        systems = config["tables"].get(name, {}).get("systems", trained)
        if systems[0] in config["systems"] and systems[0] not in trained:
            yield f"tables.{name}.systems: the first is what the others are held against, and has to be trained"
    yield from _contradictions_of_pairs(config, config["tables"].get("table4", {"pairs": [], "systems": []}))
    for name in config.get("controls", {"systems": []})["systems"]:
        if name in config["systems"] and name not in trained:
            yield f"controls.systems: '{name}' is not trained"
    for name in set(_named(config, "table2")) & set(_named(config, "table3")):
        yield f"tables.table3.datasets: '{name}' stands in table2, and its speeds are ratios to the first system there"
    varied = config.get("ablation", {}).get("system")
    if varied in config["systems"] and TERMS[config["systems"][varied].get("term", "none")].teacher != "candidates":
        yield f"ablation.system: '{varied}' has no k and tau to vary"
    if not config["tables"]:
        yield "tables: none of them is left; name at least one"
    yield from _contradictions_of_gaps(config)


def _named(config: dict, table: str) -> list[str]:
    return config["tables"].get(table, {}).get("datasets", [])


def _shown(config: dict) -> Iterator[tuple[str, list[str], list[str]]]:
    """Yield (place, datasets, systems) of everything that shows runs."""
    places = {f"tables.{name}": shown for name, shown in config["tables"].items()}
    places |= {name: config[name] for name in ("ablation", "controls", "case_study") if name in config}
    for place, shown in places.items():
        datasets = shown.get("datasets", [shown["dataset"]] if "dataset" in shown else [])
        pairs = [name for pair in shown.get("pairs", []) for name in pair]
        yield place, [*datasets, *dict.fromkeys(pairs)], shown.get("systems", [shown.get("system")])


def _contradictions_of_pairs(config: dict, shown: dict) -> Iterator[str]:
    """What Table 4 cannot show: its models read what they were not trained on, so the subwords must be the same."""
    for first, second in shown["pairs"]:
        blocks = [config["datasets"].get(name, {}) for name in (first, second)]
        if first == second:
            yield f"tables.table4.pairs: '{first}' twice; name another corpus to test on"
        elif all(blocks) and len({block.get("pretrained") or id(block) for block in blocks}) > 1:
            yield f"tables.table4.pairs: {first} and {second} have subwords of their own; give both the same pretrained"
    for name in shown["systems"]:
        system = config["systems"].get(name, {})
        if "pretrained" in system:
            yield f"tables.table4.systems: '{name}' is trained on none of them"
        elif system.get("candidates") == "bert":
            yield f"tables.table4.systems: '{name}' has subwords of its own on each of them"


def _contradictions_of_gaps(config: dict) -> Iterator[str]:
    """What `only` and `without` cannot leave out."""
    yield from (f"only: no '{name}' under datasets" for name in config["only"] or [] if name not in config["datasets"])
    needed = {f"tables.{name}": shown["systems"][:1] for name, shown in config["tables"].items()}
    needed |= {"controls": config.get("controls", {}).get("systems", [])}
    needed |= {"ablation": [config["ablation"]["system"]] if "ablation" in config else []}
    for name in config["without"]:
        if name not in config["systems"]:
            yield f"without: no '{name}' under systems"
        yield from (f"without: {place} cannot do without '{name}'" for place, names in needed.items() if name in names)


def contradictions_of_pretrained(config: dict) -> Iterator[str]:
    for name, model in config["pretrained"].items():
        place, (dataset, system) = f"pretrained.{name}", (model.get("dataset"), model.get("system"))
        if dataset is None:
            continue
        if dataset not in config["datasets"]:
            yield f"{place}.dataset: no '{dataset}' under datasets"
        elif "pretrained" in config["datasets"][dataset]:
            yield f"{place}.dataset: '{dataset}' has the subwords of a pre-trained model itself; name a corpus with bpe"
        elif "term" not in config["systems"].get(system, {}):
            yield f"{place}.system: no trained system '{system}' under systems"
        elif learns_from_bert(objective(config, dataset, system)):
            yield f"{place}.system: '{system}' has subwords of its own; name a system without"
    for name, block in config["datasets"].items():
        if "pretrained" not in block:
            continue
        model = config["pretrained"].get(block["pretrained"])
        if model is None:
            yield f"datasets.{name}.pretrained: no '{block['pretrained']}' under pretrained"
            continue
        of_model = config["datasets"].get(model.get("dataset"), model)
        if any(of_model.get(key, block[key]) != block[key] for key in ("source_lang", "target_lang")):
            yield f"datasets.{name}.pretrained: '{block['pretrained']}' is of other languages"
    yield from _contradictions_of_use(config)


def _contradictions_of_use(config: dict) -> Iterator[str]:
    """Where a pre-trained model is asked for on a dataset that has none, and what a case study cannot show."""
    for place, datasets, systems in _shown(config):
        for dataset, system in product(datasets, systems):
            if dataset not in config["datasets"] or system not in config["systems"]:
                continue
            if "pretrained" in config["datasets"][dataset]:
                continue
            used = [model_of(config, dataset, system), objective(config, dataset, system).get("teacher", system)]
            if any("pretrained" in config["systems"].get(each, {}) for each in used):
                yield f"{place}: '{system}' needs a pre-trained model, and datasets.{dataset} names none (pretrained)"
    for name in config.get("case_study", {"systems": []})["systems"]:
        if config["systems"].get(name, {}).get("candidates") == "bert":
            yield f"case_study.systems: '{name}' has subwords of its own and cannot be shown beside the others"
