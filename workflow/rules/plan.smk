"""What the experiment will cost, before anything of it runs."""


rule plan:
    """GPU hours, memory and disk of each data set, from the config and the cost model; printed as well."""
    input:
        paper=PAPER,
    output:
        multiext(f"{R}/plan/plan", ".csv", ".md", ".tex", ".html"),
    log:
        f"{LOG}/plan.log",
    conda:
        "../../envs/report.yaml"
    threads: 1
    resources:
        mem_mb=grown(1000),
        runtime=grown(10),
        script=script("make_plan.py"),
    params:
        config=json.dumps(config),
        runs=flags({"runs": planned_runs() or None}),
        output=folder_of_output,
    shell:
        "python {resources.script:q} --config {params.config:q} {params.runs} --paper {input.paper:q}"
        " --output {params.output:q} > {log:q} 2>&1 && cat {log:q}"
