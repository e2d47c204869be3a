"""What a system's grid, and its links to others, cannot be: start, choice of settings, number of updates."""

from collections.abc import Iterator

from knnkd.experiment.grids import SECTION_OF, chosen_of, grid_of
from knnkd.experiment.resolve import kind_of, learns_from_bert, needed, objective, section
from knnkd.objective.terms import TERMS

LINKS = ("teacher", "base", "init", "settings_of", "updates_of")
SHAPE = ("encoder_layers", "decoder_layers", "embed_dim", "ffn_dim", "decoder_ffn_dim", "heads", "share_all_embeddings")


def contradictions_of_links(config: dict, dataset: str, system: str) -> Iterator[str]:
    """Yield one sentence for each link or grid of a trained system that cannot be."""
    goal, place = objective(config, dataset, system), f"systems.{system} on {dataset}"
    if "term" not in config["systems"][system]:
        return
    if goal.get("grid"):
        yield from _contradictions_of_grid(config, dataset, system, place)
    if source := goal.get("settings_of"):
        if source not in config["systems"]:
            yield f"{place}: settings_of: no '{source}' under systems"
        elif not grid_of(config, dataset, source) and not any(
            grid_of(config, each, source) for each in config["datasets"]
        ):
            yield f"{place}: settings_of: '{source}' has no grid"
        elif grid_of(config, dataset, source) and not chosen_of(config, dataset, system):
            yield f"{place}: settings_of: it sets itself all that the grid of '{source}' chooses"
    if (other := goal.get("updates_of")) and "term" not in config["systems"].get(other, {}):
        yield f"{place}: updates_of: no trained system '{other}' under systems"
    if goal.get("init"):
        yield from _contradictions_of_start(config, dataset, system, place)
    if _reaches(config, dataset, system):
        yield f"{place}: it cannot be its own {' or '.join(link for link in LINKS if link in goal)}"


def _contradictions_of_grid(config: dict, dataset: str, system: str, place: str) -> Iterator[str]:
    goal = objective(config, dataset, system)
    if "settings_of" in goal:
        yield f"{place}: grid and settings_of: name one of them"
    used = {"label_smoothing", *needed(goal), *(option.name for option in TERMS[goal["term"]].options)}
    if unused := [key for key in goal["grid"] if SECTION_OF[key] == "system" and key not in used]:
        yield f"{place}: grid: {kind_of(goal)} has no use for {', '.join(unused)}"


def _contradictions_of_start(config: dict, dataset: str, system: str, place: str) -> Iterator[str]:
    """What a training cannot start from: it needs the same subwords and the same model."""
    goal = objective(config, dataset, system)
    init = config["systems"].get(goal["init"], {"pretrained": True} if goal["init"] == "pretrained" else {})
    if not {"term", "pretrained"} & set(init):
        yield f"{place}: init: '{goal['init']}' is no system with a model of its own"
        return
    own, shape = "bert" if learns_from_bert(goal) else "bpe", section(config, "model", dataset, system)
    if "term" in init:
        theirs = "bert" if learns_from_bert(objective(config, dataset, goal["init"])) else "bpe"
        other = section(config, "model", dataset, goal["init"])
    else:
        model = config["pretrained"].get(config["datasets"][dataset].get("pretrained"))
        if model is None:
            shown = any(dataset in table.get("datasets", []) for table in config["tables"].values())
            if shown and any(
                system in table["systems"] and dataset in table.get("datasets", [])
                for table in config["tables"].values()
            ):
                yield f"{place}: init: datasets.{dataset} names no pre-trained model (pretrained)"
            return
        if "dataset" not in model:
            return  # its architecture is not known before it is fetched; the training refuses another
        theirs, other = "bpe", section(config, "model", model["dataset"], model["system"])
    if own != theirs:
        yield f"{place}: init: '{goal['init']}' has other subwords"
    if different := [key for key in SHAPE if shape[key] != other[key]]:
        yield f"{place}: init: '{goal['init']}' has another model ({', '.join(different)})"


def _reaches(config: dict, dataset: str, system: str) -> bool:
    """Return whether the links of a system lead back to it."""
    waiting, seen = [system], set()
    while waiting:
        goal = objective(config, dataset, waiting.pop())
        for other in (goal[link] for link in LINKS if goal.get(link) in config["systems"]):
            if other == system:
                return True
            if other not in seen:
                seen.add(other)
                waiting.append(other)
    return False
