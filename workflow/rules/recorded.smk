"""Functions that follow targets back to every job whose time and memory Snakemake records, for the table of costs."""

from functools import cache


@cache
def recorded_files():
    """The benchmark files of all jobs behind the results, found by the same rules and inputs as the jobs are."""
    waiting, seen, found = shown_results(), set(), []
    while waiting:
        path = waiting.pop()
        maker = next((each for each in workflow.rules if each.is_producer(path)), None)
        if maker is None:
            continue
        wildcards = maker.get_wildcards(path)
        job = maker.name, *sorted(wildcards.items())
        if job in seen:
            continue
        seen.add(job)
        if maker.benchmark:
            found.append(str(maker.expand_benchmark(wildcards)))
        waiting += map(str, maker.expand_input(wildcards)[0])
    return sorted(found)


def shown_results():
    """Every result whose making has a cost: tables, figures and single predictions, but not the table of costs."""
    results = [*rules.tables.input, *rules.figures.input, *expand(INSPECTION, dataset=inspected_datasets())]
    return [path for path in map(str, results) if path not in rules.costs.output]


def recorded_trainings():
    """The records of all trainings behind the results."""
    start = f"{BENCHMARK}/train/"
    names = [path.removeprefix(start).removesuffix(".tsv") for path in recorded_files() if path.startswith(start)]
    return [TRAIN_JSON.replace(RUN, name) for name in names]


def kept_flags():
    """What a job of each recorded stage leaves, as flags of make_costs.py; {} stands for the job."""
    kept = {
        "clean_corpus": [TEXT, TOK],
        "learn_bpe": [CODES],
        "segment": [BPE],
        "binarise": [DATA],
        "train": [TRAIN],
        "dump_datastore": [DATASTORE],
        "gather_candidates": [CANDIDATES],
        "pretrain_bert": [BERT],
        "finetune_bert": [BERT_TUNED],
        "bert_candidates": [BERT_CANDIDATES],
        "build_index": [INDEX],
        "tune_knn_mt": [TUNED],
        "decode": [HYPOTHESES],
        "measure": [MEASURES],
    }
    jobs = f"{RUN}/{{split}}", RUN, "{dataset}/seed{seed}", "{dataset}"
    paths = []
    for stage, patterns in kept.items():
        for pattern in patterns:
            job = next(each for each in jobs if each in pattern)
            paths.append(f"{stage}={pattern.replace(job, '{}')}")
    return flags({"kept": paths})


def inspected_datasets():
    """The datasets of Tables 2 and 3 that have a kNN teacher to look at."""
    shown = dict.fromkeys([*datasets_of("table2"), *datasets_of("table3")])
    return [name for name in shown if resolve.is_run(config, name) and kd_of(name)]


def shown_files(results, *endings):
    """The results that have one of these endings: the pages of tables, the pictures of figures."""
    return [path for path in results if str(path).endswith(endings)]


def report_labels():
    """What the report calls the systems and datasets that it lets a reader pick, as flags of make_report.py."""
    systems = dict.fromkeys(name for table in ("table2", "table3", "case_study") for name in systems_of(table))
    about = {"systems": systems, "datasets": DATASETS}
    return flags({part: [f"{name}={config[part][name]['label']}" for name in names] for part, names in about.items()})
