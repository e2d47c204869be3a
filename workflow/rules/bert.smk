"""BERT-KD's teacher (Chen et al. 2020): WordPiece, a conditional masked language model, its logits as candidates."""


rule pretrain_bert:
    """A tiny BERT, trained on nothing but the training text, so that the whole path runs without a network."""
    input:
        TOK,
    output:
        directory(BERT),
    log:
        f"{LOG}/pretrain_bert/{{dataset}}.log",
    benchmark:
        f"{BENCHMARK}/pretrain_bert/{{dataset}}.tsv"
    wildcard_constraints:
        dataset=one_of(TINY_BERT),
    conda:
        "../../envs/bert.yaml"
    threads: threads_of("bert")
    resources:
        mem_mb=grown(8000),
        gpu=GPUS,
        runtime=grown(240),
        script=script("pretrain_bert.py"),
    params:
        work=f"{WORK}/bert/{{dataset}}/pretrained",
        languages=of_dataset(languages),
        model=section("bert", "vocabulary", "layers", "hidden", "heads", "ffn"),
        training=lambda wildcards: bert_training(wildcards, "pretrain_updates", "pretrain_lr"),
        device=flags({"device": config["device"]}),
    shell:
        "python {resources.script:q} --text {input:q} {params.languages} {params.model} {params.training} --seed 1"
        " {params.device} --work {params.work:q} --output {output:q} > {log:q} 2>&1"


rule fetch_bert:
    """A pre-trained BERT from the hub or a local folder."""
    input:
        local_bert,
    output:
        directory(BERT),
    log:
        f"{LOG}/fetch_bert/{{dataset}}.log",
    wildcard_constraints:
        dataset=one_of(FETCHED_BERT),
    conda:
        "../../envs/bert.yaml"
    threads: 1
    resources:
        mem_mb=grown(8000),
        runtime=grown(120),
        data_dir=flags({"data_dir": config["data_dir"]}),
        script=script("fetch_bert.py"),
    params:
        teacher=section("bert", "teacher"),
    shell:
        "python {resources.script:q} {params.teacher} {resources.data_dir} --output {output:q} > {log:q} 2>&1"


rule segment_wordpiece:
    """Cut every split into the teacher's own subwords."""
    input:
        bert=BERT,
        tok=TOK,
    output:
        directory(WORDPIECE),
    log:
        f"{LOG}/segment_wordpiece/{{dataset}}.log",
    conda:
        "../../envs/bert.yaml"
    threads: 1
    resources:
        mem_mb=grown(4000),
        runtime=grown(60),
        script=script("segment_wordpiece.py"),
    params:
        languages=of_dataset(languages),
        limit=lambda wildcards: flags({"limit": resolve.section(config, "model", wildcards.dataset)["max_positions"]}),
    shell:
        "python {resources.script:q} --bert {input.bert:q} --text {input.tok:q} {params.languages} {params.limit}"
        " --output {output:q} > {log:q} 2>&1"


rule binarise_wordpiece:
    """Memory-mapped data and dictionaries of the text in the teacher's subwords."""
    input:
        WORDPIECE,
    output:
        directory(DATA_WORDPIECE),
    log:
        f"{LOG}/binarise_wordpiece/{{dataset}}.log",
    conda:
        "../../envs/fairseq.yaml"
    threads: 1
    resources:
        mem_mb=grown(4000),
        runtime=grown(60),
        script=script("binarise.py"),
    params:
        languages=of_dataset(languages),
        joint=joint_flag,
    shell:
        "python {resources.script:q} --text {input:q} {params.languages} {params.joint} --subwords wordpiece"
        " --output {output:q} > {log:q} 2>&1"


rule finetune_bert:
    """The conditional masked language model: target pieces from the source and the rest of the target."""
    input:
        bert=BERT,
        text=WORDPIECE,
    output:
        directory(BERT_TUNED),
    log:
        f"{LOG}/finetune_bert/{{dataset}}/seed{{seed}}.log",
    benchmark:
        f"{BENCHMARK}/finetune_bert/{{dataset}}/seed{{seed}}.tsv"
    conda:
        "../../envs/bert.yaml"
    threads: threads_of("bert")
    resources:
        mem_mb=grown(16000),
        gpu=GPUS,
        runtime=grown(2880),
        script=script("finetune_bert.py"),
    params:
        work=f"{WORK}/bert/{{dataset}}/seed{{seed}}",
        languages=of_dataset(languages),
        training=lambda wildcards: bert_training(wildcards, "updates", "lr"),
        device=flags({"device": config["device"]}),
    shell:
        "python {resources.script:q} --bert {input.bert:q} --text {input.text:q} {params.languages} {params.training}"
        " --seed {wildcards.seed} {params.device} --work {params.work:q} --output {output:q} > {log:q} 2>&1"


rule bert_candidates:
    """The teacher's highest logits at each target position, every position masked once."""
    input:
        bert=BERT_TUNED,
        text=WORDPIECE,
        data=DATA_WORDPIECE,
    output:
        multiext(f"{BERT_CANDIDATES}/", "tokens.npy", "scores.npy", "offsets.npy", "meta.json"),
    log:
        f"{LOG}/bert_candidates/{{dataset}}/seed{{seed}}.log",
    benchmark:
        f"{BENCHMARK}/bert_candidates/{{dataset}}/seed{{seed}}.tsv"
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
        languages=of_dataset(languages),
        masks=section("bert", "masks", "stored", "max_tokens", "threads"),
        device=flags({"device": config["device"]}),
    shell:
        "python {resources.script:q} --bert {input.bert:q} --text {input.text:q} --data-bin {input.data:q}"
        " {params.languages} {params.masks} {params.device} --output {params.output:q} > {log:q} 2>&1"
