"""A report as tables of typed cells: one shape that the terminal, the page, the spreadsheet and the mail all show."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta, tzinfo
from enum import StrEnum
from typing import Any

from maildesk.insight.kpi import Figures, Share, Slice
from maildesk.insight.wording import LEDS, label
from maildesk.notices import locale


class Kind(StrEnum):
    """What a cell holds, and so how it is shown."""

    TEXT = "text"
    """Words."""
    NUMBER = "number"
    """A whole number."""
    MINUTES = "minutes"
    """A length of time in minutes."""
    PERCENT = "percent"
    """0 to 100."""
    DATE = "date"
    """A local day."""


@dataclass(frozen=True, slots=True)
class Cell:
    """A value; ``note`` says what it is made of, as "27 of 31". None shows as a dash."""

    value: float | str | date | None
    kind: Kind = Kind.NUMBER
    note: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """A titled table; ``key`` names it whatever the language."""

    key: str
    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """All that a report shows, in one language."""

    title: str
    subtitle: str
    language: str
    figures: Figures
    made: str
    tables: tuple[Table, ...] = ()
    comments: tuple[Mapping[str, Any], ...] = field(default=())

    def table(self, key: str) -> Table | None:
        """The table of that key, if the report has it."""
        return next((table for table in self.tables if table.key == key), None)

    @property
    def led(self) -> str:
        """The report in one line."""
        total = self.figures.total
        values = {name: locale.number(getattr(total, name), self.language) for name in ("opened", "solved", "backlog")}
        return LEDS.get(self.language, LEDS["en"]).format(**values)


@dataclass(frozen=True, slots=True, kw_only=True)
class Material:
    """What a report is made of."""

    desk: str
    figures: Figures
    before: Figures
    language: str
    zone: tzinfo
    now: datetime
    comments: Sequence[Mapping[str, Any]] = ()
    """Rows of ``Look.ratings``."""
    topics: Sequence[tuple[str, int, int]] = ()
    """(term, tickets in the period, tickets in the one before)."""
    gaps: Sequence[tuple[str, int, int]] = ()
    """The same, of requests that no article answered."""
    names: Mapping[str, str] = field(default_factory=dict)
    """Agent -> how they are shown."""
    only_voice: bool = False
    """What customers said, without the figures of the team."""


def build(material: Material) -> Report:
    """Lay a report out."""
    language, period = material.language, material.figures.period
    begin, last = (day_text(at.astimezone(material.zone).date(), language) for at in (period.begin, _last(period.end)))
    tables = [_headline(material)]
    if not material.only_voice:
        tables += [
            table for kind in ("group", "agent", "mailbox", "organisation", "tag") for table in _by(material, kind)
        ]
        tables += [_days(material)] if material.figures.days else []
    tables += [*_topics("topics", material.topics, language), *_topics("gaps", material.gaps, language)]
    tables += _comments(material)
    title = label("voice" if material.only_voice else "report", language)
    return Report(
        title=f"{title}: {material.desk}" if material.desk else title,
        subtitle=begin if begin == last else label("until", language).format(begin=begin, end=last),
        language=language,
        figures=material.figures,
        made=label("made", language).format(at=locale.date_time(material.now, language, material.zone)),
        tables=tuple(tables),
        comments=tuple(material.comments),
    )


def _last(end: datetime) -> datetime:
    return end - timedelta(microseconds=1)


# --- tables


def _headline(material: Material) -> Table:
    language = material.language
    now, before = (dict(_rows(figures, language)) for figures in (material.figures, material.before))
    wanted = _VOICE if material.only_voice else tuple(now)
    rows = tuple((Cell(label(key, language), Kind.TEXT), now[key], before[key]) for key in wanted)
    heads = tuple(label(key, language) for key in ("figure", "value", "before"))
    return Table("figures", label("figures", language), heads, rows)


_VOICE = ("customer_mails", "csat", "csat_interval", "response_rate", "retention")


def _rows(figures: Figures, language: str) -> Iterable[tuple[str, Cell]]:
    total = figures.total
    for name in ("opened", "solved", "reopened", "backlog", "waiting", "customer_mails", "answers"):
        yield name, Cell(getattr(total, name))
    first, response, resolution = total.first_response, total.response, total.resolution
    yield "first_response", _minutes(first.business.median, first.business.count)
    yield "first_response_p90", _minutes(first.business.p90, first.business.count)
    yield "response", _minutes(response.business.mean, response.business.count)
    yield "response_wall", _minutes(response.wall.mean, response.wall.count)
    yield "resolution", _minutes(resolution.business.median, resolution.business.count)
    yield "resolution_p90", _minutes(resolution.business.p90, resolution.business.count)
    yield "resolution_wall", _minutes(resolution.wall.median, resolution.wall.count)
    for name in ("one_touch", "breaches", "csat"):
        yield name, _share(getattr(total, name), language)
    yield "csat_interval", _interval(total.csat, language)
    for name in ("response_rate", "retention", "deflection"):
        yield name, _share(getattr(figures, name), language)


def _minutes(value: float, count: int) -> Cell:
    return Cell(value if count else None, Kind.MINUTES)


def _share(share: Share, language: str) -> Cell:
    part, whole = (locale.number(number, language) for number in (share.part, share.whole))
    note = f"{part} {label('of', language)} {whole}" if share.whole else ""
    return Cell(share.percent, Kind.PERCENT, note)


def _interval(share: Share, language: str) -> Cell:
    if share.interval is None:
        return Cell(None, Kind.TEXT)
    low, high = (_percent(edge, language) for edge in share.interval)
    return Cell(f"{low} {label('and', language)} {high}", Kind.TEXT)


_COLUMNS = (
    "name",
    "opened",
    "solved",
    "answers",
    "backlog",
    "first_response",
    "response",
    "resolution",
    "csat",
    "ratings",
)
_MOST = 15


def _by(material: Material, kind: str) -> list[Table]:
    """The table of one dimension, the busiest first; none where there is nothing to compare."""
    slices = material.figures.by.get(kind, {})
    if not slices or (kind in {"group", "mailbox"} and len(slices) < 2):
        return []
    ranked = sorted(slices.items(), key=lambda pair: (-pair[1].opened - pair[1].answers - pair[1].solved, pair[0]))
    names = material.names if kind == "agent" else {}
    rows = tuple(_slice(names.get(name, name), one) for name, one in ranked[:_MOST])
    heads = tuple(label(key, material.language) for key in _COLUMNS)
    return [Table(f"by_{kind}", label(f"by_{kind}", material.language), heads, rows)]


def _slice(name: str, one: Slice) -> tuple[Cell, ...]:
    first, response, resolution = (each.business for each in (one.first_response, one.response, one.resolution))
    return (
        Cell(name, Kind.TEXT),
        *(Cell(number) for number in (one.opened, one.solved, one.answers, one.backlog)),
        _minutes(first.median, first.count),
        _minutes(response.mean, response.count),
        _minutes(resolution.median, resolution.count),
        Cell(one.csat.percent, Kind.PERCENT),
        Cell(one.csat.whole),
    )


def _days(material: Material) -> Table:
    heads = tuple(label(key, material.language) for key in ("day", "opened", "solved", "backlog"))
    rows = tuple(
        (Cell(day.date, Kind.DATE), Cell(day.opened), Cell(day.solved), Cell(day.backlog))
        for day in material.figures.days
    )
    return Table("days", label("days", material.language), heads, rows)


def _topics(key: str, found: Sequence[tuple[str, int, int]], language: str) -> list[Table]:
    if not found:
        return []
    names = ("topic", "tickets", "before") if key == "topics" else ("topic", "tickets")
    heads = tuple(label(name, language) for name in names)
    rows = tuple((Cell(term, Kind.TEXT), Cell(now), Cell(before))[: len(names)] for term, now, before in found)
    return [Table(key, label(key, language), heads, rows)]


def _comments(material: Material) -> list[Table]:
    said = [row for row in material.comments if row["comment"]]
    if not said:
        return []
    heads = tuple(label(key, material.language) for key in ("day", "ticket", "stars", "comment"))
    rows = tuple(
        (
            Cell(row["at"].astimezone(material.zone).date(), Kind.DATE),
            Cell(f"#{row['ticket']}", Kind.TEXT),
            Cell(row["stars"]),
            Cell(" ".join(row["comment"].split()), Kind.TEXT),
        )
        for row in said
    )
    return [Table("comments", label("comments", material.language), heads, rows)]


# --- showing


def shown(cell: Cell, language: str) -> str:
    """A cell as people read it, without its note."""
    value = cell.value
    if value is None:
        return "–"
    if isinstance(value, str):
        return value
    if isinstance(value, date):
        return day_text(value, language)
    if cell.kind is Kind.MINUTES:
        return minutes_text(value, language)
    return _percent(value, language) if cell.kind is Kind.PERCENT else locale.number(round(value), language)


def with_note(cell: Cell, language: str) -> str:
    """A cell with what it is made of behind it."""
    return f"{shown(cell, language)} ({cell.note})" if cell.note else shown(cell, language)


def minutes_text(minutes: float, language: str) -> str:
    """A length of time, short enough for a table: "20 s", "45 min", "3.3 h"."""
    if 0 < minutes < 1:
        return f"{locale.number(max(1, round(minutes * 60)), language)} {label('seconds', language)}"
    if minutes < 60:
        return f"{locale.number(round(minutes), language)} {label('minutes', language)}"
    hours = round(minutes / 60, 1)
    return f"{locale.number(int(hours) if hours == int(hours) else hours, language)} {label('hours', language)}"


def _percent(value: float, language: str) -> str:
    number = locale.number(round(value), language)
    return f"{number}٪" if language == "fa" else f"{number} %"


def day_text(day: date, language: str) -> str:
    """A day, short: "22 Nov 2026", «۱ آذر ۱۴۰۵»."""
    if language == "en":
        return f"{day.day} {day:%b} {day.year}"
    full = locale.date(datetime(day.year, day.month, day.day, 12, tzinfo=UTC), language, UTC)
    return full.partition(" ")[2] if language == "fa" else full


def as_data(figures: Figures) -> dict[str, Any]:
    """Figures for JSON: minutes, shares as part, whole, percent and interval."""
    return {
        "begin": figures.period.begin,
        "end": figures.period.end,
        "total": _slice_data(figures.total),
        "backlog_before": figures.backlog_before,
        **{name: _share_data(getattr(figures, name)) for name in ("response_rate", "retention", "deflection")},
        "set_aside": figures.set_aside,
        "days": [{"date": d.date, "opened": d.opened, "solved": d.solved, "backlog": d.backlog} for d in figures.days],
        "by": {kind: {name: _slice_data(one) for name, one in slices.items()} for kind, slices in figures.by.items()},
    }


def _slice_data(one: Slice) -> dict[str, Any]:
    data: dict[str, Any] = {}
    for name in Slice.__dataclass_fields__:
        value = getattr(one, name)
        data[name] = _share_data(value) if isinstance(value, Share) else value
    return data


def _share_data(share: Share) -> dict[str, Any]:
    return {"part": share.part, "whole": share.whole, "percent": share.percent, "interval": share.interval}
