"""Functions that turn wildcards into the sources of a corpus or a pre-trained model, and their config into flags."""


def with_list(source):
    """A source with its URLs as a list."""
    urls = source.get("url", [])
    return source | {"url": [urls] if isinstance(urls, str) else urls}


def source_of(wildcards):
    """One source of the config, its URLs as a list."""
    return with_list(DATASETS[wildcards.dataset]["sources"][wildcards.split][wildcards.language])


def url_flags(source):
    """The URLs as flags of fetch_source.py."""
    return " ".join(f"--url {shlex.quote(url)}" for url in source["url"])


def source_flags(wildcards):
    """What a source is, as flags of fetch_source.py; where a checksum says it, the URLs do not matter."""
    source = source_of(wildcards)
    about = flags({key: value for key, value in source.items() if key != "url"})
    return about if "sha256" in source else f"{url_flags(source)} {about}"


def mirror_flags(wildcards):
    """The URLs of a source that its checksum identifies; no parameters, as another mirror must not retrain anything."""
    source = source_of(wildcards)
    return url_flags(source) if "sha256" in source else ""


def local_source(wildcards):
    """The local file that a source names, so that a change to it is seen; a URL is no input."""
    source = DATASETS[wildcards.dataset]["sources"][wildcards.split][wildcards.language]
    return [source["path"]] if "path" in source else []


def clean_flags(dataset):
    """The sections clean and tokenise as flags of clean_corpus.py."""
    clean, tokenise = dict(dataset["clean"]), dict(dataset["tokenise"])
    if not tokenise.pop("moses"):
        tokenise["no_tokenise"] = True
    # A bare --clean-split says that no split may lose pairs.
    splits = flags({"clean_split": clean.pop("splits")})
    return f"{languages(dataset)} {splits} {flags(clean)} {flags(tokenise)}"


def expect_flags(wildcards):
    """The counts that cleaning must arrive at; no parameters, as a check changes nothing."""
    expect = [f"{split}={count}" for split, count in DATASETS[wildcards.dataset]["expect"].items()]
    return flags({"expect": expect or None})


def raw_text(wildcards):
    """The raw files of a fetched corpus, or the folder of a generated one."""
    if wildcards.dataset in GENERATED:
        return RAW
    dataset = DATASETS[wildcards.dataset]
    return expand(
        f"{RAW}/{{split}}.{{language}}",
        split=SPLITS,
        language=[dataset["source_lang"], dataset["target_lang"]],
        allow_missing=True,
    )


def pretrained_of(wildcards):
    """The pre-trained model whose subwords the dataset at hand has, as a block of the config; none where it has its own."""
    return config["pretrained"].get(DATASETS[wildcards.dataset].get("pretrained"), {})


def parts_of(wildcards):
    """The sources of a model from elsewhere: {part: source}, its URLs as a list."""
    model = config["pretrained"][wildcards.model]
    return {part: with_list(model[part]) for part in ("checkpoint", "dictionary", "codes")}


def local_parts(wildcards):
    """The local files among them, so that a change to them is seen; a URL is no input."""
    return list(dict.fromkeys(source["path"] for source in parts_of(wildcards).values() if "path" in source))


def part_flags(wildcards):
    """The sources of a model from elsewhere as flags of fetch_pretrained.py."""
    own = flags({"data_dir": config["data_dir"]})
    words = []
    for part, source in parts_of(wildcards).items():
        about = flags({key: value for key, value in source.items() if key != "url"})
        words += [f"--{part}", f"{url_flags(source)} {about} {own if source['url'] else ''}".strip()]
    return shlex.join(words)


def part_identity(wildcards):
    """What they are: where a checksum says it, the URLs do not matter."""
    parts = parts_of(wildcards)
    return [{**source, "url": [] if "sha256" in source else source["url"]} for source in parts.values()]


def codes_of(wildcards):
    """The BPE codes of the dataset at hand: its own, or the pre-trained model's."""
    model = pretrained_of(wildcards)
    if "checkpoint" in model:
        return expand(f"{PRETRAINED}/codes", model=DATASETS[wildcards.dataset]["pretrained"])
    return expand(CODES, dataset=model.get("dataset", wildcards.dataset))


def dictionaries_of(wildcards):
    """The folder of the pre-trained model's dictionaries, none for a dataset that makes its own."""
    model = pretrained_of(wildcards)
    if "checkpoint" in model:
        return expand(f"{PRETRAINED}/dictionaries", model=DATASETS[wildcards.dataset]["pretrained"])
    return expand(DATA, dataset=model["dataset"]) if model else []


def dictionaries_flag(wildcards):
    """The same as a flag of the scripts that cut text or binarise it."""
    return flags({"dictionaries": dictionaries_of(wildcards) or None})


def joint_flag(wildcards):
    """Whether both languages share one dictionary, as a flag of binarise.py."""
    return flags({"joint": slices.is_joint(config, wildcards.dataset)})
