"""Scores and measures of every run and split, tidy tables over all, comparisons, and single predictions."""


rule score:
    """The scores of one split by every metric, with their signatures."""
    input:
        hypotheses=multiext(f"{paths.hypotheses}/hypotheses.", "tok", "txt"),
        report=f"{paths.hypotheses}/decode.json",
        tok=of_run(runs.of_tested, paths.tok),
        text=of_run(runs.of_tested, paths.text),
    output:
        paths.score,
    log:
        f"{paths.logs}/score/{RUN}/{{split}}.log",
    conda:
        "../../envs/report.yaml"
    threads: 1
    resources:
        mem_mb=grown(2000),
        runtime=grown(10),
        script=script("score.py"),
    params:
        settings=settings_of(evaluation_settings.scoring),
        names=of_run(runs.sentence_files),
    shell:
        "python {resources.script:q} --settings {params.settings:q} --hypotheses {input.report:q}"
        " --tok {input.tok:q} --text {input.text:q} --names {params.names} --output {output:q} > {log:q} 2>&1"


rule measure:
    """Calibration on the references; where the lattice is known, overcorrection against the true distribution."""
    input:
        checkpoint=of_run(runs.checkpoint),
        data=of_run(runs.test_data),
        hypotheses=f"{paths.hypotheses}/decode.json",
        nearest=of_run(runs.nearest),
        lattices=of_run(decoding_settings.lattices),
        segmentation=of_run(runs.segmentation),
        dictionaries=of_run(decoding_settings.lattice_dictionaries),
    output:
        paths.measures,
    log:
        f"{paths.logs}/measure/{RUN}/{{split}}.log",
    benchmark:
        f"{paths.benchmarks}/measure/{RUN}/{{split}}.tsv"
    conda:
        KNN_MT_ENV
    threads: threads_of("decode")
    resources:
        mem_mb=grown(16000),
        gpu=GPUS,
        runtime=grown(240),
        script=script("measure.py"),
    params:
        settings=settings_of(decoding_settings.measuring),
    shell:
        "python {resources.script:q} --settings {params.settings:q} --checkpoint {input.checkpoint:q}"
        " --data-bin {input.data:q} --hypotheses {input.hypotheses:q} --nearest {input.nearest:q}"
        " --lattices {input.lattices:q} --segmentation {input.segmentation:q} --dictionaries {input.dictionaries:q}"
        " --output {output:q} > {log:q} 2>&1"


rule compare_systems:
    """Paired bootstrap of all systems of a dataset against one of them, and each one's own interval."""
    input:
        hypotheses=lambda wildcards: evaluation_settings.compared(experiment, wildcards),
        tok=of_run(runs.of_tested, paths.tok),
        text=of_run(runs.of_tested, paths.text),
    output:
        paths.significance,
    log:
        f"{paths.logs}/compare_systems/{{dataset}}/{{baseline}}/seed{{seed}}/{{split}}.log",
    conda:
        "../../envs/report.yaml"
    threads: 1
    resources:
        mem_mb=grown(4000),
        runtime=grown(60),
        script=script("compare_systems.py"),
    params:
        settings=lambda wildcards: json.dumps(evaluation_settings.comparison(experiment, wildcards)),
        names=of_run(runs.sentence_files),
    shell:
        "python {resources.script:q} --settings {params.settings:q} --hypotheses {input.hypotheses:q}"
        " --tok {input.tok:q} --text {input.text:q} --names {params.names} --output {output:q} > {log:q} 2>&1"


rule collect_scores:
    """All scores and measures in one tidy table: a row for each dataset, system, seed, split and metric."""
    input:
        roles.shown_runs(experiment, paths.score) + roles.measured_runs(experiment, paths.measures),
    output:
        paths.scores,
    log:
        f"{paths.logs}/collect_scores.log",
    conda:
        "../../envs/report.yaml"
    threads: 1
    resources:
        mem_mb=grown(1000),
        runtime=grown(10),
        script=script("collect_scores.py"),
    shell:
        "python {resources.script:q} --scores {input:q} --output {output:q} > {log:q} 2>&1"


rule collect_trainings:
    """All trainings behind the results in one tidy table: how long each went on, why it stopped, what a run is made of."""
    input:
        roles.behind_runs(experiment, paths.train_json),
    output:
        paths.trainings,
    log:
        f"{paths.logs}/collect_trainings.log",
    conda:
        "../../envs/report.yaml"
    threads: 1
    resources:
        mem_mb=grown(1000),
        runtime=grown(10),
        script=script("collect_trainings.py"),
    params:
        settings=as_json(exhibit_settings.trainings(experiment)),
    shell:
        "python {resources.script:q} --settings {params.settings:q} --runs {input:q} --output {output:q} > {log:q} 2>&1"


rule case_study:
    """What the systems expect after one prefix, and the neighbours found there."""
    input:
        lambda wildcards: bench_settings.inspected_files(
            experiment, config["case_study"]["dataset"], bench_settings.case_systems(experiment)
        ),
    output:
        paths.case_study,
    log:
        f"{paths.logs}/case_study.log",
    conda:
        KNN_MT_ENV
    threads: lambda wildcards: config["decode"]["threads"]
    resources:
        mem_mb=grown(16000),
        gpu=GPUS,
        runtime=grown(30),
        script=script("inspect_prediction.py"),
    params:
        settings=lambda wildcards: json.dumps(bench_settings.case_study(experiment)),
    shell:
        "python {resources.script:q} --settings {params.settings:q} --output {output:q} > {log:q} 2>&1"


rule inspect:
    """The start of a test set, position by position, through every system of its table."""
    input:
        lambda wildcards: bench_settings.inspected_files(
            experiment, wildcards.dataset, bench_settings.table_systems(experiment, wildcards.dataset)
        ),
    output:
        paths.inspection,
    log:
        f"{paths.logs}/inspect/{{dataset}}.log",
    conda:
        KNN_MT_ENV
    threads: lambda wildcards: config["decode"]["threads"]
    resources:
        mem_mb=grown(16000),
        gpu=GPUS,
        runtime=grown(60),
        script=script("inspect_prediction.py"),
    params:
        settings=settings_of(bench_settings.table_inspection),
    shell:
        "python {resources.script:q} --settings {params.settings:q} --output {output:q} > {log:q} 2>&1"
