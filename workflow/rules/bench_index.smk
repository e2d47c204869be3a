"""Ways to search the datastore of kNN-MT: what recall costs, and what it does to BLEU and to speed."""


rule bench_search_indexes:
    """Recall, time a query, BLEU and tokens a second, of exact search and of each kind of index."""
    input:
        checkpoint=of_searched(checkpoint_of),
        data=of_searched(test_data),
        datastore=of_searched(of_base(f"{DATASTORE}/meta.json")),
        tuned=of_searched(lambda run: same_run(f"{TUNED}/tuned.json", run)),
        references=of_searched(tuning_references),
    output:
        f"{BENCH}/index.json",
    log:
        f"{LOG}/bench_index/{{dataset}}.log",
    wildcard_constraints:
        dataset=one_of(searched_datasets()),
    conda:
        KNN_MT_ENV
    threads: all_cores
    resources:
        mem_mb=grown(16000),
        gpu=GPUS,
        runtime=grown(240),
        script=script("bench_index.py"),
    params:
        datastore=lambda wildcards, input: folder(input.datastore[0]),
        language=of_dataset(lambda dataset: dataset["target_lang"]),
        metric=of_dataset(
            lambda dataset: flags({"metric": dataset["metric"], "unescape": dataset["tokenise"]["escape"]})
        ),
        ways=searched_ways,
        bench=flags({key: config["bench"][key] for key in ("rounds", "sentences", "threads")}),
        beam=section("decode", "beam", "lenpen", "max_len_a", "max_len_b", "max_tokens"),
        device=flags({"device": config["device"]}),
    shell:
        "python {resources.script:q} --dataset {wildcards.dataset} --checkpoint {input.checkpoint:q}"
        " --data-bin {input.data:q} --datastore {params.datastore:q} --tuned {input.tuned:q}"
        " --references {input.references:q}/test.{params.language} {params.metric} {params.ways} {params.bench}"
        " {params.beam} {params.device} --output {output:q} > {log:q} 2>&1"


rule index_curve:
    """The curve of recall and time, BLEU and speed."""
    input:
        f"{BENCH}/index.json",
    output:
        multiext(f"{BENCH}/index", ".csv", ".png", ".svg", ".pdf"),
    log:
        f"{LOG}/index_curve/{{dataset}}.log",
    conda:
        "../../envs/report.yaml"
    threads: 1
    resources:
        mem_mb=grown(1000),
        runtime=grown(10),
        script=script("plot_index_curve.py"),
    params:
        label=of_dataset(lambda dataset: dataset["label"]),
        output=folder_of_output,
    shell:
        "python {resources.script:q} --bench {input:q} --label {params.label:q} --output {params.output:q} > {log:q} 2>&1"
