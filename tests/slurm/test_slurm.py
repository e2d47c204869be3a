"""`snakemake --profile slurm` on a real Slurm of one node: the local run's results, also through the node's failure."""

import copy
import itertools
import os
import re
import shutil
import socket
import subprocess
import sys
import time

import pytest
import yaml
from support.workflow import ROOT, TINY, run_snakemake

from knnkd.core.files import read_json

TOOLS = ("slurmctld", "slurmd", "sbatch", "munged")
SLURM_CONF = "/etc/slurm/slurm.conf"
CLUSTER = ROOT / "tests" / "slurm" / "cluster.sh"
missing = [tool for tool in TOOLS if shutil.which(tool) is None]
pytestmark = [
    pytest.mark.slurm,
    pytest.mark.skipif(bool(missing), reason=f"no Slurm here: {', '.join(missing)} (Debian: slurm-wlm munge)"),
]
# The whole way of the method, at its smallest; `auto` asks the cluster for a GPU and takes the CPU.
CONFIG = copy.deepcopy(TINY) | {
    "device": "auto",
    "systems": {name: TINY["systems"][name] for name in ("transformer", "knn_mt", "knn_kd")},
    "tables": {"table2": {"datasets": ["tiny_de_en"], "systems": ["transformer", "knn_mt", "knn_kd"]}},
    "datasets": {"tiny_de_en": TINY["datasets"]["tiny_de_en"]},
    "pretrained": {},
    "ablation": None,
    "controls": None,
    "case_study": None,
}
TARGET = "results/tiny/scores.csv"
TRAINED = "results/tiny/train/tiny_de_en/transformer/seed1/train.json"
NODE = socket.gethostname().split(".")[0]


@pytest.fixture(scope="module")
def cluster(tmp_path_factory):
    """The folder of a running cluster."""
    folder = tmp_path_factory.mktemp("slurm")
    # As a killed run of these tests leaves it.
    if not os.path.lexists(SLURM_CONF):
        os.makedirs(os.path.dirname(SLURM_CONF), exist_ok=True)
        os.symlink(folder / "gone" / "slurm.conf", SLURM_CONF)
    started = subprocess.run([CLUSTER, "start", folder], capture_output=True, text=True, check=False)
    if started.returncode:
        pytest.fail(started.stdout + started.stderr)
    yield folder
    subprocess.run([CLUSTER, "stop", folder], check=True)


@pytest.fixture(scope="module")
def environment():
    """The environment of a user who has activated ours."""
    return os.environ | {"PATH": f"{os.path.dirname(sys.executable)}:{os.environ['PATH']}"}


@pytest.fixture(scope="module")
def local(tmp_path_factory):
    """The scores of a local run."""
    folder = tmp_path_factory.mktemp("local")
    process = run_snakemake(folder, "--cores", "2", "--", TARGET, config=CONFIG | {"device": "cpu"})
    assert process.returncode == 0, process.stdout + process.stderr
    return folder


def start(folder, environment, target=TARGET):
    """Start the workflow through the profile, as a user would from the root of a checkout."""
    for name in ("Snakefile", "workflow", "envs", "config", "slurm"):
        if not (folder / name).exists():
            (folder / name).symlink_to(ROOT / name)
    (folder / "tiny.yaml").write_text(yaml.safe_dump(CONFIG, sort_keys=False))
    command = [
        "snakemake",
        "--profile",
        "slurm",
        "--configfile",
        "tiny.yaml",
        "--slurm-init-seconds-before-status-checks",
    ]
    # There is no slurmdbd, so that sacct knows nothing.
    command += ["3", "--slurm-status-command", "squeue", "--latency-wait", "10"]
    command += ["--seconds-between-status-checks", "2", "--", target]
    out = open(folder / "out.txt", "w")  # noqa: SIM115  (the process writes there as long as it lives)
    return subprocess.Popen(command, cwd=folder, env=environment, stdout=out, stderr=subprocess.STDOUT)


def jobs(cluster):
    """Return the cluster's jobs: (rule and wildcards, state, node, GPU)."""
    gpus = dict(line.split(" ", 1) for line in (cluster / "gpus.txt").read_text().splitlines())
    widths = {"JobID": 10, "Comment": 100, "State": 20, "NodeList": 20}
    columns = ",".join(f"{name}:{width}" for name, width in widths.items())
    command = ["squeue", "--all", "--states=all", "--noheader", "--sort=i", "-O", columns]
    shown = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    ends = list(itertools.accumulate(widths.values(), initial=0))
    found = []
    for line in shown.splitlines():
        job, *rest = (line[first:last].strip() for first, last in itertools.pairwise(ends))
        found.append((*rest, gpus[job]))
    return found


def test_the_same_results_as_at_home(cluster, environment, local, tmp_path):
    process = start(tmp_path, environment)
    assert process.wait(timeout=400) == 0, (tmp_path / "out.txt").read_text()[-5000:]
    assert (tmp_path / TARGET).read_text() == (local / TARGET).read_text()
    ran = jobs(cluster)
    print(f"{'job':60} {'state':12} {'node':12} GPU")
    print("\n".join(f"{name:60} {state:12} {node:12} {gpu or '-'}" for name, state, node, gpu in ran))
    assert all(state == "COMPLETED" and node == NODE for _, state, node, _ in ran)
    on_gpu = {re.match(r"(?:rule_)?([a-z_]+?)(?:_wildcards|$)", name)[1] for name, *_, gpu in ran if gpu}
    assert {"train", "search", "dump_datastore", "decode"} <= on_gpu
    assert not on_gpu & {"clean_corpus", "binarise", "score", "gather_candidates"}
    assert {gpu for *_, gpu in ran} == {"", "0", "1"}, "one a job, and the shards of a search side by side"


def test_a_node_that_goes_down_loses_nothing(cluster, environment, local, tmp_path):
    """It goes down while the Transformer trains; the weights and the whole history are those of the local run."""
    process = start(tmp_path, environment, TRAINED)
    work = tmp_path / "results" / "tiny" / "work" / "train" / "tiny_de_en" / "transformer" / "seed1"
    deadline = time.monotonic() + 200
    while not (work / "checkpoint_last.pt").exists():
        assert process.poll() is None and time.monotonic() < deadline, (tmp_path / "out.txt").read_text()[-5000:]
        time.sleep(0.05)
    update = ["scontrol", "update", f"nodename={NODE}"]
    subprocess.run([*update, "state=down", "reason=test"], env=environment, check=True)
    time.sleep(5)
    # Slurm queues the job again, with a delay of two minutes that nothing here waits for.
    waiting = ["squeue", "--noheader", "--states=pending", "-o", "%i"]
    pending = subprocess.run(waiting, env=environment, capture_output=True, text=True, check=True).stdout.split()
    assert pending, "the job of the node that went down waits to be started again"
    # Started while its old steps still end, it would be a duplicate, for which the node is drained.
    while any((cluster / "spool").glob(f"*_{pending[0]}.*")):
        assert time.monotonic() < deadline, list((cluster / "spool").iterdir())
        time.sleep(0.2)
    for job in pending:
        subprocess.run(["scontrol", "update", f"jobid={job}", "starttime=now"], env=environment, check=True)
    # Refused where the node has come back by itself (ReturnToService).
    subprocess.run([*update, "state=resume"], env=environment, check=False)
    assert process.wait(timeout=400) == 0, (tmp_path / "out.txt").read_text()[-5000:]
    there, here = read_json(tmp_path / TRAINED), read_json(local / TRAINED)
    assert [there[key] for key in ("weights", "updates", "history")] == [
        here[key] for key in ("weights", "updates", "history")
    ]
    log = (tmp_path / "results" / "tiny" / "logs" / "train" / "tiny_de_en" / "transformer" / "seed1.log").read_text()
    assert "training goes on from" in log


@pytest.mark.parametrize("name", ["config", "paper"])
def test_the_profile_plans_from_the_root(environment, name):
    """Literally `snakemake --profile slurm -n`, from the root."""
    flags = ["--configfile", f"config/{name}.yaml"] if name != "config" else []
    command = ["snakemake", "--profile", "slurm", "-n", *flags, "--", "all"]
    process = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert process.returncode == 0, process.stdout + process.stderr
    assert "Job stats" in process.stdout + process.stderr
