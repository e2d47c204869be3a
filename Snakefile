"""kNN-KD: from parallel text to the paper's tables and figures.

Targets only; the rules stand in workflow/rules/, one file a stage, and share workflow/rules/common.smk.
"""

# --configfile replaces the default config. Snakemake would merge the two, and a mini setting would slip into the paper.
if not workflow.config_settings.configfiles:

    configfile: f"{workflow.basedir}/config/config.yaml"


include: "workflow/rules/common.smk"
include: "workflow/rules/corpus.smk"
include: "workflow/rules/bert.smk"
include: "workflow/rules/train.smk"
include: "workflow/rules/teachers.smk"
include: "workflow/rules/decode.smk"
include: "workflow/rules/evaluate.smk"
include: "workflow/rules/bench.smk"
include: "workflow/rules/serve.smk"
include: "workflow/rules/tables.smk"
include: "workflow/rules/figures.smk"
include: "workflow/rules/report.smk"
include: "workflow/rules/plan.smk"


# To keep its limit of jobs a second, Snakemake 9 starts a timer whenever it looks for jobs to start, and looks again when
# the timer ends. The timers add up until it does little else: about 15 % of mini's CPU time. One machine needs no limit.
onstart:
    if workflow.local_exec:
        workflow.scheduler.job_rate_limiter = None


rule tables:
    """Every table."""
    input:
        rules.table1.output if roles.taught_systems(experiment) else [],
        rules.table2.output if roles.datasets_of(experiment, "table2") else [],
        rules.table3.output if roles.datasets_of(experiment, "table3") else [],
        rules.table4.output if roles.datasets_of(experiment, "table4") else [],
        rules.table5.output if roles.corpora(experiment) else [],
        rules.table6.output if roles.taught_systems(experiment) else [],
        rules.table7.output if roles.datasets_of(experiment, "controls") else [],
        rules.overcorrection.output.tables if roles.datasets_of(experiment, "table2") else [],
        rules.verdict.output,


rule figures:
    """Every figure."""
    input:
        rules.curves.output if roles.datasets_of(experiment, "table2") else [],
        rules.overcorrection.output.figures if roles.datasets_of(experiment, "table2") else [],
        rules.ablation.output if roles.datasets_of(experiment, "ablation") else [],
        rules.knn_mt_grid.output
        if roles.table_runs(experiment, paths.tuned, "table2", roles.knn_mt_of(experiment, "table2"))
        else [],
        rules.figure4.output if roles.datasets_of(experiment, "case_study") else [],


rule bench:
    """Every benchmark: training and decoding in one tidy table, ways to search, serving; and the page that shows all."""
    input:
        rules.collect_speed.output,
        rules.bench_search.output,
        bench_runs.benches(experiment, bench_runs.first_dataset(experiment), "steps", "dump"),
        bench_runs.index_curves(experiment),
        bench_runs.benches(experiment, bench_runs.served_dataset(experiment), "serving"),
        rules.bench_page.output,


rule export:
    """The distilled model of every dataset of Tables 2 and 3, ready to translate raw text."""
    input:
        bench_runs.exports(experiment),


rule all:
    """Everything of the experiment."""
    default_target: True
    input:
        rules.tables.input,
        rules.figures.input,
        rules.report.output,
