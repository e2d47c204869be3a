"""Benchmarks as a tidy table: medians and quartiles over rounds, and the ratio to the first system round by round."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from knnkd.core.errors import KnnKdError
from knnkd.core.files import read_json

UNITS = {"updates_per_second": "updates/s", "tokens_per_second": "tokens/s"}


def collect_speed(files: Sequence[Path]) -> pd.DataFrame:
    """Return a row for each dataset, metric and system of bench_training.py's and bench_decoding.py's JSON files.

    Columns: dataset, system, metric, median, low, high, ratio, ratio_low, ratio_high, rounds, unit, device, threads.
    low and high are quartiles over rounds; the ratio is to the file's first system in the same round. Raises KnnKdError
    where a file lacks what it should hold.
    """
    rows = []
    for file in files:
        bench = read_json(file)
        if missing := [key for key in ("dataset", "metric", "rates", "device", "threads") if key not in bench]:
            raise KnnKdError(f"{file}: lacks {', '.join(missing)}; run its benchmark again")
        for name, compared in compare_rates(bench["rates"]).items():
            row = {"dataset": bench["dataset"], "system": name, "metric": bench["metric"]} | compared
            row |= {"unit": UNITS[bench["metric"]], "device": bench["device"], "threads": bench["threads"]}
            rows.append(row)
    return pd.DataFrame(rows)


def compare_rates(rates: Mapping[str, Sequence[float]]) -> dict[str, dict[str, float]]:
    """Return for each system median, low and high (quartiles) of its rates of each round, and ratio, ratio_low,
    ratio_high of their ratios to the first system's in the same round; rounds: how many there are.
    """
    baseline, found = np.asarray(next(iter(rates.values()))), {}
    for name, rate in rates.items():
        low, median, high = np.quantile(rate, [0.25, 0.5, 0.75])
        ratio_low, ratio, ratio_high = np.quantile(np.asarray(rate) / baseline, [0.25, 0.5, 0.75])
        found[name] = {"median": median, "low": low, "high": high}
        found[name] |= {"ratio": ratio, "ratio_low": ratio_low, "ratio_high": ratio_high, "rounds": len(rate)}
    return found
