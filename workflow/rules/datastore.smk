"""The datastore of Eq. 3."""


rule dump_datastore:
    """One forward pass of a trained system over the training set: a key and a gold token for each position."""
    input:
        checkpoint=checkpoint_of,
        data=DATA,
    output:
        multiext(f"{DATASTORE}/", "keys.npy", "values.npy", "offsets.npy", "meta.json"),
    log:
        f"{LOG}/dump_datastore/{RUN}.log",
    benchmark:
        f"{BENCHMARK}/dump_datastore/{RUN}.tsv"
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
        batch=section("decode", "max_tokens"),
        # The config's, not Snakemake's {threads}: --cores must not change the last bit of a key.
        threads=section("decode", "threads"),
        device=flags({"device": config["device"]}),
    shell:
        "python {resources.script:q} --checkpoint {input.checkpoint:q} --data-bin {input.data:q}"
        " {params.batch} {params.threads} {params.device} --output {params.output:q} > {log:q} 2>&1"
