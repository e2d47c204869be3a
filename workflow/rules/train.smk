"""One rule trains every system; where a grid chooses its settings, the choice is a file."""


rule train:
    """Train a system; started again after a kill, it goes on from its last checkpoint."""
    input:
        data=of_run(runs.training_data),
        teacher=of_run(runs.teacher),
        init=of_run(runs.start),
        chosen=of_run(runs.choice),
        updates_of=of_run(runs.equal_updates),
    output:
        checkpoint=paths.checkpoint,
        report=paths.train_json,
    log:
        f"{paths.logs}/train/{RUN}.log",
    benchmark:
        f"{paths.benchmarks}/train/{RUN}.tsv"
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
        work=f"{paths.work}/train/{RUN}",
        settings=settings_of(training_settings.training),
    shell:
        "python {resources.script:q} --settings {params.settings:q} --data-bin {input.data:q} --teacher {input.teacher:q}"
        " --init {input.init:q} --chosen {input.chosen:q} --updates-of {input.updates_of:q}"
        " --output {params.output:q} --work {params.work:q} > {log:q} 2>&1"


rule choose_point:
    """The point of a grid with the best validation score, mean over the grid's seeds, and the scores of all."""
    input:
        of_run(runs.points, paths.score),
    output:
        paths.chosen,
    log:
        f"{paths.logs}/choose_point/{{dataset}}/{{system}}.log",
    conda:
        "../../envs/report.yaml"
    threads: 1
    resources:
        mem_mb=grown(1000),
        runtime=grown(10),
        script=script("choose_point.py"),
    params:
        settings=settings_of(training_settings.grid),
    shell:
        "python {resources.script:q} --settings {params.settings:q} --scores {input:q} --output {output:q} > {log:q} 2>&1"


rule take_point:
    """A system with a grid, with a seed of the grid: the training of the point that was chosen."""
    input:
        chosen=paths.chosen,
        runs=of_run(runs.points, paths.train_json),
        checkpoints=of_run(runs.points, paths.checkpoint),
    output:
        checkpoint=paths.checkpoint,
        report=paths.train_json,
    log:
        f"{paths.logs}/take_point/{RUN}.log",
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
