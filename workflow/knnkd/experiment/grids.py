"""Grids: the points of a system, which run's settings its choice gives, and the names of the points.

A system with a grid is not trained by itself: each combination of values is a system of its own, trained with the seeds
of `grid_seeds`, and the best on validation, by the dataset's metric, is the system. With further seeds, and in the
systems that say `settings_of`, a training reads what was chosen from the file of the choice.
"""

from collections.abc import Mapping
from itertools import product

from knnkd.objective.terms import options_of_grids

# What a grid may vary, in the order of names and of ties, and where it stands in a system.
SECTION_OF = dict.fromkeys(("k", "tau", "alpha", *options_of_grids(), "label_smoothing"), "system")
SECTION_OF |= dict.fromkeys(("lr", "warmup_updates", "weight_decay"), "training")
SECTION_OF |= dict.fromkeys(("dropout", "attention_dropout", "activation_dropout"), "model")


def own_settings(config: dict, dataset: str, system: str) -> dict:
    """Return what a system says of itself on one dataset, without label, training and model."""
    apart = ("label", "training", "model")
    base = {key: value for key, value in config["systems"].get(system, {}).items() if key not in apart}
    return base | config["datasets"][dataset]["systems"].get(system, {})


def grid_of(config: dict, dataset: str, system: str) -> dict[str, list[float]]:
    """Return {setting: its values} of a system's grid on a dataset, in SECTION_OF's order; {} where it has none."""
    grid = own_settings(config, dataset, system).get("grid") or {}
    return {key: sorted(grid[key]) for key in SECTION_OF if key in grid}


def grid_systems(config: dict, dataset: str, system: str) -> dict[str, dict[str, float]]:
    """Return {system: its settings} of the points of a grid on one dataset; {} where there is none."""
    grid = grid_of(config, dataset, system)
    points = [dict(zip(grid, values, strict=True)) for values in product(*grid.values())] if grid else []
    return {point_name(system, point): point for point in points}


def point_name(base: str, settings: Mapping[str, float]) -> str:
    """Return the name of a system that is as `base` but for some settings."""
    words = [f"{key}{settings[key]:g}" for key in SECTION_OF if key in settings]
    return "_".join([base, *(word.replace(".", "p").replace("+", "").replace("-", "m") for word in words)])


def chosen_of(config: dict, dataset: str, system: str) -> tuple[str, list[str]] | None:
    """Return (system whose grid chooses, the settings that it chooses) for one system, None where nothing is chosen."""
    if grid := grid_of(config, dataset, system):
        return system, list(grid)
    own = own_settings(config, dataset, system)
    block = config["systems"].get(system, {})
    said = set(own) | set(block.get("training", {})) | set(block.get("model", {}))
    keys = [key for key in grid_of(config, dataset, own.get("settings_of", "")) if key not in said]
    return (own["settings_of"], keys) if keys else None


def is_taken(config: dict, dataset: str, system: str, seed: int) -> bool:
    """Return whether the run of a seed is the training of one of the grid's points, taken as it is."""
    return bool(grid_of(config, dataset, system)) and seed in config["grid_seeds"]
