"""Figures: functions of the scores, the records of the runs and the paper's numbers alone."""


rule ablation:
    """Figures 2 and 3: validation BLEU over k and over tau."""
    input:
        scores=SCORES,
        paper=PAPER,
    output:
        figure_files("figure2"),
        figure_files("figure3"),
    log:
        f"{LOG}/ablation.log",
    conda:
        "../../envs/report.yaml"
    threads: 1
    resources:
        mem_mb=grown(1000),
        runtime=grown(10),
        script=script("plot_ablation.py"),
    params:
        output=folder_of_output,
        shown=shown_in("ablation", "datasets", "metrics"),
        points=ablation_flags(),
    shell:
        "python {resources.script:q} --scores {input.scores:q} --paper {input.paper:q} {params.shown} {params.points}"
        " --output {params.output:q} > {log:q} 2>&1"


rule knn_mt_grid:
    """The grid of kNN-MT on the validation set: heat map and tidy table."""
    input:
        tuned_grids(),
    output:
        figure_files("knn_mt_grid"),
    log:
        f"{LOG}/knn_mt_grid.log",
    conda:
        "../../envs/report.yaml"
    threads: 1
    resources:
        mem_mb=grown(1000),
        runtime=grown(10),
        script=script("plot_knn_mt_grid.py"),
    params:
        output=folder_of_output,
        grids=grid_flags,
    shell:
        "python {resources.script:q} {params.grids} --output {params.output:q} > {log:q} 2>&1"


rule curves:
    """Validation BLEU and loss over the updates, for every system of Table 2."""
    input:
        lambda wildcards: runs(
            TRAIN_JSON, [name for name in systems_of("table2") if name in TRAINED], datasets_of("table2")
        ),
    output:
        figure_files("curves"),
    log:
        f"{LOG}/curves.log",
    conda:
        "../../envs/report.yaml"
    threads: 1
    resources:
        mem_mb=grown(1000),
        runtime=grown(10),
        script=script("plot_curves.py"),
    params:
        output=folder_of_output,
        shown=shown_in("table2", "systems", "datasets"),
    shell:
        "python {resources.script:q} --runs {input:q} {params.shown} --output {params.output:q} > {log:q} 2>&1"
