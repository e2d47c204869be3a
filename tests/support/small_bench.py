"""Small benchmarks for the cost model and the benchmarks' page, as their scripts write them, with hostile names."""

from knnkd.core.files import write_json
from knnkd.costs.model import Search, search_seconds

HOSTILE = """</script><script>window.hit = 1</script><img src=x onerror="window.hit = 1">&amp;'"""
LABELS = {"transformer": "Transformer", "knn_mt": "kNN-MT", "knn_kd": f"kNN-KD {HOSTILE}"}
DATASETS = {"tiny_de_en": "tiny De-En", "tiny_law": f"tiny Law {HOSTILE}"}
ABOUT = {"device": "x86_64 CPU", "cores": 2, "threads": 1, "rounds": 3}
TRUE = Search(product=2e10, pair=2e-9, entry=1e-7, base_gb=0.01)
SIZES = (2000, 3000, 4000, 6000, 8000)
DIMENSION, K = 64, 8


def write_rates(folder, kind, metric, rates, **more):
    """Write a benchmark of rates; return its path."""
    path = folder / f"{kind}.json"
    write_json(path, ABOUT | {"metric": metric, "turn": "4 updates", "rates": rates} | more)
    return path


def search_bench(sizes=SIZES, truth=TRUE):
    """Return the JSON of bench_search.py whose times follow a known cost exactly."""
    seconds = {"ours": [2.0, 2.5, 2.2], "faiss": [4.0, 5.5, 4.1]}
    comparison = {"rows": 4000, "k": K, "queries": 1000, "seconds": seconds, "recall": 0.9999}
    times = [search_seconds(truth, rows, DIMENSION, K) for rows in sizes]
    points = [
        {"rows": rows, "seconds": each, "peak_gb": 0.01 + rows * 1e-6} for rows, each in zip(sizes, times, strict=True)
    ]
    return ABOUT | {
        "dimension": DIMENSION,
        "memory_gb": 1.0,
        "comparison": comparison | {"product_gflops": [truth.product / 1e9] * 3},
        "neighbours": {"rows": 4000, "seconds": {"8": [2.0, 2.1, 2.2], "64": [4.0, 4.1, 4.2]}},
        "sizes": points,
    }


def index_bench():
    """Return the JSON of bench_index.py."""
    ways = [("exact", None, None, None), ("flat", None, None, 0), ("ivfflat", 16, 1, None), ("ivfflat", 16, 4, None)]
    points = []
    for i, way in enumerate(ways):
        point = dict(zip(("index", "nlist", "nprobe", "rerank"), way, strict=True))
        times = [100.0 - 20 * i, 101.0 - 20 * i, 99.0 - 20 * i]
        point |= {"recall": 1 - 0.1 * i, "microseconds": times, "bleu": 30.0 - i, "bleu_base": 28.0}
        points.append(point | {"ratio": [0.2 + 0.1 * i, 0.21 + 0.1 * i, 0.22 + 0.1 * i]})
    about = {"dataset": "tiny_de_en", "k": 8, "queries": 500, "dimension": 32}
    return ABOUT | about | {"rows": 4000, "points": points}


def write_benches(folder):
    """Write a benchmark of every kind below `folder`; return their paths."""
    own = folder / "tiny_de_en"
    training = {"transformer": [10.0, 11.0, 12.0], "knn_kd": [9.0, 11.0, 12.6]}
    decoding = {"transformer": [100.0, 110.0, 105.0], "knn_mt": [10.0, 12.0, 11.0], "knn_kd": [101.0, 109.0, 105.0]}
    dumped = {"forward pass": [1000.0, 1100.0, 1050.0], "datastore": [900.0, 1000.0, 950.0]}
    served = {"fairseq": [100.0, 101.0, 102.0], "ctranslate2_int8": [300.0, 310.0, 290.0]}
    merged = {"1 job": [1e6, 1e6, 1e6], "2 jobs": [1.4e6, 1.4e6, 1.4e6]}
    agreement = {"ctranslate2_int8": {"same": 30, "sentences": 40, "share": 0.75}}
    for_one = {"dataset": "tiny_de_en"}
    scored = {"agreement": agreement, "bleu": {"fairseq": 30.25, "ctranslate2_int8": 30.0}}
    paths = [
        write_rates(own, "training", "updates_per_second", training, **for_one),
        write_rates(own, "decoding", "tokens_per_second", decoding, beam=5, **for_one),
        write_rates(folder / "tiny_law", "decoding", "tokens_per_second", decoding, beam=5, dataset="tiny_law"),
        write_rates(
            own, "steps", "tokens_per_second", {"transformer": [100.0, 90.0], "knn_kd": [99.0, 91.0]}, **for_one
        ),
        write_rates(own, "dump", "tokens_per_second", dumped, **for_one),
        write_rates(own, "serving", "tokens_per_second", served, beam=5, **for_one, **scored),
        write_rates(folder, "gathering", "neighbours_per_second", merged, jobs=[1, 2]),
    ]
    write_json(folder / "search.json", search_bench())
    write_json(own / "index.json", index_bench())
    return [*paths, folder / "search.json", own / "index.json"]


def write_training(folder):
    """Write what the training of the baseline left, and the text that it read; return the record and the folder."""
    write_json(folder / "train.json", {"tokens_per_update": 500.0})
    write_json(folder / "data.json", {"types": {"dict.de.txt": 700, "dict.en.txt": 600}})
    return folder / "train.json", folder


def cost_files(folder):
    """Write all that the cost model reads below `folder`; return its settings and inputs, but for the paper's."""
    write_benches(folder)
    trained, data = write_training(folder)
    own = folder / "tiny_de_en"
    files = {"search": folder / "search.json", "gathering": folder / "gathering.json", "trained": trained, "data": data}
    files |= {name: own / f"{name}.json" for name in ("training", "decoding", "dump")}
    network = {"encoder_layers": 1, "decoder_layers": 1, "embed_dim": 32, "ffn_dim": 64}
    settings = {"baseline": "transformer", "taught": "knn_kd", "dataset": "tiny De-En", "network": network}
    return settings | {"memory_gb": 1}, files
