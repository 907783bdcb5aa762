"""A report as an Excel workbook: one sheet a table, right-to-left where the language is. Text is never a formula."""

from __future__ import annotations

from datetime import date
from io import BytesIO
from typing import Any

from maildesk.insight.report import Cell, Kind, Report, Table, day_text, shown
from maildesk.notices.locale import direction

_NAME = 31
"""Characters that Excel lets a sheet's name have."""
_SAFE = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False, "in_memory": True}


def workbook(report: Report) -> bytes:
    """The file. Raises ModuleNotFoundError where the extra ``excel`` is not installed."""
    import xlsxwriter

    content = BytesIO()
    book = xlsxwriter.Workbook(content, _SAFE)
    book.set_properties({"title": report.title, "created": report.figures.period.end.replace(tzinfo=None)})
    formats = {
        "title": book.add_format({"bold": True, "font_size": 14}),
        "head": book.add_format({"bold": True, "bottom": 1, "text_wrap": True, "valign": "bottom"}),
        Kind.NUMBER: book.add_format({"num_format": "#,##0"}),
        Kind.MINUTES: book.add_format({"num_format": "[h]:mm"}),
        Kind.PERCENT: book.add_format({"num_format": "0%"}),
        Kind.DATE: book.add_format({"num_format": "yyyy-mm-dd", "align": "left"}),
        Kind.TEXT: book.add_format({"reading_order": 2 if direction(report.language) == "rtl" else 0}),
    }
    for table in report.tables:
        _sheet(book.add_worksheet(_sheet_name(table.title)), table, report, formats)
    book.close()
    return content.getvalue()


def _sheet_name(title: str) -> str:
    return "".join(" " if sign in "[]:*?/\\'" else sign for sign in title)[:_NAME]


def _sheet(sheet: Any, table: Table, report: Report, formats: dict[str, Any]) -> None:
    if direction(report.language) == "rtl":
        sheet.right_to_left()
    sheet.write_string(0, 0, f"{report.title} · {report.subtitle}", formats["title"])
    jalali = report.language == "fa" and any(cell.kind is Kind.DATE for row in table.rows[:1] for cell in row)
    heads = (*table.columns, *((table.columns[0],) if jalali else ()))
    for place, name in enumerate(heads):
        sheet.write_string(2, place, name, formats["head"])
        sheet.set_column(place, place, max(12, min(60, len(name) + 4)))
    for number, row in enumerate(table.rows, 3):
        for place, cell in enumerate(row):
            _write(sheet, number, place, cell, report.language, formats)
        if jalali:
            day = next(cell.value for cell in row if isinstance(cell.value, date))
            sheet.write_string(number, len(row), day_text(day, "fa"), formats[Kind.TEXT])
    sheet.set_column(0, 0, 34 if table.rows and table.rows[0][0].kind is Kind.TEXT else 14)
    if table.key == "comments":
        sheet.set_column(3, 3, 80)
    sheet.freeze_panes(3, 0)


def _write(sheet: Any, row: int, column: int, cell: Cell, language: str, formats: dict[str, Any]) -> None:
    value = cell.value
    if value is None:
        sheet.write_blank(row, column, None)
    elif isinstance(value, date):
        sheet.write_datetime(row, column, value, formats[Kind.DATE])
    elif isinstance(value, str):
        sheet.write_string(row, column, _clean(shown(cell, language)), formats[Kind.TEXT])
    else:
        part = {Kind.MINUTES: 1440, Kind.PERCENT: 100}.get(cell.kind, 1)
        sheet.write_number(row, column, value / part, formats[cell.kind])


def _clean(text: str) -> str:
    """Excel refuses files with control characters in them."""
    return "".join(sign for sign in text if sign >= " " or sign in "\t\n")[:32000]
