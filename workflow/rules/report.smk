"""The report: one page that opens without a network and holds every result, what it cost and how it was obtained."""

from snakemake import __version__ as SNAKEMAKE


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
