"""Beam search."""


rule decode:
    """Translate one split with one system."""
    input:
        checkpoint=checkpoint_of,
        data=test_data,
    output:
        subwords=f"{HYPOTHESES}/hypotheses.bpe",
        tokens=f"{HYPOTHESES}/hypotheses.tok",
        text=f"{HYPOTHESES}/hypotheses.txt",
        report=f"{HYPOTHESES}/decode.json",
    log:
        f"{LOG}/decode/{RUN}/{{split}}.log",
    benchmark:
        f"{BENCHMARK}/decode/{RUN}/{{split}}.tsv"
    wildcard_constraints:
        system=one_of(MODELS),
    conda:
        "../../envs/fairseq.yaml"
    threads: threads_of("decode")
    resources:
        mem_mb=grown(8000),
        gpu=GPUS,
        runtime=grown(240),
        script=script("decode.py"),
    params:
        output=folder_of_output,
        beam=section("decode", "beam", "lenpen", "max_len_a", "max_len_b", "max_tokens", "threads"),
        split=split_flag,
        unescape=unescape_flag,
        device=flags({"device": config["device"]}),
    shell:
        "python {resources.script:q} --checkpoint {input.checkpoint:q} --data-bin {input.data:q}"
        " {params.split} {params.beam} {params.unescape} {params.device}"
        " --output {params.output:q} > {log:q} 2>&1"
