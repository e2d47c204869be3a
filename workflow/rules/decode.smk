"""Beam search, and kNN-MT (Section 2.2): its index where the search is not exact, its grid on validation, decoding."""


rule decode:
    """Translate one split with one system."""
    input:
        checkpoint=of_run(runs.checkpoint),
        data=of_run(runs.test_data),
    output:
        subwords=f"{paths.hypotheses}/hypotheses.bpe",
        tokens=f"{paths.hypotheses}/hypotheses.tok",
        text=f"{paths.hypotheses}/hypotheses.txt",
        report=f"{paths.hypotheses}/decode.json",
    log:
        f"{paths.logs}/decode/{RUN}/{{split}}.log",
    benchmark:
        f"{paths.benchmarks}/decode/{RUN}/{{split}}.tsv"
    wildcard_constraints:
        system=one_of(MODELS),
    conda:
        "../../envs/fairseq.yaml"
    threads: threads_of("decode")
    resources:
        mem_mb=grown(8000),
        gpu=GPUS,
        runtime=grown(240),
        script=script("decode.py"),
    params:
        output=folder_of_output,
        settings=settings_of(decoding_settings.decoding),
    shell:
        "python {resources.script:q} --settings {params.settings:q} --checkpoint {input.checkpoint:q}"
        " --data-bin {input.data:q} --output {params.output:q} > {log:q} 2>&1"


rule build_index:
    """A faiss index over a datastore."""
    input:
        f"{paths.datastore}/meta.json",
    output:
        multiext(f"{paths.index}/", "index.faiss", "meta.json"),
    log:
        f"{paths.logs}/build_index/{RUN}.log",
    benchmark:
        f"{paths.benchmarks}/build_index/{RUN}.tsv"
    conda:
        SEARCH_ENV
    threads: threads_of("search")
    resources:
        mem_mb=grown(16000),
        gpu=GPUS,
        runtime=grown(240),
        script=script("build_index.py"),
    params:
        output=folder_of_output,
        settings=settings_of(decoding_settings.index),
    shell:
        "python {resources.script:q} --settings {params.settings:q} --datastore {input:q} --threads {threads}"
        " --output {params.output:q} > {log:q} 2>&1"


rule tune_knn_mt:
    """The whole grid of k, tau and lambda in one teacher-forced pass; the best few decoded, the best of them taken."""
    input:
        checkpoint=of_run(runs.checkpoint),
        data=paths.data,
        datastore=of_run(runs.datastore),
        index=of_run(runs.index),
        tok=paths.tok,
        text=paths.text,
    output:
        multiext(f"{paths.tuned}/", "grid.csv", "tuned.json"),
    log:
        f"{paths.logs}/tune_knn_mt/{RUN}.log",
    benchmark:
        f"{paths.benchmarks}/tune_knn_mt/{RUN}.tsv"
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
        settings=settings_of(decoding_settings.tuning),
        names=of_run(runs.valid_files),
    shell:
        "python {resources.script:q} --settings {params.settings:q} --checkpoint {input.checkpoint:q}"
        " --data-bin {input.data:q} --nearest {input.datastore:q} {input.index:q}"
        " --tok {input.tok:q} --text {input.text:q} --names {params.names}"
        " --output {params.output:q} > {log:q} 2>&1"


rule decode_knn_mt:
    """Translate one split with the base model and its datastore, as tuned."""
    input:
        checkpoint=of_run(runs.checkpoint),
        data=of_run(runs.test_data),
        nearest=of_run(runs.nearest),
    output:
        subwords=f"{paths.hypotheses}/hypotheses.bpe",
        tokens=f"{paths.hypotheses}/hypotheses.tok",
        text=f"{paths.hypotheses}/hypotheses.txt",
        report=f"{paths.hypotheses}/decode.json",
    log:
        f"{paths.logs}/decode/{RUN}/{{split}}.log",
    benchmark:
        f"{paths.benchmarks}/decode/{RUN}/{{split}}.tsv"
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
        settings=settings_of(decoding_settings.decoding),
    shell:
        "python {resources.script:q} --settings {params.settings:q} --checkpoint {input.checkpoint:q}"
        " --data-bin {input.data:q} --nearest {input.nearest:q} --output {params.output:q} > {log:q} 2>&1"
