"""The paper's claims, in its order, and the controls that they rest on."""

from dataclasses import dataclass

from knnkd.evaluation.intervals import Region
from knnkd.reporting.verdict.evidence import HIGHER, LOWER, Control, Curve, Evidence, Gain, Measured, Speed

DISTILLATIONS = ("word_kd", "seq_kd", "bert_kd", "selective_kd")  # all but kNN-KD
AS_FAST = Region(low=0.95)
FASTER = Region(low=1)
MUCH_SLOWER = Region(high=0.5)
UPDATES, TOKENS = "× updates/s", "× tokens/s"
TABLE2, TABLE3, TABLE4 = "4.4, Table 2", "4.4, Table 3", "4.4, Table 4"
THEORY, THEORY_CONTROL, CONTROL = "3.2 and 4.6", "3.2 (our control)", "4.4, Table 2 (our control)"


@dataclass(frozen=True)
class Claim:
    """A claim of the paper: a short id, its section, what it says; each: whether each place has a row of its own."""

    id: str
    section: str
    statement: str
    evidence: Evidence
    each: bool = False


CLAIMS = (
    Claim(
        "kd_over_transformer",
        TABLE2,
        "kNN-KD translates better than the Transformer",
        Gain("table2", "knn_kd", ("transformer",)),
        each=True,
    ),
    Claim("kd_over_knn_mt", TABLE2, "kNN-KD translates better than kNN-MT", Gain("table2", "knn_kd", ("knn_mt",))),
    Claim(
        "kd_over_distillations",
        TABLE2,
        "kNN-KD translates better than every other distillation",
        Gain("table2", "knn_kd", DISTILLATIONS),
    ),
    Claim(
        "knn_mt_over_transformer",
        TABLE2,
        "kNN-MT translates better than the Transformer",
        Gain("table2", "knn_mt", ("transformer",)),
    ),
    Claim(
        "kd_trains_as_fast",
        TABLE2,
        "kNN-KD trains as fast as the Transformer",
        Speed("table2", "knn_kd", "transformer", UPDATES, AS_FAST),
    ),
    Claim(
        "kd_trains_faster_than_word_kd",
        TABLE2,
        "kNN-KD trains faster than Word-KD",
        Speed("table2", "knn_kd", "word_kd", UPDATES, FASTER),
    ),
    Claim(
        "kd_trains_faster_than_bert_kd",
        TABLE2,
        "kNN-KD trains faster than BERT-KD",
        Speed("table2", "knn_kd", "bert_kd", UPDATES, FASTER),
    ),
    Claim(
        "kd_trains_faster_than_selective_kd",
        TABLE2,
        "kNN-KD trains faster than Selective-KD",
        Speed("table2", "knn_kd", "selective_kd", UPDATES, FASTER),
    ),
    Claim(
        "kd_decodes_as_fast",
        TABLE2,
        "kNN-KD decodes as fast as the Transformer",
        Speed("table2", "knn_kd", "transformer", TOKENS, AS_FAST),
    ),
    Claim(
        "knn_mt_decodes_slower",
        TABLE2,
        "kNN-MT decodes much slower than the Transformer: at less than half its speed",
        Speed("table2", "knn_mt", "transformer", TOKENS, MUCH_SLOWER),
    ),
    Claim(
        "domains_kd_over_knn_mt",
        TABLE3,
        "On domains, kNN-KD translates better than kNN-MT",
        Gain("table3", "knn_kd", ("knn_mt",)),
    ),
    Claim(
        "domains_kd_over_transformer",
        TABLE3,
        "On domains, kNN-KD translates better than the Transformer",
        Gain("table3", "knn_kd", ("transformer",)),
    ),
    Claim(
        "domains_knn_mt_over_pretrained",
        TABLE3,
        "On domains, kNN-MT translates better than the pre-trained model",
        Gain("table3", "knn_mt", ("pretrained",)),
    ),
    Claim(
        "domains_kd_decodes_faster",
        TABLE3,
        "On domains, kNN-KD decodes faster than kNN-MT",
        Speed("table3", "knn_kd", "knn_mt", TOKENS, FASTER),
    ),
    Claim(
        "kd_generalises",
        TABLE4,
        "kNN-KD translates a domain that it was not trained on better than the Transformer",
        Gain("table4", "knn_kd", ("transformer",)),
        each=True,
    ),
    Claim("k_has_inner_best", "4.5, Figure 2", "BLEU rises with k to an inner best and falls again", Curve("k")),
    Claim("tau_1_is_worse", "4.5, Figure 3", "BLEU at τ = 1 is clearly below that at the best τ", Curve("tau")),
    Claim(
        "kd_more_acceptable_mass",
        THEORY,
        "kNN-KD gives acceptable tokens other than the reference more mass than the Transformer",
        Measured("mass_acceptable", "probability", HIGHER),
    ),
    Claim(
        "kd_nearer_to_truth",
        THEORY,
        "kNN-KD is nearer to the true distribution than the Transformer",
        Measured("kl_true", "nats/token", LOWER),
    ),
    Claim(
        "control_acceptable_mass",
        THEORY_CONTROL,
        "kNN-KD gives acceptable tokens more mass than a Transformer trained with plain cross-entropy too",
        Measured("mass_acceptable", "probability", HIGHER, "controls"),
    ),
    Claim(
        "control_truth",
        THEORY_CONTROL,
        "kNN-KD is nearer to the true distribution than a Transformer trained with plain cross-entropy",
        Measured("kl_true", "nats/token", LOWER, "controls"),
    ),
    Claim(
        "control_same_loss",
        CONTROL,
        "kNN-KD translates better than a Transformer trained alike: plain cross-entropy, the same batches",
        Control(("knn_kd", "length", "paper"), ("transformer", "length", "paper")),
    ),
    Claim(
        "control_same_released_loss",
        CONTROL,
        "kNN-KD translates better than a Transformer trained alike: the released loss, batches in corpus order",
        Control(("knn_kd", "corpus", "released"), ("transformer", "corpus", "released")),
    ),
    Claim(
        "control_as_released",
        CONTROL,
        "Compared as in the released code, in corpus order with a length-sorted Transformer, kNN-KD is better",
        Control(("knn_kd", "corpus", "released"), ("transformer", "length", "released")),
    ),
    Claim(
        "control_label_smoothing",
        CONTROL,
        "Label smoothing alone is worth less than half of the paper's gain of kNN-KD",
        Control(("transformer", "length", "released"), ("transformer", "length", "paper"), is_confounder=True),
    ),
    Claim(
        "control_batch_order",
        CONTROL,
        "The order of the batches alone is worth less than half of the paper's gain of kNN-KD",
        Control(("transformer", "corpus", "released"), ("transformer", "length", "released"), is_confounder=True),
    ),
)
