"""kNN-KD: from parallel text to the paper's tables and figures.

Targets only; the rules stand in workflow/rules/, one file a stage, and share workflow/rules/common.smk.
"""

# --configfile replaces the default config. Snakemake would merge the two, and a mini setting would slip into the paper.
if not workflow.config_settings.configfiles:

    configfile: f"{workflow.basedir}/config/config.yaml"


include: "workflow/rules/common.smk"
include: "workflow/rules/corpus_inputs.smk"
include: "workflow/rules/inputs.smk"
include: "workflow/rules/shown.smk"
include: "workflow/rules/recipes.smk"
include: "workflow/rules/first_seed.smk"
include: "workflow/rules/serve_inputs.smk"
include: "workflow/rules/bench_index_inputs.smk"
include: "workflow/rules/bench_page_inputs.smk"
include: "workflow/rules/recorded.smk"
include: "workflow/rules/decided.smk"
include: "workflow/rules/corpus.smk"
include: "workflow/rules/bert.smk"
include: "workflow/rules/pretrained.smk"
include: "workflow/rules/train.smk"
include: "workflow/rules/datastore.smk"
include: "workflow/rules/teachers.smk"
include: "workflow/rules/decode.smk"
include: "workflow/rules/knn_mt.smk"
include: "workflow/rules/evaluate.smk"
include: "workflow/rules/bench.smk"
include: "workflow/rules/bench_search.smk"
include: "workflow/rules/serve.smk"
include: "workflow/rules/bench_index.smk"
include: "workflow/rules/inspect.smk"
include: "workflow/rules/tables.smk"
include: "workflow/rules/figures.smk"
include: "workflow/rules/verdict.smk"
include: "workflow/rules/report.smk"
include: "workflow/rules/bench_page.smk"
include: "workflow/rules/plan.smk"


# To keep its limit of jobs a second, Snakemake 9 starts a timer whenever it looks for jobs to start, and looks again when
# the timer ends. The timers add up until it does little else: about 15 % of mini's CPU time. One machine needs no limit.
onstart:
    if workflow.local_exec:
        workflow.scheduler.job_rate_limiter = None


rule tables:
    """Every table."""
    input:
        rules.table1.output if taught_systems() else [],
        rules.table2.output if datasets_of("table2") else [],
        rules.table3.output if datasets_of("table3") else [],
        rules.table4.output if datasets_of("table4") else [],
        rules.table5.output if shown_corpora() else [],
        rules.table6.output if taught_systems() else [],
        rules.table7.output if datasets_of("controls") else [],
        rules.overcorrection.output.tables if datasets_of("table2") else [],
        rules.verdict.output,


rule figures:
    """Every figure."""
    input:
        rules.curves.output if datasets_of("table2") else [],
        rules.overcorrection.output.figures if datasets_of("table2") else [],
        rules.ablation.output if datasets_of("ablation") else [],
        rules.knn_mt_grid.output if tuned_grids() else [],
        rules.figure4.output if datasets_of("case_study") else [],


rule bench:
    """Every benchmark: training and decoding in one tidy table, ways to search, serving; and the page that shows all."""
    input:
        rules.collect_speed.output,
        rules.bench_search.output,
        benches_of_one("steps", "dump"),
        index_curves(),
        served_benches(),
        rules.bench_page.output,


rule export:
    """The distilled model of every dataset of Tables 2 and 3, ready to translate raw text."""
    input:
        distilled_exports(),


rule all:
    """Everything of the experiment."""
    default_target: True
    input:
        rules.tables.input,
        rules.figures.input,
        rules.report.output,
