"""Plots of costs over the number of accounts, as SVG, both axes logarithmic."""

import math
from collections.abc import Mapping, Sequence
from xml.sax.saxutils import escape

_WIDTH, _HEIGHT = 720, 400
_LEFT, _RIGHT, _TOP, _BOTTOM = 70, 190, 40, 50
_COLOURS = ("#0969da", "#1a7f37", "#8250df", "#cf222e")
_TICKS = (1, 2, 5)

Points = Sequence[tuple[float, float]]


def plot(title: str, unit: str, series: Mapping[str, Points]) -> str:
    """A line for each series of (accounts, value) with values above 0; readable on a light and on a dark page."""
    accounts = [x for points in series.values() for x, _ in points]
    values = [y for points in series.values() for _, y in points]
    across, up = _Axis(accounts, _LEFT, _WIDTH - _RIGHT), _Axis(values, _HEIGHT - _BOTTOM, _TOP)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" font-family="sans-serif" '
        'font-size="12" fill="#768390" stroke-width="2">',
        f'<text x="{_LEFT}" y="20" font-size="14">{escape(title)}</text>',
        f'<text x="{_WIDTH - _RIGHT}" y="{_HEIGHT - 12}" text-anchor="end">accounts</text>',
    ]
    for tick in across.ticks:
        x = across.at(tick)
        parts.append(_line(x, _TOP, x, _HEIGHT - _BOTTOM))
        parts.append(f'<text x="{x:.0f}" y="{_HEIGHT - _BOTTOM + 16}" text-anchor="middle">{tick:,g}</text>')
    for tick in up.ticks:
        y = up.at(tick)
        parts.append(_line(_LEFT, y, _WIDTH - _RIGHT, y))
        parts.append(f'<text x="{_LEFT - 6}" y="{y + 4:.0f}" text-anchor="end">{tick:,g} {escape(unit)}</text>')
    for colour, (name, points) in zip(_COLOURS, series.items(), strict=False):
        drawn = [(across.at(x), up.at(y)) for x, y in points]
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in drawn)
        parts.append(f'<polyline points="{path}" fill="none" stroke="{colour}"/>')
        parts += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{colour}"/>' for x, y in drawn]
        x, y = drawn[-1]
        parts.append(f'<text x="{x + 8:.0f}" y="{y + 4:.0f}" fill="{colour}">{escape(name)}</text>')
    return "\n".join([*parts, "</svg>", ""])


class _Axis:
    """A logarithmic axis between two places, a little longer than its values need."""

    def __init__(self, values: Sequence[float], start: float, end: float) -> None:
        self._low, self._high = math.log10(min(values) * 0.9), math.log10(max(values) * 1.1)
        self._start, self._end = start, end

    def at(self, value: float) -> float:
        share = (math.log10(value) - self._low) / (self._high - self._low)
        return self._start + share * (self._end - self._start)

    @property
    def ticks(self) -> list[float]:
        """The round numbers on it."""
        powers = range(math.floor(self._low), math.ceil(self._high) + 1)
        numbers = [tick * 10.0**power for power in powers for tick in _TICKS]
        return [number for number in numbers if self._low <= math.log10(number) <= self._high]


def _line(x1: float, y1: float, x2: float, y2: float) -> str:
    return (
        f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" '
        'stroke="#768390" stroke-opacity="0.25" stroke-width="1"/>'
    )
