"""The benchmarks on one page, and what the method costs at other sizes and on other machines."""


rule bench_gathering:
    """Neighbours merged a second, of searches that one and several jobs shared."""
    output:
        f"{R}/bench/gathering.json",
    log:
        f"{LOG}/bench_gathering.log",
    conda:
        SEARCH_ENV
    threads: all_cores
    resources:
        mem_mb=grown(4000),
        runtime=grown(60),
        script=script("bench_gathering.py"),
    params:
        rows=config["bench"]["search"]["rows"],
        k=config["bench"]["search"]["k"][0],
        rounds=config["bench"]["rounds"],
    shell:
        "python {resources.script:q} --rows {params.rows} --k {params.k} --rounds {params.rounds} --output {output:q}"
        " > {log:q} 2>&1"


rule cost_model:
    """Time, memory and disk of every stage for the paper's data sets and a larger one, predicted from the benchmarks."""
    input:
        search=f"{R}/bench/search.json",
        gathering=f"{R}/bench/gathering.json",
        training=costed_bench("training"),
        decoding=costed_bench("decoding"),
        dump=costed_bench("dump"),
        trained=of_costed(lambda run: same_run(TRAIN_JSON, run)),
        data=of_costed(lambda run: same_run(DATA, run)),
        paper=PAPER,
    output:
        multiext(f"{R}/bench/cost_model", ".csv", ".md", ".tex", ".html"),
        multiext(f"{R}/bench/cost_validation", ".csv", ".md", ".tex", ".html", ".png", ".svg", ".pdf"),
        multiext(f"{R}/bench/cost_curve", ".csv", ".png", ".svg", ".pdf"),
    log:
        f"{LOG}/cost_model.log",
    conda:
        "../../envs/report.yaml"
    threads: 1
    resources:
        mem_mb=grown(1000),
        runtime=grown(10),
        script=script("make_cost_model.py"),
    params:
        output=folder_of_output,
        measured=costed_flags,
        cost=flags(config["bench"]["cost"] | {"memory_gb": config["search"]["memory_gb"]}),
    shell:
        "python {resources.script:q} --search {input.search:q} --gathering {input.gathering:q}"
        " --training {input.training:q} --decoding {input.decoding:q} --dump {input.dump:q}"
        " --trained {input.trained:q} --data {input.data:q}/data.json --paper {input.paper:q} {params.measured}"
        " {params.cost} --output {params.output:q} > {log:q} 2>&1"


rule bench_page:
    """The page: a section for each benchmark, with figure and table, and the cost model."""
    input:
        benches=page_benches(),
        tables=cost_files(".html"),
        figures=cost_files(".svg", ".png"),
        settings=SETTINGS,
    output:
        page=report(
            f"{R}/bench/bench.html",
            caption="../report/bench.rst",
            category="Benchmarks",
            labels={"page": "benchmarks"},
        ),
        sections=directory(f"{R}/bench/sections"),
    log:
        f"{LOG}/bench_page.log",
    conda:
        "../../envs/report.yaml"
    threads: 1
    resources:
        mem_mb=grown(2000),
        runtime=grown(10),
        script=script("make_bench_page.py"),
    params:
        labels=shown_flags(config["systems"], DATASETS, "systems", "datasets"),
        cost=lambda wildcards, input: flags({"tables": input.tables or None, "figures": input.figures or None}),
    shell:
        "python {resources.script:q} --benches {input.benches:q} --settings {input.settings:q} {params.labels}"
        " {params.cost} --sections {output.sections:q} --output {output.page:q} > {log:q} 2>&1"
