"""What each script loads before it works: a heavy library that it has no need of costs every job its seconds."""

import pytest
from support.imports import files_of, imports_of
from support.workflow import ROOT

SCRIPTS = ROOT / "workflow" / "scripts"
PLOTS = {"matplotlib", "pandas", "scipy"}
HEAVY = PLOTS | {"ctranslate2", "faiss", "fairseq", "numba", "sklearn", "torch", "transformers"}
FAIRSEQ = {"fairseq", "torch"}
LOADS = {
    **dict.fromkeys(("train", "dump_datastore", "decode", "decode_knn_mt", "tune_knn_mt", "measure"), FAIRSEQ),
    **dict.fromkeys(("inspect_prediction", "measure_plan", "fetch_pretrained", "adopt_project", "translate"), FAIRSEQ),
    **dict.fromkeys(("bench_training", "bench_decoding", "bench_dump", "bench_index", "bench_serving"), FAIRSEQ),
    **dict.fromkeys(("binarise", "adopt_data_bin"), {"fairseq"}),
    **dict.fromkeys(("fetch_bert", "pretrain_bert", "finetune_bert", "bert_candidates"), {"torch", "transformers"}),
    **dict.fromkeys(("search", "bench_search"), {"numba", "torch"}),
    **dict.fromkeys(("gather_candidates", "bench_gathering"), {"numba"}),
    **dict.fromkeys(("choose_point", "collect_scores", "collect_speed", "collect_trainings"), {"pandas"}),
    **dict.fromkeys(("make_exhibit", "make_bench_page"), PLOTS),
    "document_results": {"matplotlib", "pandas"},
    "make_report": {"pandas", "scipy"},
    "build_index": {"faiss", "torch"},
    "export_model": FAIRSEQ | {"ctranslate2"},
}


def loaded(script):
    """The libraries that a script imports, anywhere in it, and the modules that it imports at their top."""
    waiting, seen, found = [(script, True)], set(), set()
    while waiting:
        path, functions = waiting.pop()
        if path in seen:
            continue
        seen.add(path)
        for module in imports_of(path.read_text(encoding="utf-8"), functions):
            if module.partition(".")[0] == "knnkd":
                waiting += [(each, False) for each in files_of(module)]
            found.add(module.partition("_cli")[0])
    return found


@pytest.mark.parametrize("script", sorted(SCRIPTS.glob("*.py")), ids=lambda path: path.stem)
def test_no_script_loads_more_than_it_needs(script):
    assert loaded(script) & HEAVY == LOADS.get(script.stem, set())
