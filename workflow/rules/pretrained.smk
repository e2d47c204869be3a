"""Translation models from elsewhere; one that the workflow trains itself is a training like any other."""


rule fetch_pretrained:
    """Bring a fairseq model from elsewhere with its dictionary and its codes, in the form of our own."""
    input:
        local_parts,
    output:
        f"{PRETRAINED}/checkpoint.pt",
        f"{PRETRAINED}/pretrained.json",
        codes=directory(f"{PRETRAINED}/codes"),
        dictionaries=directory(f"{PRETRAINED}/dictionaries"),
    log:
        f"{LOG}/fetch_pretrained/{{model}}.log",
    conda:
        "../../envs/fairseq.yaml"
    threads: 1
    resources:
        mem_mb=grown(16000),
        runtime=grown(120),
        # Where the bytes are found is no parameter: another mirror of the same file must not retrain anything.
        sources=lambda wildcards: part_flags(wildcards),
        said=lambda wildcards: said_flags(config["pretrained"][wildcards.model]),
        script=script("fetch_pretrained.py"),
    params:
        identity=part_identity,
        languages=lambda wildcards: languages(config["pretrained"][wildcards.model]),
        output=folder_of_output,
    shell:
        "python {resources.script:q} {params.languages} {resources.sources} {resources.said}"
        " --output {params.output:q} > {log:q} 2>&1"
