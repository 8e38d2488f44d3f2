"""Charts as SVG, drawn on the server; every number in them stands in a table beside them too."""

from __future__ import annotations

import re
import sys
from typing import TYPE_CHECKING, Any, Final

import pygal
from pygal.style import Style
from starlette.responses import Response

if TYPE_CHECKING:
    from collections.abc import Sequence

    from web.views.figures import FiguresPage
    from web.views.monthly import MonthPage
    from workflows.indicators.figures import Indicator

# The library hooks into the import of every later module, for plugins that nobody has here and in
# a way that Python has given up.
sys.meta_path[:] = [one for one in sys.meta_path if type(one).__module__ != pygal.__name__]

FONTS: Final = "PingFang SC, Microsoft YaHei, Noto Sans CJK SC, sans-serif"
POLICY: Final = "default-src 'none'; style-src 'unsafe-inline'"
"""Of an image alone: its own styles, and nothing from anywhere."""
SCRIPT: Final = re.compile(r"<script\b.*?</script>", re.DOTALL)
COLOURS: Final = ("#1b5fad", "#1f6f43", "#9a5b00", "#596273", "#7b4fa3", "#0f7c86", "#b8860b")

WIDTH: Final = 900
HEAD: Final = 90
BAR: Final = 24
LATIN: Final = 0x2E80
"""Signs from here on are as wide as they are high."""

_STYLE: Final = Style(
    background="transparent",
    guide_stroke_color="#e2e6ec",
    major_guide_stroke_color="#e2e6ec",
    guide_stroke_dasharray="",
    major_guide_stroke_dasharray="",
    plot_background="#ffffff",
    font_family=FONTS,
    colors=COLOURS,
    label_font_size=13,
    major_label_font_size=13,
    value_font_size=12,
    legend_font_size=13,
    title_font_size=15,
    no_data_font_size=16,
    value_colors=("#1c2430",) * len(COLOURS),
)


def _chart(kind: Any, **options: Any) -> Any:  # noqa: ANN401 - the library is untyped
    usual = {
        "js": [],
        "style": _STYLE,
        "disable_xml_declaration": True,
        "explicit_size": True,
        "truncate_label": 30,
        "truncate_legend": 30,
        "print_values": True,
        "print_zeroes": False,
    }
    return kind(**usual | options)


def _room(labels: Sequence[str]) -> int:
    """What Chinese labels need beside what the library reckons for Latin ones."""
    wide = (sum(ord(sign) > LATIN for sign in one) for one in labels)
    return 20 + max(wide, default=0) * 6


def image(chart: Any) -> Response:  # noqa: ANN401 - the library is untyped
    """A chart as an answer: an image, without the script that the library always adds."""
    drawn = SCRIPT.sub("", chart.render(is_unicode=True))
    headers = {"Content-Security-Policy": POLICY}
    return Response(drawn, media_type="image/svg+xml", headers=headers)


def _bars(title: str, labels: Sequence[str], shares: Sequence[str | None], nothing: str) -> Any:  # noqa: ANN401
    """Shares in percent as bars, the first on top; what does not apply has none."""
    chart = _chart(
        pygal.HorizontalBar,
        title=title,
        width=WIDTH,
        height=HEAD + BAR * len(labels),
        range=(0, 100),
        show_legend=False,
        margin_left=_room(labels),
        no_data_text=nothing,
        formatter=lambda value: f"{value:g}%",
    )
    chart.x_labels = list(reversed(labels))
    chart.add(title, [float(one) if one else None for one in reversed(shares)])
    return chart


def shares_chart(title: str, figures: Sequence[tuple[str, Indicator]], nothing: str) -> Response:
    """The shares of one unit."""
    shown = [(f"{one.id} {label}", one.percent) for label, one in figures if one.percent]
    return image(_bars(title, [one for one, _ in shown], [one for _, one in shown], nothing))


def units_chart(page: FiguresPage, nothing: str) -> Response:
    """Units side by side by overall coverage; the other figures stand in the table."""
    last = [(name, compared[-1]) for _, name, compared in page.below]
    title = f"{last[0][1].id} {last[0][1].label}" if last else nothing
    labels = [name for name, _ in last]
    return image(_bars(title, labels, [one.percent.removesuffix("%") for _, one in last], nothing))


def month_chart(page: MonthPage, title: str, nothing: str) -> Response:
    """Counties side by side, each split by state."""
    counties = list(dict.fromkeys((one.county, one.county_name) for one in page.lines))
    counties.reverse()
    chart = _chart(
        pygal.HorizontalStackedBar,
        title=title,
        width=WIDTH,
        height=2 * HEAD + BAR * len(counties),
        margin_left=_room([name for _, name in counties]),
        legend_at_bottom=True,
        legend_at_bottom_columns=4,
        no_data_text=nothing,
    )
    chart.x_labels = [name for _, name in counties]
    for number, (_, label) in enumerate(page.states):
        counts = [
            sum(line.parts[number].count for line in page.lines if line.county == county)
            for county, _ in counties
        ]
        chart.add(label, [one or None for one in counts])
    return image(chart)
