"""Figures: functions of the scores, the records of the runs and the paper's numbers alone."""


rule ablation:
    """Figures 2 and 3: validation score over k and over tau."""
    input:
        scores=paths.scores,
        paper=PAPER,
    output:
        figure_files("figure2"),
        figure_files("figure3"),
    log:
        f"{paths.logs}/ablation.log",
    conda:
        "../../envs/report.yaml"
    threads: 1
    resources:
        mem_mb=grown(1000),
        runtime=grown(10),
        script=script("make_exhibit.py"),
    params:
        output=folder_of_output,
        settings=as_json(exhibit_settings.ablation(experiment)),
    shell:
        "python {resources.script:q} ablation --settings {params.settings:q} --input scores {input.scores:q}"
        " --input paper {input.paper:q} --output {params.output:q} > {log:q} 2>&1"


rule knn_mt_grid:
    """The grid of kNN-MT on the validation set: heat map and tidy table."""
    input:
        tuned=roles.table_runs(experiment, f"{paths.tuned}/tuned.json", "table2", roles.knn_mt_of(experiment, "table2")),
        grids=roles.table_runs(experiment, f"{paths.tuned}/grid.csv", "table2", roles.knn_mt_of(experiment, "table2")),
    output:
        figure_files("knn_mt_grid"),
    log:
        f"{paths.logs}/knn_mt_grid.log",
    conda:
        "../../envs/report.yaml"
    threads: 1
    resources:
        mem_mb=grown(1000),
        runtime=grown(10),
        script=script("make_exhibit.py"),
    params:
        output=folder_of_output,
        settings=as_json(exhibit_settings.knn_mt_grid(experiment)),
    shell:
        "python {resources.script:q} knn_mt_grid --settings {params.settings:q} --input tuned {input.tuned:q}"
        " --output {params.output:q} > {log:q} 2>&1"


rule curves:
    """Validation BLEU and loss over the updates, for every system of Table 2."""
    input:
        runs=roles.table_trainings(experiment, paths.train_json, "table2"),
    output:
        figure_files("curves"),
    log:
        f"{paths.logs}/curves.log",
    conda:
        "../../envs/report.yaml"
    threads: 1
    resources:
        mem_mb=grown(1000),
        runtime=grown(10),
        script=script("make_exhibit.py"),
    params:
        output=folder_of_output,
        settings=as_json(exhibit_settings.curves(experiment)),
    shell:
        "python {resources.script:q} curves --settings {params.settings:q} --input runs {input.runs:q}"
        " --output {params.output:q} > {log:q} 2>&1"


rule figure4:
    """Figure 4: the probabilities of the most expected tokens in the case study."""
    input:
        paths.case_study,
    output:
        figure_files("figure4"),
    log:
        f"{paths.logs}/figure4.log",
    conda:
        "../../envs/report.yaml"
    threads: 1
    resources:
        mem_mb=grown(1000),
        runtime=grown(10),
        script=script("make_exhibit.py"),
    params:
        output=folder_of_output,
        settings=as_json(exhibit_settings.figure4(experiment)),
    shell:
        "python {resources.script:q} figure4 --settings {params.settings:q} --input case_study {input:q}"
        " --output {params.output:q} > {log:q} 2>&1"
