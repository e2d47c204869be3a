"""What the experiment will cost, before anything of it runs."""


def planned_runs():
    """Every run that is scored, and every training that teaches or comes first, as dataset/system/seed."""
    named = [*shown_runs(RUN), *trained_runs(RUN)]
    models = {DATASETS[path.split("/")[0]].get("pretrained") for path in named}
    own = [config["pretrained"][name] for name in models if name in config["pretrained"]]
    named += [f"{model['dataset']}/{model['system']}/seed{config['seeds'][0]}" for model in own if "dataset" in model]
    return [path.replace("/seed", "/") for path in dict.fromkeys(named)]


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
