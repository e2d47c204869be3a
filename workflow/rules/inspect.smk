"""Single predictions looked at: the case study (Section 4.6, Figure 4), and what the report shows of each test set."""


rule case_study:
    """What the systems expect after one prefix, and the neighbours found there."""
    input:
        files=case_of(inspected_files),
        codes=case_of(codes_of),
        lattice=case_of(inspected_lattice),
    output:
        CASE_STUDY,
    log:
        f"{LOG}/case_study.log",
    conda:
        KNN_MT_ENV
    threads: lambda wildcards: config["decode"]["threads"]
    resources:
        mem_mb=grown(16000),
        gpu=GPUS,
        runtime=grown(30),
        script=script("inspect_prediction.py"),
    params:
        sentence=case_of(case_study_flags),
        runs=case_of(inspected_flags),
        lattice=case_of(inspected_lattice_flags),
        sizes=flags({key: config["inspection"][key] for key in ("tokens", "neighbours")}),
        device=flags({"device": config["device"], "threads": config["decode"]["threads"]}),
    shell:
        "python {resources.script:q} {params.sentence} --codes {input.codes:q} {params.lattice} {params.sizes}"
        " {params.runs} {params.device} --output {output:q} > {log:q} 2>&1"


rule figure4:
    """Figure 4: the probabilities of the most expected tokens in the case study."""
    input:
        CASE_STUDY,
    output:
        figure_files("figure4"),
    log:
        f"{LOG}/figure4.log",
    conda:
        "../../envs/report.yaml"
    threads: 1
    resources:
        mem_mb=grown(1000),
        runtime=grown(10),
        script=script("plot_case_study.py"),
    params:
        output=folder_of_output,
        shown=shown_in("case_study", "systems"),
    shell:
        "python {resources.script:q} --case-study {input:q} {params.shown} --output {params.output:q} > {log:q} 2>&1"


rule inspect:
    """The start of a test set, position by position, through every system of its table."""
    input:
        files=of_test_set(inspected_files),
        codes=of_test_set(codes_of),
        lattice=of_test_set(inspected_lattice),
    output:
        INSPECTION,
    log:
        f"{LOG}/inspect/{{dataset}}.log",
    conda:
        KNN_MT_ENV
    threads: lambda wildcards: config["decode"]["threads"]
    resources:
        mem_mb=grown(16000),
        gpu=GPUS,
        runtime=grown(60),
        script=script("inspect_prediction.py"),
    params:
        sentence=flags({"split": "test"}),
        runs=of_test_set(inspected_flags),
        lattice=of_test_set(inspected_lattice_flags),
        sizes=flags(config["inspection"]),
        device=flags({"device": config["device"], "threads": config["decode"]["threads"]}),
    shell:
        "python {resources.script:q} {params.sentence} --codes {input.codes:q} {params.lattice} {params.sizes}"
        " {params.runs} {params.device} --output {output:q} > {log:q} 2>&1"
