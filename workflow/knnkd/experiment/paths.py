"""Where everything of an experiment stands: a pattern for each artefact, with its wildcards in braces."""

from dataclasses import dataclass

RUN = "{dataset}/{system}/seed{seed}"  # a model, and what is made with it


@dataclass(frozen=True)
class Paths:
    """The patterns of all artefacts.

    Wildcards: those of RUN; split, language, model (a key of `pretrained`), archive, baseline, and Snakemake's
    scatteritem. A name in the plural is a folder, or a file over all runs.
    """

    root: str
    # Text
    downloads: str
    corpus: str
    raw: str
    text: str
    tok: str
    bpe: str
    lines: str
    manifest: str
    codes: str
    wordpiece: str
    data: str
    data_wordpiece: str
    # Models
    pretrained: str
    train: str
    checkpoint: str
    train_json: str
    chosen: str
    # Teachers
    datastore: str
    shard: str
    candidates: str
    translations: str
    distilled: str
    data_distilled: str
    bert: str
    bert_tuned: str
    bert_candidates: str
    # kNN-MT
    index: str
    tuned: str
    # Results of a run
    hypotheses: str
    score: str
    measures: str
    significance: str
    export: str
    inspection: str
    # Results of the experiment
    case_study: str
    scores: str
    speed: str
    trainings: str
    tables: str
    figures: str
    settings: str
    report: str
    bench: str
    benches: str
    plan: str
    # Beside the results
    logs: str
    benchmarks: str
    work: str

    @classmethod
    def below(cls, root: str) -> "Paths":
        """Return the patterns below `root`, the experiment's folder of results."""
        corpus, data, train = f"{root}/corpus/{{dataset}}", f"{root}/data/{{dataset}}", f"{root}/train/{RUN}"
        of_seed = "{dataset}/seed{seed}"
        return cls(
            root=root,
            corpus=corpus,
            downloads=f"{root}/downloads",
            raw=f"{corpus}/raw",
            text=f"{corpus}/text",
            tok=f"{corpus}/tok",
            bpe=f"{corpus}/bpe",
            lines=f"{corpus}/{{split}}.lines",
            manifest=f"{corpus}/manifest.json",
            codes=f"{corpus}/codes",
            wordpiece=f"{corpus}/wordpiece",
            data=f"{data}/bpe",
            data_wordpiece=f"{data}/wordpiece",
            pretrained=f"{root}/pretrained/{{model}}",
            train=train,
            checkpoint=f"{train}/checkpoint_best.pt",
            train_json=f"{train}/train.json",
            chosen=f"{root}/chosen/{{dataset}}/{{system}}/chosen.json",
            datastore=f"{root}/datastore/{RUN}",
            shard=f"{root}/shards/{RUN}/{{scatteritem}}",
            candidates=f"{root}/candidates/knn/{RUN}",
            translations=f"{root}/translations/{RUN}/{{scatteritem}}",
            distilled=f"{root}/distilled/{RUN}",
            data_distilled=f"{data}/distilled/{{system}}/seed{{seed}}",
            bert=f"{root}/bert/{{dataset}}/pretrained",
            bert_tuned=f"{root}/bert/{of_seed}",
            bert_candidates=f"{root}/candidates/bert/{of_seed}",
            index=f"{root}/index/{RUN}",
            tuned=f"{root}/knn_mt/{RUN}",
            hypotheses=f"{root}/hypotheses/{RUN}/{{split}}",
            score=f"{root}/scores/{RUN}/{{split}}.json",
            measures=f"{root}/measures/{RUN}/{{split}}.json",
            significance=f"{root}/significance/{{dataset}}/{{baseline}}/seed{{seed}}/{{split}}.json",
            export=f"{root}/export/{RUN}",
            inspection=f"{root}/inspection/{{dataset}}.json",
            case_study=f"{root}/case_study.json",
            scores=f"{root}/scores.csv",
            speed=f"{root}/speed.csv",
            trainings=f"{root}/trainings.csv",
            tables=f"{root}/tables",
            figures=f"{root}/figures",
            settings=f"{root}/settings.yaml",
            report=f"{root}/report.html",
            bench=f"{root}/bench/{{dataset}}",
            benches=f"{root}/bench",
            plan=f"{root}/plan",
            logs=f"{root}/logs",
            benchmarks=f"{root}/benchmarks",
            work=f"{root}/work",
        )
