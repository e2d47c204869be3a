"""Tables and figures: functions of the scores, the training records and the paper's numbers alone."""


rule table2:
    """Table 2: BLEU of every system, with the paper's number beside ours."""
    input:
        scores=SCORES,
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
    params:
        script=f"{SCRIPTS}/make_table2.py",
        output=folder_of_output,
        shown=labels_of_table2,
        metrics=metrics_of_table2,
    shell:
        "python {params.script} --scores {input.scores:q} --paper {input.paper:q} {params.shown} {params.metrics}"
        " --output {params.output:q} > {log:q} 2>&1"


rule curves:
    """Validation BLEU and loss over the updates, for every system of Table 2."""
    input:
        lambda wildcards: runs(
            TRAIN_JSON, config["tables"]["table2"]["systems"], config["tables"]["table2"]["datasets"]
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
    params:
        script=f"{SCRIPTS}/plot_curves.py",
        output=folder_of_output,
        shown=labels_of_table2,
    shell:
        "python {params.script} --runs {input:q} {params.shown} --output {params.output:q} > {log:q} 2>&1"
