"""config/paper.yaml: planned whole without a download, prepared from files fetched beforehand, refused in one line."""

import yaml
from support.small_iwslt14 import write_archive
from support.workflow import ROOT, run_snakemake

PAPER = ROOT / "config" / "paper.yaml"
COUNTS = {"train": 47, "valid": 2, "test": 10}


def prepare(folder, changes, *flags):
    """Run the stages of IWSLT'14 up to cleaning, with changes to the paper's config."""
    (folder / "changes.yaml").write_text(yaml.safe_dump({"datasets": {"iwslt14_de_en": changes}}))
    target = "results/paper/corpus/iwslt14_de_en/manifest.json"
    configs = ["--configfile", PAPER, folder / "changes.yaml"]
    return run_snakemake(folder, "--cores", "2", *configs, *flags, "--", target)


def test_the_whole_is_planned_without_a_download(tmp_path):
    process = run_snakemake(tmp_path, "-n", "--configfile", PAPER, "--", "all")
    assert process.returncode == 0, process.stdout + process.stderr
    planned = dict(line.split() for line in process.stdout.splitlines() if len(line.split()) == 2)
    assert planned["fetch_archive"] == "2", "IWSLT'14 and the domains, once each"
    assert planned["fetch_source"] == str(4 + 6 + 3 * 6)
    assert planned["fetch_pretrained"] == "1"
    assert int(planned["total"]) > 800
    assert not (tmp_path / "results").exists()
    assert not (tmp_path / "config").exists()


def test_the_domains_are_cleaned_by_what_the_pretrained_model_can_take(tmp_path):
    """Its codes and dictionary come before the text, so that Law's longest pair goes there and stops no later stage."""
    target = "results/paper/corpus/law/manifest.json"
    process = run_snakemake(tmp_path, "-n", "-p", "--configfile", PAPER, "--", target)
    assert process.returncode == 0, process.stdout + process.stderr
    commands = [line for line in process.stdout.splitlines() if "python " in line]
    (line,) = [line for line in commands if "clean_corpus.py" in line]
    model = "results/paper/pretrained/wmt19"
    assert f"--codes {model}/codes --dictionaries {model}/dictionaries" in line
    assert '"max_positions": 1024' in line
    assert """--expect '{"train": 467309, "valid": 2000""" in line
    (line,) = [line for line in commands if "fetch_pretrained.py" in line]
    assert """--credits '{"licence": "MIT (fairseq)", "citation": "Ng et al. 2019""" in line


def test_files_fetched_beforehand_are_enough(tmp_path):
    (tmp_path / "files").mkdir()
    write_archive(tmp_path / "files" / "de-en.tgz")
    process = prepare(tmp_path, {"expect": COUNTS}, "--config", "data_dir=files")
    assert process.returncode == 0, process.stdout + process.stderr
    sums = (tmp_path / "config" / "checksums.json").read_text()
    assert "iwslt14/de-en.tgz" in sums, "nobody publishes this one, so that it is recorded"
    log = tmp_path / "results" / "paper" / "logs" / "fetch_source" / "iwslt14_de_en.train.de.log"
    assert "Licence: CC BY-NC-ND" in log.read_text()


def test_another_count_is_refused(tmp_path):
    (tmp_path / "files").mkdir()
    write_archive(tmp_path / "files" / "de-en.tgz")
    process = prepare(tmp_path, {}, "--config", "data_dir=files")
    assert process.returncode != 0
    assert "expected 160239 pairs after cleaning, got 47" in process.stdout + process.stderr


def test_without_a_network_one_line_says_what_to_do(tmp_path):
    urls = ["http://127.0.0.1:9/iwslt14/de-en.tgz", "file:///nowhere/de-en.tgz"]
    sources = yaml.safe_load(PAPER.read_text())["datasets"]["iwslt14_de_en"]["sources"]
    for split in sources.values():
        for source in split.values():
            source["url"] = urls
    process = prepare(tmp_path, {"sources": sources})
    assert process.returncode != 0
    (line,) = [line for line in process.stdout.splitlines() + process.stderr.splitlines() if "error: cannot" in line]
    assert "cannot download http://127.0.0.1:9/iwslt14/de-en.tgz, file:///nowhere/de-en.tgz: " in line
    assert line.endswith("put de-en.tgz into a folder and set data_dir")
