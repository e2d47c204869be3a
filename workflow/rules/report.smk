"""The report: one page that opens without a network and holds every result, what it cost and how it was obtained."""

from functools import cache

from snakemake import __version__ as SNAKEMAKE

# Targets are followed back to every job whose time and memory Snakemake records: by its own rules, so not in Python.


@cache
def recorded_files():
    """The benchmark files of all jobs behind the results, found by the same rules and inputs as the jobs are."""
    waiting, seen, found = shown_results(), set(), []
    while waiting:
        path = waiting.pop()
        maker = next((each for each in workflow.rules if each.is_producer(path)), None)
        if maker is None:
            continue
        wildcards = maker.get_wildcards(path)
        job = maker.name, *sorted(wildcards.items())
        if job in seen:
            continue
        seen.add(job)
        if maker.benchmark:
            found.append(str(maker.expand_benchmark(wildcards)))
        waiting += map(str, maker.expand_input(wildcards)[0])
    return sorted(found)


def shown_results():
    """Every result whose making has a cost: tables, figures and single predictions, but not the table of costs."""
    results = [
        *rules.tables.input,
        *rules.figures.input,
        *expand(paths.inspection, dataset=roles.inspected_datasets(experiment)),
    ]
    return [path for path in map(str, results) if path not in rules.costs.output]


def recorded_trainings():
    """The records of all trainings behind the results."""
    start = f"{paths.benchmarks}/train/"
    names = [path.removeprefix(start).removesuffix(".tsv") for path in recorded_files() if path.startswith(start)]
    return [paths.train_json.replace(RUN, name) for name in names]


rule costs:
    """Time, memory and disk of every stage."""
    input:
        lambda wildcards: shown_results(),
    output:
        table_files("costs"),
    log:
        f"{paths.logs}/costs.log",
    conda:
        "../../envs/report.yaml"
    threads: 1
    resources:
        mem_mb=grown(1000),
        runtime=grown(10),
        script=script("make_exhibit.py"),
    params:
        # No inputs: a record that is gone is a gap in the table, and no reason to do its job again.
        benchmarks=lambda wildcards: recorded_files(),
        output=folder_of_output,
        settings=as_json(exhibit_settings.costs(experiment)),
    shell:
        "python {resources.script:q} costs --settings {params.settings:q} --input benchmarks {params.benchmarks:q}"
        " --output {params.output:q} > {log:q} 2>&1"


rule settings:
    """The completed config, as every rule saw it."""
    output:
        paths.settings,
    log:
        f"{paths.logs}/settings.log",
    conda:
        "../../envs/report.yaml"
    threads: 1
    resources:
        mem_mb=grown(1000),
        runtime=grown(10),
        script=script("record_settings.py"),
    params:
        settings=as_json(config),
    shell:
        "python {resources.script:q} --settings {params.settings:q} --output {output:q} > {log:q} 2>&1"


rule report:
    """The page: verdict, tables, figures, single predictions, costs, settings."""
    input:
        verdict=f"{paths.root}/tables/verdict.csv",
        settings=paths.settings,
        costs=f"{paths.root}/tables/costs.html",
        tables=lambda wildcards: shown_files(rules.tables.input, ".html"),
        figures=lambda wildcards: shown_files(rules.figures.input, ".svg", ".png"),
        case_study=paths.case_study if roles.datasets_of(experiment, "case_study") else [],
        inspections=expand(paths.inspection, dataset=roles.inspected_datasets(experiment)),
        runs=lambda wildcards: recorded_trainings(),
    output:
        report(paths.report, caption="../report/report.rst", category="Report", labels={"page": "report"}),
    log:
        f"{paths.logs}/report.log",
    conda:
        "../../envs/report.yaml"
    threads: 1
    resources:
        mem_mb=grown(2000),
        runtime=grown(10),
        script=script("make_report.py"),
    params:
        settings=as_json(exhibit_settings.report(experiment) | {"versions": {"snakemake": SNAKEMAKE}}),
    shell:
        "python {resources.script:q} --settings {params.settings:q} --verdict {input.verdict:q} --config {input.settings:q}"
        " --tables {input.tables:q} {input.costs:q} --figures {input.figures:q} --case-study {input.case_study:q}"
        " --inspections {input.inspections:q} --runs {input.runs:q} --output {output:q} > {log:q} 2>&1"
