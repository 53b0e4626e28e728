"""The stylesheet holds the agreed tokens, their contrast, and the weight of a first visit."""

import gzip
import re
from importlib.util import find_spec
from pathlib import Path

import pytest
from django.contrib.staticfiles import finders

TOKENS = {
    "paper": ("#f7f7f5", "#151419"),
    "card": ("#ffffff", "#1d1c22"),
    "line": ("#e6e5e1", "#2e2c35"),
    "line-soft": ("#efeeeb", "#26252c"),
    "ink": ("#1c1b20", "#edecf0"),
    "ink-2": ("#5c5a63", "#b3b1bd"),
    "ink-3": ("#6d6b76", "#9896a4"),
    "marketing": ("#7a3ea8", "#c79bea"),
    "marketing-tint": ("#f4ecfa", "#2c2138"),
    "sales": ("#0b7a70", "#5cc9bd"),
    "sales-tint": ("#e6f4f2", "#142c2a"),
    "kept": ("#2a7336", "#7fcb8a"),
    "kept-tint": ("#e8f4e9", "#17301b"),
    "risk": ("#8a5000", "#e7b45c"),
    "risk-tint": ("#fdf1dd", "#352812"),
    "broken": ("#b3261e", "#f2938b"),
    "broken-tint": ("#fcebe9", "#3a1c1a"),
    "primary": ("#2b2a33", "#edecf0"),
    "on-primary": ("#f7f7f5", "#1c1b20"),
    "focus": ("#4c6fff", "#8ea2ff"),
}
SURFACES = ("paper", "card", "line-soft")
TONES = ("marketing", "sales", "kept", "risk", "broken")
PAIRS = [
    *((text, surface) for text in ("ink", "ink-2", "ink-3") for surface in SURFACES),
    *((tone, surface) for tone in TONES for surface in ("paper", "card", f"{tone}-tint")),
    ("on-primary", "primary"),
]
FIRST_VISIT = (
    "smarketing/smarketing.css",
    "smarketing/smarketing.js",
    "smarketing/mark.svg",
    "django_htmx/htmx-2.min.js",
)
KILOBYTE = 1024


def source(name: str) -> str:
    return Path(finders.find(name)).read_text()


def luminance(colour: str) -> float:
    channels = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def test_tokens_are_those_agreed() -> None:
    root = source("smarketing/smarketing.css").split("@layer base {")[0]
    found = dict(re.findall(r"--([\w-]+): light-dark\((#\w{6}, #\w{6})\)", root))
    assert {name: tuple(found[name].split(", ")) for name in TOKENS} == TOKENS


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize(("text", "surface"), PAIRS, ids=str)
def test_text_can_be_read(text: str, surface: str, theme: int) -> None:
    assert contrast(TOKENS[text][theme], TOKENS[surface][theme]) >= 4.5


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize("surface", SURFACES)
def test_focus_can_be_seen(surface: str, theme: int) -> None:
    assert contrast(TOKENS["focus"][theme], TOKENS[surface][theme]) >= 3


def test_first_visit_is_light() -> None:
    weights = {name: len(gzip.compress(Path(finders.find(name)).read_bytes())) for name in FIRST_VISIT}
    assert sum(weights.values()) <= 60 * KILOBYTE, weights
    assert sum(len(Path(finders.find(name)).read_bytes()) for name in FIRST_VISIT) <= 150 * KILOBYTE


def test_style_sheets_fetch_nothing() -> None:
    for name in ("smarketing/smarketing.css", "smarketing/charts.css"):
        assert not re.search(r"url\(|@import", source(name))


def test_scripts_evaluate_nothing() -> None:
    for name in ("smarketing/smarketing.js", "smarketing/charts.js"):
        assert not re.search(r"\beval\(|new Function|innerHTML\s*=|setAttribute\(.style|document\.write", source(name))


def test_plotly_is_served_from_its_package() -> None:
    package = Path(find_spec("plotly").submodule_search_locations[0])  # type: ignore[union-attr, index]
    assert Path(finders.find("plotly/plotly.min.js")) == package / "package_data" / "plotly.min.js"
    assert finders.find("plotly/widgetbundle.js") is None
    assert finders.find("plotly/../plotly.py") is None


def test_plotly_still_spares_the_styles_of_its_maps() -> None:
    """charts.js names the element that keeps Plotly from writing a style element; a new version may name another."""
    name = re.search(r'MAP_STYLES = "(\w+)"', source("smarketing/charts.js"))[1]  # type: ignore[index]
    plotly = source("plotly/plotly.min.js")
    assert f'document.getElementById("{name}")' in plotly
    assert len(re.findall(r'document\.createElement\("style"\)', plotly)) == 2
