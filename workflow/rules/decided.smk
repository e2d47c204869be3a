"""Functions that say what the verdict is decided on: which systems play which part, and their comparisons."""

DISTILLATIONS = ("word_kd", "seq_kd", "bert_kd", "selective_kd")


def role_systems():
    """{part in the paper: the system that plays it}: the one of that name, else the first of its kind in the tables."""
    kinds = {
        "word_kd": "dense",
        "seq_kd": "translations",
        "bert_kd": "sparse, bert",
        "selective_kd": "selective",
        "knn_kd": "sparse, knn",
        "transformer": "none",
        "knn_mt": "base",
        "pretrained": "pretrained",
    }
    shown = dict.fromkeys(name for table in ("table2", "table3", "table4", "controls") for name in systems_of(table))
    found = {}
    for role, kind in kinds.items():
        of_kind = [name for name in shown if part_of(config["systems"][name]) == kind]
        found |= {role: name for name in ([role] if role in of_kind else of_kind)[:1]}
    return found


def part_of(system):
    """What a system is: a kind of objective, or what it decodes with."""
    return next((key for key in ("base", "pretrained") if key in system), None) or resolve.kind_of(system)


def decided_comparisons():
    """The comparisons that claims of BLEU are decided on: of tables, of controls, and of points of the ablation."""
    roles, paths = role_systems(), significances("controls") + cross_comparisons()
    over = {"table2": ["transformer", *DISTILLATIONS, "knn_mt"], "table3": ["transformer", "knn_mt", "pretrained"]}
    for table, parts in over.items():
        baselines = [roles[part] for part in parts if roles.get(part) in systems_of(table)]
        paths += [path for dataset in datasets_of(table) for path in comparisons(dataset, baselines)]
    for dataset in datasets_of("ablation"):
        paths += comparisons(dataset, ablation_ends(dataset), "valid")
    return list(dict.fromkeys(paths))


def ablation_grid(dataset):
    """{system: (k, tau)} of all points of Figures 2 and 3, and the two that stay fixed."""
    points = resolve.ablation_points(config, dataset, "k") | resolve.ablation_points(config, dataset, "tau")
    fixed = resolve.objective(config, dataset, config["ablation"]["system"])
    return points, fixed["k"], fixed["tau"]


def ablation_ends(dataset):
    """The systems at both ends of the ablation's k, its own tau fixed, and at the low end of tau, its own k fixed."""
    points, fixed_k, fixed_tau = ablation_grid(dataset)
    over_k = sorted((k, name) for name, (k, tau) in points.items() if tau == fixed_tau)
    over_tau = sorted((tau, name) for name, (k, tau) in points.items() if k == fixed_k)
    return list(dict.fromkeys(name for _, name in [*over_k[:1], *over_k[-1:], *over_tau[:1]]))


def verdict_places():
    """{table: its datasets, or its pairs}, as make_verdict.py takes them."""
    names = ("table2", "table3", "ablation", "controls")
    return {name: datasets_of(name) for name in names} | {"table4": [">".join(pair) for pair in cross_pairs()]}


def decided_datasets():
    """Every dataset that a claim is asked of, whether or not it is run."""
    places = [place for each in verdict_places().values() for place in each]
    return list(dict.fromkeys(name for place in places for name in place.split(">")))


def verdict_flags():
    """Labels, metrics, places and parts as flags of make_verdict.py."""
    asked, roles = decided_datasets(), role_systems()
    about = {
        "systems": [f"{name}={config['systems'][name]['label']}" for name in roles.values()],
        "datasets": [f"{name}={DATASETS[name]['label']}" for name in asked],
        "metrics": [f"{name}={DATASETS[name]['metric']}" for name in asked],
        "paper_datasets": [f"{name}={DATASETS[name]['paper']}" for name in asked if "paper" in DATASETS[name]] or None,
        "roles": [f"{role}={name}" for role, name in roles.items()],
    }
    return flags(about | {name: places or None for name, places in verdict_places().items()})


def ablation_grid_flags():
    """The same as flags of make_verdict.py, as on the first dataset."""
    if not datasets_of("ablation"):
        return ""
    points, fixed_k, fixed_tau = ablation_grid(datasets_of("ablation")[0])
    points = [f"{name}={k}:{tau}" for name, (k, tau) in points.items()]
    return flags({"points": points, "fixed_k": fixed_k, "fixed_tau": fixed_tau})


def decided_trainings(pattern):
    """The trainings of the systems that play a part, on every dataset that a claim is asked of."""
    names = [name for name in role_systems().values() if name in TRAINED]
    return [
        path
        for dataset in decided_datasets()
        for path in runs(pattern, [name for name in names if name in test_systems(dataset)], [dataset])
    ]
