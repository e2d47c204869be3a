"""Speed of the two steps in advance: filling the datastore, and searching it."""


rule bench_search:
    """The search in advance on random keys: against faiss and the plain product, over k, and over the rows."""
    output:
        f"{R}/bench/search.json",
    log:
        f"{LOG}/bench_search.log",
    conda:
        SEARCH_ENV
    threads: all_cores
    resources:
        mem_mb=grown(int(config["search"]["memory_gb"] * 1000) + 16000),
        gpu=GPUS,
        runtime=grown(240),
        script=script("bench_search.py"),
    params:
        bench=flags({key: config["bench"][key] for key in ("rounds", "threads")} | config["bench"]["search"]),
        memory=flags({"memory_gb": config["search"]["memory_gb"], "device": config["device"]}),
    shell:
        "python {resources.script:q} {params.bench} {params.memory} --output {output:q} > {log:q} 2>&1"


rule bench_dump:
    """Tokens a second of a forward pass, alone and as it fills a datastore."""
    input:
        checkpoint=of_baseline(checkpoint_of),
        data=of_baseline(test_data),
    output:
        f"{BENCH}/dump.json",
    log:
        f"{LOG}/bench_dump/{{dataset}}.log",
    conda:
        "../../envs/fairseq.yaml"
    threads: all_cores
    resources:
        mem_mb=grown(8000),
        gpu=GPUS,
        runtime=grown(120),
        script=script("bench_dump.py"),
    params:
        bench=flags({key: config["bench"][key] for key in ("rounds", "threads")}),
        batch=section("decode", "max_tokens"),
        device=flags({"device": config["device"]}),
    shell:
        "python {resources.script:q} --dataset {wildcards.dataset} --checkpoint {input.checkpoint:q}"
        " --data-bin {input.data:q} {params.bench} {params.batch} {params.device} --output {output:q} > {log:q} 2>&1"
