"""A report as the data of the notice ``report``: texts and lengths of bars, so that templates need no arithmetic."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from maildesk.insight.page import binned
from maildesk.insight.report import Cell, Kind, Report, Table, day_text, shown, with_note
from maildesk.insight.wording import label
from maildesk.notices.locale import isolate, number

_BAR = 160
"""Pixels of the longest bar."""
_NAMED = ("name", "answers", "response", "csat", "ratings")
"""What a mail shows of the table of agents and groups; the spreadsheet has the rest."""


def letter(report: Report) -> dict[str, Any]:
    """What the template shows."""
    language = report.language
    headline = report.table("figures")
    rows = headline.rows if headline else ()
    return {
        "title": report.title,
        "period": report.subtitle,
        "led": report.led,
        "before": label("before", language),
        "headline": tuple(
            {"label": str(name.value), "value": with_note(now, language), "before": shown(before, language)}
            for name, now, before in rows
        ),
        "chart": _chart(report) if report.table("days") else None,
        "tables": tuple(_tables(report)),
        "footer": report.made,
    }


def _chart(report: Report) -> Mapping[str, Any]:
    language, days = report.language, binned(report.figures.days)
    most = max((max(opened, solved) for _, opened, solved, _ in days), default=0) or 1
    return {
        "title": label("flow_chart", language),
        "first": label("opened", language),
        "second": label("solved", language),
        "rows": tuple(
            {
                "label": day_text(day.date, language).rpartition(" ")[0],
                "first": number(opened, language),
                "second": number(solved, language),
                "first_bar": max(1, round(_BAR * opened / most)) if opened else 0,
                "second_bar": max(1, round(_BAR * solved / most)) if solved else 0,
            }
            for day, opened, solved, _ in days
        ),
    }


def _tables(report: Report) -> Iterable[Mapping[str, Any]]:
    for key in ("by_agent", "by_group", "topics", "gaps", "comments"):
        table = report.table(key)
        if table:
            kept = _places(table, report.language)
            yield {
                "title": table.title,
                "columns": tuple(table.columns[place] for place in kept),
                "rows": tuple(tuple(_text(row[place], report.language) for place in kept) for row in table.rows),
            }


def _places(table: Table, language: str) -> list[int]:
    if not table.key.startswith("by_"):
        return list(range(len(table.columns)))
    wanted = {label(key, language) for key in _NAMED}
    return [place for place, name in enumerate(table.columns) if name in wanted]


def _text(cell: Cell, language: str) -> str:
    text = shown(cell, language)
    return isolate(text, language) if cell.kind is Kind.TEXT else text
