"""Functions that turn wildcards into the inputs of a run, and slices of the config into flags of the scripts."""

# Training


def same_run(pattern, wildcards, **changes):
    """`pattern` for the run at hand, with other values for some wildcards; a system without seeds has its one run."""
    named = dict(wildcards.items()) | changes
    if "seed" in named and "system" in named:
        seeds = resolve.seeds_of(config, named["dataset"], named["system"])
        named["seed"] = named["seed"] if int(named["seed"]) in seeds else seeds[0]
    return expand(pattern, **named)


def checkpoint_of(wildcards):
    """The model behind the system at hand: its own, that of kNN-MT's base, or the pre-trained one."""
    system = resolve.model_of(config, wildcards.dataset, wildcards.system)
    return same_run(CHECKPOINT, wildcards, system=system) if system in TRAINED else pretrained_checkpoint(wildcards)


def pretrained_checkpoint(wildcards):
    """The pre-trained model of the dataset at hand."""
    model = pretrained_of(wildcards)
    if "checkpoint" in model:
        return expand(f"{PRETRAINED}/checkpoint.pt", model=DATASETS[wildcards.dataset]["pretrained"])
    return expand(CHECKPOINT, dataset=model["dataset"], system=model["system"], seed=config["seeds"][0])


def goal_of(wildcards):
    """What the system at hand is trained for."""
    return resolve.objective(config, wildcards.dataset, wildcards.system)


def learns_from(wildcards):
    """Which kind of teacher the system at hand has: none, knn, bert, model or translations."""
    goal = goal_of(wildcards)
    if goal["targets"] == "translations":
        return "translations"
    return {"none": "none", "sparse": goal["candidates"]}.get(goal["term"], "model")


def training_data(wildcards):
    """The binarised text that the system at hand is trained on."""
    kind = learns_from(wildcards)
    if kind == "translations":
        return same_run(DATA_DISTILLED, wildcards, system=goal_of(wildcards)["teacher"])
    return same_run(DATA_WORDPIECE if kind == "bert" else DATA, wildcards)


def teacher_files(wildcards):
    """What the teacher left for the system at hand: candidates and their datastore, or a checkpoint."""
    kind, teacher = learns_from(wildcards), goal_of(wildcards).get("teacher")
    patterns = {
        "knn": [f"{CANDIDATES}/meta.json", f"{DATASTORE}/meta.json"],
        "bert": [f"{BERT_CANDIDATES}/meta.json"],
    }
    if kind == "model":
        return checkpoint_of(Run(**dict(wildcards.items()) | {"system": teacher}))
    named = {"system": teacher} if teacher else {}
    return [path for pattern in patterns.get(kind, []) for path in same_run(pattern, wildcards, **named)]


def start_of(wildcards):
    """The checkpoint that the system at hand starts from; none where it starts from scratch."""
    start = goal_of(wildcards).get("init")
    if start in TRAINED:
        return same_run(CHECKPOINT, wildcards, system=start)
    return pretrained_checkpoint(wildcards) if start else []


def choice_of(wildcards):
    """The file of the choice that gives settings of the system at hand; none where the config gives them all."""
    chosen = grids.chosen_of(config, wildcards.dataset, wildcards.system)
    return expand(CHOSEN, dataset=wildcards.dataset, system=chosen[0]) if chosen else []


def same_updates_as(wildcards):
    """The record of the run whose number of updates the one at hand makes; none where its own limits end it."""
    other = goal_of(wildcards).get("updates_of")
    return same_run(TRAIN_JSON, wildcards, system=other) if other else []


def start_flags(wildcards, input):
    """Start, choice and number of updates as flags of train.py."""
    chosen = grids.chosen_of(config, wildcards.dataset, wildcards.system)
    about = {"init": input.init or None, "chosen": input.chosen or None, "take": chosen[1] if chosen else None}
    return flags(about | {"updates_of": input.updates_of or None})


def points_of(pattern):
    """An input function: `pattern` of every point of the grid at hand, with the seed at hand or all of grid_seeds."""

    def paths(wildcards):
        points = grids.grid_systems(config, wildcards.dataset, wildcards.system)
        seeds = wildcards.get("seed", config["grid_seeds"])
        return expand(pattern, dataset=wildcards.dataset, system=points, seed=seeds, split="valid")

    return paths


def grid_settings(wildcards):
    """The grid at hand, its points and the metric, as choose_point.py takes them."""
    about = {
        "dataset": wildcards.dataset,
        "system": wildcards.system,
        "metric": DATASETS[wildcards.dataset]["metric"],
        "grid": grids.grid_of(config, wildcards.dataset, wildcards.system),
        "points": grids.grid_systems(config, wildcards.dataset, wildcards.system),
    }
    return json.dumps(about)


def teacher_flags(wildcards, input):
    """The same as flags of train.py."""
    names = {"knn": ["candidates", "datastore"], "bert": ["candidates"], "model": ["teacher"]}
    kind = learns_from(wildcards)
    paths = [path if kind == "model" else folder(path) for path in input.teacher]
    return flags(dict(zip(names.get(kind, []), paths)))


def objective_flags(wildcards):
    """The system's objective as flags of train.py."""
    goal, chosen = goal_of(wildcards), ["term"]
    if goal["term"] != "none":
        chosen += ["alpha", "tau"]
    if goal["term"] == "sparse":
        chosen += ["k", "self_neighbour", "neighbours"]
    if goal["term"] == "selective":
        chosen += ["selection", "share"] + (["queue"] if goal["selection"] == "global" else [])
    # What a grid chooses is no parameter: another value in the config must not retrain anything.
    _, gone = grids.chosen_of(config, wildcards.dataset, wildcards.system) or ("", [])
    return flags({key: goal[key] for key in chosen if key not in gone and goal[key] != "own"})


def fairseq_flags(wildcards):
    """The sections model and training, and the label smoothing, as flags of fairseq-train."""
    dataset, system = wildcards.dataset, wildcards.system
    _, gone = grids.chosen_of(config, dataset, system) or ("", [])
    parts = [resolve.section(config, name, dataset, system) for name in ("model", "training")]
    parts = [part | dict.fromkeys(set(gone) & set(part)) for part in parts]
    goal = resolve.objective(config, dataset, system)
    smoothing = None if "label_smoothing" in gone else goal["label_smoothing"]
    return shlex.join(knnkd_config.fairseq_flags(*parts, smoothing))


def local_bert(wildcards):
    """The folder of a teacher that is one, so that a change to it is seen; a name on the hub is no input."""
    teacher = resolve.section(config, "bert", wildcards.dataset)["teacher"]
    return [teacher] if os.path.isdir(teacher) else []


def bert_training(wildcards, updates, lr):
    """The section bert as flags of the scripts that train one, for the given keys of updates and learning rate."""
    settings = resolve.section(config, "bert", wildcards.dataset)
    chosen = {key: settings[key] for key in ("warmup", "max_tokens", "save_interval", "threads")}
    return flags({"updates": settings[updates], "lr": settings[lr]} | chosen)


# kNN-MT, and what is asked of any system


def base_of(wildcards):
    """The system whose model and datastore the one at hand uses: kNN-MT's base, or itself."""
    return resolve.model_of(config, wildcards.dataset, wildcards.system)


def of_base(pattern):
    """An input function: `pattern` for the system behind the one at hand."""
    return lambda wildcards: same_run(pattern, wildcards, system=base_of(wildcards))


def has_wordpiece(wildcards):
    """Whether the system at hand reads BERT's subwords."""
    return learns_from(wildcards) == "bert" if wildcards.system in TRAINED else False


def tested_on(wildcards):
    """The dataset whose sentences are translated: the one trained on, unless the split names another (Table 4)."""
    return wildcards.split.removeprefix(TEST_OF) if wildcards.split.startswith(TEST_OF) else wildcards.dataset


def of_tested(pattern):
    """An input function: `pattern` of the dataset whose sentences are translated."""
    return lambda wildcards: expand(pattern, dataset=tested_on(wildcards))


def split_of(wildcards):
    """The split of that dataset."""
    return "test" if wildcards.split.startswith(TEST_OF) else wildcards.split


def split_flag(wildcards):
    """The same as a flag of the scripts that decode."""
    return flags({"split": split_of(wildcards)})


def references_of(wildcards):
    """The file name of the references."""
    return f"{split_of(wildcards)}.{DATASETS[tested_on(wildcards)]['target_lang']}"


def unescape_flag(wildcards):
    """Whether the text that is translated has Moses' entities, as a flag of the scripts that decode."""
    return flags({"unescape": DATASETS[tested_on(wildcards)]["tokenise"]["escape"]})


def test_data(wildcards):
    """The binarised text that the system at hand translates."""
    return expand(DATA_WORDPIECE if has_wordpiece(wildcards) else DATA, dataset=tested_on(wildcards))


def index_of(wildcards):
    """The faiss index over the base's datastore, unless the search is exact."""
    kind = resolve.section(config, "knn_mt", wildcards.dataset)["index"]
    return [] if kind == "exact" else same_run(f"{INDEX}/meta.json", wildcards, system=base_of(wildcards))


def tuning_references(wildcards):
    """The references as the dataset's metric wants them: tokens, or plain text."""
    return same_run(TOK if DATASETS[wildcards.dataset]["metric"] == "bleu_tok" else TEXT, wildcards)


def build_flags(wildcards):
    """The kind of index and the settings that this kind is built with, as flags of build_index.py."""
    knn_mt = resolve.section(config, "knn_mt", wildcards.dataset)
    own = {"flat": [], "ivfflat": ["nlist"], "ivfpq": ["nlist", "code_bytes"]}
    return flags({"kind": knn_mt["index"]} | {key: knn_mt[key] for key in own.get(knn_mt["index"], [])})


def index_flags(wildcards, input):
    """The index as flags of the scripts that search it."""
    return search_flags(wildcards, folder(input.index[0]) if input.index else None)


def search_flags(wildcards, index):
    """The kind of index, its folder, and the settings that a search with this kind has."""
    knn_mt = resolve.section(config, "knn_mt", wildcards.dataset)
    own = {"flat": ["rerank"], "ivfflat": ["nprobe"], "ivfpq": ["nprobe", "rerank"]}
    chosen = {key: knn_mt[key] for key in own.get(knn_mt["index"], [])}
    return flags({"index_kind": knn_mt["index"], "index": index} | chosen)


def nearest_files(wildcards):
    """What kNN-MT needs beside its base: the datastore, and the settings found on the validation set."""
    if wildcards.system not in KNN_MT:
        return []
    datastore = same_run(f"{DATASTORE}/meta.json", wildcards, system=base_of(wildcards))
    return datastore + same_run(f"{TUNED}/tuned.json", wildcards) + index_of(wildcards)


def nearest_flags(wildcards, input):
    """The same as flags of measure.py."""
    if not input.nearest:
        return ""
    datastore, tuned, *index = input.nearest
    about = flags({"datastore": folder(datastore), "tuned": tuned})
    return f"{about} {search_flags(wildcards, folder(index[0]) if index else None)}"


def segmentation_of(wildcards):
    """What cut the text that the system at hand reads: BERT's folder, or BPE codes."""
    return same_run(BERT, wildcards) if has_wordpiece(wildcards) else codes_of(wildcards)


def lattice_files(wildcards):
    """Where the corpus was generated: its lattices come with the raw text."""
    return [f"{CORPUS}/raw", f"{CORPUS}/{{split}}.lines"] if wildcards.dataset in GENERATED else []


def lattice_flags(wildcards, input):
    """The lattices and the system's own segmentation as flags of measure.py."""
    if not input.lattice:
        return ""
    raw, lines = input.lattice
    names = {"lattices": f"{raw}/{wildcards.split}.lattice.jsonl.gz", "lines": lines}
    if has_wordpiece(wildcards):
        return flags(names | {"bert": input.segmentation})
    target = DATASETS[wildcards.dataset]["target_lang"]
    return f'{flags(names | {"codes": f"{input.segmentation}/{target}.bpe"})} {dictionaries_flag(wildcards)}'


def search_memory(wildcards, attempt):
    """Memory of a job of the search, in MB: its budget, which holds whatever N is, and the interpreter's."""
    return int(resolve.section(config, "search", wildcards.dataset)["memory_gb"] * 1000) + attempt * 2000


def several_gpus():
    """GPUs that train one model, as a flag of train.py; none where it is one, as nobody's params should change."""
    return {"gpus": config["gpus_per_train"]} if config["gpus_per_train"] > 1 else {}
