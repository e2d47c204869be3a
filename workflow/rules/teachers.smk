"""Candidates: the search in advance (Section 3.1, step 2)."""


rule search:
    """One shard of the training positions through the whole datastore, exactly."""
    input:
        f"{DATASTORE}/meta.json",
    output:
        rows=temp(f"{SHARD}/rows.npy"),
        scores=temp(f"{SHARD}/scores.npy"),
        meta=temp(f"{SHARD}/meta.json"),
    log:
        f"{LOG}/search/{RUN}/{{scatteritem}}.log",
    benchmark:
        f"{BENCHMARK}/search/{RUN}/{{scatteritem}}.tsv"
    conda:
        SEARCH_ENV
    threads: threads_of("search")
    resources:
        # The budget, the interpreter with torch, and the shard's own result.
        mem_mb=lambda wildcards: int(knnkd_config.section(config, "search", wildcards.dataset)["memory_gb"] * 1000)
        + 4000,
        runtime=1440,
    params:
        script=f"{SCRIPTS}/search.py",
        datastore=lambda wildcards, input: folder(input[0]),
        output=folder_of_output,
        search=section("search", "k", "memory_gb"),
        device=flags({"device": config["device"]}),
    shell:
        "python {params.script} --datastore {params.datastore:q} --shard {wildcards.scatteritem} {params.search}"
        " {params.device} --threads {threads} --output {params.output:q} > {log:q} 2>&1"


rule gather_candidates:
    """The shards in order, each datastore row replaced by its token."""
    input:
        datastore=f"{DATASTORE}/meta.json",
        shards=gather.search(f"{SHARD}/meta.json", allow_missing=True),
        arrays=gather.search(f"{SHARD}/rows.npy", allow_missing=True),
        scores=gather.search(f"{SHARD}/scores.npy", allow_missing=True),
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
        mem_mb=4000,
        runtime=60,
    params:
        script=f"{SCRIPTS}/gather_candidates.py",
        datastore=lambda wildcards, input: folder(input.datastore),
        shards=lambda wildcards, input: [folder(path) for path in input.shards],
        output=folder_of_output,
    shell:
        "python {params.script} --datastore {params.datastore:q} --shards {params.shards:q}"
        " --output {params.output:q} > {log:q} 2>&1"
