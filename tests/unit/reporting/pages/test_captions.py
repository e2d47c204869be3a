"""What the report is put together from: pictures and captions, and where results come from."""

import re

import pytest
from docutils.core import publish_string
from support.workflow import ROOT, TINY

from knnkd.core.errors import KnnKdError
from knnkd.core.hardware import read_hardware
from knnkd.experiment.config import complete
from knnkd.reporting import provenance
from knnkd.reporting.pages.captions import Captions
from knnkd.reporting.pages.embed import SVG, XLINK, inline_svg, picture

CAPTIONS = sorted((ROOT / "workflow" / "report").glob("*.rst"))


SVG_TEXT = f"""<svg xmlns="{SVG}" xmlns:xlink="{XLINK}" viewBox="0 0 72 36" width="72pt" onload="x()">
<metadata>from https://example.org</metadata><script>x()</script><style>*{{}}</style><defs><path id="a"/></defs>
<g clip-path="url(#a)" style="fill: url(#a)"><use xlink:href="#a"/><use xlink:href="https://example.org/b.svg#a"/>
<image xlink:href="data:image/png;base64,AAAA"/></g></svg>"""


def test_a_picture_in_a_page_runs_and_loads_nothing(tmp_path):
    path = tmp_path / "f.svg"
    path.write_text(SVG_TEXT, encoding="utf-8")
    text = inline_svg(path, "f", 'a "title" <b>')
    assert not re.search("script|style>|metadata|example.org|onload", text)
    assert 'id="f-a"' in text and text.count("url(#f-a)") == 2 and '"#f-a"' in text
    assert "data:image/png;base64,AAAA" in text
    assert 'aria-label="a &quot;title&quot; &lt;b&gt;"' in text
    assert "--width: 72pt" in text and 'width="72pt"' not in text


def test_a_large_picture_is_its_png(tmp_path, monkeypatch):
    (tmp_path / "f.svg").write_text(SVG_TEXT, encoding="utf-8")
    (tmp_path / "f.png").write_bytes(b"\x89PNG")
    monkeypatch.setattr("knnkd.reporting.pages.embed.MOST_BYTES", 10)
    text = picture(tmp_path / "f.svg", tmp_path / "f.png", "f", "a <b>")
    assert text == '<img src="data:image/png;base64,iVBORw==" alt="a &lt;b&gt;">'
    (tmp_path / "f.png").unlink()
    with pytest.raises(KnnKdError, match="f.png: no such file"):
        picture(tmp_path / "f.svg", tmp_path / "f.png", "f", "a")


# Where it comes from


def test_hardware_is_read_from_linux_and_less_is_said_elsewhere(tmp_path):
    (tmp_path / "cpuinfo").write_text("processor\t: 0\nmodel name\t: Some CPU @ 2 GHz: fast\nmodel name\t: other\n")
    (tmp_path / "meminfo").write_text("MemFree: 1 kB\nMemTotal:       16000000 kB\n")
    hardware = read_hardware(tmp_path)
    assert hardware.processor == "Some CPU @ 2 GHz: fast"
    assert "16.4 GB of memory" in str(hardware)
    assert "memory not known" in str(read_hardware(tmp_path / "none"))


def test_versions_of_several_trainings_are_all_there():
    runs = [{"versions": {"torch": "1"}}, {"versions": {"torch": "2"}}, {"versions": {"torch": "1"}}]
    rows = provenance.versions(runs, {"snakemake": "9"})
    assert rows[0] == ("snakemake", "9", "the workflow")
    assert rows[-1] == ("torch", "1, 2", "training")


def test_commit_is_not_known_without_a_repository(tmp_path):
    assert provenance.commit(tmp_path) == "not known"


# Captions


@pytest.mark.parametrize("path", CAPTIONS, ids=lambda path: path.stem)
def test_captions_are_plain_text_for_both_reports(path):
    """Ours takes them as paragraphs, Snakemake's as reStructuredText: no sign in them may mean anything there."""
    config = complete(TINY)
    caption = Captions(config).of(path.stem)
    assert caption.title and caption.text
    text = "\n\n".join([caption.title, *caption.text])
    parsed = publish_string(text, writer="pseudoxml", settings_overrides={"halt_level": 2, "report_level": 2})
    assert set(re.findall(r"(?m)^ *<(\w+)", parsed.decode())) <= {"document", "paragraph"}


def test_a_caption_quotes_the_config():
    config = complete(TINY) | {"seeds": [5, 7]}
    assert "the seeds (5, 7)" in Captions(config).of("table2").text[0]
