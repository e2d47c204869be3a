"""Scores: one JSON for each run and split, one tidy CSV over all; and one over the trainings behind them."""


rule score:
    """BLEU, sacreBLEU and chrF of one split, with their signatures."""
    input:
        tokens=f"{HYPOTHESES}/hypotheses.tok",
        text=f"{HYPOTHESES}/hypotheses.txt",
        report=f"{HYPOTHESES}/decode.json",
        references_tok=of_tested(TOK),
        references_txt=of_tested(TEXT),
    output:
        SCORE,
    log:
        f"{LOG}/score/{RUN}/{{split}}.log",
    conda:
        "../../envs/report.yaml"
    threads: 1
    resources:
        mem_mb=grown(2000),
        runtime=grown(10),
        script=script("score.py"),
    params:
        hypotheses=lambda wildcards, input: folder(input.report),
        references=references_of,
    shell:
        "python {resources.script:q} --hypotheses {params.hypotheses:q}"
        " --references-tok {input.references_tok:q}/{params.references}"
        " --references-txt {input.references_txt:q}/{params.references}"
        " --dataset {wildcards.dataset} --system {wildcards.system} --seed {wildcards.seed}"
        " --split {wildcards.split} --output {output:q} > {log:q} 2>&1"


rule measure:
    """Calibration on the references; where the lattice is known, overcorrection against the true distribution."""
    input:
        checkpoint=checkpoint_of,
        data=test_data,
        hypotheses=f"{HYPOTHESES}/hypotheses.bpe",
        nearest=nearest_files,
        lattice=lattice_files,
        segmentation=segmentation_of,
    output:
        MEASURES,
    log:
        f"{LOG}/measure/{RUN}/{{split}}.log",
    benchmark:
        f"{BENCHMARK}/measure/{RUN}/{{split}}.tsv"
    conda:
        KNN_MT_ENV
    threads: threads_of("decode")
    resources:
        mem_mb=grown(16000),
        gpu=GPUS,
        runtime=grown(240),
        script=script("measure.py"),
    params:
        hypotheses=lambda wildcards, input: folder(input.hypotheses),
        nearest=nearest_flags,
        lattice=lattice_flags,
        batch=section("decode", "max_tokens", "threads"),
        device=flags({"device": config["device"]}),
    shell:
        "python {resources.script:q} --checkpoint {input.checkpoint:q} --data-bin {input.data:q} --split {wildcards.split}"
        " --hypotheses {params.hypotheses:q} --dataset {wildcards.dataset} --system {wildcards.system}"
        " --seed {wildcards.seed} {params.nearest} {params.lattice} {params.batch} {params.device}"
        " --output {output:q} > {log:q} 2>&1"


rule compare_systems:
    """Paired bootstrap of all systems of a dataset against one of them, and each one's own interval."""
    input:
        hypotheses=compared_runs,
        references_tok=of_tested(TOK),
        references_txt=of_tested(TEXT),
    output:
        SIGNIFICANCE,
    log:
        f"{LOG}/compare_systems/{{dataset}}/{{baseline}}/seed{{seed}}/{{split}}.log",
    conda:
        "../../envs/report.yaml"
    threads: 1
    resources:
        mem_mb=grown(4000),
        runtime=grown(60),
        script=script("compare_systems.py"),
    params:
        hypotheses=compared_flags,
        references=references_of,
        metric=lambda wildcards: flags({"metric": DATASETS[tested_on(wildcards)]["metric"]}),
        samples=flags(config["significance"]),
    shell:
        "python {resources.script:q} {params.hypotheses} --dataset {wildcards.dataset} --seed {wildcards.seed}"
        " --split {wildcards.split} --references-tok {input.references_tok:q}/{params.references}"
        " --references-txt {input.references_txt:q}/{params.references}"
        " {params.metric} {params.samples} --output {output:q} > {log:q} 2>&1"


rule collect_scores:
    """All scores and measures in one tidy table: a row for each dataset, system, seed, split and metric."""
    input:
        shown_runs(SCORE) + measured_runs(MEASURES),
    output:
        SCORES,
    log:
        f"{LOG}/collect_scores.log",
    conda:
        "../../envs/report.yaml"
    threads: 1
    resources:
        mem_mb=grown(1000),
        runtime=grown(10),
        script=script("collect_scores.py"),
    shell:
        "python {resources.script:q} --scores {input:q} --output {output:q} > {log:q} 2>&1"


rule collect_trainings:
    """All trainings behind the results in one tidy table: how long each went on, why it stopped, what a run is made of."""
    input:
        behind_runs(TRAIN_JSON),
    output:
        TRAININGS,
    log:
        f"{LOG}/collect_trainings.log",
    conda:
        "../../envs/report.yaml"
    threads: 1
    resources:
        mem_mb=grown(1000),
        runtime=grown(10),
        script=script("collect_trainings.py"),
    params:
        made_of=made_of_flags(),
    shell:
        "python {resources.script:q} --runs {input:q} {params.made_of} --output {output:q} > {log:q} 2>&1"
