"""Scores: one JSON for each run and split, one tidy CSV over all."""


rule score:
    """BLEU, sacreBLEU and chrF of one split, with their signatures."""
    input:
        tokens=f"{HYPOTHESES}/hypotheses.tok",
        text=f"{HYPOTHESES}/hypotheses.txt",
        report=f"{HYPOTHESES}/decode.json",
        references_tok=TOK,
        references_txt=TEXT,
    output:
        SCORE,
    log:
        f"{LOG}/score/{RUN}/{{split}}.log",
    conda:
        "../../envs/report.yaml"
    threads: 1
    resources:
        mem_mb=2000,
        runtime=10,
    params:
        script=f"{SCRIPTS}/score.py",
        hypotheses=lambda wildcards, input: folder(input.report),
        language=of_dataset(lambda dataset: dataset["target_lang"]),
    shell:
        "python {params.script} --hypotheses {params.hypotheses:q}"
        " --references-tok {input.references_tok:q}/{wildcards.split}.{params.language}"
        " --references-txt {input.references_txt:q}/{wildcards.split}.{params.language}"
        " --dataset {wildcards.dataset} --system {wildcards.system} --seed {wildcards.seed}"
        " --split {wildcards.split} --output {output:q} > {log:q} 2>&1"


rule collect_scores:
    """All scores in one tidy table: a row for each dataset, system, seed, split and metric."""
    input:
        shown_runs(SCORE),
    output:
        SCORES,
    log:
        f"{LOG}/collect_scores.log",
    conda:
        "../../envs/report.yaml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        script=f"{SCRIPTS}/collect_scores.py",
    shell:
        "python {params.script} --scores {input:q} --output {output:q} > {log:q} 2>&1"
