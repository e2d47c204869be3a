"""From a source or a generator to fairseq's binary data."""


rule generate_corpus:
    """Write an embedded corpus, with the lattice of acceptable translations beside each reference."""
    output:
        directory(RAW),
    log:
        f"{LOG}/generate_corpus/{{dataset}}.log",
    wildcard_constraints:
        dataset=one_of(GENERATED),
    conda:
        "../../envs/corpus.yaml"
    threads: 1
    resources:
        mem_mb=grown(2000),
        runtime=grown(10),
        script=script("generate_corpus.py"),
    params:
        flags=of_dataset(lambda dataset: flags(dataset["generator"])),
    shell:
        "python {resources.script:q} {params.flags} --output {output:q} > {log:q} 2>&1"


rule fetch_archive:
    """Fetch an archive that files of corpora are in, once for all of them, its checksum checked."""
    output:
        archive=f"{DOWNLOADS}/{{archive}}",
        source=f"{DOWNLOADS}/{{archive}}.source.json",
    log:
        f"{LOG}/fetch_archive/{{archive}}.log",
    wildcard_constraints:
        archive=one_of(ARCHIVES),
    conda:
        "../../envs/corpus.yaml"
    threads: 1
    resources:
        mem_mb=grown(1000),
        runtime=grown(120),
        data_dir=flags({"data_dir": config["data_dir"]}),
        mirrors=lambda wildcards: url_flags(archive_source(wildcards)),
        recorded=lambda wildcards: recording(archive_source(wildcards)),
        script=script("fetch_archive.py"),
    params:
        source=lambda wildcards: flags({key: archive_source(wildcards).get(key) for key in ("sha256", "file")}),
        urls=lambda wildcards: [] if "sha256" in archive_source(wildcards) else archive_source(wildcards)["url"],
    shell:
        "python {resources.script:q} {resources.mirrors} {params.source} {resources.data_dir} {resources.recorded}"
        " --output {output.archive:q} > {log:q} 2>&1"


rule fetch_source:
    """Bring one file of a corpus to its place: from data_dir, a local path, an archive or a URL, its checksum checked."""
    input:
        local_source,
    output:
        text=f"{RAW}/{{split}}.{{language}}",
        source=f"{RAW}/{{split}}.{{language}}.source.json",
    log:
        f"{LOG}/fetch_source/{{dataset}}.{{split}}.{{language}}.log",
    wildcard_constraints:
        dataset=one_of(FETCHED),
    conda:
        "../../envs/corpus.yaml"
    threads: 1
    resources:
        mem_mb=grown(1000),
        runtime=grown(120),
        # Not a parameter: where the bytes were found is not what they are, and must not retrain anything.
        data_dir=flags({"data_dir": config["data_dir"]}),
        mirrors=mirror_flags,
        recorded=lambda wildcards: recording(source_of(wildcards)),
        said=of_dataset(said_flags),
        script=script("fetch_source.py"),
    params:
        source=source_flags,
    shell:
        "python {resources.script:q} {params.source} {resources.mirrors} {resources.data_dir} {resources.recorded}"
        " {resources.said} --output {output.text:q} > {log:q} 2>&1"


rule clean_corpus:
    """Tokenise and clean; the manifest says why each pair went."""
    input:
        raw_text,
        model_subwords,
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
        mem_mb=grown(4000),
        runtime=grown(60),
        expect=expect_flags,
        script=script("clean_corpus.py"),
    params:
        raw=RAW,
        corpus=CORPUS,
        clean=cleaning_flags,
    shell:
        "python {resources.script:q} --raw {params.raw:q} --output {params.corpus:q} {params.clean}"
        " {resources.expect} --threads {threads} > {log:q} 2>&1"


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
    wildcard_constraints:
        dataset=one_of(OWN_BPE),
    conda:
        "../../envs/corpus.yaml"
    threads: 1
    resources:
        mem_mb=grown(4000),
        runtime=grown(60),
        script=script("learn_bpe.py"),
    params:
        bpe=of_dataset(lambda dataset: flags(dataset["bpe"])),
        languages=of_dataset(languages),
    shell:
        "python {resources.script:q} --text {input:q} {params.languages} {params.bpe} --output {output:q}"
        " > {log:q} 2>&1"


rule segment:
    """Cut every split into subwords; a sentence that the model could not take is refused here."""
    input:
        tok=TOK,
        codes=codes_of,
        dictionaries=dictionaries_of,
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
        mem_mb=grown(4000),
        runtime=grown(60),
        script=script("segment.py"),
    params:
        languages=of_dataset(languages),
        limit=section("model", "max_positions"),
        dictionaries=dictionaries_flag,
    shell:
        "python {resources.script:q} --codes {input.codes:q} --text {input.tok:q} {params.languages} {params.limit}"
        " {params.dictionaries}"
        " --output {output:q} > {log:q} 2>&1"


rule binarise:
    """Memory-mapped data and dictionaries for fairseq, with the hash by which later artefacts know their text."""
    input:
        text=BPE,
        dictionaries=dictionaries_of,
    output:
        directory(DATA),
    log:
        f"{LOG}/binarise/{{dataset}}.log",
    benchmark:
        f"{BENCHMARK}/binarise/{{dataset}}.tsv"
    conda:
        "../../envs/fairseq.yaml"
    threads: 1
    resources:
        mem_mb=grown(4000),
        runtime=grown(60),
        script=script("binarise.py"),
    params:
        languages=of_dataset(languages),
        joint=joint_flag,
        dictionaries=dictionaries_flag,
    shell:
        "python {resources.script:q} --text {input.text:q} {params.languages} {params.joint} {params.dictionaries}"
        " --output {output:q} > {log:q} 2>&1"
