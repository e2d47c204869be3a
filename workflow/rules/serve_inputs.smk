"""Functions that say which models are exported, from what, and how their raw text is prepared."""

EXPORT = f"{R}/export/{RUN}"


def exported_run(wildcards):
    """The run at hand on its own validation set, for the functions of inputs.smk."""
    return Run(**dict(wildcards.items()) | {"split": "valid"})


def of_exported(function):
    """An input function: `function` of the run at hand."""
    return lambda wildcards: function(exported_run(wildcards))


def exported_dictionaries(wildcards):
    """The folder of dictionaries that limit the subwords of the run at hand; none where BERT's pieces are read."""
    return [] if has_wordpiece(wildcards) else dictionaries_of(wildcards)


def exported_flags(wildcards, input):
    """What cuts the text, its limits, and how the corpus was tokenised, as flags of export_model.py."""
    tokenise = dict(DATASETS[wildcards.dataset]["tokenise"])
    tokenise["no_tokenise"] = not tokenise.pop("moses")
    return flags({"segmentation": input.segmentation, "dictionaries": input.dictionaries or None} | tokenise)


def distilled_run(dataset):
    """The run of the first seed of the system that learns from a search on a dataset of Tables 2 and 3."""
    return first_run(dataset, taught_systems()[dataset])


def distilled_exports():
    """The exports of these, of every such dataset."""
    names = [name for name, system in taught_systems().items() if resolve.is_run(config, name, system)]
    return [path for name in names for path in expand(f"{EXPORT}/export.json", **vars(distilled_run(name)))]


def of_distilled(function):
    """An input function: `function` of that run on the dataset at hand."""
    return lambda wildcards: function(distilled_run(wildcards.dataset))


def distilled_export(run):
    """A run's export."""
    return same_run(f"{EXPORT}/export.json", run)


def served_benches():
    """The benchmark of serving: on the first dataset of Table 2 whose system that learns from a search is run."""
    found = taught_systems()
    names = [name for name in datasets_of("table2") if name in found and resolve.is_run(config, name, found[name])]
    return expand(f"{BENCH}/serving.json", dataset=names[:1])
