"""One rule trains every system."""


rule train:
    """Train a system from scratch; started again after a kill, it goes on from its last checkpoint."""
    input:
        data=training_data,
        teacher=teacher_files,
    output:
        checkpoint=CHECKPOINT,
        report=TRAIN_JSON,
    log:
        f"{LOG}/train/{RUN}.log",
    benchmark:
        f"{BENCHMARK}/train/{RUN}.tsv"
    wildcard_constraints:
        system=one_of(TRAINED),
    conda:
        "../../envs/fairseq.yaml"
    threads: threads_of("training")
    resources:
        mem_mb=grown(8000),
        gpu=GPUS * config["gpus_per_train"],
        runtime=grown(1440),
        script=script("train.py"),
    params:
        output=folder_of_output,
        work=f"{WORK}/train/{RUN}",
        teacher=teacher_flags,
        objective=objective_flags,
        training=section("training", "batch_order", "metric", "valid_beam", "threads"),
        device=flags({key: config[key] for key in ("device", "precision")} | several_gpus()),
        fairseq=fairseq_flags,
    shell:
        "python {resources.script:q} --data-bin {input.data:q} --output {params.output:q} --work {params.work:q}"
        " --seed {wildcards.seed} {params.objective} {params.teacher} {params.training} {params.device}"
        " -- {params.fairseq} > {log:q} 2>&1"
