"""From what each kind of claim is decided: a gain, a speed, a curve, a measure, a control; and the paper's figure."""

import math
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import mean

from knnkd.evaluation.intervals import Estimate, Region, averaged, best_of, least_of, mean_of
from knnkd.reporting.variants import LOSSES, ORDERS
from knnkd.reporting.verdict.results import Part, Results, difference, measured_difference, speed_ratio, true_value

NAMES = {
    "transformer": "the Transformer",
    "word_kd": "Word-KD",
    "seq_kd": "Seq-KD",
    "bert_kd": "BERT-KD",
    "selective_kd": "Selective-KD",
    "knn_mt": "kNN-MT",
    "knn_kd": "kNN-KD",
    "pretrained": "the pre-trained model",
}
SPEEDS = {"× updates/s": ("updates_per_second", "updates_per_s"), "× tokens/s": ("tokens_per_second", "tokens_per_s")}
MEASURES = {
    "mass_acceptable": "Probability of acceptable tokens other than the reference's",
    "kl_true": "KL divergence of the model from the true distribution p*",
}
SIGNS = {"k": "k", "tau": "τ"}
OWN = {(neighbour, "epochs") for neighbour in ("keep", "none")}  # the rows of Table 7 that are as in the paper
HIGHER, LOWER = Region(low=0), Region(high=0)


class Evidence(ABC):
    """What a claim is decided from: parts, one for each place of a table, and the paper's figure beside them."""

    place_kind: str  # which of `Results.places` are asked
    unit: str
    interval = "95 % interval by paired bootstrap of the test sentences"
    combination = "over the places, their variances added as of independent test sets"
    is_beside = True  # whether the paper has something on data of its own

    @abstractmethod
    def roles(self) -> tuple[str, ...]:
        """Return whose runs the figure is made of."""

    @abstractmethod
    def part(self, results: Results, place: str) -> Part | str:
        """Return what a place gives, or why it gives nothing."""

    @abstractmethod
    def how(self, results: Results) -> str:
        """Return what the figure is, to begin a sentence with."""

    def systems(self, results: Results) -> list[str]:
        """Return the systems whose trainings the figure is made of; those that were not run are among them."""
        return [results.system(role) for role in self.roles()]

    def region(self, results: Results) -> Region:
        """Return where the claim says that the figure lies."""
        return HIGHER

    def combined(self, parts: Sequence[Part]) -> Estimate:
        """Return the figure over several places."""
        return mean_of([part.estimate for part in parts])

    def paper_figure(self, results: Results, place: str) -> float:
        """Return the paper's figure on one of its own data sets, NaN where it has none."""
        return math.nan

    def paper_text(self, results: Results) -> str:
        """Return what the paper has where it has no figure."""
        return "no figure"


@dataclass(frozen=True)
class Gain(Evidence):
    """BLEU of one system less that of another, or of the best of several, on every place of a table (4.4)."""

    place_kind: str
    system: str
    over: tuple[str, ...]
    unit: str = "BLEU"

    def roles(self) -> tuple[str, ...]:
        """Return the systems that are compared."""
        return self.system, *self.over

    def part(self, results: Results, place: str) -> Part | str:
        """Return the gain over the best of the others, which is the least of the gains over each."""
        bases = {role: results.system(role) for role in self.over}
        gains = {role: difference(results, place, results.system(self.system), base) for role, base in bases.items()}
        found = {role: part for role, part in gains.items() if part is not None}
        if not found:
            return "no such runs"
        lacking = ", ".join(NAMES[role] for role in self.over if role not in found)
        least = min(found, key=lambda role: found[role].estimate.value)
        about = [f"over {NAMES[least]}"] * (len(self.over) > 1) + [f"{lacking} not run"] * bool(lacking)
        estimate = least_of([part.estimate for part in found.values()])
        return Part(place, estimate, found[least].seeds, ", ".join(about), complete=not lacking)

    def how(self, results: Results) -> str:
        """Return what the figure is."""
        if len(self.over) == 1:
            return f"Test BLEU of {NAMES[self.system]} less that of {NAMES[self.over[0]]}"
        return (
            f"Test BLEU of {NAMES[self.system]} less that of the best other distillation on that test set (each end is "
            "the lowest of those over each of them)"
        )

    def paper_figure(self, results: Results, place: str) -> float:
        """Return the gain in the paper's table."""
        values = [results.paper_value(self.place_kind, place, role, "bleu") for role in self.roles()]
        return values[0] - max(values[1:])


@dataclass(frozen=True)
class Speed(Evidence):
    """Speed of one system in that of another, on every dataset of a table (4.4)."""

    place_kind: str
    system: str
    over: str
    unit: str
    side: Region

    interval = "as interval the quartiles over rounds"
    combination = "over the data sets, each end averaged"

    def roles(self) -> tuple[str, ...]:
        """Return the systems that are measured."""
        return self.system, self.over

    def part(self, results: Results, place: str) -> Part | str:
        """Return the ratio of the two speeds."""
        names = results.system(self.system), results.system(self.over)
        return speed_ratio(results, place, SPEEDS[self.unit][0], *names) or "not measured"

    def how(self, results: Results) -> str:
        """Return what the figure is."""
        what = "Training updates" if self.unit == "× updates/s" else "Generated tokens"
        return f"{what} a second of {NAMES[self.system]} as a multiple of those of {NAMES[self.over]}, median"

    def region(self, results: Results) -> Region:
        """Return where the ratio must lie."""
        return self.side

    def combined(self, parts: Sequence[Part]) -> Estimate:
        """Return the mean of the ratios and of their quartiles."""
        return averaged([part.estimate for part in parts])

    def paper_figure(self, results: Results, place: str) -> float:
        """Return the ratio of the speeds in the paper's table."""
        metric = SPEEDS[self.unit][1]
        one, other = (results.paper_value(self.place_kind, place, role, metric) for role in self.roles())
        return one / other


@dataclass(frozen=True)
class Curve(Evidence):
    """Validation BLEU of kNN-KD over k or tau (Figures 2 and 3): its best less what the paper says is below it."""

    axis: str  # "k": both ends of the grid are below an inner best; "tau": the least one, 1, is below a greater one
    place_kind: str = "ablation"
    unit: str = "BLEU"

    interval = "95 % interval by paired bootstrap of the validation sentences, widened for the choice (Bonferroni)"

    def roles(self) -> tuple[str, ...]:
        """Return the system that is varied."""
        return ("knn_kd",)

    def systems(self, results: Results) -> list[str]:
        """Return the points that are compared."""
        return list(self.points(results).values())

    def points(self, results: Results) -> dict[float, str]:
        """Return {value: system} of the points that differ in this setting alone, in rising order."""
        k, tau = results.fixed
        kept = [each for each in results.points if (each.tau == tau if self.axis == "k" else each.k == k)]
        return {getattr(each, self.axis): each.name for each in sorted(kept, key=lambda each: getattr(each, self.axis))}

    def part(self, results: Results, place: str) -> Part | str:
        """Return by how much the best inner k surpasses both ends of the grid, or the best τ the least one."""
        points = self.points(results)
        values = list(points)
        ends = values[:1] + values[-1:] * (self.axis == "k")
        inner = [value for value in values if value not in ends]
        if not inner or (self.axis == "tau" and ends[0] > 1):
            return "the grid has " + ("fewer than three k" if self.axis == "k" else "no τ of 1 beside greater ones")
        choices = {}
        for value in inner:
            parts = [difference(results, place, points[value], points[end], "valid") for end in ends]
            found = [part for part in parts if part is not None]
            if len(found) < len(ends):
                return "not every point was run"
            choices[value] = Part(place, least_of([part.estimate for part in found]), found[0].seeds)
        best = max(choices, key=lambda value: choices[value].estimate.value)
        about = f"{SIGNS[self.axis]} = {best:g} against {' and '.join(f'{end:g}' for end in ends)}"
        return Part(place, best_of([part.estimate for part in choices.values()]), choices[best].seeds, about)

    def how(self, results: Results) -> str:
        """Return what the figure is."""
        grid = f" ({SIGNS[self.axis]} of {', '.join(f'{value:g}' for value in self.points(results))})"
        if self.axis == "k":
            return f"Validation BLEU of kNN-KD at the best inner k less that at the better end of the grid{grid}"
        return f"Validation BLEU of kNN-KD at the best τ less that at the least{grid}"

    def paper_text(self, results: Results) -> str:
        """Return the setting that the paper found best."""
        best = results.paper_value("table1", "iwslt14_de_en", "knn_kd", self.axis)
        return f"a curve, best at {SIGNS[self.axis]} = {best:g} (IWSLT'14 De-En)"


@dataclass(frozen=True)
class Measured(Evidence):
    """A measure of overcorrection (3.2, 4.6) of kNN-KD less that of the Transformer, or of one with its plain loss."""

    measure: str
    unit: str
    side: Region
    place_kind: str = "table2"  # "controls": against the Transformer trained with plain cross-entropy

    interval = "95 % interval by paired bootstrap of the test references"
    is_beside = False

    def roles(self) -> tuple[str, ...]:
        """Return the systems that are measured."""
        return "knn_kd", "transformer"

    def systems(self, results: Results) -> list[str]:
        """Return kNN-KD and the Transformer that it is held against."""
        if self.place_kind != "controls":
            return super().systems(results)
        return [results.system("knn_kd"), control(results, "transformer", "length", "paper")]

    def part(self, results: Results, place: str) -> Part | str:
        """Return the difference, with p*'s own value where it has one."""
        system, base = results.system("knn_kd"), results.system("transformer")
        if self.place_kind == "controls":
            base = control(results, "transformer", "length", "paper")
        found = measured_difference(results, place, self.measure, system, base)
        if found is None:
            return "not measured, or p* is not known (it is of generated corpora alone)"
        true = true_value(results, place, self.measure, system)
        about = "" if math.isnan(true) else f"p* itself has {true:.4f}"
        return Part(place, found.estimate, found.seeds, about)

    def how(self, results: Results) -> str:
        """Return what the figure is."""
        base = "the Transformer" + " trained with plain cross-entropy" * (self.place_kind == "controls")
        return (
            f"{MEASURES[self.measure]}, mean over the positions of the test references, of kNN-KD less that of {base}"
        )

    def region(self, results: Results) -> Region:
        """Return the side of 0 that the claim is on."""
        return self.side

    def paper_text(self, results: Results) -> str:
        """Return where the paper argues it."""
        return "argued (3.2), shown for one prefix (4.6)" if self.place_kind == "table2" else "no such control"


@dataclass(frozen=True)
class Control(Evidence):
    """BLEU of one row of Table 7 less that of another; each is (role, batch order, loss)."""

    one: tuple[str, str, str]
    other: tuple[str, str, str]
    is_confounder: bool = False
    place_kind: str = "controls"
    unit: str = "BLEU"

    is_beside = False

    def roles(self) -> tuple[str, ...]:
        """Return the systems that are compared."""
        return tuple(dict.fromkeys((self.one[0], self.other[0])))

    def systems(self, results: Results) -> list[str]:
        """Return the two rows' systems."""
        return [control(results, *self.one), control(results, *self.other)]

    def part(self, results: Results, place: str) -> Part | str:
        """Return the difference of the two rows."""
        names = control(results, *self.one), control(results, *self.other)
        if not all(names):
            return "Table 7 has no such rows"
        return difference(results, place, *names) or "no such runs"

    def how(self, results: Results) -> str:
        """Return what the figure is."""
        one, other = (
            f"{NAMES[role]} ({ORDERS[order]}, {LOSSES[loss]} loss)" for role, order, loss in (self.one, self.other)
        )
        return f"Test BLEU of {one} less that of {other}"

    def region(self, results: Results) -> Region:
        """Return above 0 for a gain; for a confounder less than half of the paper's mean gain, either way."""
        if not self.is_confounder:
            return HIGHER
        gain = Gain("table2", "knn_kd", ("transformer",))
        half = mean(gain.paper_figure(results, place) for place in results.paper_places("table2")) / 2
        return Region(-half, half)

    def paper_text(self, results: Results) -> str:
        """Return that the paper has no controls."""
        return "no such control"


def control(results: Results, role: str, order: str, loss: str) -> str:
    """Return the system of a row of Table 7, self-neighbour kept as in the paper; "" where there is none."""
    for each in results.variants:
        if (each.system, each.order, each.loss) == (results.system(role), order, loss) and (
            each.neighbour,
            each.budget,
        ) in OWN:
            return each.name
    return ""
