"""Teachers made in advance: the datastore (Eq. 3), candidates by search (Section 3.1, step 2), and translations."""


rule dump_datastore:
    """One forward pass of a trained system over the training set: a key and a gold token for each position."""
    input:
        checkpoint=of_run(runs.checkpoint),
        data=paths.data,
    output:
        multiext(f"{paths.datastore}/", "keys.npy", "values.npy", "offsets.npy", "meta.json"),
    log:
        f"{paths.logs}/dump_datastore/{RUN}.log",
    benchmark:
        f"{paths.benchmarks}/dump_datastore/{RUN}.tsv"
    conda:
        "../../envs/fairseq.yaml"
    threads: threads_of("decode")
    resources:
        mem_mb=grown(8000),
        gpu=GPUS,
        runtime=grown(240),
        script=script("dump_datastore.py"),
    params:
        output=folder_of_output,
        # With the config's threads, not Snakemake's {threads}: --cores must not change the last bit of a key.
        settings=settings_of(decoding_settings.forward),
    shell:
        "python {resources.script:q} --settings {params.settings:q} --checkpoint {input.checkpoint:q}"
        " --data-bin {input.data:q} --output {params.output:q} > {log:q} 2>&1"


rule search:
    """One of the jobs in which every two parts of the datastore meet once: each row's neighbours, exactly."""
    input:
        f"{paths.datastore}/meta.json",
    output:
        neighbours=temp(f"{paths.shard}/neighbours.npy"),
        meta=temp(f"{paths.shard}/meta.json"),
    log:
        f"{paths.logs}/search/{RUN}/{{scatteritem}}.log",
    benchmark:
        f"{paths.benchmarks}/search/{RUN}/{{scatteritem}}.tsv"
    conda:
        SEARCH_ENV
    threads: threads_of("search")
    resources:
        # The budget, and the interpreter with torch.
        mem_mb=lambda wildcards, attempt: int(memory_of_search(wildcards) * 1000) + attempt * 2000,
        gpu=GPUS,
        runtime=grown(1440),
        # Not a parameter: exact search finds the same neighbours whatever its buffers.
        budget=lambda wildcards: memory_of_search(wildcards),
        script=script("search.py"),
    params:
        output=folder_of_output,
        settings=settings_of(decoding_settings.joining),
    shell:
        "python {resources.script:q} --settings {params.settings:q} --datastore {input:q} --shard {wildcards.scatteritem}"
        " --memory-gb {resources.budget} --threads {threads} --output {params.output:q} > {log:q} 2>&1"


rule gather_candidates:
    """The shards merged, each datastore row replaced by its token."""
    input:
        datastore=f"{paths.datastore}/meta.json",
        shards=gather.search(f"{paths.shard}/meta.json", allow_missing=True),
        neighbours=gather.search(f"{paths.shard}/neighbours.npy", allow_missing=True),
    output:
        multiext(f"{paths.candidates}/", "tokens.npy", "scores.npy", "offsets.npy", "meta.json"),
    log:
        f"{paths.logs}/gather_candidates/{RUN}.log",
    benchmark:
        f"{paths.benchmarks}/gather_candidates/{RUN}.tsv"
    conda:
        SEARCH_ENV
    threads: 1
    resources:
        mem_mb=grown(4000),
        runtime=grown(60),
        script=script("gather_candidates.py"),
    params:
        output=folder_of_output,
    shell:
        "python {resources.script:q} --datastore {input.datastore:q} --shards {input.shards:q}"
        " --output {params.output:q} > {log:q} 2>&1"


rule translate:
    """One shard of the training set, translated by a teacher (Seq-KD)."""
    input:
        checkpoint=of_run(runs.checkpoint),
        data=paths.data,
    output:
        temp(multiext(f"{paths.translations}/", "hypotheses.bpe", "hypotheses.tok", "hypotheses.txt", "decode.json")),
    log:
        f"{paths.logs}/translate/{RUN}/{{scatteritem}}.log",
    benchmark:
        f"{paths.benchmarks}/translate/{RUN}/{{scatteritem}}.tsv"
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
        settings=settings_of(decoding_settings.translation),
    shell:
        "python {resources.script:q} --settings {params.settings:q} --checkpoint {input.checkpoint:q}"
        " --data-bin {input.data:q} --shard {wildcards.scatteritem} --output {params.output:q} > {log:q} 2>&1"


rule distil_corpus:
    """The corpus with the teacher's translations in the place of the training references."""
    input:
        text=paths.bpe,
        shards=gather.translate(f"{paths.translations}/decode.json", allow_missing=True),
        translations=gather.translate(f"{paths.translations}/hypotheses.bpe", allow_missing=True),
    output:
        directory(paths.distilled),
    log:
        f"{paths.logs}/distil_corpus/{RUN}.log",
    conda:
        "../../envs/corpus.yaml"
    threads: 1
    resources:
        mem_mb=grown(4000),
        runtime=grown(60),
        script=script("distil_corpus.py"),
    params:
        settings=settings_of(corpus_settings.languages),
        shards=lambda wildcards, input: [folder(path) for path in input.shards],
    shell:
        "python {resources.script:q} --settings {params.settings:q} --text {input.text:q} --shards {params.shards:q}"
        " --output {output:q} > {log:q} 2>&1"


rule binarise_distilled:
    """Its binary data, with the dictionaries of the corpus itself."""
    input:
        text=paths.distilled,
        dictionaries=paths.data,
    output:
        directory(paths.data_distilled),
    log:
        f"{paths.logs}/binarise_distilled/{RUN}.log",
    conda:
        "../../envs/fairseq.yaml"
    threads: 1
    resources:
        mem_mb=grown(4000),
        runtime=grown(60),
        script=script("binarise.py"),
    params:
        settings=settings_of(corpus_settings.binary),
    shell:
        "python {resources.script:q} --settings {params.settings:q} --text {input.text:q}"
        " --dictionaries {input.dictionaries:q} --output {output:q} > {log:q} 2>&1"
