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
    about = {key: value for key, value in source.items() if key != "url"}
    if archive := archive_of(source):
        inside = {key: value for key, value in about.items() if key not in ("sha256", "file")}
        return flags({"path": f"{DOWNLOADS}/{archive}", **inside})
    return flags(about) if "sha256" in source else f"{url_flags(source)} {flags(about)}"


def mirror_flags(wildcards):
    """The URLs of a source that its checksum identifies; no parameters, as another mirror must not retrain anything."""
    source = source_of(wildcards)
    return url_flags(source) if "sha256" in source and not archive_of(source) else ""


def said_flags(block):
    """What is said with a download, of a dataset or a pre-trained model: licence and citation."""
    return flags({key: block.get(key) for key in ("licence", "citation")})


def recording(source):
    """Where sums are recorded that nobody publishes; no parameter, as a check changes nothing."""
    return flags({"checksums": config["checksums"]}) if source["url"] and "sha256" not in source else ""


def archive_of(source):
    """The archive under DOWNLOADS that a source is a member of; None for a plain file or a local one."""
    if not source["url"] or "member" not in source:
        return None
    return source.get("file") or file_name(source["url"][0])


def archive_source(wildcards):
    """The source of a whole archive."""
    return ARCHIVES[wildcards.archive]


def local_source(wildcards):
    """The local file or the archive that a source names, so that a change to it is seen; a URL is no input."""
    source = source_of(wildcards)
    if archive := archive_of(source):
        return [f"{DOWNLOADS}/{archive}"]
    return [source["path"]] if "path" in source else []


ARCHIVES = {
    archive_of(source): {key: source[key] for key in ("url", "sha256", "file") if key in source}
    for dataset in FETCHED
    for of_split in DATASETS[dataset]["sources"].values()
    for source in map(with_list, of_split.values())
    if archive_of(source)
}


def clean_flags(dataset):
    """The sections clean and tokenise as flags of clean_corpus.py."""
    clean, tokenise = dict(dataset["clean"]), dict(dataset["tokenise"])
    clean.pop("drop_overlong")  # its flags are files' names, see overlong_flags
    if not tokenise.pop("moses"):
        tokenise["no_tokenise"] = True
    # A bare --clean-split says that no split may lose pairs.
    splits = flags({"clean_split": clean.pop("splits")})
    return f"{languages(dataset)} {splits} {flags(clean)} {flags(tokenise)}"


def cleaning_flags(wildcards):
    """What decides which pairs stay, as flags of clean_corpus.py."""
    return " ".join(filter(None, [clean_flags(DATASETS[wildcards.dataset]), overlong_flags(wildcards)]))


def overlong_flags(wildcards):
    """Where training pairs go that are too long for the pre-trained model: how it cuts them, and what it takes."""
    if not (files := model_subwords(wildcards)):
        return ""
    limit = {"max_positions": resolve.section(config, "model", wildcards.dataset)["max_positions"]}
    return flags(dict(zip(("codes", "dictionaries"), files, strict=True)) | limit)


def model_subwords(wildcards):
    """Codes and dictionaries of the pre-trained model, where cleaning must know the subwords; else none."""
    if not DATASETS[wildcards.dataset]["clean"]["drop_overlong"]:
        return []
    return [*codes_of(wildcards), *dictionaries_of(wildcards)]


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
        split=dataset["sources"],
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
    return flags({"joint": resolve.is_joint(config, wildcards.dataset)})
