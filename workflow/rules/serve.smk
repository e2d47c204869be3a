"""Distilled models in use: exported to CTranslate2, and measured there against fairseq."""


rule export_model:
    """One folder with all that raw text needs: weights in float32 and int8, subwords, settings, and what is fastest."""
    input:
        checkpoint=of_run(runs.checkpoint),
        data=of_run(runs.test_data),
        segmentation=of_run(runs.segmentation),
        dictionaries=of_run(runs.limiting_dictionaries),
    output:
        f"{paths.export}/export.json",
        directory(f"{paths.export}/float32"),
        directory(f"{paths.export}/int8"),
        directory(f"{paths.export}/subwords"),
    log:
        f"{paths.logs}/export_model/{RUN}.log",
    benchmark:
        f"{paths.benchmarks}/export_model/{RUN}.tsv"
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
        settings=settings_of(bench_settings.exporting),
    shell:
        "python {resources.script:q} --settings {params.settings:q} --checkpoint {input.checkpoint:q}"
        " --data-bin {input.data:q} --segmentation {input.segmentation:q} --dictionaries {input.dictionaries:q}"
        " --output {params.output:q} > {log:q} 2>&1"


rule bench_serving:
    """Generated tokens a second of fairseq and of the exported model, the same hypotheses, and their scores."""
    input:
        export=of_run(bench_runs.of_distilled, runs.export),
        checkpoint=of_run(bench_runs.of_distilled, runs.checkpoint),
        data=of_run(bench_runs.of_distilled, runs.test_data),
        tok=paths.tok,
        text=paths.text,
    output:
        f"{paths.bench}/serving.json",
    log:
        f"{paths.logs}/bench_serving/{{dataset}}.log",
    wildcard_constraints:
        dataset=one_of(roles.taught_systems(experiment)),
    conda:
        "../../envs/serve.yaml"
    threads: all_cores
    resources:
        mem_mb=grown(16000),
        gpu=GPUS,
        runtime=grown(120),
        script=script("bench_serving.py"),
    params:
        settings=settings_of(bench_settings.serving_bench),
        names=of_run(runs.sentence_files),
    shell:
        "python {resources.script:q} --settings {params.settings:q} --model {input.export:q}"
        " --checkpoint {input.checkpoint:q} --data-bin {input.data:q} --tok {input.tok:q} --text {input.text:q}"
        " --names {params.names} --output {output:q} > {log:q} 2>&1"
