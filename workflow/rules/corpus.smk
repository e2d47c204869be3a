"""From a source or a generator to fairseq's binary data; and translation models from elsewhere."""

SOURCE = ("dataset", "split", "language")  # the wildcards of one file of a corpus


rule generate_corpus:
    """Write an embedded corpus, with the lattice of acceptable translations beside each reference."""
    output:
        directory(paths.raw),
    log:
        f"{paths.logs}/generate_corpus/{{dataset}}.log",
    wildcard_constraints:
        dataset=one_of(experiment.generated),
    conda:
        "../../envs/corpus.yaml"
    threads: 1
    resources:
        mem_mb=grown(2000),
        runtime=grown(10),
        script=script("generate_corpus.py"),
    params:
        settings=settings_of(corpus_settings.generator),
    shell:
        "python {resources.script:q} --settings {params.settings:q} --output {output:q} > {log:q} 2>&1"


rule fetch_archive:
    """Fetch an archive that files of corpora are in, once for all of them, its checksum checked."""
    output:
        archive=f"{paths.downloads}/{{archive}}",
        source=f"{paths.downloads}/{{archive}}.source.json",
    log:
        f"{paths.logs}/fetch_archive/{{archive}}.log",
    wildcard_constraints:
        archive=one_of(corpora.archives(experiment)),
    conda:
        "../../envs/corpus.yaml"
    threads: 1
    resources:
        mem_mb=grown(1000),
        runtime=grown(120),
        # Not a parameter: where the bytes were found is not what they are, and must not retrain anything.
        where=settings_by(corpus_settings.archive_where, "archive"),
        script=script("fetch_archive.py"),
    params:
        settings=settings_by(corpus_settings.archive, "archive"),
    shell:
        "python {resources.script:q} --settings {params.settings:q} --where {resources.where:q}"
        " --output {output.archive:q} > {log:q} 2>&1"


rule fetch_source:
    """Bring one file of a corpus to its place: from data_dir, a local path, an archive or a URL, its checksum checked."""
    input:
        by(corpora.local_source, *SOURCE),
    output:
        text=f"{paths.raw}/{{split}}.{{language}}",
        source=f"{paths.raw}/{{split}}.{{language}}.source.json",
    log:
        f"{paths.logs}/fetch_source/{{dataset}}.{{split}}.{{language}}.log",
    wildcard_constraints:
        dataset=one_of(experiment.fetched),
    conda:
        "../../envs/corpus.yaml"
    threads: 1
    resources:
        mem_mb=grown(1000),
        runtime=grown(120),
        where=settings_by(corpus_settings.where, *SOURCE),
        credit=settings_by(corpus_settings.credit, "dataset"),
        script=script("fetch_source.py"),
    params:
        settings=settings_by(corpus_settings.wanted, *SOURCE),
    shell:
        "python {resources.script:q} --settings {params.settings:q} --where {resources.where:q}"
        " --credits {resources.credit:q} --output {output.text:q} > {log:q} 2>&1"


rule adopt_data_bin:
    """Take the data-bin of a fairseq project as a corpus: its own ids, and beside them the text that they stand for."""
    input:
        files=of_run(corpora.data_bin_files),
        dictionaries=of_run(runs.dictionaries),
    output:
        text=directory(paths.text),
        tok=directory(paths.tok),
        bpe=directory(paths.bpe),
        data=directory(paths.data),
        lines=expand(f"{paths.corpus}/{{split}}.lines", split=SPLITS, allow_missing=True),
        manifest=paths.manifest,
    log:
        f"{paths.logs}/adopt_data_bin/{{dataset}}.log",
    wildcard_constraints:
        dataset=one_of(experiment.binarised),
    conda:
        "../../envs/fairseq.yaml"
    threads: 2
    resources:
        mem_mb=grown(8000),
        runtime=grown(60),
        expect=settings_of(corpus_settings.expected),
        script=script("adopt_data_bin.py"),
    params:
        data_bin=of_run(corpus_settings.data_bin),
        corpus=paths.corpus,
        settings=settings_of(corpus_settings.adoption),
    shell:
        "python {resources.script:q} --settings {params.settings:q} --data-bin {params.data_bin:q}"
        " --dictionaries {input.dictionaries:q} --expect {resources.expect:q} --threads {threads}"
        " --corpus {params.corpus:q} --output {output.data:q} > {log:q} 2>&1"


rule clean_corpus:
    """Tokenise and clean; the manifest says why each pair went."""
    input:
        raw=of_run(corpora.raw_text),
        codes=of_run(corpora.model_codes),
        dictionaries=of_run(corpora.model_dictionaries),
    output:
        text=directory(paths.text),
        tok=directory(paths.tok),
        lines=expand(f"{paths.corpus}/{{split}}.lines", split=SPLITS, allow_missing=True),
        manifest=paths.manifest,
    log:
        f"{paths.logs}/clean_corpus/{{dataset}}.log",
    benchmark:
        f"{paths.benchmarks}/clean_corpus/{{dataset}}.tsv"
    wildcard_constraints:
        dataset=one_of(experiment.cut_here),
    conda:
        "../../envs/corpus.yaml"
    threads: 2
    resources:
        mem_mb=grown(4000),
        runtime=grown(60),
        # Not a parameter: a check changes nothing.
        expect=settings_of(corpus_settings.expected),
        script=script("clean_corpus.py"),
    params:
        raw=paths.raw,
        corpus=paths.corpus,
        settings=settings_of(corpus_settings.cleaning),
    shell:
        "python {resources.script:q} --settings {params.settings:q} --raw {params.raw:q} --codes {input.codes:q}"
        " --dictionaries {input.dictionaries:q} --expect {resources.expect:q} --threads {threads}"
        " --output {params.corpus:q} > {log:q} 2>&1"


rule learn_bpe:
    """Learn the subwords on the cleaned training set."""
    input:
        paths.tok,
    output:
        directory(paths.codes),
    log:
        f"{paths.logs}/learn_bpe/{{dataset}}.log",
    benchmark:
        f"{paths.benchmarks}/learn_bpe/{{dataset}}.tsv"
    wildcard_constraints:
        dataset=one_of(corpora.with_bpe(experiment)),
    conda:
        "../../envs/corpus.yaml"
    threads: 1
    resources:
        mem_mb=grown(4000),
        runtime=grown(60),
        script=script("learn_bpe.py"),
    params:
        settings=settings_of(corpus_settings.bpe),
    shell:
        "python {resources.script:q} --settings {params.settings:q} --text {input:q} --output {output:q} > {log:q} 2>&1"


rule segment:
    """Cut every split into subwords; a sentence that the model could not take is refused here."""
    input:
        tok=paths.tok,
        codes=of_run(runs.codes),
        dictionaries=of_run(runs.dictionaries),
    output:
        directory(paths.bpe),
    log:
        f"{paths.logs}/segment/{{dataset}}.log",
    benchmark:
        f"{paths.benchmarks}/segment/{{dataset}}.tsv"
    wildcard_constraints:
        dataset=one_of(experiment.cut_here),
    conda:
        "../../envs/corpus.yaml"
    threads: 1
    resources:
        mem_mb=grown(4000),
        runtime=grown(60),
        script=script("segment.py"),
    params:
        settings=settings_of(corpus_settings.segmentation),
    shell:
        "python {resources.script:q} --settings {params.settings:q} --text {input.tok:q} --codes {input.codes:q}"
        " --dictionaries {input.dictionaries:q} --output {output:q} > {log:q} 2>&1"


rule binarise:
    """Memory-mapped data and dictionaries for fairseq, with the hash by which later artefacts know their text."""
    input:
        text=paths.bpe,
        dictionaries=of_run(runs.dictionaries),
    output:
        directory(paths.data),
    log:
        f"{paths.logs}/binarise/{{dataset}}.log",
    benchmark:
        f"{paths.benchmarks}/binarise/{{dataset}}.tsv"
    wildcard_constraints:
        dataset=one_of(experiment.cut_here),
    conda:
        "../../envs/fairseq.yaml"
    threads: 1
    resources:
        mem_mb=grown(4000),
        runtime=grown(60),
        script=script("binarise.py"),
    params:
        settings=settings_of(corpus_settings.binary),
    shell:
        "python {resources.script:q} --settings {params.settings:q} --text {input.text:q}"
        " --dictionaries {input.dictionaries:q} --output {output:q} > {log:q} 2>&1"


rule fetch_pretrained:
    """Bring a fairseq model from elsewhere with its dictionary and its codes, in the form of our own."""
    input:
        by(corpora.local_parts, "model"),
    output:
        f"{paths.pretrained}/checkpoint.pt",
        f"{paths.pretrained}/pretrained.json",
        codes=directory(f"{paths.pretrained}/codes"),
        dictionaries=directory(f"{paths.pretrained}/dictionaries"),
    log:
        f"{paths.logs}/fetch_pretrained/{{model}}.log",
    conda:
        "../../envs/fairseq.yaml"
    threads: 1
    resources:
        mem_mb=grown(16000),
        runtime=grown(120),
        where=settings_by(corpus_settings.model_where, "model"),
        credit=settings_by(corpus_settings.model_credit, "model"),
        script=script("fetch_pretrained.py"),
    params:
        output=folder_of_output,
        settings=settings_by(corpus_settings.model, "model"),
    shell:
        "python {resources.script:q} --settings {params.settings:q} --where {resources.where:q}"
        " --credits {resources.credit:q} --output {params.output:q} > {log:q} 2>&1"
