"""One rule trains every system."""


def candidates_of(wildcards):
    """The candidates of the system's teacher, where it has one."""
    goal = knnkd_config.objective(config, wildcards.dataset, wildcards.system)
    if goal["term"] == "none":
        return []
    return expand(f"{CANDIDATES}/meta.json", system=goal["teacher"], dataset=wildcards.dataset, seed=wildcards.seed)


def objective_flags(wildcards):
    """The system's objective as flags of train.py."""
    goal = knnkd_config.objective(config, wildcards.dataset, wildcards.system)
    chosen = ("term", "alpha", "k", "tau") if goal["term"] == "sparse" else ("term",)
    return flags({key: goal[key] for key in chosen})


def fairseq_flags(wildcards):
    """The sections model and training, and the label smoothing, as flags of fairseq-train."""
    dataset, system = wildcards.dataset, wildcards.system
    model = knnkd_config.section(config, "model", dataset)
    training = knnkd_config.section(config, "training", dataset, system)
    smoothing = knnkd_config.objective(config, dataset, system)["label_smoothing"]
    return shlex.join(knnkd_config.fairseq_flags(model, training, smoothing))


rule train:
    """Train a system from scratch; started again after a kill, it goes on from its last checkpoint."""
    input:
        data=DATA_BIN,
        candidates=candidates_of,
    output:
        checkpoint=CHECKPOINT,
        report=TRAIN_JSON,
    log:
        f"{LOG}/train/{RUN}.log",
    benchmark:
        f"{BENCHMARK}/train/{RUN}.tsv"
    conda:
        "../../envs/fairseq.yaml"
    threads: threads_of("training")
    resources:
        mem_mb=8000,
        runtime=1440,
    params:
        output=TRAIN,
        work=f"{R}/work/{RUN}",
        candidates=lambda wildcards, input: flags(
            {"candidates": os.path.dirname(input.candidates[0]) if input.candidates else None}
        ),
        objective=objective_flags,
        training=section("training", "metric", "valid_beam", "threads"),
        device=flags({key: config[key] for key in ("device", "precision")}),
        fairseq=fairseq_flags,
    shell:
        "python {SCRIPTS}/train.py --data-bin {input.data:q} --output {params.output:q} --work {params.work:q}"
        " --seed {wildcards.seed} {params.objective} {params.candidates} {params.training} {params.device}"
        " -- {params.fairseq} > {log:q} 2>&1"
