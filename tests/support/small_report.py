"""A small experiment for the report, written by the real writers, and full of text that would like to be markup."""

import copy

import matplotlib.pyplot as plt
import pandas as pd
import yaml

from knnkd.core.files import write_json
from knnkd.core.hardware import Hardware
from knnkd.experiment.config import complete
from knnkd.reporting.plot_style import save_figure
from knnkd.reporting.tables.stage_costs import costs, costs_blocks, costs_notes
from knnkd.reporting.typeset import write_table
from knnkd.reporting.verdict.decide import COLUMNS, verdict_blocks
from support.making import as_json, train_record
from support.workflow import TINY

HOSTILE = """</script><script>window.hit = 1</script><img src=x onerror="window.hit = 1">&amp;'\u2028"""
LABELS = {"transformer": "Transformer", "knn_mt": "kNN-MT", "knn_kd": f"kNN-KD {HOSTILE}"}
DATASETS = {"tiny_de_en": "tiny De-En", "tiny_law": f"tiny Law {HOSTILE}"}
CLAIMS = [
    ("gains", "4.4, Table 2", f"kNN-KD gains {HOSTILE}", "+2.14", -2.33, -3.6, -1.1, "BLEU", "not reproduced"),
    ("fast", "4.4, Table 2", "kNN-KD is as fast", "1.05×", 0.98, 0.96, 1.02, "× tokens/s", "reproduced"),
    ("near", "3.2", "kNN-KD is near", "argued", -0.0312, -0.1, 0.02, "nats/token", "undecided"),
    ("early", "3.2", "kNN-KD is better", "argued", 1.5, 0.5, 2.5, "BLEU", "not converged"),
    ("domains", "4.4, Table 3", "On domains", "+2.56", None, None, None, "BLEU", "not run"),
]
TOKENS = ["There", "are", "lo@@", "ts", HOSTILE.replace("\u2028", ""), "</s>"]


def write_results(folder):
    """Write a whole small experiment into `folder`; return the flags of make_report.py by name."""
    config = complete(copy.deepcopy(TINY))
    (folder / "config.yaml").write_text(yaml.safe_dump(config, sort_keys=False), encoding="utf-8")
    write_tables(folder)
    for name in ("figure2", "figure4", "overcorrection"):
        write_figure(folder, name)
    write_json(folder / "case_study.json", prediction([("", None, ["There", "are"])]))
    pages = [(f"Satz {i} {HOSTILE}", "reference", TOKENS) for i in range(3)]
    write_json(folder / "inspection" / "tiny_de_en.json", prediction(pages))
    write_json(folder / "inspection" / "tiny_law.json", prediction(pages[:2], dataset="tiny_law", true=False))
    run = {"device": "x86_64 CPU", "precision": "fp32", "cores": 2, "versions": {"torch": "2.13.0"}}
    for seed in (1, 2):
        train_record(folder, "tiny_de_en", "transformer", seed, run)
    return {
        "verdict": [folder / "tables" / "verdict.csv"],
        "settings": [settings(versions={"snakemake": "9.27.1"})],
        "config": [folder / "config.yaml"],
        "tables": sorted(folder.glob("tables/*.html")),
        "figures": sorted([*folder.glob("figures/*.svg"), *folder.glob("figures/*.png")]),
        "case-study": [folder / "case_study.json"],
        "inspections": sorted(folder.glob("inspection/*.json")),
        "runs": sorted(folder.glob("train/*/*/*/train.json")),
    }


def settings(**more):
    """Return the settings of the page as JSON."""
    return as_json({"systems": LABELS, "datasets": DATASETS} | more)


def words(flags, **changes):
    """Return flags by name as words of a command line; a change to None takes one out."""
    chosen = flags | {name.replace("_", "-"): value for name, value in changes.items()}
    return [word for name, values in chosen.items() if values is not None for word in (f"--{name}", *values)]


def write_tables(folder):
    """Write the verdict, a table, and the costs."""
    rows = [(*claim, f"because {HOSTILE}", "tiny De-En, 600 training pairs") for claim in CLAIMS]
    long = pd.DataFrame(rows, columns=COLUMNS)
    write_table(long, verdict_blocks(long), ["What it says."], folder / "tables", "verdict", text_columns=3)
    bleu = pd.DataFrame({"Models": ["Transformer", LABELS["knn_kd"]], "about": ["a", "b"], "BLEU": ["30.00", "31.50†"]})
    write_table(bleu, {DATASETS["tiny_law"]: bleu}, [f"A note {HOSTILE}"], folder / "tables", "table2", text_columns=2)
    jobs = pd.DataFrame([{"stage": "train", "job": "a", "wall_s": 3661.0, "cpu_s": 3000.0, "memory_mb": 700.0}])
    table = costs(jobs, {})
    notes = costs_notes(table, Hardware("a CPU", 2, 25.3, ()))
    write_table(table, costs_blocks(table), notes, folder / "tables", "costs")


def write_figure(folder, name):
    """Write a small figure."""
    figure, axis = plt.subplots(figsize=(3, 2))
    axis.plot([1, 2, 3], [3, 1, 2], marker="o", label="<b>&")
    axis.legend()
    save_figure(figure, pd.DataFrame({"x": [1]}), folder / "figures", name)


def prediction(pages, dataset="tiny_de_en", true=True):
    """Return what inspect_prediction.py writes, for (source, reference, tokens) of each sentence."""
    sentences = []
    for source, reference, tokens in pages:
        places = [place(tokens, i, reference is not None, true) for i in range(len(tokens))]
        shown = places if reference else places[-1:]
        sentences.append({"source": source, "reference": reference, "positions": shown})
    return {
        "dataset": dataset,
        "seed": 1,
        "languages": ["de", "en"],
        "teacher": {"system": "knn_kd", "k": 64, "tau": 50.0},
        "systems": list(LABELS),
        "settings": {"knn_mt": {"k": 16, "tau": 10.0, "lambda": 0.5}},
        "sentences": sentences,
        "training": {"17": {"source": f"Es gibt {HOSTILE}", "target": TOKENS}},
    }


def place(tokens, i, has_gold, true):
    """Return one position: the token there is the more probable the later it stands, but the teacher is unsure of 2."""
    gold, near = tokens[i], {"distance": 1.25 * i, "token": tokens[i], "sentence": 17, "position": i}
    return {
        "prefix": " ".join(tokens[:i]),
        "gold": gold if has_gold else None,
        "systems": {name: [[gold, 0.5 + 0.05 * i], ["many", 0.25]] for name in LABELS},
        "teacher": [[gold, 0.3 if i == 2 else 0.9], ["many", 0.1]],
        "true": [[gold, 0.75], ["lots", 0.25]] if true else None,
        "neighbours": [near],
    }
