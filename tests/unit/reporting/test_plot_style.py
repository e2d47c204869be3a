"""Labels in any script: drawn where a font has them, else named."""

import pandas as pd
import pytest

from knnkd.reporting import plot_style
from knnkd.reporting.plot_style import missing_glyphs, plt, save_figure


def test_glyphs_that_no_font_has_are_named():
    assert missing_glyphs("Größe τ, ок, مرحبا") == ""
    assert missing_glyphs("a\U000f0000b \U000f0000") == "\U000f0000"


@pytest.mark.parametrize("label", ["plain", "odd \U000f0000"])
def test_a_figure_says_what_it_cannot_show(tmp_path, capsys, label):
    figure, axis = plt.subplots()
    axis.set_title(label)
    save_figure(figure, pd.DataFrame({"a": [1]}), tmp_path, "figure", ("png",))
    said = capsys.readouterr().err
    assert said == "" if label == "plain" else f"of the label {label!r}; install" in said
    assert (tmp_path / "figure.png").exists()


def test_fonts_are_installed_ones():
    assert plot_style.FONTS[0] == "DejaVu Sans"
    assert set(plot_style.FONTS) <= set(plot_style.fontManager.get_font_names())
