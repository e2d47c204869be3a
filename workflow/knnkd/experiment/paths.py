"""Where everything of an experiment stands: a pattern for each artefact, with its wildcards in braces."""

from dataclasses import dataclass, fields

RUN = "{dataset}/{system}/seed{seed}"  # a model, and what is made with it
OF_SEED = "{dataset}/seed{seed}"
CORPUS, DATA, TRAIN = "corpus/{dataset}", "data/{dataset}", f"train/{RUN}"


@dataclass(frozen=True)
class Paths:
    """The patterns of all artefacts.

    Wildcards: those of RUN; split, language, model (a key of `pretrained`), archive, baseline, and Snakemake's
    scatteritem. A name in the plural is a folder, or a file over all runs.
    """

    root: str
    # Text
    downloads: str = "downloads"
    corpus: str = CORPUS
    raw: str = f"{CORPUS}/raw"
    text: str = f"{CORPUS}/text"
    tok: str = f"{CORPUS}/tok"
    bpe: str = f"{CORPUS}/bpe"
    lines: str = f"{CORPUS}/{{split}}.lines"
    manifest: str = f"{CORPUS}/manifest.json"
    codes: str = f"{CORPUS}/codes"
    wordpiece: str = f"{CORPUS}/wordpiece"
    data: str = f"{DATA}/bpe"
    data_wordpiece: str = f"{DATA}/wordpiece"
    # Models
    pretrained: str = "pretrained/{model}"
    train: str = TRAIN
    checkpoint: str = f"{TRAIN}/checkpoint_best.pt"
    train_json: str = f"{TRAIN}/train.json"
    chosen: str = "chosen/{dataset}/{system}/chosen.json"
    # Teachers
    datastore: str = f"datastore/{RUN}"
    shard: str = f"shards/{RUN}/{{scatteritem}}"
    candidates: str = f"candidates/knn/{RUN}"
    translations: str = f"translations/{RUN}/{{scatteritem}}"
    distilled: str = f"distilled/{RUN}"
    data_distilled: str = f"{DATA}/distilled/{{system}}/seed{{seed}}"
    bert: str = "bert/{dataset}/pretrained"
    bert_tuned: str = f"bert/{OF_SEED}"
    bert_candidates: str = f"candidates/bert/{OF_SEED}"
    # kNN-MT
    index: str = f"index/{RUN}"
    tuned: str = f"knn_mt/{RUN}"
    # Results of a run
    hypotheses: str = f"hypotheses/{RUN}/{{split}}"
    score: str = f"scores/{RUN}/{{split}}.json"
    measures: str = f"measures/{RUN}/{{split}}.json"
    significance: str = "significance/{dataset}/{baseline}/seed{seed}/{split}.json"
    export: str = f"export/{RUN}"
    inspection: str = "inspection/{dataset}.json"
    # Results of the experiment
    case_study: str = "case_study.json"
    scores: str = "scores.csv"
    speed: str = "speed.csv"
    trainings: str = "trainings.csv"
    tables: str = "tables"
    figures: str = "figures"
    settings: str = "settings.yaml"
    report: str = "report.html"
    bench: str = "bench/{dataset}"
    benches: str = "bench"
    plan: str = "plan"
    # Beside the results
    logs: str = "logs"
    benchmarks: str = "benchmarks"
    work: str = "work"

    @classmethod
    def below(cls, root: str) -> "Paths":
        """Return the patterns below `root`, the experiment's folder of results."""
        return cls(root, **{field.name: f"{root}/{field.default}" for field in fields(cls) if field.name != "root"})
