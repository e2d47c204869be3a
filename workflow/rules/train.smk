"""One rule trains every system."""


rule train:
    """Train a system from scratch; started again after a kill, it goes on from its last checkpoint."""
    input:
        data=DATA_BIN,
        candidates=candidates_of,
    output:
        checkpoint=CHECKPOINT,
        report=TRAIN_JSON,
    log:
        f"{LOG}/train/{RUN}.log",
    benchmark:
        f"{BENCHMARK}/train/{RUN}.tsv"
    conda:
        "../../envs/fairseq.yaml"
    threads: threads_of("training")
    resources:
        mem_mb=8000,
        runtime=1440,
    params:
        script=f"{SCRIPTS}/train.py",
        output=folder_of_output,
        work=f"{R}/work/{RUN}",
        candidates=lambda wildcards, input: flags(
            {"candidates": folder(input.candidates[0]) if input.candidates else None}
        ),
        objective=objective_flags,
        training=section("training", "metric", "valid_beam", "threads"),
        device=flags({key: config[key] for key in ("device", "precision")}),
        fairseq=fairseq_flags,
    shell:
        "python {params.script} --data-bin {input.data:q} --output {params.output:q} --work {params.work:q}"
        " --seed {wildcards.seed} {params.objective} {params.candidates} {params.training} {params.device}"
        " -- {params.fairseq} > {log:q} 2>&1"
