"""What the config's schema cannot see: names that lead nowhere, and settings that cannot go together."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path

from knnkd.core.errors import KnnKdError
from knnkd.corpus.download import file_name
from knnkd.experiment.check_links import contradictions_of_links
from knnkd.experiment.check_tables import contradictions_of_pretrained, contradictions_of_tables
from knnkd.experiment.corpora import PARTS, addresses
from knnkd.experiment.grids import grid_systems
from knnkd.experiment.resolve import (
    ablation_points,
    control_variants,
    is_joint,
    kind_of,
    learns_from_bert,
    needed,
    objective,
    section,
)
from knnkd.objective.terms import TERMS
from knnkd.synthetic.generate import CORPORA

# What any system may say.
ALWAYS = {"label", "term", "label_smoothing", "training", "model", "teacher", "alpha", "k", "tau"}
ALWAYS |= {"init", "grid", "settings_of", "updates_of"}


def contradictions(config: dict) -> Iterator[str]:
    """Yield one sentence for each contradiction in a config that fits the schema and has its defaults."""
    if config["data_dir"] and not Path(config["data_dir"]).is_dir():
        yield f"data_dir: no folder '{config['data_dir']}'"
    if config["gpus_per_train"] > 1 and config["device"] != "cuda":
        yield "gpus_per_train: needs device: cuda"
    yield from _contradictions_of_archives(config)
    yield from contradictions_of_tables(config)
    yield from contradictions_of_pretrained(config)
    for name, dataset in config["datasets"].items():
        yield from _contradictions_of_corpus(name, dataset)
        yield from _contradictions_of_data_bin(name, dataset) if "data_bin" in dataset else ()
        yield from _contradictions_of_sections(config, name)
        unknown = [system for system in dataset["systems"] if system not in config["systems"]]
        yield from (f"datasets.{name}.systems: no '{system}' under systems" for system in unknown)
        for system in config["systems"]:
            yield from _contradictions_of_objective(config, name, system)
            yield from contradictions_of_links(config, name, system)
    if strange := [seed for seed in config["grid_seeds"] or [] if seed not in config["seeds"]]:
        yield f"grid_seeds: {strange[0]} is not one of seeds"


def _contradictions_of_archives(config: dict) -> Iterator[str]:
    """URLs that name no file; and archives, which are kept by their names, so that one name is one archive."""
    known: dict[str, tuple] = {}
    for place, source in _sources(config):
        urls, plain = addresses(source), addresses(source, packed=False)
        try:
            names = [source.get("file") or file_name(url) for url in (*plain, *urls)]
        except KnnKdError as error:
            yield f"{place}: {error}"
            continue
        if "member" in source and plain != urls:
            yield f"{place}: a mirror has a member of its own only where the other URLs are the file itself"
        if urls and not plain:
            yield f"{place}: every URL has a member of its own; name one that is the file itself, or say member"
        if urls and ("member" in source or place.endswith(".both")) and place.startswith("datasets"):
            about = tuple(urls), source.get("sha256")
            if known.setdefault(names[0], about) != about:
                yield f"{place}: another file is called {names[0]} too; say the same url and sha256"


def _sources(config: dict) -> Iterator[tuple[str, dict]]:
    """Yield (place in the config, source) of every file that is fetched."""
    for name, dataset in config["datasets"].items():
        for split, of_split in dataset.get("sources", {}).items():
            yield from ((f"datasets.{name}.sources.{split}.{language}", each) for language, each in of_split.items())
    for name, model in config["pretrained"].items():
        parts = (part for part in PARTS if part in model)
        yield from ((f"pretrained.{name}.{part}", model[part]) for part in parts)


def contradictions_of_variants(config: dict) -> Iterator[str]:
    """Yield the same for the systems that grids, ablation and controls have added to the config."""
    for dataset in config["datasets"]:
        for system in list(config["systems"]):
            for point in grid_systems(config, dataset, system):
                yield from _contradictions_of_objective(config, dataset, point)
    points = partial(ablation_points, key="k"), partial(ablation_points, key="tau")
    for name, shown in (("ablation", points), ("controls", (control_variants,))):
        for variants_of in shown:
            variants = {dataset: variants_of(config, dataset) for dataset in config.get(name, {}).get("datasets", [])}
            for dataset, systems in variants.items():
                for system in systems:
                    yield from _contradictions_of_objective(config, dataset, system)
                    yield from contradictions_of_links(config, dataset, system)
            if len({tuple(systems.items()) for systems in variants.values()}) > 1:
                yield f"{name}: its datasets set k, tau or the like apart, and one table cannot show both"


def _contradictions_of_corpus(name: str, dataset: dict) -> Iterator[str]:
    languages, clean = (dataset["source_lang"], dataset["target_lang"]), dataset["clean"]
    if languages[0] == languages[1]:
        yield f"datasets.{name}: source_lang and target_lang are the same"
    if "generator" in dataset:
        corpus = CORPORA[dataset["generator"]["corpus"]]
        if languages != (corpus.source_language, corpus.target_language):
            yield f"datasets.{name}: the generator writes {corpus.source_language} to {corpus.target_language}"
        if dataset["tokenise"] != {"moses": True, "escape": False, "aggressive": False, "lowercase": False}:
            yield f"datasets.{name}.tokenise: a generated corpus keeps the defaults, which its lattices are written in"
    for split, files in dataset.get("sources", {}).items():
        if set(files) not in (set(languages), {"both"}):
            yield f"datasets.{name}.sources.{split}: has {sorted(files)}, the languages are {sorted(languages)}"
    if "sources" in dataset and ("valid" in dataset["sources"]) == bool(clean["valid_every"]):
        yield f"datasets.{name}: valid comes either from sources.valid or from clean.valid_every"
    if "generator" in dataset and clean["valid_every"]:
        yield f"datasets.{name}: clean.valid_every is for corpora from files; a generator writes valid itself"
    if clean["min_tokens"] > clean["max_tokens"]:
        yield f"datasets.{name}.clean: min_tokens is above max_tokens"
    if clean["drop_overlong"] and "pretrained" not in dataset:
        yield f"datasets.{name}.clean: drop_overlong needs pretrained; a corpus with its own subwords is cleaned before"
    if clean["drop_overlap"] and "train" not in clean["splits"]:
        yield f"datasets.{name}.clean: drop_overlap needs train in splits"


def _contradictions_of_data_bin(name: str, dataset: dict) -> Iterator[str]:
    if "pretrained" not in dataset:
        yield f"datasets.{name}.data_bin: needs pretrained, the model whose dictionaries it was made with"
    if dataset["tokenise"]["moses"] or dataset["tokenise"]["lowercase"]:
        yield f"datasets.{name}.tokenise: a data-bin is tokenised already; set moses: false, and no lowercase"


def _contradictions_of_sections(config: dict, name: str) -> Iterator[str]:
    dataset, model = config["datasets"][name], section(config, "model", name)
    known = "bpe" in dataset or "bpe" in config["datasets"].get(
        config["pretrained"].get(dataset["pretrained"], {}).get("dataset"), {}
    )
    known |= "target_dictionary" in config["pretrained"].get(dataset.get("pretrained"), {})
    if model["share_all_embeddings"] and known and not is_joint(config, name):
        yield f"datasets.{name}: model.share_all_embeddings needs bpe.joint, or a model without target_dictionary"
    if model["embed_dim"] % model["heads"]:
        yield f"datasets.{name}: model.embed_dim {model['embed_dim']} is no multiple of model.heads"
    for part, key in (("search", "shards"), ("search", "faiss"), ("decode", "shards")):
        if key in dataset[part]:
            yield f"datasets.{name}.{part}.{key}: holds for the whole experiment; set {part}.{key}"
    yield from _contradictions_of_teaching(config, name, model["embed_dim"])
    batches = {"decode": section(config, "decode", name)["max_tokens"]}
    for system in config["systems"]:
        training = section(config, "training", name, system)
        batches[f"training ({system})"] = training["max_tokens"]
        if training["warmup_init_lr"] <= training["stop_min_lr"]:
            yield f"datasets.{name}: training.warmup_init_lr is not above stop_min_lr, so training would stop at once"
        if training["max_epoch"] % training["valid_interval"]:
            yield f"datasets.{name}: training.valid_interval does not divide max_epoch; its last epochs go unused"
    for place, tokens in batches.items():
        if tokens < model["max_positions"]:
            yield f"datasets.{name}: {place}: max_tokens {tokens} is below model.max_positions {model['max_positions']}"


def _contradictions_of_teaching(config: dict, name: str, width: int) -> Iterator[str]:
    """What BERT's training and the building of an index would refuse, hours later."""
    bert, knn_mt = section(config, "bert", name), section(config, "knn_mt", name)
    if bert["hidden"] % bert["heads"]:
        yield f"datasets.{name}: bert.hidden {bert['hidden']} is no multiple of bert.heads"
    if bert["teacher"] == "tiny" and bert["stored"] > bert["vocabulary"]:
        yield f"datasets.{name}: bert.stored {bert['stored']} is above bert.vocabulary {bert['vocabulary']}"
    cells = knn_mt["nlist"] if knn_mt["index"] in ("ivfflat", "ivfpq") else None
    if cells is not None and knn_mt["nprobe"] > cells:
        yield f"datasets.{name}: knn_mt.nprobe {knn_mt['nprobe']} is above knn_mt.nlist {knn_mt['nlist']}"
    if knn_mt["index"] == "ivfpq" and width % knn_mt["code_bytes"]:
        yield f"datasets.{name}: knn_mt.code_bytes {knn_mt['code_bytes']} does not divide model.embed_dim {width}"


def useless_settings(given: dict, config: dict) -> Iterator[str]:
    """Yield what stands in the config as it was `given`, before defaults, and that its system has no use for."""
    for system, settings in given["systems"].items():
        untrained = {"base", "pretrained"} & set(settings)
        allowed = {"label"} | untrained if untrained else ALWAYS | _options(config["systems"][system])
        if useless := sorted(set(settings) - allowed):
            yield f"systems.{system}: has no use for {', '.join(useless)}"
    for name, dataset in given["datasets"].items():
        if "data_bin" in dataset and dataset.get("clean"):
            yield f"datasets.{name}.clean: a data-bin is taken as it is, and nothing of it is left out; take clean out"
        for system, settings in dataset.get("systems", {}).items():
            if "term" not in given["systems"][system] and set(settings) - {"base"}:
                yield f"datasets.{name}.systems.{system}: is not trained; kNN-MT's settings are datasets.{name}.knn_mt"
            elif "base" in settings and "base" not in given["systems"][system]:
                yield f"datasets.{name}.systems.{system}: has no use for base"


def _options(goal: dict) -> set[str]:
    """Return what a system may say because of its kind."""
    if goal["targets"] == "translations":
        return {"targets"}
    term = TERMS[goal["term"]]
    options = {option.name for option in term.options}
    if term.teacher == "candidates":
        options |= {"candidates", "self_neighbour", "neighbours"} if goal["candidates"] == "knn" else {"candidates"}
    return options


def _contradictions_of_objective(config: dict, dataset: str, system: str) -> Iterator[str]:
    goal, place = objective(config, dataset, system), f"systems.{system} on {dataset}"
    if "pretrained" in goal:
        return
    if "base" in goal:
        base = config["systems"].get(goal["base"], {"base": None})
        if "base" in base:
            yield f"systems.{system}.base: '{goal['base']}' is no system with a model of its own"
        elif "term" in base and learns_from_bert(objective(config, dataset, goal["base"])):
            yield f"systems.{system}.base: '{goal['base']}' has subwords of its own; kNN-MT takes a system without"
        return
    kind = kind_of(goal)
    if kind == "translations" and goal["term"] != "none":
        yield f"{place}: targets: translations goes with term: none"
        return
    if missing := [key for key in needed(goal) if key not in goal]:
        yield f"{place}: {kind} needs {', '.join(missing)}"
        return
    if useless := [key for key in ("teacher", "alpha", "k", "tau") if key in goal and key not in needed(goal)]:
        yield f"{place}: {kind} has no use for {', '.join(useless)}"
    if TERMS[goal["term"]].teacher == "candidates":
        yield from _contradictions_of_candidates(config, dataset, place, goal)
    if "teacher" in goal:
        yield from _contradictions_of_teacher(config, dataset, system)


def _contradictions_of_candidates(config: dict, dataset: str, place: str, goal: dict) -> Iterator[str]:
    if goal["candidates"] == "bert":
        stored, key, wanted = section(config, "bert", dataset)["stored"], "bert.stored", goal["k"]
        if goal["self_neighbour"] == "drop":
            yield f"{place}: self_neighbour: drop goes with candidates: knn"
        if goal["neighbours"] == "shuffled":
            yield f"{place}: neighbours: shuffled goes with candidates: knn"
    else:
        stored, key = section(config, "search", dataset)["k"], "search.k"
        wanted = goal["k"] + (goal["self_neighbour"] == "drop")
    if wanted > stored:
        yield f"{place}: k = {goal['k']} takes {wanted} candidates, but {key} stores {stored}"


def _contradictions_of_teacher(config: dict, dataset: str, system: str) -> Iterator[str]:
    """Follow the teachers: each is a trained system over the same subwords, and none is its own pupil."""
    chain = [system]
    while (teacher := objective(config, dataset, chain[-1]).get("teacher")) is not None:
        if teacher not in config["systems"]:
            yield f"systems.{chain[-1]}.teacher: no '{teacher}' under systems"
            return
        if teacher in chain:
            yield f"systems.{system}.teacher: a system cannot be its own teacher"
            return
        if "base" in config["systems"][teacher]:
            yield f"systems.{chain[-1]}.teacher: '{teacher}' is not trained; name a trained system"
            return
        if "pretrained" in config["systems"][teacher]:
            return
        if learns_from_bert(objective(config, dataset, teacher)):
            yield f"systems.{chain[-1]}.teacher: '{teacher}' has BERT's dictionary, not its pupil's"
            return
        chain.append(teacher)
