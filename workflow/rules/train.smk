"""One rule trains every system; where a grid chooses its settings, the choice is a file."""


rule train:
    """Train a system; started again after a kill, it goes on from its last checkpoint."""
    input:
        data=training_data,
        teacher=teacher_files,
        init=start_of,
        chosen=choice_of,
        updates_of=same_updates_as,
    output:
        checkpoint=CHECKPOINT,
        report=TRAIN_JSON,
    log:
        f"{LOG}/train/{RUN}.log",
    benchmark:
        f"{BENCHMARK}/train/{RUN}.tsv"
    wildcard_constraints:
        dataset=f"(?!{TAKEN})({one_of(DATASETS)})",
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
        start=start_flags,
        objective=objective_flags,
        training=section("training", "batch_order", "metric", "valid_beam", "threads"),
        device=flags({key: config[key] for key in ("device", "precision")} | several_gpus()),
        fairseq=fairseq_flags,
    shell:
        "python {resources.script:q} --data-bin {input.data:q} --output {params.output:q} --work {params.work:q}"
        " --seed {wildcards.seed} {params.objective} {params.teacher} {params.start} {params.training} {params.device}"
        " -- {params.fairseq} > {log:q} 2>&1"


rule choose_point:
    """The point of a grid with the highest validation BLEU, mean over the grid's seeds, and the scores of all."""
    input:
        points_of(SCORE),
    output:
        CHOSEN,
    log:
        f"{LOG}/choose_point/{{dataset}}/{{system}}.log",
    conda:
        "../../envs/report.yaml"
    threads: 1
    resources:
        mem_mb=grown(1000),
        runtime=grown(10),
        script=script("choose_point.py"),
    params:
        settings=grid_settings,
    shell:
        "python {resources.script:q} --settings {params.settings:q} --scores {input:q} --output {output:q} > {log:q} 2>&1"


rule take_point:
    """A system with a grid, with a seed of the grid: the training of the point that was chosen."""
    input:
        chosen=CHOSEN,
        runs=points_of(TRAIN_JSON),
        checkpoints=points_of(CHECKPOINT),
    output:
        checkpoint=CHECKPOINT,
        report=TRAIN_JSON,
    log:
        f"{LOG}/take_point/{RUN}.log",
    wildcard_constraints:
        dataset=f"(?={TAKEN})({one_of(DATASETS)})",
        system=one_of(TRAINED),
    conda:
        "../../envs/report.yaml"
    threads: 1
    resources:
        mem_mb=grown(1000),
        runtime=grown(10),
        script=script("take_point.py"),
    params:
        output=folder_of_output,
    shell:
        "python {resources.script:q} --chosen {input.chosen:q} --runs {input.runs:q} --output {params.output:q}"
        " > {log:q} 2>&1"
