"""Contacts as CSV, as spreadsheets in English and Persian write it."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping

from maildesk.cli.output import FORMULA, covered
from maildesk.commands.arguments import language_code
from maildesk.model.change import Remember
from maildesk.model.errors import PermanentFailure, WrongUse
from maildesk.model.people import Contact

COLUMNS = ("email", "name", "organisation", "language", "account_manager", "tickets", "last_rating")
_SETTABLE = ("name", "organisation", "language", "account_manager", "no_updates")
_TOLD = frozenset({"email", "tickets", "last_rating", "first_seen"})
"""Columns that say who it is, or what the desk counts itself."""
_CALLED = {
    **dict.fromkeys(("ایمیل", "رایانامه", "نشانی", "e-mail", "mail"), "email"),
    **dict.fromkeys(("نام", "اسم"), "name"),
    **dict.fromkeys(("سازمان", "شرکت", "organization", "company"), "organisation"),
    "زبان": "language",
    **dict.fromkeys(("مسئول", "مدیر حساب"), "account_manager"),
}
"""What people call our columns."""


def remembered(email: str, values: Mapping[str, str], managers: frozenset[str]) -> Remember:
    """What is to be kept of a contact; what is no column of ours is a field. Raises PermanentFailure."""
    known = {name: value for name, value in values.items() if name in _SETTABLE}
    if "@" not in email:
        raise WrongUse(f"{email} is no address; a whole organisation is written as @example.com")
    if known.get("account_manager") and known["account_manager"] not in managers:
        raise WrongUse(f"there is no agent {known['account_manager']}")
    spoken = known.get("language")
    if spoken and not language_code(spoken):
        raise WrongUse(f"{spoken} is no language; write its code, as fa or en")
    return Remember(
        email=email,
        name=known.get("name"),
        organisation=known.get("organisation"),
        language=language_code(spoken) if spoken else spoken,
        account_manager=known.get("account_manager"),
        no_updates=known["no_updates"].lower() in {"yes", "true", "1"} if "no_updates" in known else None,
        fields={name: value for name, value in values.items() if name not in _SETTABLE},
    )


def from_csv(content: bytes, managers: frozenset[str]) -> list[Remember]:
    """The contacts of a CSV file, parted by commas, semicolons or tabs. Raises PermanentFailure with what is wrong."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise PermanentFailure('it is not UTF-8: save it from the spreadsheet as "CSV UTF-8"') from None
    head = text.partition("\n")[0]
    rows = csv.DictReader(io.StringIO(text), delimiter=max(",;\t", key=head.count))
    called = [name.strip().strip("\ufeff") for name in rows.fieldnames or ()]
    rows.fieldnames = [_CALLED.get(name, _CALLED.get(name.lower(), name)) for name in called]
    if "email" not in rows.fieldnames:
        raise PermanentFailure('the first line must name the columns, "email" among them')
    found = []
    for row in rows:
        values = {name: _uncovered(value) for name, value in row.items() if name and name not in _TOLD and value}
        try:
            found.append(remembered((row["email"] or "").strip().lower(), values, managers))
        except PermanentFailure as error:
            raise PermanentFailure(f"line {rows.line_num}: {error}") from None
    return found


def to_csv(found: Iterable[Contact]) -> str:
    """Contacts as CSV; a cell that a spreadsheet would carry out gets an apostrophe (A31)."""
    contacts = list(found)
    fields = sorted({name for one in contacts for name, _ in one.fields})
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow((*COLUMNS, *fields))
    for one in contacts:
        values = [*(getattr(one, name) for name in COLUMNS), *(one.field(name) for name in fields)]
        writer.writerow(
            ["" if value is None else _covered(str(value), first=at == 0) for at, value in enumerate(values)]
        )
    return out.getvalue()


def _covered(value: str, *, first: bool) -> str:
    harmless = first and value.startswith("@") and value.count("@") == 1
    return value if harmless else covered(value)


def _uncovered(value: str) -> str:
    return value[1:] if value.startswith("'") and value[1:].startswith(FORMULA) else value
