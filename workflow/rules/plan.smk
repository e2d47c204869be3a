"""What the experiment will cost, before anything of it runs."""

from knnkd.costs import work


rule measure_plan:
    """What this machine's CPU does in a second of the plan's work; made anew for each plan."""
    output:
        temp(f"{R}/plan/measured.json"),
    log:
        f"{LOG}/measure_plan.log",
    conda:
        "../../envs/fairseq.yaml"
    threads: max(config[name]["threads"] for name in ("training", "decode", "search"))
    resources:
        mem_mb=grown(8000),
        runtime=grown(60),
        script=script("measure_plan.py"),
    params:
        jobs=json.dumps(
            work.jobs_of(config, planned_runs(), lambda name, system: fairseq_flags(Run(dataset=name, system=system)))
        ),
    shell:
        "python {resources.script:q} --jobs {params.jobs:q} --output {output:q} > {log:q} 2>&1"


rule plan:
    """Hours, memory and disk of each data set: on this machine with `device: cpu`, else on GPUs; printed as well."""
    input:
        paper=PAPER,
        measured=rules.measure_plan.output if work.is_measured(config) else [],
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
        measured=lambda wildcards, input: flags({"measured": input.measured or None}),
        output=folder_of_output,
    shell:
        "python {resources.script:q} --config {params.config:q} {params.runs} --paper {input.paper:q}"
        " {params.measured} --output {params.output:q} > {log:q} 2>&1 && cat {log:q}"
