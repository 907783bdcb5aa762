"""The one table of what agents can do by mail. A new command is a row here and nothing else."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from maildesk.commands import asks, incident, keeping, people, reporting, state, tickets
from maildesk.commands.folding import key
from maildesk.commands.row import Command, Need, Outcome, Trust, question, tongue
from maildesk.commands.split import split
from maildesk.commands.undo import undo
from maildesk.model.change import Change, Order
from maildesk.model.desk import Desk, Scene
from maildesk.model.tokens import Right


def _meant(change: Change, scene: Scene, order: Order) -> Outcome:  # noqa: ARG001 - every command has these three
    """A word about the text of the mail: ``answer`` acts upon it."""
    return change


def _misplaced(change: Change, scene: Scene, order: Order) -> Outcome:  # noqa: ARG001 - every command has these three
    """A decision where there is nothing to decide."""
    return question(order, "nothing_held")


def _alone(change: Change, scene: Scene, order: Order) -> Outcome:  # noqa: ARG001 - every command has these three
    """``new`` begins a ticket, so it cannot stand in a mail about another one."""
    return question(order, "alone", detail=order.command)


def _refer(change: Change, scene: Scene, order: Order) -> Outcome:
    """``answer`` hands the text over as the last argument."""
    *words, text = order.args
    return people.refer(change, scene, replace(order, args=tuple(words)), text)


def _incident(change: Change, scene: Scene, order: Order) -> Outcome:
    """As with ``refer``."""
    *words, text = order.args
    return incident.incident(change, scene, replace(order, args=tuple(words)), text)


def _solved(change: Change, scene: Scene, order: Order) -> Outcome:
    """An incident takes all with it that it concerns."""
    settled = state.solved(change, scene, order)
    return incident.solve_all(settled, scene, order) if isinstance(settled, Change) else settled


def help_card(change: Change, scene: Scene, order: Order) -> Outcome:
    """Every command, or those whose names are the arguments, in the agent's language."""
    wanted = [command(name) for name in order.args]
    chosen = [row for row in wanted if row] or COMMANDS
    rows = tuple(card(row, tongue(scene), scene.desk) for row in chosen)
    data = {"commands": rows}
    return change.send(asks.to_actor(change, scene, "help", data, (Right.COMMAND,), purpose="help", number=0))


def card(row: Command, language: str, desk: Desk) -> Mapping[str, str]:
    """How a command is written in this desk and what it means, for a commands card."""
    written, meaning = (row.example_fa, row.help_fa) if language == "fa" else (row.example, row.help)
    agent, group, department = (next(iter(names), "") for names in (desk.agents, desk.groups, desk.departments))
    here = {"omid": agent, "امید": agent, "billing": group, "finance": department, "مالی": department}
    return {"written": f"[{' '.join(here.get(word) or word for word in written.split())}]", "meaning": meaning}


_NO_TICKET = frozenset({Need.TICKETS, Need.STORY})

COMMANDS: tuple[Command, ...] = (
    # --- the text of the mail
    Command(
        name="note", aliases=("internal", "private"), persian=("یادداشت", "داخلی"), arguments="TEXT", most=None,
        apply=_meant, example="note", example_fa="یادداشت",
        help="The text is an internal note; the customer never sees it.",
        help_fa="متن یادداشت داخلی است و مشتری هرگز آن را نمی‌بیند.",
    ),
    Command(
        name="public", aliases=("answer", "reply"), persian=("پاسخ", "عمومی"),
        apply=_meant, example="public", example_fa="پاسخ",
        help="The text is an answer to the customer.", help_fa="متن پاسخی به مشتری است.",
    ),
    Command(
        name="refer", persian=("ارجاع",), arguments="DEPARTMENT", least=1, most=None,
        apply=_refer, example="refer finance", example_fa="ارجاع مالی",
        needs=frozenset({Need.STORY}), decides_status=True, trivial=False,
        help="Ask a department; the text goes to it, its answer comes back as a note.",
        help_fa="پرسیدن از یک واحد؛ متن به آن واحد می‌رود و پاسخش یادداشت می‌شود.",
    ),
    Command(
        name="macro", aliases=("canned", "template"), persian=("متن‌آماده", "متن"),
        arguments="NAME NAME=VALUE preview", least=1, most=None,
        apply=_meant, example="macro refund amount=20", example_fa="متن‌آماده بازپرداخت مبلغ=۲۰",
        help="A text of the desk's goes below yours; preview shows it first.",
        help_fa="متنی آماده زیر متن شما می‌آید؛ با «پیش‌نمایش» اول نشان داده می‌شود.",
    ),
    Command(
        name="article", aliases=("faq",), persian=("مقاله",), arguments="NAME preview", least=1, most=2,
        apply=_meant, example="article reset-password", example_fa="مقاله رمز",
        help="An article goes below your text.", help_fa="مقاله‌ای زیر متن شما می‌آید.",
    ),
    # --- whose it is
    Command(
        name="take", aliases=("mine",), persian=("برداشتم", "بردار", "برمی‌دارم"),
        apply=people.take, example="take", example_fa="برداشتم",
        help="It is yours, if nobody has it yet.", help_fa="اگر هنوز کسی آن را برنداشته، مال شماست.",
    ),
    Command(
        name="assign", aliases=("assignee", "owner", "give"), persian=("واگذار", "واگذاری", "مسئول"),
        arguments="AGENT", least=1, most=4, apply=people.assign, example="assign omid", example_fa="واگذار امید",
        help="Give it to an agent, to lead or to me.", help_fa="سپردن به یک همکار، به سرپرست یا به من.",
    ),
    Command(
        name="unassign", persian=("رها", "بی‌مسئول"),
        apply=people.unassign, example="unassign", example_fa="رها",
        help="Nobody has it any more.", help_fa="دیگر مسئولی ندارد.",
    ),
    Command(
        name="group", aliases=("queue", "team"), persian=("گروه", "صف"), arguments="GROUP", least=1, most=4,
        apply=people.group, example="group billing", example_fa="گروه billing",
        help="Move it to another team.", help_fa="بردن به گروهی دیگر.",
    ),
    Command(
        name="watch", aliases=("follow",), persian=("دنبال", "ناظر"), arguments="AGENT", most=4,
        apply=people.watch, example="watch", example_fa="دنبال",
        help="You, or an agent, are told what happens to it.", help_fa="شما یا همکاری از رویدادهایش باخبر می‌شوید.",
    ),
    Command(
        name="unwatch", aliases=("unfollow", "mute"), persian=("بی‌خبر", "دنبال‌نکن"), arguments="AGENT", most=4,
        apply=people.unwatch, example="unwatch", example_fa="بی‌خبر",
        help="You, or an agent, are not told any more.", help_fa="دیگر به شما یا آن همکار خبر داده نمی‌شود.",
    ),
    # --- how it stands
    Command(
        name="solved", aliases=("solve", "resolved", "resolve", "done", "fixed"),
        persian=("حل‌شد", "حل‌شده", "حل", "انجام‌شد"),
        apply=_solved, example="solved", example_fa="حل‌شد", decides_status=True, ends=True,
        needs=frozenset({Need.LINKED}),
        help="It is settled; a reply opens it again.", help_fa="حل شده است؛ با پاسخ مشتری دوباره باز می‌شود.",
    ),
    Command(
        name="open", persian=("باز", "باز‌کن"), apply=state.reopen, example="open", example_fa="باز",
        decides_status=True, help="It is our turn.", help_fa="نوبت ماست.",
    ),
    Command(
        name="waiting", aliases=("wait", "pending"), persian=("منتظر", "انتظار", "در‌انتظار"),
        apply=state.waiting, example="waiting", example_fa="منتظر", decides_status=True,
        help="It is the customer's turn.", help_fa="نوبت مشتری است.",
    ),
    Command(
        name="close", aliases=("closed",), persian=("بستن", "ببند", "بسته"),
        apply=state.close, example="close", example_fa="بستن", decides_status=True, ends=True,
        help="Done for good; a reply makes a new ticket.", help_fa="برای همیشه بسته؛ پاسخ مشتری تیکت تازه می‌سازد.",
    ),
    Command(
        name="reopen", aliases=("unsolved", "unsolve"), persian=("بازگشایی", "حل‌نشد"),
        apply=state.reopen, example="reopen", example_fa="بازگشایی", decides_status=True,
        help="It was not settled after all.", help_fa="حل نشده بود؛ دوباره باز شود.",
    ),
    Command(
        name="status", aliases=("state",), persian=("وضعیت",), arguments="STATUS", least=1, most=2,
        apply=state.status, example="status=solved", example_fa="وضعیت=حل‌شده", decides_status=True, ends=True,
        help="The same as the command of that name.", help_fa="همان دستوری که به این نام است.",
    ),
    Command(
        name="snooze", aliases=("pause", "later", "postpone"), persian=("تعویق", "بعداً", "چرت"),
        arguments="WHEN", least=1, most=8,
        apply=state.snooze, example="snooze 3d", example_fa="تعویق شنبه ۹:۰۰", decides_status=True, ends=True,
        help="Out of sight until then, or until the customer writes.",
        help_fa="تا آن زمان، یا تا نامهٔ مشتری، کنار می‌ماند.",
    ),
    Command(
        name="ack", aliases=("acknowledge", "seen"), persian=("دیدم", "پیگیرم"),
        apply=state.acknowledge, example="ack", example_fa="پیگیرم",
        help="You see to it: nobody else is warned that it waits.",
        help_fa="پیگیری با شماست؛ دربارهٔ انتظارش به کس دیگری هشدار داده نمی‌شود.",
    ),
    Command(
        name="priority", aliases=("prio",), persian=("اولویت",), arguments="low|normal|high|urgent", least=1, most=1,
        apply=state.priority, example="priority high", example_fa="اولویت زیاد",
        help="How much it matters.", help_fa="چقدر مهم است: کم، عادی، زیاد، فوری.",
    ),
    Command(
        name="tag", aliases=("tags", "label"), persian=("برچسب", "برچسب‌ها"), arguments="+TAG -TAG", least=1, most=20,
        apply=state.tag, example="tag +refund -new", example_fa="برچسب +بازپرداخت",
        help="Put tags on, take tags off.", help_fa="زدن و برداشتن برچسب.",
    ),
    Command(
        name="field", aliases=("set",), persian=("فیلد",), arguments="NAME=VALUE", least=1, most=None,
        apply=state.field, example="field order=4711", example_fa="فیلد سفارش=۴۷۱۱",
        help="Set a field; an empty value removes it.", help_fa="نوشتن یک فیلد؛ مقدار خالی آن را پاک می‌کند.",
    ),
    Command(
        name="language", aliases=("lang",), persian=("زبان",), arguments="CODE", least=1, most=1,
        apply=state.language, example="language fa", example_fa="زبان فارسی",
        help="The language in which the customer is written to.", help_fa="زبانی که با مشتری نوشته می‌شود.",
    ),
    # --- people outside
    Command(
        name="cc", aliases=("participant", "copy"), persian=("رونوشت",), arguments="+ADDRESS -ADDRESS",
        least=1, most=20,
        apply=people.cc, example="cc +ali@example.com", example_fa="رونوشت +ali@example.com", trivial=False,
        help="Somebody outside takes part, or no longer.", help_fa="کسی از بیرون همراه می‌شود یا دیگر نیست.",
    ),
    Command(
        name="requester", aliases=("customer",), persian=("درخواست‌کننده", "مشتری"), arguments="ADDRESS",
        least=1, most=1, apply=people.requester, example="requester leila@example.com",
        example_fa="مشتری leila@example.com", trivial=False,
        help="Somebody else is the person who asked.", help_fa="درخواست‌کننده کس دیگری است.",
    ),
    # --- several tickets
    Command(
        name="link", aliases=("related",), persian=("پیوند", "مرتبط"), arguments="NUMBER", least=1, most=1,
        apply=tickets.link, example="link 1043", example_fa="پیوند ۱۰۴۳", needs=frozenset({Need.TICKETS}),
        help="The two tickets belong together.", help_fa="این دو تیکت به هم مربوط‌اند.",
    ),
    Command(
        name="merge", persian=("ادغام",), arguments="NUMBER", least=1, most=1,
        apply=tickets.merge, example="merge 1043", example_fa="ادغام ۱۰۴۳", needs=frozenset({Need.TICKETS}),
        trust=Trust.STRONG, decides_status=True, ends=True, trivial=False,
        help="This ticket goes on in that one.", help_fa="این تیکت در آن یکی ادامه می‌یابد.",
    ),
    Command(
        name="unmerge", persian=("جداسازی", "جدا"), arguments="NUMBER", most=1,
        needs=frozenset({Need.TICKETS, Need.LINKED}),
        apply=tickets.unmerge, example="unmerge", example_fa="جداسازی", decides_status=True, trivial=False,
        help="It stands on its own again.", help_fa="دوباره تیکتی جداست.",
    ),
    Command(
        name="split", persian=("تفکیک",), arguments="ENTRY", most=1,
        apply=split, example="split", example_fa="تفکیک", needs=frozenset({Need.FRESH}), trivial=False,
        help="The mail that you answer becomes a ticket of its own.",
        help_fa="نامه‌ای که پاسخ می‌دهید تیکتی جدا می‌شود.",
    ),
    Command(
        name="incident", aliases=("outage",), persian=("رخداد", "حادثه"), arguments="NUMBERS", most=50,
        apply=_incident, example="incident 1043 1044", example_fa="رخداد ۱۰۴۳ ۱۰۴۴",
        needs=frozenset({Need.TICKETS, Need.LINKED}), trust=Trust.STRONG, decides_status=True, trivial=False,
        help="It concerns these tickets too; the text goes to everybody, solving it solves all.",
        help_fa="این تیکت‌ها هم درگیرند؛ متن به همه می‌رود و با حل آن همه حل می‌شوند.",
    ),
    # --- held mail and second thoughts
    Command(
        name="send", aliases=("release",), persian=("ارسال", "بفرست"), apply=_misplaced, example="send",
        example_fa="ارسال", needs=frozenset({Need.HELD}), ticket=False,
        help="The held mail goes to the customer.", help_fa="نامهٔ نگه‌داشته‌شده برای مشتری فرستاده شود.",
    ),
    Command(
        name="drop", aliases=("discard",), persian=("دورریز", "دور‌بینداز"), apply=_misplaced, example="drop",
        example_fa="دورریز", needs=frozenset({Need.HELD}), ticket=False,
        help="The held mail is thrown away.", help_fa="نامهٔ نگه‌داشته‌شده دور ریخته شود.",
    ),
    Command(
        name="undo", aliases=("u", "revert"), persian=("برگردان", "لغو", "واگرد"), apply=undo, example="undo",
        example_fa="برگردان", needs=frozenset({Need.UNDO}), decides_status=True, trivial=False, ticket=False,
        help="Take back what you did last.", help_fa="آخرین کار شما برگردانده شود.",
    ),
    # --- questions
    Command(
        name="why", persian=("چرا",), apply=asks.why, example="why", example_fa="چرا",
        needs=frozenset({Need.REASONS}), asks=True,
        help="Every decision about it, with its reason.", help_fa="هر تصمیم دربارهٔ آن و دلیلش.",
    ),
    Command(
        name="show", aliases=("history",), persian=("نمایش", "نشان‌بده"), arguments="NUMBER", most=1,
        apply=asks.show, example="show 1043", example_fa="نمایش ۱۰۴۳", needs=_NO_TICKET, ticket=False, asks=True,
        help="Its whole history.", help_fa="همهٔ تاریخچهٔ آن.",
    ),
    Command(
        name="list", aliases=("worklist", "queue list"), persian=("فهرست", "لیست"), apply=asks.list_tickets,
        example="list", example_fa="فهرست", needs=frozenset({Need.WORKLIST}), ticket=False, asks=True,
        help="Your tickets; answer line by line.", help_fa="تیکت‌های شما؛ سطر به سطر پاسخ دهید.",
    ),
    Command(
        name="search", aliases=("find",), persian=("جستجو", "بگرد"), arguments="WORDS", least=1, most=8,
        apply=asks.search, example="search invoice", example_fa="جستجو فاکتور", needs=frozenset({Need.FOUND}),
        ticket=False, asks=True,
        help="Tickets that hold these words.", help_fa="تیکت‌هایی که این واژه‌ها در آنهاست.",
    ),
    Command(
        name="report", aliases=("figures", "stats"), persian=("گزارش", "آمار"), arguments="csat 30d GROUP", most=8,
        apply=reporting.report, example="report csat 30d", example_fa="گزارش رضایت ۳۰ روز", ticket=False, asks=True,
        help="Figures by mail: yours, a lead's groups, a manager's desk; of 7 days, or as you say.",
        help_fa="آمار با نامه: آمار شما، گروه‌های سرپرست یا همهٔ میز؛ ۷ روز یا هر چند روز که بنویسید.",
    ),
    Command(
        name="help", aliases=("commands",), persian=("راهنما", "کمک"), arguments="COMMAND", most=3, apply=help_card,
        example="help", example_fa="راهنما", ticket=False, asks=True,
        help="This card.", help_fa="همین راهنما.",
    ),
    # --- the desk
    Command(
        name="new", aliases=("write",), persian=("جدید", "نامه‌به"), arguments="[phone|chat] ADDRESS", least=1, most=2,
        apply=_alone, example="new leila@example.com", example_fa="جدید leila@example.com",
        needs=frozenset({Need.NUMBER}), trust=Trust.EITHER, ticket=False, trivial=False,
        help="Write to a customer first, or log a call: new phone ADDRESS.",
        help_fa="نوشتن به مشتری برای نخستین بار، یا ثبت تماس: جدید تلفن نشانی.",
    ),
    Command(
        name="vacation", aliases=("away", "ooo"), persian=("مرخصی",), arguments="[WHEN] [AGENT]", most=8,
        apply=people.vacation, example="vacation 2w omid", example_fa="مرخصی ۲ هفته امید", ticket=False, trivial=False,
        help="You are away until then, an agent covers.", help_fa="تا آن زمان نیستید و همکاری جانشین شماست.",
    ),
    Command(
        name="back", persian=("برگشتم", "آمدم"), apply=people.back, example="back", example_fa="برگشتم", ticket=False,
        help="You are here again.", help_fa="دوباره هستید.",
    ),
    Command(
        name="block", aliases=("ban",), persian=("مسدود", "مسدود‌کن"), arguments="ADDRESS WHEN quarantine", most=8,
        apply=keeping.block, example="block @example.net 30d", example_fa="مسدود @example.net ۳۰ روز",
        trust=Trust.STRONG, ticket=False, trivial=False,
        help="Mail of an address or a domain is kept away.", help_fa="نامه‌های یک نشانی یا دامنه راه داده نمی‌شود.",
    ),
    Command(
        name="unblock", aliases=("unban",), persian=("رفع‌مسدودی", "آزاد"), arguments="ADDRESS", most=1,
        apply=keeping.unblock, example="unblock @example.net", example_fa="رفع‌مسدودی @example.net",
        trust=Trust.STRONG, ticket=False, trivial=False,
        help="It comes in again.", help_fa="دوباره راه داده می‌شود.",
    ),
    Command(
        name="erase", aliases=("forget",), persian=("پاک‌کن", "فراموش"), arguments="ADDRESS", most=1,
        apply=keeping.erase, example="erase leila@example.com", example_fa="پاک‌کن leila@example.com",
        trust=Trust.STRONG, ticket=False, trivial=False,
        help="Everything of a person is removed; the figures stay.",
        help_fa="همهٔ داده‌های یک نفر پاک می‌شود؛ آمار می‌ماند.",
    ),
    Command(
        name="export", aliases=("dossier",), persian=("برون‌بری", "پرونده"), arguments="ADDRESS", most=1,
        apply=keeping.export, example="export leila@example.com", example_fa="پرونده leila@example.com",
        needs=frozenset({Need.DOSSIER}), trust=Trust.STRONG, ticket=False, trivial=False,
        help="Everything that is known of a person goes to that person.",
        help_fa="آنچه از یک نفر داریم برای خودش فرستاده می‌شود.",
    ),
    Command(
        name="spam", aliases=("junk",), persian=("هرزنامه",), apply=state.spam, example="spam", example_fa="هرزنامه",
        decides_status=True, ends=True, trivial=False, gateways_write_it=True,
        help="Closed; its sender gets no automatic mail any more. Write it as #spam.",
        help_fa="بسته؛ دیگر نامهٔ خودکاری به فرستنده نمی‌رود. به شکل ‎#هرزنامه بنویسید.",
    ),
)  # fmt: skip

BY_NAME: Mapping[str, Command] = {key(name): row for row in COMMANDS for name in row.names}
"""Every name of every command, as ``folding.key`` gives it."""


def command(name: str) -> Command | None:
    """The command that a name or alias belongs to."""
    return BY_NAME.get(key(name))


def needs(orders: Iterable[Order]) -> frozenset[Need]:
    """What must be read before these orders can be decided."""
    return frozenset().union(*(BY_NAME[key(order.command)].needs for order in orders))


def words_of(orders: Iterable[Order], need: Need) -> tuple[str, ...]:
    """The arguments of the first order that has such a need."""
    return next((order.args for order in orders if need in BY_NAME[key(order.command)].needs), ())


def numbers(orders: Iterable[Order]) -> tuple[int, ...]:
    """The tickets that the orders are about besides that of the mail, ascending."""
    found = {order.ticket for order in orders if order.ticket}
    for order in orders:
        if Need.TICKETS in BY_NAME[key(order.command)].needs:
            found |= {int(digits) for word in order.args if (digits := key(word)).isdigit() and len(digits) < 19}
    return tuple(sorted(found))
