"""Functions for what is done with the runs of the first seed alone: benchmarks, and predictions looked at."""

# Benchmarks


def bench_files():
    """The benchmarks of Tables 2 and 3, which alone of the two shows no training."""
    what = {"table2": ["training", "decoding"], "table3": ["decoding"]}
    names = {name: [each for each in datasets_of(name) if resolve.is_run(config, each)] for name in what}
    return [path for name in what for path in expand(f"{BENCH}/{{what}}.json", dataset=names[name], what=what[name])]


def first_run(dataset, system):
    """The run of the first seed, on the test set."""
    return Run(dataset=dataset, system=system, seed=config["seeds"][0], split="test")


def run_flags(run):
    """A run's model, its text and kNN-MT's files as flags that stand quoted behind --run."""
    model = flags({"checkpoint": checkpoint_of(run)[0], "data_bin": test_data(run)[0]})
    return f"{model} {nearest_flags(run, Run(nearest=nearest_files(run)))}"


def benched_runs(wildcards, names):
    """The runs of the first seed that are measured on the dataset at hand, the baseline first."""
    chosen = [name for name in table_systems(wildcards.dataset) if name in names]
    return [first_run(wildcards.dataset, name) for name in chosen]


def all_cores(wildcards):
    """Every core of the machine, so that nothing runs beside; on a cluster, as many as are used."""
    return max(workflow.cores or 1, config["bench"]["threads"])


def benched_data(wildcards):
    """The text that each measured training reads, once."""
    return list(dict.fromkeys(path for run in benched_runs(wildcards, TRAINED) for path in training_data(run)))


def benched_teachers(wildcards):
    """What the teachers left for the measured trainings, and what grids chose for them, once."""
    runs = benched_runs(wildcards, TRAINED)
    return list(dict.fromkeys(path for run in runs for path in [*teacher_files(run), *choice_of(run)]))


def benched_trainings(wildcards):
    """The flags of every measured training, as train.py has them, but with the benchmark's threads."""
    words = []
    for run in benched_runs(wildcards, TRAINED):
        settings = resolve.section(config, "training", run.dataset, run.system)
        own = {key: settings[key] for key in ("batch_order", "metric", "valid_beam")}
        about = flags(
            own | {key: config[key] for key in ("device", "precision")} | {"threads": config["bench"]["threads"]}
        )
        data = flags({"data_bin": training_data(run)[0], "seed": run.seed})
        teacher = teacher_flags(run, Run(teacher=teacher_files(run)))
        # Start and number of updates have no speed.
        chosen = start_flags(run, Run(init=[], chosen=choice_of(run), updates_of=[]))
        goal = f"{objective_flags(run)} {teacher} {chosen}"
        words += ["--run", run.system, f"{data} {goal} {about} -- {fairseq_flags(run)}"]
    return shlex.join(words)


def benched_models(names):
    """An input function: checkpoints, text and kNN-MT's files that the measured decoding of these systems reads."""

    def files(wildcards):
        runs = benched_runs(wildcards, names)
        found = [path for run in runs for path in [*checkpoint_of(run), *test_data(run), *nearest_files(run)]]
        return list(dict.fromkeys(found))

    return files


def benched_decodings(names):
    """A params function: model, text and kNN-MT's files of each of these systems, as flags of bench_decoding.py."""
    return lambda wildcards: shlex.join(
        word for run in benched_runs(wildcards, names) for word in ("--run", run.system, run_flags(run))
    )


def benches_of_one(*kinds):
    """The benchmarks that are made on one dataset alone, the first of Table 2 that is run."""
    chosen = [name for name in datasets_of("table2") if resolve.is_run(config, name)][:1]
    return expand(f"{BENCH}/{{kind}}.json", kind=kinds, dataset=chosen)


def of_baseline(function):
    """An input function: `function` of the first seed of the baseline on the dataset at hand."""
    return lambda wildcards: function(benched_runs(wildcards, TRAINED)[0])


# Predictions looked at


def case_of(function):
    """An input or params function: `function` of the case study, which is no dataset's own."""
    return lambda wildcards: function(Run(dataset=config["case_study"]["dataset"], case=True))


def of_test_set(function):
    """The same of the test set at hand."""
    return lambda wildcards: function(Run(dataset=wildcards.dataset))


def inspected_systems(run):
    """The systems that are shown beside each other: those of the case study or of a table, over the same subwords."""
    dataset = run.dataset
    names = systems_of("case_study") if run.get("case") else table_systems(dataset)
    return [
        name for name in names if resolve.is_run(config, dataset, name) and not has_wordpiece(first_run(dataset, name))
    ]


def kd_of(dataset):
    """The first system of a dataset's table that learns from a search, whose teacher is shown; none where none does."""
    names = [name for name in table_systems(dataset) if name in TRAINED]
    return next((name for name in names if learns_from(first_run(dataset, name)) == "knn"), None)


def inspected_files(run):
    """The models, text, datastores and settings that are read to look at a dataset's predictions."""
    teacher = first_run(run.dataset, goal_of(first_run(run.dataset, kd_of(run.dataset)))["teacher"])
    paths = [*checkpoint_of(teacher), *same_run(DATA, teacher), *same_run(f"{DATASTORE}/meta.json", teacher)]
    paths += index_of(teacher) + same_run(TRAIN_JSON, first_run(run.dataset, kd_of(run.dataset)))
    for name in inspected_systems(run):
        each = first_run(run.dataset, name)
        paths += [*checkpoint_of(each), *nearest_files(each)]
    return list(dict.fromkeys([*paths, *dictionaries_of(run)]))


def inspected_flags(run):
    """The same as flags of inspect_prediction.py."""
    name = kd_of(run.dataset)
    goal = goal_of(first_run(run.dataset, name))
    teacher = first_run(run.dataset, goal["teacher"])
    about = {"checkpoint": checkpoint_of(teacher)[0], "data_bin": same_run(DATA, teacher)[0]}
    about |= {"datastore": folder(same_run(f"{DATASTORE}/meta.json", teacher)[0])}
    # k and tau as they were trained with: a grid may have chosen them.
    about |= {"pupil": same_run(TRAIN_JSON, first_run(run.dataset, name))[0]}
    words = [
        "--teacher",
        f"{flags(about)} {index_flags(teacher, Run(index=index_of(teacher)))}",
        "--teacher-system",
        name,
    ]
    for each in inspected_systems(run):
        words += ["--run", each, run_flags(first_run(run.dataset, each))]
    about = shlex.join([*words, "--dataset", run.dataset, "--seed", str(teacher.seed)])
    return f"{about} {dictionaries_flag(run)}"


def inspected_lattice(run):
    """Where the corpus was generated: its test set's lattices, and what tells which sentence has which."""
    if run.dataset not in GENERATED:
        return []
    return [path for pattern in (RAW, f"{CORPUS}/test.lines") for path in same_run(pattern, run)]


def inspected_lattice_flags(run):
    """The same as flags of inspect_prediction.py."""
    if run.dataset not in GENERATED:
        return ""
    raw, lines = inspected_lattice(run)
    beside = {"sources": f"{raw}/test.{DATASETS[run.dataset]['source_lang']}"} if run.get("case") else {"lines": lines}
    return flags({"lattices": f"{raw}/test.lattice.jsonl.gz"} | beside)


def case_study_flags(run):
    """The sentence of the case study, and how its corpus was tokenised, as flags of inspect_prediction.py."""
    study, tokenise = config["case_study"], dict(DATASETS[run.dataset]["tokenise"])
    tokenise["no_tokenise"] = not tokenise.pop("moses")
    return flags({key: study[key] for key in ("source", "prefix")} | tokenise)
