"""Charts as inline SVG: no script, no font to load, mirrored for right-to-left readers. Tables hold each number too."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from math import ceil, floor, log10

from maildesk.notices.locale import direction, number

BLUE, GREEN, GREY = "#2457a6", "#2f9e73", "#6b7280"
_STARS = ("#c2410c", "#e08a3c", "#c9b458", "#6fae7c", "#2f9e73")
_WIDTH, _HEIGHT, _TOP, _BOTTOM, _SIDE = 480, 220, 12, 42, 40

_WIDEST = 36
"""Of a column, where there are few."""


@dataclass(frozen=True, slots=True)
class Series:
    """A named row of values, one for each label."""

    name: str
    colour: str
    values: Sequence[float]


def columns(title: str, labels: Sequence[str], series: Sequence[Series], language: str) -> str:
    """Columns side by side for each label."""
    plot = _Plot(labels, [value for one in series for value in one.values], language)
    width = min(plot.step * 0.76 / max(1, len(series)), _WIDEST)
    begin = width * len(series) / 2
    ordered = list(reversed(series)) if plot.rtl else list(series)
    marks = [
        _rect(
            plot.middle(place) - begin + width * nth,
            plot.y(value),
            width * 0.92,
            one.colour,
            plot.base,
            f"{labels[place]}, {one.name}: {number(value, language)}",
        )
        for nth, one in enumerate(ordered)
        for place, value in enumerate(one.values)
        if value
    ]
    return plot.svg(title, marks, series)


def area(title: str, labels: Sequence[str], series: Series, language: str) -> str:
    """A line with its area, for a level that goes up and down."""
    plot = _Plot(labels, series.values, language)
    points = [(plot.middle(place), plot.y(value)) for place, value in enumerate(series.values)]
    if not points:
        return plot.svg(title, [], [series])
    line = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    closed = f"{points[0][0]:.1f},{plot.base} {line} {points[-1][0]:.1f},{plot.base}"
    x, y = points[-1]
    marks = [
        f'<polygon points="{closed}" fill="{series.colour}" fill-opacity=".13"/>',
        f'<polyline points="{line}" fill="none" stroke="{series.colour}" stroke-width="2" stroke-linejoin="round"/>',
        f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3.5" fill="{series.colour}"/>',
    ]
    return plot.svg(title, marks, [])


def bars(title: str, labels: Sequence[str], values: Sequence[float], language: str, colours: Sequence[str] = ()) -> str:
    """Lying bars with their numbers, for a few classes; they grow from the side on which one begins to read."""
    rtl, most, height = direction(language) == "rtl", max([*values, 1]), 34
    label_width, room = 118, _WIDTH - 118 - 56
    rows = []
    for place, (name, value) in enumerate(zip(labels, values, strict=True)):
        y = 8 + place * height
        length = room * value / most
        x = _WIDTH - label_width - length if rtl else label_width
        edge = x - 8 if rtl else x + length + 8
        name_x, colour = (_WIDTH - 2 if rtl else 2), colours[place] if colours else BLUE
        rows += [
            f'<text x="{name_x}" y="{y + 19}" class="l"{_start(rtl)}>{escape(name)}</text>',
            f'<rect x="{x:.1f}" y="{y + 3}" width="{max(length, 1.5):.1f}" height="22" rx="3" fill="{colour}"/>',
            f'<text x="{edge:.1f}" y="{y + 19}" class="v"{_start(rtl)}>{number(round(value), language)}</text>',
        ]
    return _svg(title, rows, 12 + height * len(labels), language)


def stars(title: str, counts: Sequence[int], language: str) -> str:
    """How often each rating was given, five stars on top."""
    names = [f"{number(rank, language)} ★" for rank in (5, 4, 3, 2, 1)]
    return bars(title, names, list(reversed(counts)), language, tuple(reversed(_STARS)))


def _start(rtl: bool) -> str:
    """Text begins at its x, on whichever side one begins to read."""
    return ' direction="rtl" text-anchor="start"' if rtl else ' text-anchor="start"'


class _Plot:
    """A plane with a grid: values upwards, labels along; mirrored for right-to-left readers."""

    def __init__(self, labels: Sequence[str], values: Sequence[float], language: str) -> None:
        self.labels, self.language = labels, language
        self.rtl = direction(language) == "rtl"
        self.base = _HEIGHT - _BOTTOM
        self.ticks = scale(max([*values, 1]))
        self.step = (_WIDTH - _SIDE - 12) / max(1, len(labels))

    def middle(self, place: int) -> float:
        """The x of a label; for right-to-left readers the first one stands on the right."""
        x = _SIDE + (place + 0.5) * self.step
        return _WIDTH - x if self.rtl else x

    def y(self, value: float) -> float:
        """The y of a value."""
        return self.base - (self.base - _TOP) * value / self.ticks[-1]

    def svg(self, title: str, marks: Sequence[str], legend: Sequence[Series]) -> str:
        """The finished picture."""
        left, right = (12, _WIDTH - _SIDE) if self.rtl else (_SIDE, _WIDTH - 12)
        edge = _WIDTH - _SIDE + 7 if self.rtl else _SIDE - 7
        anchor = "start" if self.rtl else "end"
        grid = [
            f'<line x1="{left}" x2="{right}" y1="{self.y(tick):.1f}" y2="{self.y(tick):.1f}" class="g"/>'
            f'<text x="{edge}" y="{self.y(tick) + 4:.1f}" class="l" text-anchor="{anchor}">{shown}</text>'
            for tick, shown in ((tick, number(tick, self.language)) for tick in self.ticks)
        ]
        every = ceil(len(self.labels) / 6)
        way = ' direction="rtl"' if self.rtl else ""
        under = f'y="{self.base + 17}" class="l" text-anchor="middle"{way}'
        names = [
            f'<text x="{self.middle(place):.1f}" {under}>{escape(name)}</text>'
            for place, name in enumerate(self.labels)
            if place % every == 0
        ]
        return _svg(title, [*grid, *marks, *names, *self._legend(legend)], _HEIGHT, self.language)

    def _legend(self, series: Sequence[Series]) -> list[str]:
        found, x = [], float(_SIDE)
        for one in series if len(series) > 1 else ():
            at = _WIDTH - x if self.rtl else x
            box, text = (at - 11, at - 17) if self.rtl else (at, at + 17)
            found.append(f'<rect x="{box:.1f}" y="{_HEIGHT - 13}" width="11" height="11" rx="2" fill="{one.colour}"/>')
            found.append(
                f'<text x="{text:.1f}" y="{_HEIGHT - 3}" class="l"{_start(self.rtl)}>{escape(one.name)}</text>'
            )
            x += 40 + 7.5 * len(one.name)
        return found


def scale(most: float) -> list[int]:
    """Whole round numbers from 0 to at least ``most``, five steps at most."""
    size = 10 ** floor(log10(max(1, most / 4)))
    step = next(size * factor for factor in (1, 2, 5, 10) if size * factor * 5 >= most)
    return [step * n for n in range(ceil(most / step) + 1)]


def _rect(x: float, y: float, width: float, colour: str, base: float, tip: str) -> str:
    shape = f'x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{max(0.0, base - y):.1f}"'
    return f'<rect {shape} rx="1.5" fill="{colour}"><title>{escape(tip)}</title></rect>'


def _svg(title: str, shapes: Sequence[str], height: float, language: str) -> str:
    return (
        f'<svg viewBox="0 0 {_WIDTH} {height}" role="img" aria-label="{escape(title)}" lang="{escape(language)}">'
        f"{''.join(shapes)}</svg>"
    )
