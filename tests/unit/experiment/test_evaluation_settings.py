"""By which metrics a run is scored and compared, as the config names them."""

import copy

from support.workflow import TINY

from knnkd.experiment import evaluation_settings
from knnkd.experiment.config import complete
from knnkd.experiment.runs import Experiment, Run


def scored_by(run, **changes):
    return evaluation_settings.scoring(Experiment(complete(copy.deepcopy(TINY) | changes)), run)["metrics"]


def test_a_run_is_scored_by_the_listed_metrics_and_that_of_its_test_set():
    own, other = Run("tiny_de_en", "knn_kd", 1), Run("tiny_law", "knn_kd", 1, "test_of_tiny_medical")
    assert scored_by(own) == ["bleu_tok", "sacrebleu", "chrf"]
    assert scored_by(own, metrics=["ter"]) == ["ter", "bleu_tok"]
    assert scored_by(other, metrics=["ter"]) == ["ter", "sacrebleu"]


def test_systems_are_compared_by_the_metric_of_their_dataset():
    config = copy.deepcopy(TINY)
    config["datasets"]["tiny_de_en"]["metric"] = "ter"
    wildcards = {"dataset": "tiny_de_en", "seed": "1", "split": "test", "baseline": "transformer"}
    assert evaluation_settings.comparison(Experiment(complete(config)), wildcards)["metric"] == "ter"
