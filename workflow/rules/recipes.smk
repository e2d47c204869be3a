"""Functions for the tables that are read from how things were made: datastores, corpora and hyper-parameters."""

# Tables 1 and 6


def taught_systems():
    """{dataset: system} of Tables 1 and 6: of each dataset of Tables 2 and 3 the first system that learns from a search.

    Whether or not it is run; what no system of the table learns from a search is left out.
    """
    found = {}
    for table in ("table2", "table3"):
        for dataset in datasets_of(table):
            goals = {name: resolve.objective(config, dataset, name) for name in systems_of(table) if name in TRAINED}
            searched = [name for name, goal in goals.items() if resolve.kind_of(goal) == "sparse, knn"]
            found |= {dataset: name for name in searched[:1]}
    return found


def taught_runs(pattern):
    """Every run of these."""
    return [path for dataset, system in taught_systems().items() for path in runs(pattern, [system], [dataset])]


def taught_flags(*parts, others=()):
    """These as flags of make_table1.py and make_table6.py, with the labels of other systems too."""
    found = taught_systems()
    shown = shown_flags(dict.fromkeys([*found.values(), *others]), found, *parts)
    return f"{shown} {flags({'taught': [f'{dataset}={system}' for dataset, system in found.items()] or None})}"


def taught_points():
    """The points of the ablation that vary these, as flags of make_table1.py."""
    points = []
    for dataset, system in taught_systems().items():
        if config.get("ablation", {}).get("system") == system:
            varied = resolve.ablation_points(config, dataset, "k") | resolve.ablation_points(config, dataset, "tau")
            points += [f"{dataset}:{name}={k}:{tau}" for name, (k, tau) in varied.items()]
    return flags({"points": points or None})


def trained_systems(dataset):
    """The trained systems of a dataset's table that are run."""
    return [name for name in table_systems(dataset) if name in TRAINED]


def trained_runs(pattern):
    """Every training of Tables 2 and 3 on a dataset that Table 6 shows."""
    return [path for name in taught_systems() for path in runs(pattern, trained_systems(name), [name])]


def trained_flags():
    """What these are, as flags of make_table6.py."""
    others = [system for name in taught_systems() for system in trained_systems(name)]
    return taught_flags("systems", "datasets", others=others)


# Table 5


def shown_corpora():
    """The datasets of Table 5, whether or not they are made: those of every table, and of their pre-trained models."""
    places = ("table2", "table3", "table4", "ablation", "controls", "case_study")
    names = {name for place in places for name in datasets_of(place)}
    return [name for name in DATASETS if name in names | models_corpora(names)]


def models_corpora(datasets):
    """The corpora that the pre-trained models of some datasets are made from here."""
    models = [pretrained_of(Run(dataset=name)) for name in datasets]
    return {model["dataset"] for model in models if "dataset" in model}


def made_corpora():
    """Those of Table 5 that are made."""
    made = {name for name in shown_corpora() if resolve.is_run(config, name)}
    return [name for name in shown_corpora() if name in made | models_corpora(made)]


def corpora_flags(wildcards, input):
    """What is counted, what of it stands beside the same of the paper, and whose dictionary is another's."""
    names = shown_corpora()
    counted = {
        "manifests": [f"{name}={path}" for name, path in zip(made_corpora(), input.manifests)],
        "data": [f"{name}={path}/data.json" for name, path in zip(made_corpora(), input.data)],
        "generated": [name for name in names if name in GENERATED],
        "borrowed": [name for name in names if "pretrained" in DATASETS[name]],
    }
    return flags({name: values or None for name, values in counted.items()})


# The trainings behind the results


def behind_results():
    """{run: the trainings that it is made of at first hand} of every run that is shown, and of all behind these."""
    pattern = "{dataset}/{system}/{seed}"
    return lineage(config, map(Training.parse, [*shown_runs(pattern), *trained_runs(pattern)]))


def behind_runs(pattern):
    """Those of them that train something."""
    return [path for run in behind_results() if run.system in TRAINED for path in expand(pattern, **run._asdict())]


def made_of_flags():
    """What those that are made of others, or train nothing, are made of, as flags of collect_trainings.py."""
    bases = {run: made_of for run, made_of in behind_results().items() if made_of or run.system not in TRAINED}
    return flags({"made_of": [f"{run}={','.join(map(str, made_of))}" for run, made_of in bases.items()] or None})


# The plan


def planned_runs():
    """Every run that is scored, and every training that teaches or comes first, as dataset/system/seed."""
    pattern = "{dataset}/{system}/{seed}"
    named = [*shown_runs(pattern), *trained_runs(pattern)]
    datasets = dict.fromkeys(Path(each).parts[0] for each in named)
    for model in (pretrained_of(Run(dataset=name)) for name in datasets):
        if "dataset" in model:
            named += expand(pattern, dataset=model["dataset"], system=model["system"], seed=config["seeds"][0])
    return list(dict.fromkeys(run for each in named for run in trained_instead(each)))


def trained_instead(run):
    """The run itself; in the place of one that is taken from a grid, the grid's points with its seed."""
    dataset, system, seed = run.split("/")
    if not grids.is_taken(config, dataset, system, int(seed)):
        return [run]
    return [f"{dataset}/{point}/{seed}" for point in grids.grid_systems(config, dataset, system)]
