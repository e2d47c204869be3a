"""Functions for the benchmark of ways to search: on Table 2's first dataset, its first kNN-MT system."""


def searched_datasets():
    """That dataset, where it and such a system are run; else none."""
    named = [(name, system) for name in datasets_of("table2")[:1] for system in shown_knn_mt("table2")[:1]]
    return [name for name, system in named if resolve.is_run(config, name, system)]


def searched_run(wildcards):
    """The run of that system on the dataset at hand."""
    return first_run(wildcards.dataset, shown_knn_mt("table2")[0])


def of_searched(function):
    """An input function: `function` of that run."""
    return lambda wildcards: function(searched_run(wildcards))


def searched_ways(wildcards):
    """The ways that are held against each other, as flags of bench_index.py."""
    ways = config["bench"]["index"]
    cells = ["auto" if each is None else each for each in ways["nlist"]]
    code_bytes = resolve.section(config, "knn_mt", wildcards.dataset)["code_bytes"]
    return flags(ways | {"nlist": cells, "code_bytes": code_bytes, "seed": searched_run(wildcards).seed})


def index_curves():
    """The figures of that benchmark."""
    return expand(f"{BENCH}/index.{{form}}", dataset=searched_datasets(), form=["csv", "png", "svg", "pdf"])
