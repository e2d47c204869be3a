"""Scores: one JSON for each run and split, one tidy CSV over all."""


def shown_runs(pattern):
    """Every run that a table shows, once."""
    tables = config["tables"].values()
    return list(dict.fromkeys(path for shown in tables for path in runs(pattern, shown["systems"], shown["datasets"])))


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
        hypotheses=HYPOTHESES,
        language=of_dataset(lambda dataset: dataset["target_lang"]),
    shell:
        "python {SCRIPTS}/score.py --hypotheses {params.hypotheses:q}"
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
    shell:
        "python {SCRIPTS}/collect_scores.py --scores {input:q} --output {output:q} > {log:q} 2>&1"
