"""From a source or a generator to fairseq's binary data."""


def source_flags(wildcards):
    """One source of the config as flags of fetch_source.py."""
    source = dict(DATASETS[wildcards.dataset]["sources"][wildcards.split][wildcards.language])
    source["url"] = [source["url"]] if isinstance(source.get("url"), str) else source.get("url")
    urls = " ".join(f"--url {shlex.quote(url)}" for url in source.pop("url") or [])
    return f"{urls} {flags(source)}"


def clean_flags(dataset):
    """The sections clean, tokenise and expect as flags of clean_corpus.py."""
    clean, tokenise = dict(dataset["clean"]), dict(dataset["tokenise"])
    if not tokenise.pop("moses"):
        tokenise["no_tokenise"] = True
    expect = [f"{split}={count}" for split, count in dataset["expect"].items()]
    # A bare --clean-split says that no split may lose pairs.
    splits = flags({"clean_split": clean.pop("splits")})
    return f"{languages(dataset)} {splits} {flags(clean)} {flags(tokenise)} {flags({'expect': expect} if expect else {})}"


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


rule generate_corpus:
    """Write an embedded corpus, with the lattice of acceptable translations beside each reference."""
    output:
        directory(RAW),
    log:
        f"{LOG}/generate_corpus/{{dataset}}.log",
    conda:
        "../../envs/corpus.yaml"
    threads: 1
    wildcard_constraints:
        dataset=one_of(GENERATED),
    resources:
        mem_mb=2000,
        runtime=10,
    params:
        flags=of_dataset(lambda dataset: flags(dataset["generator"])),
    shell:
        "python {SCRIPTS}/generate_corpus.py {params.flags} --output {output:q} > {log:q} 2>&1"


rule fetch_source:
    """Bring one file of a corpus to its place: from data_dir, a local path or a URL, its checksum checked."""
    output:
        text=f"{RAW}/{{split}}.{{language}}",
        source=f"{RAW}/{{split}}.{{language}}.source.json",
    log:
        f"{LOG}/fetch_source/{{dataset}}.{{split}}.{{language}}.log",
    conda:
        "../../envs/corpus.yaml"
    threads: 1
    wildcard_constraints:
        dataset=one_of(FETCHED),
    resources:
        mem_mb=1000,
        runtime=120,
    params:
        source=source_flags,
        data_dir=flags({"data_dir": config["data_dir"]}),
    shell:
        "python {SCRIPTS}/fetch_source.py {params.source} {params.data_dir} --output {output.text:q} > {log:q} 2>&1"


rule clean_corpus:
    """Tokenise and clean; the manifest says why each pair went."""
    input:
        raw_text,
    output:
        text=directory(TEXT),
        tok=directory(TOK),
        lines=expand(f"{CORPUS}/{{split}}.lines", split=SPLITS, allow_missing=True),
        manifest=MANIFEST,
    log:
        f"{LOG}/clean_corpus/{{dataset}}.log",
    benchmark:
        f"{BENCHMARK}/clean_corpus/{{dataset}}.tsv"
    conda:
        "../../envs/corpus.yaml"
    threads: 2
    resources:
        mem_mb=4000,
        runtime=60,
    params:
        raw=RAW,
        corpus=CORPUS,
        clean=of_dataset(clean_flags),
    shell:
        "python {SCRIPTS}/clean_corpus.py --raw {params.raw:q} --output {params.corpus:q} {params.clean}"
        " --threads {threads} > {log:q} 2>&1"


rule learn_bpe:
    """Learn the subwords on the cleaned training set."""
    input:
        TOK,
    output:
        directory(CODES),
    log:
        f"{LOG}/learn_bpe/{{dataset}}.log",
    benchmark:
        f"{BENCHMARK}/learn_bpe/{{dataset}}.tsv"
    conda:
        "../../envs/corpus.yaml"
    threads: 1
    resources:
        mem_mb=4000,
        runtime=60,
    params:
        bpe=of_dataset(lambda dataset: flags(dataset["bpe"])),
        languages=of_dataset(languages),
    shell:
        "python {SCRIPTS}/learn_bpe.py --text {input:q} {params.languages} {params.bpe} --output {output:q}"
        " > {log:q} 2>&1"


rule segment:
    """Cut every split into subwords; a sentence that the model could not take is refused here."""
    input:
        tok=TOK,
        codes=CODES,
    output:
        directory(BPE),
    log:
        f"{LOG}/segment/{{dataset}}.log",
    benchmark:
        f"{BENCHMARK}/segment/{{dataset}}.tsv"
    conda:
        "../../envs/corpus.yaml"
    threads: 1
    resources:
        mem_mb=4000,
        runtime=60,
    params:
        languages=of_dataset(languages),
        limit=section("model", "max_positions"),
    shell:
        "python {SCRIPTS}/segment.py --codes {input.codes:q} --text {input.tok:q} {params.languages} {params.limit}"
        " --output {output:q} > {log:q} 2>&1"


rule binarise:
    """fairseq's memory-mapped data and dictionaries, with the hash by which later artefacts know their text."""
    input:
        BPE,
    output:
        directory(DATA_BIN),
    log:
        f"{LOG}/binarise/{{dataset}}.log",
    benchmark:
        f"{BENCHMARK}/binarise/{{dataset}}.tsv"
    conda:
        "../../envs/fairseq.yaml"
    threads: 1
    resources:
        mem_mb=4000,
        runtime=60,
    params:
        languages=of_dataset(languages),
        joint=of_dataset(lambda dataset: flags({"joint": dataset["bpe"]["joint"]})),
    shell:
        "python {SCRIPTS}/binarise.py --text {input:q} {params.languages} {params.joint} --output {output:q}"
        " > {log:q} 2>&1"
