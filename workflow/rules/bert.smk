"""BERT-KD's teacher (Chen et al. 2020): WordPiece, a conditional masked language model, its logits as candidates."""


rule pretrain_bert:
    """A tiny BERT, trained on nothing but the training text, so that the whole path runs without a network."""
    input:
        paths.tok,
    output:
        directory(paths.bert),
    log:
        f"{paths.logs}/pretrain_bert/{{dataset}}.log",
    benchmark:
        f"{paths.benchmarks}/pretrain_bert/{{dataset}}.tsv"
    wildcard_constraints:
        dataset=one_of(bert_settings.with_tiny(experiment)),
    conda:
        "../../envs/bert.yaml"
    threads: threads_of("bert")
    resources:
        mem_mb=grown(8000),
        gpu=GPUS,
        runtime=grown(240),
        script=script("pretrain_bert.py"),
    params:
        work=f"{paths.work}/bert/{{dataset}}/pretrained",
        settings=settings_of(bert_settings.pretraining),
    shell:
        "python {resources.script:q} --settings {params.settings:q} --text {input:q} --work {params.work:q}"
        " --output {output:q} > {log:q} 2>&1"


rule fetch_bert:
    """A pre-trained BERT from the hub or a local folder."""
    input:
        of_run(bert_settings.local_teacher),
    output:
        directory(paths.bert),
    log:
        f"{paths.logs}/fetch_bert/{{dataset}}.log",
    wildcard_constraints:
        dataset=one_of(bert_settings.with_fetched(experiment)),
    conda:
        "../../envs/bert.yaml"
    threads: 1
    resources:
        mem_mb=grown(8000),
        runtime=grown(120),
        where=json.dumps({"data_dir": config["data_dir"]}),
        script=script("fetch_bert.py"),
    params:
        settings=settings_of(bert_settings.fetching),
    shell:
        "python {resources.script:q} --settings {params.settings:q} --where {resources.where:q} --output {output:q}"
        " > {log:q} 2>&1"


rule segment_wordpiece:
    """Cut every split into the teacher's own subwords."""
    input:
        bert=paths.bert,
        tok=paths.tok,
    output:
        directory(paths.wordpiece),
    log:
        f"{paths.logs}/segment_wordpiece/{{dataset}}.log",
    conda:
        "../../envs/bert.yaml"
    threads: 1
    resources:
        mem_mb=grown(4000),
        runtime=grown(60),
        script=script("segment_wordpiece.py"),
    params:
        settings=settings_of(bert_settings.segmentation),
    shell:
        "python {resources.script:q} --settings {params.settings:q} --bert {input.bert:q} --text {input.tok:q}"
        " --output {output:q} > {log:q} 2>&1"


rule binarise_wordpiece:
    """Memory-mapped data and dictionaries of the text in the teacher's subwords."""
    input:
        paths.wordpiece,
    output:
        directory(paths.data_wordpiece),
    log:
        f"{paths.logs}/binarise_wordpiece/{{dataset}}.log",
    conda:
        "../../envs/fairseq.yaml"
    threads: 1
    resources:
        mem_mb=grown(4000),
        runtime=grown(60),
        script=script("binarise.py"),
    params:
        settings=settings_of(bert_settings.binary),
    shell:
        "python {resources.script:q} --settings {params.settings:q} --text {input:q} --output {output:q} > {log:q} 2>&1"


rule finetune_bert:
    """The conditional masked language model: target pieces from the source and the rest of the target."""
    input:
        bert=paths.bert,
        text=paths.wordpiece,
    output:
        directory(paths.bert_tuned),
    log:
        f"{paths.logs}/finetune_bert/{{dataset}}/seed{{seed}}.log",
    benchmark:
        f"{paths.benchmarks}/finetune_bert/{{dataset}}/seed{{seed}}.tsv"
    conda:
        "../../envs/bert.yaml"
    threads: threads_of("bert")
    resources:
        mem_mb=grown(16000),
        gpu=GPUS,
        runtime=grown(2880),
        script=script("finetune_bert.py"),
    params:
        work=f"{paths.work}/bert/{{dataset}}/seed{{seed}}",
        settings=settings_of(bert_settings.finetuning),
    shell:
        "python {resources.script:q} --settings {params.settings:q} --bert {input.bert:q} --text {input.text:q}"
        " --work {params.work:q} --output {output:q} > {log:q} 2>&1"


rule bert_candidates:
    """The teacher's highest logits at each target position, every position masked once."""
    input:
        bert=paths.bert_tuned,
        text=paths.wordpiece,
        data=paths.data_wordpiece,
    output:
        multiext(f"{paths.bert_candidates}/", "tokens.npy", "scores.npy", "offsets.npy", "meta.json"),
    log:
        f"{paths.logs}/bert_candidates/{{dataset}}/seed{{seed}}.log",
    benchmark:
        f"{paths.benchmarks}/bert_candidates/{{dataset}}/seed{{seed}}.tsv"
    conda:
        "../../envs/bert.yaml"
    threads: threads_of("bert")
    resources:
        mem_mb=grown(16000),
        gpu=GPUS,
        runtime=grown(1440),
        script=script("bert_candidates.py"),
    params:
        output=folder_of_output,
        settings=settings_of(bert_settings.labelling),
    shell:
        "python {resources.script:q} --settings {params.settings:q} --bert {input.bert:q} --text {input.text:q}"
        " --data-bin {input.data:q} --output {params.output:q} > {log:q} 2>&1"
