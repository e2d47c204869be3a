"""Functions that say which runs the tables and figures show, and under which labels."""

# Scores, tables and figures


def datasets_of(name):
    """The datasets that a table, the ablation, the controls or the case study show; none where the config has none."""
    return resolve.shown_datasets(config, name)


def systems_of(name):
    """The systems that a table, the controls or the case study show, the baseline first."""
    return (config["tables"].get(name) or config.get(name) or {"systems": []}).get("systems", [])


def table_of(dataset):
    """The table that shows a dataset's systems: table2, table3 or none."""
    return next((name for name in ("table2", "table3") if dataset in datasets_of(name)), None)


def table_systems(dataset):
    """The systems that Table 2 or 3 shows for one dataset and that are run, the baseline first."""
    return [name for name in systems_of(table_of(dataset)) if resolve.is_run(config, dataset, name)]


def baseline_of(dataset):
    """The trained system that a dataset's ablation is held against: the first one of its table."""
    return next(name for name in systems_of(table_of(dataset) or next(iter(config["tables"]))) if name in TRAINED)


def test_systems(dataset):
    """The systems whose test scores a table shows for one dataset and that are run, the baseline first."""
    variants = resolve.control_variants(config, dataset)
    names = dict.fromkeys([*table_systems(dataset), *variants])
    return [name for name in names if resolve.is_run(config, dataset, name)]


def valid_systems(dataset):
    """The systems whose validation scores a figure shows for one dataset, the baseline first."""
    points = [name for key in ("k", "tau") for name in resolve.ablation_points(config, dataset, key)]
    return list(dict.fromkeys([baseline_of(dataset), *points])) if points else []


def cross_pairs():
    """The pairs of Table 4, whether or not they are run: trained on the first dataset, tested on the second."""
    return config["tables"]["table4"]["pairs"] if datasets_of("table4") else []


def tested_pairs():
    """(dataset trained on, split) of the pairs that are run."""
    return [
        (first, f"{TEST_OF}{second}")
        for first, second in cross_pairs()
        if resolve.is_run(config, first) and resolve.is_run(config, second)
    ]


def cross_runs(pattern):
    """Every run of Table 4."""
    return [path for first, split in tested_pairs() for path in runs(pattern, systems_of("table4"), [first], [split])]


def shown_runs(pattern):
    """Every run that a table or a figure shows, once."""
    paths = []
    for dataset in DATASETS:
        paths += runs(pattern, test_systems(dataset), [dataset])
        paths += runs(pattern, valid_systems(dataset), [dataset], splits=("valid",))
    return list(dict.fromkeys(paths + cross_runs(pattern)))


def measured_runs(pattern):
    """Every run of Table 2 and the controls: its distribution is looked at too."""
    names = [name for name in DATASETS if table_of(name) != "table3"]
    return [path for dataset in names for path in runs(pattern, test_systems(dataset), [dataset])]


def shown_knn_mt(name):
    """The kNN-MT systems of a table."""
    return [each for each in systems_of(name) if each in KNN_MT]


def tuned_grids():
    """The grids of Table 2's kNN-MT systems that are run."""
    return runs(f"{TUNED}/grid.csv", shown_knn_mt("table2"), datasets_of("table2"))


def control_runs(pattern):
    """Every run of Table 7."""
    names = datasets_of("controls")
    return [path for name in names for path in runs(pattern, resolve.control_variants(config, name), [name])]


def compared_systems(wildcards):
    """The systems whose scores on the split at hand are shown, the one that they are held against first."""
    shown = {"test": test_systems, "valid": valid_systems}
    names = shown[wildcards.split](wildcards.dataset) if wildcards.split in shown else systems_of("table4")
    names = [name for name in names if resolve.is_run(config, wildcards.dataset, name)]
    return sorted(names, key=lambda name: name != wildcards.baseline)


def compared_runs(wildcards):
    """Their hypotheses."""
    named = {"dataset": wildcards.dataset, "seed": wildcards.seed, "split": wildcards.split}
    systems = compared_systems(wildcards)
    return [path for name in systems for path in same_run(f"{HYPOTHESES}/decode.json", Run(system=name, **named))]


def compared_flags(wildcards, input):
    """The same as flags of compare_systems.py: name=folder."""
    names = compared_systems(wildcards)
    return flags({"hypotheses": [f"{name}={folder(path)}" for name, path in zip(names, input.hypotheses)]})


def significances(name):
    """The comparisons that a table shows: with its first system (and second_of), in the controls with each variant."""
    paths = []
    for dataset in datasets_of(name):
        first = systems_of(name)[0]
        variants = resolve.control_variants(config, dataset).items() if name == "controls" else []
        baselines = [variant for variant, about in variants if about[0] == first] or [first, *second_of(name)]
        paths += comparisons(dataset, baselines)
    return paths


def second_of(name):
    """The first trained system of a table whose first of all trains nothing: gains over it are shown too; else none."""
    trained = [each for each in systems_of(name) if each in TRAINED]
    return trained[:1] if trained[:1] != systems_of(name)[:1] else []


def comparisons(dataset, baselines, split="test"):
    """The comparisons of a dataset's systems with each of `baselines` that is run."""
    known = [name for name in baselines if resolve.is_run(config, dataset, name)]
    return expand(SIGNIFICANCE, dataset=dataset, baseline=known, seed=config["seeds"], split=split)


def cross_comparisons():
    """The comparisons that Table 4 shows: with its first system."""
    first = systems_of("table4")[:1]
    return [path for dataset, split in tested_pairs() for path in comparisons(dataset, first, split)]


def shown_in(name, *parts):
    """What a table shows, as flags: systems and datasets with labels, metrics, the paper's data sets; or some of these."""
    return shown_flags(systems_of(name), datasets_of(name), *parts)


def shown_flags(systems, datasets, *parts):
    """The same of any systems and datasets."""
    about = {
        "systems": [f"{each}={config['systems'][each]['label']}" for each in systems],
        "datasets": [f"{each}={DATASETS[each]['label']}" for each in datasets],
        "metrics": [f"{each}={DATASETS[each]['metric']}" for each in datasets],
        "paper_datasets": [f"{each}={DATASETS[each]['paper']}" for each in datasets if "paper" in DATASETS[each]],
    }
    return flags({part: about[part] or None for part in parts or about})


def control_flags():
    """The variants of Table 7 as flags of make_table7.py; the baseline of Table 2 stands first."""
    names = datasets_of("controls")
    variants = resolve.control_variants(config, names[0]) if names else {}
    first = sorted(variants, key=lambda name: name not in systems_of("controls")[:1])
    return flags({"variants": [f"{name}={':'.join(variants[name])}" for name in first] or None})


def ablation_flags():
    """The points of Figures 2 and 3 as flags of plot_ablation.py."""
    names = datasets_of("ablation")
    if not names:
        return ""
    points = resolve.ablation_points(config, names[0], "k") | resolve.ablation_points(config, names[0], "tau")
    fixed = resolve.objective(config, names[0], config["ablation"]["system"])
    baseline = baseline_of(names[0])
    return flags(
        {
            "points": [f"{name}={k}:{tau}" for name, (k, tau) in points.items()],
            "fixed_k": fixed["k"],
            "fixed_tau": fixed["tau"],
            "baseline": f"{baseline}={config['systems'][baseline]['label']}",
        }
    )


def tuned_flags(wildcards, input):
    """The settings that kNN-MT was tuned to, as flags of make_table2.py: dataset=file."""
    return flags({"tuned": [f"{Path(path).parts[-4]}={path}" for path in input.tuned] or None})


def untrained_flag(table):
    """The systems of a table that train nothing, as a flag of its script."""
    names = [name for name in systems_of(table) if name not in TRAINED]
    return flags({"untrained": names}) if names else "--untrained"


def told(table, name, tell):
    """What `tell` says of a system's objective: once, or for each dataset of a table where they differ."""
    texts = {each: tell(said_goal(each, name)) for each in datasets_of(table)}
    if len(set(texts.values())) == 1:
        return next(iter(texts.values()))
    return "; ".join(f"{DATASETS[each]['label']}: {text}" for each, text in texts.items())


def said_goal(dataset, system):
    """An objective with None for what a grid chooses, as the value in the config is not that of the run."""
    _, chosen = grids.chosen_of(config, dataset, system) or ("", [])
    return resolve.objective(config, dataset, system) | dict.fromkeys(chosen)


def settings_text(goal):
    """The weights and sizes of an objective, as a note says them."""
    signs = {"alpha": "α", "k": "k", "tau": "τ", "label_smoothing": "label smoothing"}
    texts = [
        f"{sign} chosen on validation" if goal[key] is None else f"{sign} = {goal[key]:g}"
        for key, sign in signs.items()
        if key in goal and (key != "label_smoothing" or goal[key] is None)
    ]
    return ", ".join(texts)


def settings_flags(table):
    """What the config sets for the systems of Table 2 or 3, as flags of its script, for its notes."""
    if not datasets_of(table):
        return ""
    shown = [name for name in systems_of(table) if name in TRAINED]
    settings = {name: told(table, name, settings_text) for name in shown}
    goals = {name: [said_goal(each, name) for each in datasets_of(table)] for name in shown}
    smoothing = {name: [goal["label_smoothing"] for goal in each] for name, each in goals.items()}
    alone = [
        f"{each}={name}"
        for each in datasets_of(table)
        for name in systems_of(table)
        if len(resolve.seeds_of(config, each, name)) < len(config["seeds"])
    ]
    bert = [name for name in shown if config["systems"][name]["candidates"] == "bert"]
    translations = [name for name in shown if config["systems"][name]["targets"] == "translations"]
    # A flag with nothing behind it says that none has.
    other_subwords = flags({"other_subwords": bert}) if bert else "--other-subwords"
    about = {
        "smoothing": [f"{name}={values[0]}" for name, values in smoothing.items() if len({*values, None}) == 2],
        "settings": [f"{name}={text}" for name, text in settings.items() if text] or None,
        "other_text": [*translations, *bert] or None,
        "one_run": alone or None,
        "controls": datasets_of("controls") or None,
    }
    return f"{other_subwords} {flags(about)}"


def grid_flags(wildcards, input):
    """The grids of kNN-MT as flags of plot_knn_mt_grid.py; where there are several systems, each has its panels."""
    grids, labels = [], {}
    for path in input:
        dataset, system = Path(path).parts[-4:-2]
        name = f"{dataset}.{system}"
        alone = len(shown_knn_mt("table2")) == 1
        labels[name] = DATASETS[dataset]["label"] + ("" if alone else f", {config['systems'][system]['label']}")
        grids.append(f"{name}={path}")
    return flags({"grids": grids, "datasets": [f"{name}={label}" for name, label in labels.items()]})
