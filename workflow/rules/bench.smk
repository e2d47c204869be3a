"""Speed, measured apart: each benchmark has the machine for itself, and the systems take turns within one run."""


rule bench_training:
    """Updates a second of every trained system of the dataset."""
    input:
        of_run(bench_runs.training_files),
    output:
        f"{paths.bench}/training.json",
    log:
        f"{paths.logs}/bench_training/{{dataset}}.log",
    conda:
        KNN_MT_ENV
    threads: all_cores
    resources:
        mem_mb=grown(16000),
        gpu=GPUS,
        runtime=grown(240),
        script=script("bench_training.py"),
    params:
        settings=settings_of(bench_settings.training_bench),
    shell:
        "python {resources.script:q} --settings {params.settings:q} --output {output:q} > {log:q} 2>&1"


rule bench_decoding:
    """Generated tokens a second of every system of the dataset."""
    input:
        of_run(bench_runs.decoding_files, list(config["systems"])),
    output:
        f"{paths.bench}/decoding.json",
    log:
        f"{paths.logs}/bench_decoding/{{dataset}}.log",
    conda:
        KNN_MT_ENV
    threads: all_cores
    resources:
        mem_mb=grown(16000),
        gpu=GPUS,
        runtime=grown(240),
        script=script("bench_decoding.py"),
    params:
        settings=settings_of(bench_settings.decoding_bench, list(config["systems"])),
    shell:
        "python {resources.script:q} --settings {params.settings:q} --output {output:q} > {log:q} 2>&1"


rule bench_steps:
    """The same of the trained systems, for hypotheses of one length: what a step costs, however long a system's are."""
    input:
        of_run(bench_runs.decoding_files, TRAINED),
    output:
        f"{paths.bench}/steps.json",
    log:
        f"{paths.logs}/bench_steps/{{dataset}}.log",
    conda:
        KNN_MT_ENV
    threads: all_cores
    resources:
        mem_mb=grown(16000),
        gpu=GPUS,
        runtime=grown(240),
        script=script("bench_decoding.py"),
    params:
        settings=settings_of(bench_settings.step_bench),
    shell:
        "python {resources.script:q} --settings {params.settings:q} --output {output:q} > {log:q} 2>&1"


rule collect_speed:
    """All benchmarks in one tidy table: median, quartiles and the ratio to the baseline of the same round."""
    input:
        bench_runs.speed_benches(experiment),
    output:
        paths.speed,
    log:
        f"{paths.logs}/collect_speed.log",
    conda:
        "../../envs/report.yaml"
    threads: 1
    resources:
        mem_mb=grown(1000),
        runtime=grown(10),
        script=script("collect_speed.py"),
    shell:
        "python {resources.script:q} --benches {input:q} --output {output:q} > {log:q} 2>&1"


rule bench_search:
    """The search in advance on random keys: against faiss and the plain product, over k, and over the rows."""
    output:
        f"{paths.root}/bench/search.json",
    log:
        f"{paths.logs}/bench_search.log",
    conda:
        SEARCH_ENV
    threads: all_cores
    resources:
        mem_mb=grown(int(config["search"]["memory_gb"] * 1000) + 16000),
        gpu=GPUS,
        runtime=grown(240),
        script=script("bench_search.py"),
    params:
        settings=json.dumps(bench_settings.join_bench(experiment)),
    shell:
        "python {resources.script:q} --settings {params.settings:q} --output {output:q} > {log:q} 2>&1"


rule bench_dump:
    """Tokens a second of a forward pass, alone and as it fills a datastore."""
    input:
        checkpoint=of_run(bench_runs.of_baseline, runs.checkpoint),
        data=of_run(bench_runs.of_baseline, runs.test_data),
    output:
        f"{paths.bench}/dump.json",
    log:
        f"{paths.logs}/bench_dump/{{dataset}}.log",
    conda:
        "../../envs/fairseq.yaml"
    threads: all_cores
    resources:
        mem_mb=grown(8000),
        gpu=GPUS,
        runtime=grown(120),
        script=script("bench_dump.py"),
    params:
        settings=settings_of(bench_settings.dump_bench),
    shell:
        "python {resources.script:q} --settings {params.settings:q} --checkpoint {input.checkpoint:q}"
        " --data-bin {input.data:q} --output {output:q} > {log:q} 2>&1"


rule bench_gathering:
    """Neighbours merged a second, of searches that one and several jobs shared."""
    output:
        f"{paths.root}/bench/gathering.json",
    log:
        f"{paths.logs}/bench_gathering.log",
    conda:
        SEARCH_ENV
    threads: all_cores
    resources:
        mem_mb=grown(4000),
        runtime=grown(60),
        script=script("bench_gathering.py"),
    params:
        settings=json.dumps(bench_settings.merge_bench(experiment)),
    shell:
        "python {resources.script:q} --settings {params.settings:q} --output {output:q} > {log:q} 2>&1"


rule bench_search_indexes:
    """Recall, time a query, quality and tokens a second, of exact search and of each kind of index."""
    input:
        checkpoint=of_run(bench_runs.of_searched, runs.checkpoint),
        data=of_run(bench_runs.of_searched, runs.test_data),
        datastore=of_run(bench_runs.of_searched, runs.datastore),
        tuned=of_run(bench_runs.of_searched, runs.tuned),
        tok=paths.tok,
        text=paths.text,
    output:
        f"{paths.bench}/index.json",
    log:
        f"{paths.logs}/bench_index/{{dataset}}.log",
    wildcard_constraints:
        dataset=one_of(bench_runs.searched_dataset(experiment)),
    conda:
        KNN_MT_ENV
    threads: all_cores
    resources:
        mem_mb=grown(16000),
        gpu=GPUS,
        runtime=grown(240),
        script=script("bench_index.py"),
    params:
        settings=settings_of(bench_settings.index_bench),
        names=of_run(runs.sentence_files),
    shell:
        "python {resources.script:q} --settings {params.settings:q} --checkpoint {input.checkpoint:q}"
        " --data-bin {input.data:q} --datastore {input.datastore:q} --tuned {input.tuned:q}"
        " --tok {input.tok:q} --text {input.text:q} --names {params.names} --output {output:q} > {log:q} 2>&1"


rule index_curve:
    """The curve of recall and time, quality and speed."""
    input:
        f"{paths.bench}/index.json",
    output:
        multiext(f"{paths.bench}/index", ".csv", ".png", ".svg", ".pdf"),
    log:
        f"{paths.logs}/index_curve/{{dataset}}.log",
    conda:
        "../../envs/report.yaml"
    threads: 1
    resources:
        mem_mb=grown(1000),
        runtime=grown(10),
        script=script("make_exhibit.py"),
    params:
        output=folder_of_output,
        settings=settings_of(exhibit_settings.index_curve),
    shell:
        "python {resources.script:q} index_curve --settings {params.settings:q} --input bench {input:q}"
        " --output {params.output:q} > {log:q} 2>&1"


rule cost_model:
    """Time, memory and disk of every stage for the paper's data sets and a larger one, predicted from the benchmarks."""
    input:
        search=f"{paths.root}/bench/search.json",
        gathering=f"{paths.root}/bench/gathering.json",
        training=bench_runs.costed_files(experiment, f"{paths.bench}/training.json"),
        decoding=bench_runs.costed_files(experiment, f"{paths.bench}/decoding.json"),
        dump=bench_runs.costed_files(experiment, f"{paths.bench}/dump.json"),
        trained=bench_runs.costed_files(experiment, paths.train_json),
        data=bench_runs.costed_files(experiment, paths.data),
        paper=PAPER,
    output:
        multiext(f"{paths.root}/bench/cost_model", ".csv", ".md", ".tex", ".html"),
        multiext(f"{paths.root}/bench/cost_validation", ".csv", ".md", ".tex", ".html", ".png", ".svg", ".pdf"),
        multiext(f"{paths.root}/bench/cost_curve", ".csv", ".png", ".svg", ".pdf"),
    log:
        f"{paths.logs}/cost_model.log",
    conda:
        "../../envs/report.yaml"
    threads: 1
    resources:
        mem_mb=grown(1000),
        runtime=grown(10),
        script=script("make_exhibit.py"),
    params:
        output=folder_of_output,
        settings=as_json(exhibit_settings.cost_model(experiment)),
    shell:
        "python {resources.script:q} cost_model --settings {params.settings:q} --input search {input.search:q}"
        " --input gathering {input.gathering:q} --input training {input.training:q}"
        " --input decoding {input.decoding:q} --input dump {input.dump:q} --input trained {input.trained:q}"
        " --input data {input.data:q} --input paper {input.paper:q} --output {params.output:q} > {log:q} 2>&1"


rule bench_page:
    """The page: a section for each benchmark, with figure and table, and the cost model."""
    input:
        benches=bench_runs.page_benches(experiment),
        tables=shown_files(rules.cost_model.output if bench_runs.costed_run(experiment) else [], ".html"),
        figures=shown_files(rules.cost_model.output if bench_runs.costed_run(experiment) else [], ".svg", ".png"),
        settings=paths.settings,
    output:
        page=report(
            f"{paths.root}/bench/bench.html",
            caption="../report/bench.rst",
            category="Benchmarks",
            labels={"page": "benchmarks"},
        ),
        sections=directory(f"{paths.root}/bench/sections"),
    log:
        f"{paths.logs}/bench_page.log",
    conda:
        "../../envs/report.yaml"
    threads: 1
    resources:
        mem_mb=grown(2000),
        runtime=grown(10),
        script=script("make_bench_page.py"),
    params:
        settings=as_json(exhibit_settings.bench_page(experiment)),
    shell:
        "python {resources.script:q} --settings {params.settings:q} --config {input.settings:q} --benches {input.benches:q}"
        " --tables {input.tables:q} --figures {input.figures:q} --sections {output.sections:q} --output {output.page:q}"
        " > {log:q} 2>&1"
