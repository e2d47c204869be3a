"""Distilled models in use: exported to CTranslate2, and measured there against fairseq."""


rule export_model:
    """One folder with all that raw text needs: weights in float32 and int8, subwords, settings, and what is fastest."""
    input:
        checkpoint=checkpoint_of,
        data=of_exported(test_data),
        segmentation=segmentation_of,
        dictionaries=exported_dictionaries,
    output:
        f"{EXPORT}/export.json",
        directory(f"{EXPORT}/float32"),
        directory(f"{EXPORT}/int8"),
        directory(f"{EXPORT}/subwords"),
    log:
        f"{LOG}/export_model/{RUN}.log",
    benchmark:
        f"{BENCHMARK}/export_model/{RUN}.tsv"
    wildcard_constraints:
        system=one_of(MODELS),
    conda:
        "../../envs/serve.yaml"
    threads: threads_of("decode")
    resources:
        mem_mb=grown(16000),
        runtime=grown(60),
        script=script("export_model.py"),
    params:
        output=folder_of_output,
        text=exported_flags,
        beam=section("decode", "beam", "lenpen", "max_len_a", "max_len_b", "max_tokens", "threads"),
        measure=flags({key: config["bench"][key] for key in ("rounds", "sentences")}),
        device=flags({"device": config["device"]}),
    shell:
        "python {resources.script:q} --checkpoint {input.checkpoint:q} --data-bin {input.data:q} {params.text}"
        " {params.beam} {params.measure} {params.device}"
        " --dataset {wildcards.dataset} --system {wildcards.system} --seed {wildcards.seed}"
        " --output {params.output:q} > {log:q} 2>&1"


rule bench_serving:
    """Generated tokens a second of fairseq and of the exported model, the same hypotheses, and BLEU."""
    input:
        export=of_distilled(distilled_export),
        checkpoint=of_distilled(checkpoint_of),
        data=of_distilled(test_data),
        references_tok=TOK,
        references_txt=TEXT,
    output:
        f"{BENCH}/serving.json",
    log:
        f"{LOG}/bench_serving/{{dataset}}.log",
    wildcard_constraints:
        dataset=one_of(taught_systems()),
    conda:
        "../../envs/serve.yaml"
    threads: all_cores
    resources:
        mem_mb=grown(16000),
        gpu=GPUS,
        runtime=grown(120),
        script=script("bench_serving.py"),
    params:
        model=lambda wildcards, input: folder(input.export[0]),
        system=lambda wildcards: distilled_run(wildcards.dataset).system,
        target=lambda wildcards: DATASETS[wildcards.dataset]["target_lang"],
        metric=lambda wildcards: flags({"metric": DATASETS[wildcards.dataset]["metric"]}),
        bench=flags({key: config["bench"][key] for key in ("rounds", "sentences", "threads")}),
        device=flags({"device": config["device"]}),
    shell:
        "python {resources.script:q} --model {params.model:q} --checkpoint {input.checkpoint:q}"
        " --data-bin {input.data:q} --references-tok {input.references_tok:q}/test.{params.target}"
        " --references-txt {input.references_txt:q}/test.{params.target} {params.metric} {params.bench} {params.device}"
        " --dataset {wildcards.dataset} --system {params.system} --output {output:q} > {log:q} 2>&1"
