"""Tables: functions of the scores, the speeds, the records of the runs and the paper's numbers alone."""


rule table1:
    """Table 1: the datastore, k and tau of kNN-KD on every dataset of Tables 2 and 3."""
    input:
        scores=paths.scores,
        runs=roles.taught_runs(experiment, paths.train_json),
        paper=PAPER,
    output:
        table_files("table1"),
    log:
        f"{paths.logs}/table1.log",
    conda:
        "../../envs/report.yaml"
    threads: 1
    resources:
        mem_mb=grown(1000),
        runtime=grown(10),
        script=script("make_exhibit.py"),
    params:
        output=folder_of_output,
        settings=as_json(exhibit_settings.table1(experiment)),
    shell:
        "python {resources.script:q} table1 --settings {params.settings:q} --input scores {input.scores:q}"
        " --input paper {input.paper:q} --input runs {input.runs:q} --output {params.output:q} > {log:q} 2>&1"


rule table2:
    """Table 2: Quality and speed of every system, with the paper's number beside ours."""
    input:
        scores=paths.scores,
        speed=paths.speed,
        trainings=paths.trainings,
        significance=roles.table_comparisons(experiment, "table2"),
        tuned=roles.table_runs(experiment, f"{paths.tuned}/tuned.json", "table2", roles.knn_mt_of(experiment, "table2")),
        paper=PAPER,
    output:
        table_files("table2"),
    log:
        f"{paths.logs}/table2.log",
    conda:
        "../../envs/report.yaml"
    threads: 1
    resources:
        mem_mb=grown(1000),
        runtime=grown(10),
        script=script("make_exhibit.py"),
    params:
        output=folder_of_output,
        settings=as_json(exhibit_settings.table2(experiment)),
    shell:
        "python {resources.script:q} table2 --settings {params.settings:q} --input scores {input.scores:q}"
        " --input speed {input.speed:q} --input trainings {input.trainings:q}"
        " --input significance {input.significance:q} --input tuned {input.tuned:q} --input paper {input.paper:q}"
        " --output {params.output:q} > {log:q} 2>&1"


rule table3:
    """Table 3: the same on the domains of a pre-trained model, without the speed of training."""
    input:
        scores=paths.scores,
        speed=paths.speed,
        trainings=paths.trainings,
        significance=roles.table_comparisons(experiment, "table3"),
        tuned=roles.table_runs(experiment, f"{paths.tuned}/tuned.json", "table3", roles.knn_mt_of(experiment, "table3")),
        paper=PAPER,
    output:
        table_files("table3"),
    log:
        f"{paths.logs}/table3.log",
    conda:
        "../../envs/report.yaml"
    threads: 1
    resources:
        mem_mb=grown(1000),
        runtime=grown(10),
        script=script("make_exhibit.py"),
    params:
        output=folder_of_output,
        settings=as_json(exhibit_settings.table3(experiment)),
    shell:
        "python {resources.script:q} table3 --settings {params.settings:q} --input scores {input.scores:q}"
        " --input speed {input.speed:q} --input trainings {input.trainings:q}"
        " --input significance {input.significance:q} --input tuned {input.tuned:q} --input paper {input.paper:q}"
        " --output {params.output:q} > {log:q} 2>&1"


rule table4:
    """Table 4: trained on one dataset, tested on another."""
    input:
        scores=paths.scores,
        trainings=paths.trainings,
        significance=roles.cross_comparisons(experiment),
        paper=PAPER,
    output:
        table_files("table4"),
    log:
        f"{paths.logs}/table4.log",
    conda:
        "../../envs/report.yaml"
    threads: 1
    resources:
        mem_mb=grown(1000),
        runtime=grown(10),
        script=script("make_exhibit.py"),
    params:
        output=folder_of_output,
        settings=as_json(exhibit_settings.table4(experiment)),
    shell:
        "python {resources.script:q} table4 --settings {params.settings:q} --input scores {input.scores:q}"
        " --input trainings {input.trainings:q} --input significance {input.significance:q}"
        " --input paper {input.paper:q} --output {params.output:q} > {log:q} 2>&1"


rule table5:
    """Table 5: the sentences of every corpus, before and after cleaning."""
    input:
        manifests=expand(paths.manifest, dataset=roles.made_corpora(experiment)),
        data=expand(paths.data, dataset=roles.made_corpora(experiment)),
        paper=PAPER,
    output:
        table_files("table5"),
    log:
        f"{paths.logs}/table5.log",
    conda:
        "../../envs/report.yaml"
    threads: 1
    resources:
        mem_mb=grown(1000),
        runtime=grown(10),
        script=script("make_exhibit.py"),
    params:
        output=folder_of_output,
        settings=as_json(exhibit_settings.table5(experiment)),
    shell:
        "python {resources.script:q} table5 --settings {params.settings:q} --input manifests {input.manifests:q}"
        " --input data {input.data:q} --input paper {input.paper:q} --output {params.output:q} > {log:q} 2>&1"


rule table6:
    """Table 6: the hyper-parameters that kNN-KD was run with."""
    input:
        runs=roles.trained_runs(experiment, paths.train_json),
        paper=PAPER,
    output:
        table_files("table6"),
    log:
        f"{paths.logs}/table6.log",
    conda:
        "../../envs/report.yaml"
    threads: 1
    resources:
        mem_mb=grown(1000),
        runtime=grown(10),
        script=script("make_exhibit.py"),
    params:
        output=folder_of_output,
        settings=as_json(exhibit_settings.table6(experiment)),
    shell:
        "python {resources.script:q} table6 --settings {params.settings:q} --input runs {input.runs:q}"
        " --input paper {input.paper:q} --output {params.output:q} > {log:q} 2>&1"


rule table7:
    """Table 7, the controls: what a gain is made of."""
    input:
        scores=paths.scores,
        trainings=paths.trainings,
        significance=roles.table_comparisons(experiment, "controls"),
    output:
        table_files("table7"),
    log:
        f"{paths.logs}/table7.log",
    conda:
        "../../envs/report.yaml"
    threads: 1
    resources:
        mem_mb=grown(1000),
        runtime=grown(10),
        script=script("make_exhibit.py"),
    params:
        output=folder_of_output,
        settings=as_json(exhibit_settings.table7(experiment)),
    shell:
        "python {resources.script:q} table7 --settings {params.settings:q} --input scores {input.scores:q}"
        " --input trainings {input.trainings:q} --input significance {input.significance:q}"
        " --output {params.output:q} > {log:q} 2>&1"


rule overcorrection:
    """Overcorrection against the true distribution, and calibration: table and figure."""
    input:
        scores=paths.scores,
    output:
        tables=table_files("overcorrection"),
        figures=figure_files("overcorrection"),
    log:
        f"{paths.logs}/overcorrection.log",
    conda:
        "../../envs/report.yaml"
    threads: 1
    resources:
        mem_mb=grown(1000),
        runtime=grown(10),
        script=script("make_exhibit.py"),
    params:
        output=folder_of_exhibits,
        settings=as_json(exhibit_settings.overcorrection(experiment)),
    shell:
        "python {resources.script:q} overcorrection --settings {params.settings:q}"
        " --input scores {input.scores:q} --output {params.output:q} > {log:q} 2>&1"


rule verdict:
    """Every claim of the paper: our figure, its interval, reproduced or not, at which scale."""
    input:
        scores=paths.scores,
        speed=paths.speed if bench_runs.speed_benches(experiment) else [],
        significance=verdict_settings.decisive_comparisons(experiment),
        measures=roles.measured_runs(experiment, paths.measures),
        runs=verdict_settings.decisive_trainings(experiment, paths.train_json),
        manifests=verdict_settings.manifests(experiment),
        trainings=paths.trainings,
        paper=PAPER,
    output:
        table_files("verdict"),
    log:
        f"{paths.logs}/verdict.log",
    conda:
        "../../envs/report.yaml"
    threads: 1
    resources:
        mem_mb=grown(2000),
        runtime=grown(10),
        script=script("make_exhibit.py"),
    params:
        output=folder_of_output,
        settings=as_json(verdict_settings.verdict(experiment)),
    shell:
        "python {resources.script:q} verdict --settings {params.settings:q} --input scores {input.scores:q}"
        " --input speed {input.speed:q} --input significance {input.significance:q}"
        " --input measures {input.measures:q} --input runs {input.runs:q} --input manifests {input.manifests:q}"
        " --input trainings {input.trainings:q} --input paper {input.paper:q}"
        " --output {params.output:q} > {log:q} 2>&1"
