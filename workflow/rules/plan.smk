"""What the experiment will cost, before anything of it runs."""

from dataclasses import asdict

from knnkd.costs import work


rule measure_plan:
    """What this machine's CPU does in a second of the plan's work; made anew for each plan."""
    output:
        temp(f"{paths.root}/plan/measured.json"),
    log:
        f"{paths.logs}/measure_plan.log",
    conda:
        "../../envs/fairseq.yaml"
    threads: max(config[name]["threads"] for name in ("training", "decode", "search"))
    resources:
        mem_mb=grown(8000),
        runtime=grown(60),
        script=script("measure_plan.py"),
    params:
        settings=json.dumps([asdict(job) for job in work.jobs_of(experiment)]),
    shell:
        "python {resources.script:q} --settings {params.settings:q} --output {output:q} > {log:q} 2>&1"


rule plan:
    """Hours, memory and disk of each data set: on this machine with `device: cpu`, else on GPUs; printed as well."""
    input:
        paper=PAPER,
        measured=rules.measure_plan.output if work.is_measured(config) else [],
    output:
        multiext(f"{paths.root}/plan/plan", ".csv", ".tex", ".html"),
        page=f"{paths.root}/plan/plan.md",
    log:
        f"{paths.logs}/plan.log",
    conda:
        "../../envs/report.yaml"
    threads: 1
    resources:
        mem_mb=grown(1000),
        runtime=grown(10),
        script=script("make_exhibit.py"),
    params:
        output=folder_of_output,
        settings=as_json(exhibit_settings.plan(experiment)),
    shell:
        "python {resources.script:q} plan --settings {params.settings:q} --input paper {input.paper:q}"
        " --input measured {input.measured:q} --output {params.output:q} > {log:q} 2>&1 && cat {output.page:q}"
