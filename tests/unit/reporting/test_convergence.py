"""Rows that rest on a training that was cut off are marked, and the first note says which and why."""

import pandas as pd
from support.small_trainings import trainings_csv

from knnkd.reporting.convergence import cut_mark, cut_off_note, with_cut_off
from knnkd.reporting.trainings import Trainings

SYSTEMS = ["transformer", "knn_mt", "knn_kd", "seq_kd"]


def marked(tmp_path, cut):
    long = pd.DataFrame({"dataset": "Set A", "system": SYSTEMS, "n": [1, 1, 1, 0], "bleu": 1.0})
    trainings = Trainings.read(trainings_csv(tmp_path, "a", SYSTEMS, cut))
    long = with_cut_off(long, trainings, [("a", name) for name in SYSTEMS])
    return [cut_mark(row) for row in long.itertuples()], cut_off_note(long)


def test_what_converged_has_no_mark(tmp_path):
    assert marked(tmp_path, []) == (["", "", "", ""], [])


def test_a_cut_off_base_marks_what_learned_from_it(tmp_path):
    marks, (note,) = marked(tmp_path, [("a", "transformer")])
    assert marks == ["¶", "◦", "◦", ""]
    assert note.startswith(
        "¶: cut off by max_epoch before its validation score had stopped rising: transformer on Set A."
    )
    assert "◦: learned from, decodes with, or has the updates of a model that was: knn_mt, knn_kd on Set A." in note


def test_its_own_end_counts_first(tmp_path):
    marks, _ = marked(tmp_path, [("a", "knn_kd")])
    assert marks == ["", "", "¶", ""]
