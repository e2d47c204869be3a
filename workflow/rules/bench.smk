"""Speed, measured apart: each benchmark has the machine for itself, and the systems take turns within one run."""


rule bench_training:
    """Updates a second of every trained system of the dataset."""
    input:
        data=benched_data,
        teachers=benched_teachers,
    output:
        f"{BENCH}/training.json",
    log:
        f"{LOG}/bench_training/{{dataset}}.log",
    conda:
        KNN_MT_ENV
    threads: all_cores
    resources:
        mem_mb=grown(16000),
        gpu=GPUS,
        runtime=grown(240),
        script=script("bench_training.py"),
    params:
        runs=benched_trainings,
        bench=flags({key: config["bench"][key] for key in ("rounds", "updates")}),
    shell:
        "python {resources.script:q} --dataset {wildcards.dataset} {params.bench} {params.runs} --output {output:q}"
        " > {log:q} 2>&1"


rule bench_decoding:
    """Generated tokens a second of every system of the dataset."""
    input:
        benched_models(config["systems"]),
    output:
        f"{BENCH}/decoding.json",
    log:
        f"{LOG}/bench_decoding/{{dataset}}.log",
    conda:
        KNN_MT_ENV
    threads: all_cores
    resources:
        mem_mb=grown(16000),
        gpu=GPUS,
        runtime=grown(240),
        script=script("bench_decoding.py"),
    params:
        runs=benched_decodings(config["systems"]),
        bench=flags({key: config["bench"][key] for key in ("rounds", "sentences", "threads")}),
        beam=section("decode", "beam", "lenpen", "max_len_a", "max_len_b", "max_tokens"),
        device=flags({"device": config["device"]}),
    shell:
        "python {resources.script:q} --dataset {wildcards.dataset} {params.bench} {params.beam} {params.device}"
        " {params.runs} --output {output:q} > {log:q} 2>&1"


rule bench_steps:
    """The same of the trained systems, for hypotheses of one length: what a step costs, however long a system's are."""
    input:
        benched_models(TRAINED),
    output:
        f"{BENCH}/steps.json",
    log:
        f"{LOG}/bench_steps/{{dataset}}.log",
    conda:
        KNN_MT_ENV
    threads: all_cores
    resources:
        mem_mb=grown(16000),
        gpu=GPUS,
        runtime=grown(240),
        script=script("bench_decoding.py"),
    params:
        runs=benched_decodings(TRAINED),
        bench=flags({key: config["bench"][key] for key in ("rounds", "sentences", "length", "threads")}),
        beam=section("decode", "beam", "lenpen", "max_tokens"),
        device=flags({"device": config["device"]}),
    shell:
        "python {resources.script:q} --dataset {wildcards.dataset} {params.bench} {params.beam} {params.device}"
        " {params.runs} --output {output:q} > {log:q} 2>&1"


rule collect_speed:
    """All benchmarks in one tidy table: median, quartiles and the ratio to the baseline of the same round."""
    input:
        bench_files(),
    output:
        SPEED,
    log:
        f"{LOG}/collect_speed.log",
    conda:
        "../../envs/report.yaml"
    threads: 1
    resources:
        mem_mb=grown(1000),
        runtime=grown(10),
        script=script("collect_speed.py"),
    shell:
        "python {resources.script:q} --benches {input:q} --output {output:q} > {log:q} 2>&1"
