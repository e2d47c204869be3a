"""kNN-MT (Section 2.2): an index where the search is not exact, the grid on the validation set, decoding."""


rule build_index:
    """A faiss index over a datastore."""
    input:
        f"{DATASTORE}/meta.json",
    output:
        multiext(f"{INDEX}/", "index.faiss", "meta.json"),
    log:
        f"{LOG}/build_index/{RUN}.log",
    benchmark:
        f"{BENCHMARK}/build_index/{RUN}.tsv"
    conda:
        SEARCH_ENV
    threads: threads_of("search")
    resources:
        mem_mb=grown(16000),
        gpu=GPUS,
        runtime=grown(240),
        script=script("build_index.py"),
    params:
        datastore=lambda wildcards, input: folder(input[0]),
        output=folder_of_output,
        index=build_flags,
        device=flags({"device": config["device"]}),
    shell:
        "python {resources.script:q} --datastore {params.datastore:q} {params.index} {params.device}"
        " --seed {wildcards.seed} --threads {threads} --output {params.output:q} > {log:q} 2>&1"


rule tune_knn_mt:
    """The whole grid of k, tau and lambda in one teacher-forced pass; the best few decoded, the best by BLEU taken."""
    input:
        checkpoint=checkpoint_of,
        data=DATA,
        datastore=of_base(f"{DATASTORE}/meta.json"),
        index=index_of,
        references=tuning_references,
    output:
        multiext(f"{TUNED}/", "grid.csv", "tuned.json"),
    log:
        f"{LOG}/tune_knn_mt/{RUN}.log",
    benchmark:
        f"{BENCHMARK}/tune_knn_mt/{RUN}.tsv"
    wildcard_constraints:
        system=one_of(KNN_MT),
    conda:
        KNN_MT_ENV
    threads: threads_of("decode")
    resources:
        mem_mb=grown(16000),
        gpu=GPUS,
        runtime=grown(720),
        script=script("tune_knn_mt.py"),
    params:
        output=folder_of_output,
        datastore=lambda wildcards, input: folder(input.datastore[0]),
        index=index_flags,
        language=of_dataset(lambda dataset: dataset["target_lang"]),
        metric=of_dataset(
            lambda dataset: flags({"metric": dataset["metric"], "unescape": dataset["tokenise"]["escape"]})
        ),
        grid=section("knn_mt", "k", "tau", "lambda", "decoded"),
        beam=section("decode", "beam", "lenpen", "max_len_a", "max_len_b", "max_tokens", "threads"),
        device=flags({"device": config["device"]}),
    shell:
        "python {resources.script:q} --checkpoint {input.checkpoint:q} --data-bin {input.data:q} --split valid"
        " --datastore {params.datastore:q} {params.index} {params.grid} {params.beam} {params.device}"
        " --references {input.references:q}/valid.{params.language} {params.metric} --output {params.output:q} > {log:q} 2>&1"


rule decode_knn_mt:
    """Translate one split with the base model and its datastore, as tuned."""
    input:
        checkpoint=checkpoint_of,
        data=test_data,
        datastore=of_base(f"{DATASTORE}/meta.json"),
        index=index_of,
        tuned=f"{TUNED}/tuned.json",
    output:
        subwords=f"{HYPOTHESES}/hypotheses.bpe",
        tokens=f"{HYPOTHESES}/hypotheses.tok",
        text=f"{HYPOTHESES}/hypotheses.txt",
        report=f"{HYPOTHESES}/decode.json",
    log:
        f"{LOG}/decode/{RUN}/{{split}}.log",
    benchmark:
        f"{BENCHMARK}/decode/{RUN}/{{split}}.tsv"
    wildcard_constraints:
        system=one_of(KNN_MT),
    conda:
        KNN_MT_ENV
    threads: threads_of("decode")
    resources:
        mem_mb=grown(16000),
        gpu=GPUS,
        runtime=grown(720),
        script=script("decode_knn_mt.py"),
    params:
        output=folder_of_output,
        datastore=lambda wildcards, input: folder(input.datastore[0]),
        index=index_flags,
        beam=section("decode", "beam", "lenpen", "max_len_a", "max_len_b", "max_tokens", "threads"),
        split=split_flag,
        unescape=unescape_flag,
        device=flags({"device": config["device"]}),
    shell:
        "python {resources.script:q} --checkpoint {input.checkpoint:q} --data-bin {input.data:q} {params.split}"
        " --datastore {params.datastore:q} {params.index} --tuned {input.tuned:q} {params.beam} {params.unescape}"
        " {params.device} --output {params.output:q} > {log:q} 2>&1"
