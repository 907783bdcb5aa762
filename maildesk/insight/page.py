"""A report as one self-contained page: no script, nothing to load, good to print and to send."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from maildesk.insight import charts
from maildesk.insight.kpi import Day
from maildesk.insight.report import Cell, Kind, Report, Table, day_text, shown
from maildesk.insight.wording import classes, label
from maildesk.notices.locale import direction, isolate

_STYLE = """
:root{--ink:#1c2430;--soft:#667085;--line:#e4e7ec;--paper:#fff;--ground:#f5f6f8}
*{box-sizing:border-box}
body{margin:0;background:var(--ground);color:var(--ink);font:15px/1.6 system-ui,"Segoe UI",Roboto,Arial,sans-serif}
:lang(fa),:lang(fa) text{font-family:Vazirmatn,Tahoma,"Segoe UI","DejaVu Sans",sans-serif}
main{max-width:1080px;margin:0 auto;padding:28px 20px 48px}
h1{font-size:26px;margin:0;line-height:1.3}h2{font-size:17px;margin:0 0 12px}
.sub{color:var(--soft);margin:2px 0 22px}
.cards{display:grid;grid-template-columns:repeat(auto-fit,minmax(165px,1fr));gap:12px;margin-bottom:12px}
.card,section{background:var(--paper);border:1px solid var(--line);border-radius:10px}
.card{padding:14px 16px}
.card .k{color:var(--soft);font-size:13px}
.card .n{font-size:25px;font-weight:600;line-height:1.35;white-space:nowrap}
.card .b{color:var(--soft);font-size:12.5px}
.two{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,440px),1fr));gap:12px}
section{padding:16px 18px;margin-bottom:12px;overflow-x:auto}
.two section{margin:0}.two{margin-bottom:12px}
table{border-collapse:collapse;width:100%;font-size:14px}
th{color:var(--soft);font-weight:500;font-size:12.5px;vertical-align:bottom;text-align:start}
th,td{padding:6px 8px;border-bottom:1px solid var(--line)}
tr:last-child td{border-bottom:0}
td.num,th.num{text-align:end}td.num{font-variant-numeric:tabular-nums;white-space:nowrap}
td.t{min-width:7em}td small{color:var(--soft)}
svg{width:100%;height:auto;display:block;direction:ltr}
svg .g{stroke:#e4e7ec}svg .l{font-size:12px;fill:#667085}svg .v{font-size:12.5px;fill:#1c2430}
footer{color:var(--soft);font-size:12.5px;margin-top:18px}
@media(max-width:600px){td small{display:block}th,td{padding:6px 5px}svg .l,svg .v{font-size:15px}}
@media print{body{background:#fff}section,.card{break-inside:avoid}}
"""
_CARDS = (
    "opened", "solved", "backlog", "waiting", "csat",
    "first_response", "response", "resolution", "breaches", "retention",
)  # fmt: skip
_COLUMNS_MOST = 31


def page(report: Report) -> str:
    """The whole document."""
    language = report.language
    tables = [table for table in report.tables if table.key != "days"]
    body = [
        f"<h1>{escape(report.title)}</h1>",
        f'<p class="sub">{escape(report.subtitle)}</p>',
        _cards(report),
        *(_pictures(report) if report.table("days") else ()),
        *(_section(table, language) for table in tables),
        *(_section(table, language) for table in (report.table("days"),) if table),
        f"<footer>{escape(label('business', language))} {escape(report.made)}</footer>",
    ]
    return (
        f'<!DOCTYPE html>\n<html lang="{escape(language)}" dir="{direction(language)}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>{escape(report.title)} · {escape(report.subtitle)}</title><style>{_STYLE}</style></head>"
        f"<body><main>\n{_joined(body)}\n</main></body></html>\n"
    )


def _joined(parts: Sequence[str]) -> str:
    return "\n".join(parts)


def _cards(report: Report) -> str:
    table, language = report.table("figures"), report.language
    rows = {row[0].value: row for row in table.rows} if table else {}
    known = (rows[name] for key in _CARDS if (name := label(key, language)) in rows)
    cards = (
        f'<div class="card"><div class="k">{escape(str(name.value))}</div>'
        f'<div class="n">{escape(shown(now, language))}</div>'
        f'<div class="b">{escape(label("before", language))}: {escape(shown(before, language))}</div></div>'
        for name, now, before in known
    )
    return f'<div class="cards">{"".join(cards)}</div>'


def _pictures(report: Report) -> list[str]:
    language, total = report.language, report.figures.total
    days = binned(report.figures.days)
    names = [_short(first, language) for first, _, _, _ in days]
    flow = [
        charts.Series(label("opened", language), charts.BLUE, [opened for _, opened, _, _ in days]),
        charts.Series(label("solved", language), charts.GREEN, [solved for _, _, solved, _ in days]),
    ]
    level = charts.Series(label("backlog", language), charts.BLUE, [left for _, _, _, left in days])
    pictures = (
        ("flow_chart", charts.columns(label("flow_chart", language), names, flow, language)),
        ("backlog_chart", charts.area(label("backlog_chart", language), names, level, language)),
        ("hours_chart", charts.bars(label("hours_chart", language), classes(language), total.first_hours, language)),
        ("stars_chart", charts.stars(label("stars_chart", language), total.stars, language)),
    )
    shapes = (f"<section><h2>{escape(label(key, language))}</h2>{svg}</section>" for key, svg in pictures)
    return [f'<div class="two">{"".join(shapes)}</div>']


def binned(days: Sequence[Day]) -> list[tuple[Day, int, int, int]]:
    """Days, or runs of days where there are many: (the first, opened, solved, backlog at its end)."""
    size = 1 if len(days) <= _COLUMNS_MOST else 7 if len(days) <= 7 * _COLUMNS_MOST else 30
    runs = [days[place : place + size] for place in range(0, len(days), size)]
    return [(run[0], sum(day.opened for day in run), sum(day.solved for day in run), run[-1].backlog) for run in runs]


def _short(day: Day, language: str) -> str:
    return day_text(day.date, language).rpartition(" ")[0]


def _section(table: Table, language: str) -> str:
    numeric = [_is_numeric(table, place) for place in range(len(table.columns))]
    heads = "".join(
        f"<th{_class(right)}>{escape(name)}</th>" for name, right in zip(table.columns, numeric, strict=True)
    )
    rows = "".join(f"<tr>{''.join(map(_cell, row, numeric, [language] * len(row)))}</tr>" for row in table.rows)
    return f"<section><h2>{escape(table.title)}</h2><table><tr>{heads}</tr>{rows}</table></section>"


def _is_numeric(table: Table, place: int) -> bool:
    if table.key == "figures":
        return place > 0
    return all(row[place].kind not in {Kind.TEXT, Kind.DATE} for row in table.rows)


def _class(right: bool) -> str:
    return ' class="num"' if right else ""


def _cell(cell: Cell, right: bool, language: str) -> str:
    text = escape(shown(cell, language))
    if cell.kind is Kind.TEXT and not right:
        return f'<td class="t">{escape(isolate(cell.value, language))}</td>'
    note = f" <small>({escape(cell.note)})</small>" if cell.note else ""
    return f"<td{_class(right)}>{text}{note}</td>"
