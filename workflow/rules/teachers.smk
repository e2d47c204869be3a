"""Teachers made in advance: candidates by search (Section 3.1, step 2), and translations of the training set."""


rule search:
    """One of the jobs in which every two parts of the datastore meet once: each row's neighbours, exactly."""
    input:
        f"{DATASTORE}/meta.json",
    output:
        neighbours=temp(f"{SHARD}/neighbours.npy"),
        meta=temp(f"{SHARD}/meta.json"),
    log:
        f"{LOG}/search/{RUN}/{{scatteritem}}.log",
    benchmark:
        f"{BENCHMARK}/search/{RUN}/{{scatteritem}}.tsv"
    conda:
        SEARCH_ENV
    threads: threads_of("search")
    resources:
        # The budget, and the interpreter with torch.
        mem_mb=search_memory,
        gpu=GPUS,
        runtime=grown(1440),
        # Not a parameter: exact search finds the same neighbours whatever its buffers.
        budget=section("search", "memory_gb"),
        script=script("search.py"),
    params:
        datastore=lambda wildcards, input: folder(input[0]),
        output=folder_of_output,
        search=section("search", "k"),
        device=flags({"device": config["device"]}),
    shell:
        "python {resources.script:q} --datastore {params.datastore:q} --shard {wildcards.scatteritem} {params.search} {resources.budget}"
        " {params.device} --threads {threads} --output {params.output:q} > {log:q} 2>&1"


rule gather_candidates:
    """The shards merged, each datastore row replaced by its token."""
    input:
        datastore=f"{DATASTORE}/meta.json",
        shards=gather.search(f"{SHARD}/meta.json", allow_missing=True),
        neighbours=gather.search(f"{SHARD}/neighbours.npy", allow_missing=True),
    output:
        multiext(f"{CANDIDATES}/", "tokens.npy", "scores.npy", "offsets.npy", "meta.json"),
    log:
        f"{LOG}/gather_candidates/{RUN}.log",
    benchmark:
        f"{BENCHMARK}/gather_candidates/{RUN}.tsv"
    conda:
        SEARCH_ENV
    threads: 1
    resources:
        mem_mb=grown(4000),
        runtime=grown(60),
        script=script("gather_candidates.py"),
    params:
        datastore=lambda wildcards, input: folder(input.datastore),
        shards=lambda wildcards, input: [folder(path) for path in input.shards],
        output=folder_of_output,
    shell:
        "python {resources.script:q} --datastore {params.datastore:q} --shards {params.shards:q}"
        " --output {params.output:q} > {log:q} 2>&1"


rule translate:
    """One shard of the training set, translated by a teacher (Seq-KD)."""
    input:
        checkpoint=checkpoint_of,
        data=DATA,
    output:
        temp(multiext(f"{TRANSLATIONS}/", "hypotheses.bpe", "hypotheses.tok", "hypotheses.txt", "decode.json")),
    log:
        f"{LOG}/translate/{RUN}/{{scatteritem}}.log",
    benchmark:
        f"{BENCHMARK}/translate/{RUN}/{{scatteritem}}.tsv"
    wildcard_constraints:
        system=one_of(MODELS),
    conda:
        "../../envs/fairseq.yaml"
    threads: threads_of("decode")
    resources:
        mem_mb=grown(8000),
        gpu=GPUS,
        runtime=grown(1440),
        script=script("decode.py"),
    params:
        output=folder_of_output,
        beam=section("decode", "beam", "lenpen", "max_len_a", "max_len_b", "max_tokens", "threads"),
        device=flags({"device": config["device"]}),
    shell:
        "python {resources.script:q} --checkpoint {input.checkpoint:q} --data-bin {input.data:q} --split train"
        " --shard {wildcards.scatteritem} {params.beam} {params.device} --output {params.output:q} > {log:q} 2>&1"


rule distil_corpus:
    """The corpus with the teacher's translations in the place of the training references."""
    input:
        text=BPE,
        shards=gather.translate(f"{TRANSLATIONS}/decode.json", allow_missing=True),
        translations=gather.translate(f"{TRANSLATIONS}/hypotheses.bpe", allow_missing=True),
    output:
        directory(DISTILLED),
    log:
        f"{LOG}/distil_corpus/{RUN}.log",
    conda:
        "../../envs/corpus.yaml"
    threads: 1
    resources:
        mem_mb=grown(4000),
        runtime=grown(60),
        script=script("distil_corpus.py"),
    params:
        languages=of_dataset(languages),
        shards=lambda wildcards, input: [folder(path) for path in input.shards],
    shell:
        "python {resources.script:q} --text {input.text:q} {params.languages} --shards {params.shards:q}"
        " --output {output:q} > {log:q} 2>&1"


rule binarise_distilled:
    """Its binary data, with the dictionaries of the corpus itself."""
    input:
        text=DISTILLED,
        dictionaries=DATA,
    output:
        directory(DATA_DISTILLED),
    log:
        f"{LOG}/binarise_distilled/{RUN}.log",
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
    shell:
        "python {resources.script:q} --text {input.text:q} {params.languages} {params.joint}"
        " --dictionaries {input.dictionaries:q} --output {output:q} > {log:q} 2>&1"
