"""The verdict: every claim of the paper, our figure for it, and whether it was reproduced."""


rule verdict:
    """Every claim of the paper: our figure, its interval, reproduced or not, at which scale."""
    input:
        scores=SCORES,
        speed=SPEED if bench_files() else [],
        significance=decided_comparisons(),
        measures=measured_runs(MEASURES),
        runs=decided_trainings(TRAIN_JSON),
        manifests=expand(MANIFEST, dataset=[name for name in decided_datasets() if resolve.is_run(config, name)]),
        trainings=TRAININGS,
        paper=PAPER,
    output:
        table_files("verdict"),
    log:
        f"{LOG}/verdict.log",
    conda:
        "../../envs/report.yaml"
    threads: 1
    resources:
        mem_mb=grown(2000),
        runtime=grown(10),
        script=script("make_verdict.py"),
    params:
        output=folder_of_output,
        about=verdict_flags(),
        points=ablation_grid_flags(),
        variants=control_flags(),
        samples=flags(config["significance"]),
        speed=lambda wildcards, input: flags({"speed": input.speed or None}),
    shell:
        "python {resources.script:q} --scores {input.scores:q} --paper {input.paper:q} {params.speed}"
        " --significance {input.significance:q} --measures {input.measures:q} --runs {input.runs:q}"
        " --manifests {input.manifests:q} --trainings {input.trainings:q} {params.about} {params.points} {params.variants} {params.samples}"
        " --output {params.output:q} > {log:q} 2>&1"
