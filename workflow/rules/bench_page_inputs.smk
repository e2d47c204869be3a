"""Functions for the benchmarks' page and the cost model."""


def page_benches():
    """Every benchmark's JSON."""
    of_datasets = [*bench_files(), *served_benches(), *benches_of_one("steps", "dump")]
    indexes = expand(f"{BENCH}/index.json", dataset=searched_datasets())
    return [*of_datasets, f"{R}/bench/search.json", f"{R}/bench/gathering.json", *indexes]


def costed_datasets():
    """The dataset whose rates the cost model takes: Table 2's first whose system that learns from a search is run."""
    found = taught_systems()
    names = [name for name in datasets_of("table2") if name in found and resolve.is_run(config, name, found[name])]
    return names[:1]


def of_costed(function):
    """An input or params function: `function` of the baseline's run on that dataset; nothing where there is none."""
    return lambda wildcards: [
        each for name in costed_datasets() for each in function(benched_runs(Run(dataset=name), TRAINED)[0])
    ]


def costed_bench(what):
    """An input function: a benchmark of that dataset."""
    return of_costed(lambda run: same_run(f"{BENCH}/{what}.json", run))


def costed_flags(wildcards):
    """What was measured there, and on which network, as flags of make_cost_model.py."""
    (name,) = costed_datasets()
    model = resolve.section(config, "model", name)
    decode = resolve.section(config, "decode", name)
    about = {"dataset": DATASETS[name]["label"], "taught": taught_systems()[name]}
    about |= {"baseline": benched_runs(Run(dataset=name), TRAINED)[0].system}
    about |= {key: model[key] for key in ("encoder_layers", "decoder_layers", "embed_dim", "ffn_dim")}
    return flags(about | {key: decode[key] for key in ("beam", "max_tokens")})


def cost_files(*endings):
    """The cost model's files of these endings; none where there is nothing that it could be made from."""
    files = rules.cost_model.output if costed_datasets() else []
    return [path for path in files if str(path).endswith(endings)]
