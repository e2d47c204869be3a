"""The report: one page that opens without a network and holds every result, what it cost and how it was obtained."""

import json
from snakemake import __version__ as SNAKEMAKE


rule costs:
    """Time, memory and disk of every stage."""
    input:
        lambda wildcards: shown_results(),
    output:
        table_files("costs"),
    log:
        f"{LOG}/costs.log",
    conda:
        "../../envs/report.yaml"
    threads: 1
    resources:
        mem_mb=grown(1000),
        runtime=grown(10),
        script=script("make_costs.py"),
    params:
        root=BENCHMARK,
        # No inputs: a record that is gone is a gap in the table, and no reason to do its job again.
        benchmarks=lambda wildcards: recorded_files(),
        kept=kept_flags(),
        output=folder_of_output,
    shell:
        "python {resources.script:q} --root {params.root:q} --benchmarks {params.benchmarks:q} {params.kept}"
        " --output {params.output:q} > {log:q} 2>&1"


rule settings:
    """The completed config, as every rule saw it."""
    output:
        SETTINGS,
    log:
        f"{LOG}/settings.log",
    conda:
        "../../envs/report.yaml"
    threads: 1
    resources:
        mem_mb=grown(1000),
        runtime=grown(10),
        script=script("record_settings.py"),
    params:
        config=json.dumps(config),
    shell:
        "python {resources.script:q} --config {params.config:q} --output {output:q} > {log:q} 2>&1"


rule report:
    """The page: verdict, tables, figures, single predictions, costs, settings."""
    input:
        verdict=f"{R}/tables/verdict.csv",
        settings=SETTINGS,
        costs=f"{R}/tables/costs.html",
        tables=lambda wildcards: shown_files(rules.tables.input, ".html"),
        figures=lambda wildcards: shown_files(rules.figures.input, ".svg", ".png"),
        case_study=CASE_STUDY if datasets_of("case_study") else [],
        inspections=expand(INSPECTION, dataset=inspected_datasets()),
        runs=lambda wildcards: recorded_trainings(),
    output:
        report(REPORT, caption="../report/report.rst", category="Report", labels={"page": "report"}),
    log:
        f"{LOG}/report.log",
    conda:
        "../../envs/report.yaml"
    threads: 1
    resources:
        mem_mb=grown(2000),
        runtime=grown(10),
        script=script("make_report.py"),
    params:
        labels=report_labels(),
        case_study=lambda wildcards, input: flags({"case_study": input.case_study or None}),
        inspections=lambda wildcards, input: flags({"inspections": input.inspections or None}),
        versions=flags({"versions": [f"snakemake={SNAKEMAKE}"]}),
    shell:
        "python {resources.script:q} --verdict {input.verdict:q} --settings {input.settings:q}"
        " --tables {input.tables:q} {input.costs:q} --figures {input.figures:q} {params.case_study} {params.inspections}"
        " --runs {input.runs:q} {params.labels} {params.versions} --output {output:q} > {log:q} 2>&1"
