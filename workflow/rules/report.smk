"""Tables and figures: functions of the scores, the training records and the paper's numbers alone."""


rule table2:
    """Table 2: BLEU and speed of every system, with the paper's number beside ours."""
    input:
        scores=SCORES,
        speed=SPEED,
        significance=significances("table2"),
        tuned=runs(f"{TUNED}/tuned.json", shown_knn_mt(), datasets_of("table2")),
        paper=PAPER,
    output:
        csv=f"{R}/tables/table2.csv",
        markdown=f"{R}/tables/table2.md",
        latex=f"{R}/tables/table2.tex",
    log:
        f"{LOG}/table2.log",
    conda:
        "../../envs/report.yaml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=10,
        script=script("make_table2.py"),
    params:
        output=folder_of_output,
        shown=shown_in("table2"),
        untrained=flags({"untrained": KNN_MT}) if KNN_MT else "--untrained",
        tuned=tuned_flags,
        about=settings_flags(),
    shell:
        "python {resources.script:q} --scores {input.scores:q} --paper {input.paper:q} --speed {input.speed:q}"
        " --significance {input.significance:q} {params.shown} {params.untrained}"
        " {params.tuned} {params.about}"
        " --output {params.output:q} > {log:q} 2>&1"


rule table7:
    """Table 7, the controls: what a gain is made of."""
    input:
        scores=SCORES,
        runs=control_runs(TRAIN_JSON),
        significance=significances("controls"),
    output:
        csv=f"{R}/tables/table7.csv",
        markdown=f"{R}/tables/table7.md",
        latex=f"{R}/tables/table7.tex",
    log:
        f"{LOG}/table7.log",
    conda:
        "../../envs/report.yaml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=10,
        script=script("make_table7.py"),
    params:
        output=folder_of_output,
        shown=shown_in("controls", "systems", "datasets", "metrics"),
        variants=control_flags(),
    shell:
        "python {resources.script:q} --scores {input.scores:q} --runs {input.runs:q} --significance {input.significance:q}"
        " {params.shown} {params.variants} --output {params.output:q} > {log:q} 2>&1"


rule overcorrection:
    """Overcorrection against the true distribution, and calibration: table and figure."""
    input:
        scores=SCORES,
    output:
        tables=multiext(f"{R}/tables/overcorrection", ".csv", ".md", ".tex"),
        figures=multiext(f"{R}/figures/overcorrection", ".csv", ".png", ".svg", ".pdf"),
    log:
        f"{LOG}/overcorrection.log",
    conda:
        "../../envs/report.yaml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=10,
        script=script("make_overcorrection.py"),
    params:
        tables=lambda wildcards, output: folder(output.tables[0]),
        figures=lambda wildcards, output: folder(output.figures[0]),
        shown=shown_in("table2", "systems", "datasets"),
    shell:
        "python {resources.script:q} --scores {input.scores:q} {params.shown} --tables {params.tables:q}"
        " --figures {params.figures:q} > {log:q} 2>&1"


rule ablation:
    """Figures 2 and 3: validation BLEU over k and over tau."""
    input:
        scores=SCORES,
        paper=PAPER,
    output:
        multiext(f"{R}/figures/figure2", ".csv", ".png", ".svg", ".pdf"),
        multiext(f"{R}/figures/figure3", ".csv", ".png", ".svg", ".pdf"),
    log:
        f"{LOG}/ablation.log",
    conda:
        "../../envs/report.yaml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=10,
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
        runs(f"{TUNED}/grid.csv", shown_knn_mt(), datasets_of("table2")),
    output:
        multiext(f"{R}/figures/knn_mt_grid", ".csv", ".png", ".svg", ".pdf"),
    log:
        f"{LOG}/knn_mt_grid.log",
    conda:
        "../../envs/report.yaml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=10,
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
        csv=f"{R}/figures/curves.csv",
        png=f"{R}/figures/curves.png",
        svg=f"{R}/figures/curves.svg",
        pdf=f"{R}/figures/curves.pdf",
    log:
        f"{LOG}/curves.log",
    conda:
        "../../envs/report.yaml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=10,
        script=script("plot_curves.py"),
    params:
        output=folder_of_output,
        shown=shown_in("table2", "systems", "datasets"),
    shell:
        "python {resources.script:q} --runs {input:q} {params.shown} --output {params.output:q} > {log:q} 2>&1"
