"""The trainings behind a made-up table, as collect_trainings writes them."""

import itertools

import pandas as pd

from knnkd.reporting.frames import write_csv
from knnkd.reporting.trainings import TRAINING_COLUMNS

SYSTEMS = ["transformer", "knn_kd", "seq_kd", "bert_kd", "knn_mt", "pretrained"]


def trainings_csv(folder, datasets, systems=SYSTEMS, cut=(), seeds=(1,)):
    """Write a converged training of each system on each dataset, but for (dataset, system) in `cut`; return the file.

    kNN-KD and kNN-MT are made of the Transformer.
    """
    rows = []
    for dataset, system, seed in itertools.product(datasets, systems, seeds):
        stopped = "max_epoch" if (dataset, system) in cut else "patience"
        made_of = f"{dataset}/transformer/{seed}" if system in ("knn_kd", "knn_mt") else None
        trained = None if system in ("knn_mt", "pretrained") else stopped
        rows.append([dataset, system, seed, 100, 5, 20.0, 800.0, trained, 0.1, made_of])
    write_csv(pd.DataFrame(rows, columns=TRAINING_COLUMNS), folder / "trainings.csv")
    return folder / "trainings.csv"
