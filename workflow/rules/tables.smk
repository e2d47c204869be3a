"""Tables: functions of the scores, the speeds, the records of the runs and the paper's numbers alone."""


rule table1:
    """Table 1: the datastore, k and tau of kNN-KD on every dataset of Tables 2 and 3."""
    input:
        scores=SCORES,
        runs=taught_runs(TRAIN_JSON),
        paper=PAPER,
    output:
        table_files("table1"),
    log:
        f"{LOG}/table1.log",
    conda:
        "../../envs/report.yaml"
    threads: 1
    resources:
        mem_mb=grown(1000),
        runtime=grown(10),
        script=script("make_table1.py"),
    params:
        output=folder_of_output,
        shown=taught_flags(),
        points=taught_points(),
    shell:
        "python {resources.script:q} --scores {input.scores:q} --paper {input.paper:q} --runs {input.runs:q}"
        " {params.shown} {params.points} --output {params.output:q} > {log:q} 2>&1"


rule table2:
    """Table 2: BLEU and speed of every system, with the paper's number beside ours."""
    input:
        scores=SCORES,
        speed=SPEED,
        trainings=TRAININGS,
        significance=significances("table2"),
        tuned=runs(f"{TUNED}/tuned.json", shown_knn_mt("table2"), datasets_of("table2")),
        paper=PAPER,
    output:
        table_files("table2"),
    log:
        f"{LOG}/table2.log",
    conda:
        "../../envs/report.yaml"
    threads: 1
    resources:
        mem_mb=grown(1000),
        runtime=grown(10),
        script=script("make_table2.py"),
    params:
        output=folder_of_output,
        shown=shown_in("table2"),
        untrained=untrained_flag("table2"),
        tuned=tuned_flags,
        about=settings_flags("table2"),
    shell:
        "python {resources.script:q} --scores {input.scores:q} --trainings {input.trainings:q} --paper {input.paper:q} --speed {input.speed:q}"
        " --significance {input.significance:q} {params.shown} {params.untrained}"
        " {params.tuned} {params.about}"
        " --output {params.output:q} > {log:q} 2>&1"


rule table3:
    """Table 3: the same on the domains of a pre-trained model, without the speed of training."""
    input:
        scores=SCORES,
        speed=SPEED,
        trainings=TRAININGS,
        significance=significances("table3"),
        tuned=runs(f"{TUNED}/tuned.json", shown_knn_mt("table3"), datasets_of("table3")),
        paper=PAPER,
    output:
        table_files("table3"),
    log:
        f"{LOG}/table3.log",
    conda:
        "../../envs/report.yaml"
    threads: 1
    resources:
        mem_mb=grown(1000),
        runtime=grown(10),
        script=script("make_table3.py"),
    params:
        output=folder_of_output,
        shown=shown_in("table3"),
        untrained=untrained_flag("table3"),
        second=flags({"second": second_of("table3") or None}),
        tuned=tuned_flags,
        about=settings_flags("table3"),
    shell:
        "python {resources.script:q} --scores {input.scores:q} --trainings {input.trainings:q} --paper {input.paper:q} --speed {input.speed:q}"
        " --significance {input.significance:q} {params.shown} {params.untrained} {params.second}"
        " {params.tuned} {params.about}"
        " --output {params.output:q} > {log:q} 2>&1"


rule table4:
    """Table 4: trained on one dataset, tested on another."""
    input:
        scores=SCORES,
        trainings=TRAININGS,
        significance=cross_comparisons(),
        paper=PAPER,
    output:
        table_files("table4"),
    log:
        f"{LOG}/table4.log",
    conda:
        "../../envs/report.yaml"
    threads: 1
    resources:
        mem_mb=grown(1000),
        runtime=grown(10),
        script=script("make_table4.py"),
    params:
        output=folder_of_output,
        shown=shown_in("table4"),
        pairs=flags({"pairs": [f"{first}:{second}" for first, second in cross_pairs()] or None}),
    shell:
        "python {resources.script:q} --scores {input.scores:q} --trainings {input.trainings:q} --paper {input.paper:q}"
        " --significance {input.significance:q} {params.shown} {params.pairs} --output {params.output:q} > {log:q} 2>&1"


rule table5:
    """Table 5: the sentences of every corpus, before and after cleaning."""
    input:
        manifests=expand(MANIFEST, dataset=made_corpora()),
        data=expand(DATA, dataset=made_corpora()),
        paper=PAPER,
    output:
        table_files("table5"),
    log:
        f"{LOG}/table5.log",
    conda:
        "../../envs/report.yaml"
    threads: 1
    resources:
        mem_mb=grown(1000),
        runtime=grown(10),
        script=script("make_table5.py"),
    params:
        output=folder_of_output,
        shown=shown_flags([], shown_corpora(), "datasets", "paper_datasets"),
        corpora=corpora_flags,
    shell:
        "python {resources.script:q} --paper {input.paper:q} {params.shown} {params.corpora} --output {params.output:q}"
        " > {log:q} 2>&1"


rule table6:
    """Table 6: the hyper-parameters that kNN-KD was run with."""
    input:
        runs=trained_runs(TRAIN_JSON),
        paper=PAPER,
    output:
        table_files("table6"),
    log:
        f"{LOG}/table6.log",
    conda:
        "../../envs/report.yaml"
    threads: 1
    resources:
        mem_mb=grown(1000),
        runtime=grown(10),
        script=script("make_table6.py"),
    params:
        output=folder_of_output,
        shown=trained_flags(),
    shell:
        "python {resources.script:q} --paper {input.paper:q} --runs {input.runs:q} {params.shown}"
        " --output {params.output:q} > {log:q} 2>&1"


rule table7:
    """Table 7, the controls: what a gain is made of."""
    input:
        scores=SCORES,
        trainings=TRAININGS,
        runs=control_runs(TRAIN_JSON),
        significance=significances("controls"),
    output:
        table_files("table7"),
    log:
        f"{LOG}/table7.log",
    conda:
        "../../envs/report.yaml"
    threads: 1
    resources:
        mem_mb=grown(1000),
        runtime=grown(10),
        script=script("make_table7.py"),
    params:
        output=folder_of_output,
        shown=shown_in("controls", "systems", "datasets", "metrics"),
        variants=control_flags(),
    shell:
        "python {resources.script:q} --scores {input.scores:q} --trainings {input.trainings:q} --runs {input.runs:q} --significance {input.significance:q}"
        " {params.shown} {params.variants} --output {params.output:q} > {log:q} 2>&1"


rule overcorrection:
    """Overcorrection against the true distribution, and calibration: table and figure."""
    input:
        scores=SCORES,
    output:
        tables=table_files("overcorrection"),
        figures=figure_files("overcorrection"),
    log:
        f"{LOG}/overcorrection.log",
    conda:
        "../../envs/report.yaml"
    threads: 1
    resources:
        mem_mb=grown(1000),
        runtime=grown(10),
        script=script("make_overcorrection.py"),
    params:
        tables=lambda wildcards, output: folder(output.tables[0]),
        figures=lambda wildcards, output: folder(output.figures[0]),
        shown=shown_in("table2", "systems", "datasets"),
    shell:
        "python {resources.script:q} --scores {input.scores:q} {params.shown} --tables {params.tables:q}"
        " --figures {params.figures:q} > {log:q} 2>&1"
