"""Corpora whose files hold both languages: fetched once where they have a URL, and asked for each side."""

import copy
import re
import shlex

from support.commands import settings_in
from support.workflow import TINY, run_snakemake

TARGET = "results/tiny/corpus/{}/manifest.json"


def commands(folder, dataset, both):
    """Return {rule: its commands} of a dry run up to the cleaning of a corpus from one file a split."""
    config = copy.deepcopy(TINY)
    own = config["datasets"][dataset]
    del own["generator"], own["expect"]
    own["sources"] = {split: {"both": dict(both)} for split in ("train", "valid", "test")}
    process = run_snakemake(folder, "-n", "-p", TARGET.format(dataset), config=config)
    output = process.stdout + process.stderr
    assert process.returncode == 0, output
    found = {}
    for rule, command in re.findall(r"(?ms)^rule (\w+):.*?^Shell command: ([^\n]+)", output):
        found.setdefault(rule, []).append(command)
    return found


def test_a_table_behind_a_url_is_fetched_once(tmp_path):
    both = {"url": "http://127.0.0.1:9/a.tsv.gz", "form": "tsv", "columns": {"de": 1, "en": 3}, "header": True}
    found = commands(tmp_path, "tiny_de_en", both)
    assert {name: len(lines) for name, lines in found.items()} == {
        "fetch_archive": 1,
        "fetch_source": 6,
        "clean_corpus": 1,
    }
    settings = [settings_in(line) for line in found["fetch_source"]]
    assert sorted(each.pop("language") for each in settings) == ["de"] * 3 + ["en"] * 3
    options = {"columns": {"de": 1, "en": 3}, "header": True}
    expected = {"path": "results/tiny/downloads/a.tsv.gz", "form": "tsv", "options": options}
    assert all(each == expected | {"languages": ["de", "en"]} for each in settings)


def test_a_local_translation_memory_is_read_where_it_is(tmp_path):
    (tmp_path / "a.tmx").write_text("<tmx/>")
    found = commands(tmp_path, "tiny_de_en", {"path": "a.tmx", "form": "tmx"})
    assert {name: len(lines) for name, lines in found.items()} == {"fetch_source": 6, "clean_corpus": 1}
    words = shlex.split(found["fetch_source"][0])
    assert settings_in(found["fetch_source"][0])["path"] == "a.tmx"
    assert words[words.index("--output") + 1].startswith("results/tiny/corpus/tiny_de_en/raw/")
