"""What people get to see, as pictures: a few for the docs (docs/img), and sheets of every notice to look at.

``make pictures`` renders with the product's own commands and a headless Chromium. The sheets go to the folder that
is printed: each notice in each language, on a wide screen and on a phone.
"""

from __future__ import annotations

import random
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from html import escape
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from browser import MISSING, browser, dom, picture  # noqa: E402
from line import CONFIG, prepare  # noqa: E402

from maildesk.insight.course import Letter, Line  # noqa: E402
from maildesk.model.desk import Templates  # noqa: E402
from maildesk.notices.data import DESK, NOTICES, spec_of  # noqa: E402
from maildesk.notices.gallery import Sample, sample  # noqa: E402
from maildesk.notices.locale import direction  # noqa: E402
from maildesk.notices.render import DeskTemplates, read_templates  # noqa: E402
from maildesk.notices.samples import sample_desk, sample_ticket  # noqa: E402
from maildesk.store.schema import entry, outbox  # noqa: E402
from maildesk.store.store import Store  # noqa: E402
from maildesk.web import pages  # noqa: E402

IMAGES = ROOT / "docs" / "img"
LANGUAGES = ("en", "fa")
LIMIT = 400_000
"""Bytes of one picture in the docs."""
PHONE, WIDE = 390, 640
FIRST, LAST = "2026-10-24", "2026-11-22"

_STYLE = """
body{margin:0;padding:18px;background:#eef0f3;font:14px/1.5 "DejaVu Sans",Arial,sans-serif;color:#1c2430}
.row{display:flex;gap:16px;align-items:flex-start;margin-bottom:16px}
.one{background:#fff;border:1px solid #d8dce3;border-radius:8px;overflow:hidden}
.cap{color:#475467;font-size:13px;margin:0 2px 6px}
.head{padding:9px 14px;border-bottom:1px solid #e4e7ec;background:#fafbfc;font-size:12.5px;color:#667085}
.head b{display:block;color:#1c2430;font-size:14.5px}
iframe{border:0;display:block;width:100%}
pre{margin:0;padding:14px 16px;font:13px/1.65 "DejaVu Sans Mono",monospace;white-space:pre-wrap}
.dark{background:#14181f;color:#dbe1ea}
.typed{font:14.5px/1.7 Arial,Tahoma,sans-serif;padding:10px 16px 16px;white-space:pre-wrap}
.cut{position:relative}
.cut::after{content:"";position:absolute;inset:auto 1px 1px 1px;height:70px;background:linear-gradient(#fff0,#fff)}
mark{background:#fff1b8;border-radius:3px;padding:1px 3px}
"""
_FIT = """
<script>
addEventListener("load", () => {
  for (const one of document.querySelectorAll("iframe")) {
    const inside = one.contentDocument.documentElement;
    if (!one.style.height) one.style.height = inside.scrollHeight + "px";
    if (inside.scrollWidth > one.clientWidth) one.parentNode.style.outline = "4px solid #d92d20";
  }
  document.body.dataset.height = Math.ceil(document.body.getBoundingClientRect().height);
});
</script>
"""
"""Frames as high as what is in them; a red line around what is wider than its screen."""


def main(sheets: Path) -> int:
    """Take all pictures. Gives 1 where one is too large for the docs."""
    templates = DeskTemplates(*read_templates())
    for name, width, rows in _for_docs(templates):
        photograph(IMAGES / f"{name}.png", width, rows)
    with tempfile.TemporaryDirectory(prefix="maildesk-pictures-") as folder:
        for language, page in reports(Path(folder)):
            file = IMAGES / f"report-{language}.png"
            picture(page.as_uri(), file, 1100, 890)
            photograph(sheets / f"report-{language}-phone.png", PHONE + 36, _framed("", page.read_text("utf-8"), PHONE))
            picture(page.as_uri(), sheets / f"report-{language}.png", 1100, 2600)
    for name, width, rows in _sheets(templates):
        photograph(sheets / f"{name}.png", width, rows)
    large = [file.name for file in IMAGES.glob("*.png") if file.stat().st_size > LIMIT]
    for file in sorted(IMAGES.glob("*.png")):
        print(f"{file.stat().st_size // 1000:>5} kB  {file.relative_to(ROOT)}")
    print(f"sheets: {sheets}")
    for name in large:
        print(f"{name} is larger than {LIMIT // 1000} kB")
    return 1 if large else 0


# -- what is on them --------------------------------------------------------------------------------------------------


def _for_docs(templates: Templates) -> Iterator[tuple[str, int, str]]:
    for name, shown in (("customer", ("acknowledgement",)), ("notices", ("acknowledgement", "survey", "delay_notice"))):
        rows = [_row(*(_notice(templates, one, language, 520) for language in LANGUAGES)) for one in shown]
        yield name, 2 * 520 + 52, "".join(rows)
    for language in LANGUAGES:
        got, typed, answered = _CAPTIONS[language]
        right = _typed(language, typed) + _GAP + _notice(templates, "answer", language, 470, answered)
        left = _notice(templates, "notification", language, 600, got, cut=526)
        yield f"agent-{language}", 600 + 470 + 52, _row(left, f"<div>{right}</div>", language=language)
    desk, ticket = sample_desk("en"), sample_ticket
    forms = (pages.form(desk, ticket("en")), pages.form(desk, ticket("fa")), pages.thanks(desk, ticket("fa"), 5))
    yield "survey", 3 * PHONE + 68, _row(*(_framed("", form, PHONE, 860) for form in forms))
    yield "demo", 1090, f'<div class="one dark"><pre>{escape(_demo())}</pre></div>'


def _sheets(templates: Templates) -> Iterator[tuple[str, int, str]]:
    for reader in ("desk", "outside"):
        names = [name for name in NOTICES if (spec_of(name).reader == DESK) == (reader == "desk")]
        for screen, width in (("phone", PHONE), ("wide", WIDE)):
            for part, start in enumerate(range(0, len(names), 6), start=1):
                rows = [
                    _row(*(_notice(templates, name, one, width, name) for one in LANGUAGES))
                    for name in names[start : start + 6]
                ]
                yield f"{reader}-{screen}-{part}", 2 * width + 52, "".join(rows)


_CAPTIONS = {
    "en": ("1. What an agent gets", "2. What the agent sends back, from any mail client", "3. What the customer gets"),
    "fa": ("۱. آنچه کارشناس می‌گیرد", "۲. آنچه کارشناس با برنامهٔ ایمیل خودش پاسخ می‌دهد", "۳. آنچه مشتری می‌گیرد"),
}
_GAP = '<div style="height:16px"></div>'
_REPLIES = {
    "en": ("Re: [#1042] Wrong invoice (urgent) ", "[solved]", "To: support+r…@example.com"),
    "fa": ("Re: [#1042] اشتباه در فاکتور (فوری) ", "[حل‌شد]", "به: support+r…@example.com"),
}


def _typed(language: str, caption: str) -> str:
    """The agent's reply as it stands in a mail client: the answer of the samples and one word in the subject."""
    subject, command, to = _REPLIES[language]
    text = sample(DeskTemplates(*read_templates()), "answer", language).text.replace("\r", "").partition("\n-- ")[0]
    head = (
        f'<div class="head"><b dir="auto">{escape(subject)}<mark>{command}</mark></b><span dir="auto">{to}</span></div>'
    )
    body = f'<div class="typed" dir="{direction(language)}">{escape(text.strip())}</div>'
    return f'<div class="cap">{caption}</div><div class="one" style="width:470px">{head}{body}</div>'


def _notice(templates: Templates, name: str, language: str, width: int, caption: str = "", cut: int = 0) -> str:
    """A notice in its frame; ``cut``: only so many pixels of it."""
    shown = sample(templates, name, language)
    cap = f'<div class="cap">{escape(caption)}</div>' if caption else ""
    kind = ' class="cut"' if cut else ""
    return f"<div{kind}>{cap}{_framed(_head(shown, language), shown.html, width, cut)}</div>"


def _head(shown: Sample, language: str) -> str:
    who = f"<bdi>{escape(shown.sender)}</bdi>"
    return f'<div class="head" dir="{direction(language)}"><b dir="auto">{escape(shown.subject)}</b>{who}</div>'


def _framed(head: str, html: str, width: int, height: int = 0) -> str:
    """A mail, as high as it needs; or a page in a window of this height."""
    size = f' style="height:{height}px"' if height else ""
    return f'<div class="one" style="width:{width}px">{head}<iframe{size} srcdoc="{escape(html)}"></iframe></div>'


def _row(*parts: str, language: str = "en") -> str:
    return f'<div class="row" dir="{direction(language)}" lang="{language}">{"".join(parts)}</div>'


def _demo() -> str:
    command = [sys.executable, "-m", "maildesk", "demo"]
    done = subprocess.run(command, capture_output=True, check=True, cwd=ROOT).stdout.decode()
    lines = [line for line in done.splitlines() if not line.startswith("The day's report")]
    return "$ make demo\n" + "\n".join(lines).rstrip()


# -- a month of a made-up desk ----------------------------------------------------------------------------------------


def reports(folder: Path) -> Iterator[tuple[str, Path]]:
    """The page of a month's report in each language, by ``maildesk report``."""
    config = prepare(folder, CONFIG.read_text("utf-8"))
    store = Store(f"sqlite:///{folder / 'state' / 'maildesk.db'}")
    store.prepare()
    _fill(store)
    store.close()
    for language in LANGUAGES:
        page = folder / f"{language}.html"
        period = ("--from", FIRST, "--to", LAST, "--language", language, "--html", str(page))
        command = [sys.executable, "-m", "maildesk", "--config", str(config), "report", *period]
        subprocess.run(command, check=True, capture_output=True)
        yield language, page


def _fill(store: Store) -> None:
    chance = random.Random(7)
    begin, number = datetime(2026, 9, 24, tzinfo=UTC), 1000
    lines: list[Line] = []
    letters: list[Letter] = []
    for day in range(60):
        morning = begin + timedelta(days=day)
        busy = 3 if morning.weekday() in {3, 4} else 10
        for _ in range(chance.randrange(busy - 2, busy + 5)):
            number += 1
            some = _ticket(number, morning + timedelta(hours=chance.uniform(4, 13)), chance)
            lines += some[0]
            letters += some[1]
    with store.writer.write() as connection:
        connection.execute(entry.insert(), [{**line._asdict(), "before": "{}"} for line in lines])
        connection.execute(
            outbox.insert(),
            [
                letter._asdict()
                | {"id": row, "once": f"{letter.once}|{row}", "state": "sent", "message_id": f"<{row}@example.com>"}
                | {"date": letter.sent_at, "created_at": letter.sent_at, "not_before": letter.sent_at}
                for row, letter in enumerate(letters, start=1)
            ],
        )


_COMMENTS = ("Quick and friendly, thank you!", "سریع و خوش‌برخورد؛ سپاس!", "دیر جواب دادید.", "")


def _ticket(number: int, at: datetime, chance: random.Random) -> tuple[list[Line], list[Letter]]:
    """A life: asked, answered after a while, perhaps asked again, solved, rated."""
    import json

    who = f"customer{chance.randrange(160)}@example.{chance.choice(('net', 'org'))}"
    agent, lines, letters = chance.choice(("sara", "sara", "omid", "mina")), [], []

    def add(kind: str, author: str, event: str = "", cause: str = "", **after: object) -> None:
        told = {name: value.isoformat() if isinstance(value, datetime) else value for name, value in after.items()}
        lines.append(Line(number, len(lines) + 1, kind, author, at, json.dumps(told), event, cause))

    def answer() -> None:
        add("answer", agent, "answered", waiting_since=None, status="waiting")
        letters.append(Letter(number, len(lines), "answer", who, f"{number}|answer|{len(lines)}", at))

    state = {"mailbox": "support", "group": chance.choice(("billing", "service")), "priority": "normal"}
    tags = chance.sample(("invoice", "login", "parcel", "returns"), chance.choice((0, 1, 1, 2)))
    add("customer_mail", who, "opened", **state, requester=who, status="new", assignee=agent, tags=tags, opened_at=at,
        cycle=1, waiting_since=at)  # fmt: skip
    at += timedelta(hours=min(chance.lognormvariate(0.1, 0.9), 30))
    answer()
    while chance.random() < 0.4:
        at += timedelta(hours=chance.uniform(0.5, 10))
        add("customer_mail", who, "replied", waiting_since=at, status="open")
        at += timedelta(hours=min(chance.lognormvariate(0.3, 0.8), 20))
        answer()
    if chance.random() < 0.93:
        at += timedelta(hours=chance.uniform(0.2, 9))
        add("change", agent, "solved", status="solved", solved_at=at, waiting_since=None)
        letters.append(Letter(number, 0, "survey", who, f"{number}|survey|{who}|survey:1", at + timedelta(hours=20)))
        if chance.random() < 0.4:
            at += timedelta(hours=30)
            add("rating", who, "rated", f"survey:1 stars:{chance.choices((5, 4, 3, 2, 1), (44, 30, 12, 5, 4))[0]}")
    return lines, letters


# -- the camera -------------------------------------------------------------------------------------------------------


def photograph(file: Path, width: int, body: str) -> None:
    """A picture of a page that is as high as what is on it."""
    with tempfile.NamedTemporaryFile("w", suffix=".html", encoding="utf-8") as page:
        page.write(
            f'<!DOCTYPE html><html><head><meta charset="utf-8"><style>{_STYLE}</style></head><body>{body}{_FIT}</body></html>'
        )
        page.flush()
        url = Path(page.name).as_uri()
        found = re.search(r'data-height="(\d+)"', dom(url, f"--window-size={width},800"))
        picture(url, file, width, int(found[1]) if found else 2000)


if __name__ == "__main__":
    if browser() is None:
        sys.exit(f"{MISSING}: no pictures.")
    where = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(tempfile.mkdtemp(prefix="maildesk-sheets-"))
    where.mkdir(parents=True, exist_ok=True)
    sys.exit(main(where))
