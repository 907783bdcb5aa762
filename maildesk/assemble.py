"""Settings and files -> the ``Desk`` that every decision depends on. Built whole, at the start and on each reload.

A broken rule or template file stops nothing: what was in force stays in force, and the problems come back (P16).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from maildesk import forms
from maildesk.ingest.imap import After, ImapAccount
from maildesk.model.desk import (
    Calendar,
    Desk,
    EscalationStep,
    GateLimits,
    Mailbox,
    Passage,
    ReportOrder,
    Retention,
    Sla,
    Survey,
    Updates,
    Webhook,
    Worklist,
)
from maildesk.model.errors import ConfigError, Problem
from maildesk.model.mail import Limits
from maildesk.model.people import Agent, Department, Group, Role
from maildesk.notices import render
from maildesk.notices.render import DeskTemplates
from maildesk.oauth import Tokens
from maildesk.outbox.smtp import SmtpAccount
from maildesk.rules.compile import Rules, compile_rules
from maildesk.secret import refuse_readable
from maildesk.settings import Account, MailboxSettings, Settings, SlaSettings
from maildesk.tls import Tls

KEY_BYTES = 32


def assemble(
    settings: Settings, previous: Desk | None = None, *, with_key: bool = True, lint: bool = True
) -> tuple[Desk, tuple[Problem, ...]]:
    """The desk, and what is wrong in its rule and template files.

    Where something is wrong, the rules or templates of ``previous`` stay in force. ``with_key`` False is for
    commands that sign nothing, ``lint`` False leaves templates unchecked until they are used. Raises ConfigError
    when the key file cannot be used.
    """
    macros, macro_problems = read_passages(settings.desk.macros)
    articles, article_problems = read_passages(settings.desk.articles)
    bare = _desk(settings, read_key(settings.key_file) if with_key else b"")
    bare = replace(bare, macros=macros, articles=articles)
    rules, rule_problems = read_rules(settings, bare)
    templates, template_problems = read_templates(settings, lint=lint)
    desk = replace(
        bare,
        rules=previous.rules if previous and rule_problems else rules,
        templates=previous.templates if previous and template_problems else templates,
        macros=macros,
        articles=articles,
    )
    return desk, (*rule_problems, *template_problems, *macro_problems, *article_problems)


def read_rules(settings: Settings, desk: Desk) -> tuple[Rules | None, tuple[Problem, ...]]:
    """The compiled rules of the rules folder, or None and what is wrong: one fault refuses them all (F95)."""
    try:
        return compile_rules(_files(settings.desk.rules), desk), ()
    except ConfigError as error:
        return None, error.problems


def read_templates(settings: Settings, *, lint: bool = True) -> tuple[DeskTemplates, tuple[Problem, ...]]:
    """The templates, and what is wrong with them; even broken ones can be rendered, by fallbacks (F98)."""
    problems: tuple[Problem, ...] = ()
    try:
        sources = render.read_templates(settings.desk.templates)
    except (OSError, UnicodeDecodeError) as error:
        problems = (Problem(str(settings.desk.templates), 0, f"cannot read the templates: {error}"),)
        sources = render.read_templates()
    templates = DeskTemplates(*sources, language=settings.desk.language)
    return templates, (*problems, *(templates.lint() if lint else ()))


def read_passages(folder: Path) -> tuple[tuple[Passage, ...], tuple[Problem, ...]]:
    """The texts of a folder, and what cannot be read: ``refund.md``, or ``refund.fa.md`` for one language.

    A first line ``# Title`` is the title, a line ``keywords: one, two`` below it is for searching only. Of a front
    matter between lines ``---``, as other programs write it, only the title counts: it is for no reader.
    """
    found, problems = [], []
    for path in sorted(folder.glob("*.md")):
        try:
            title, text = _without_front_matter(path.read_text("utf-8").strip())
            first, _, rest = text.partition("\n")
        except (OSError, UnicodeDecodeError) as error:
            problems.append(Problem(str(path), 0, f"cannot read it as UTF-8 text: {error}"))
            continue
        titled = first.startswith("# ")
        name, _, language = path.stem.partition(".")
        title = first[2:].strip() if titled else title or name
        text, keywords = _without_keywords(rest.strip() if titled else f"{first}\n{rest}".strip())
        found.append(Passage(name, language, title, text, keywords))
    return tuple(found), tuple(problems)


def _without_front_matter(text: str) -> tuple[str, str]:
    """(its title, the text below it)."""
    begin, *rest = text.split("\n---", 1)
    if not begin.startswith("---\n") or not rest:
        return "", text
    pairs = (line.partition(":") for line in begin.splitlines())
    title = next((value.strip().strip("\"'") for name, _, value in pairs if name.strip().lower() == "title"), "")
    return title, rest[0].lstrip("-").strip()


def _without_keywords(text: str) -> tuple[str, tuple[str, ...]]:
    first, _, rest = text.partition("\n")
    name, colon, words = first.partition(":")
    if not colon or name.strip().lower() != "keywords":
        return text, ()
    return rest.strip(), tuple(word.strip() for word in re.split("[,،]", words) if word.strip())


def imap_account(box: MailboxSettings, message_limit: int = Limits().message) -> ImapAccount:
    """How to get at a mailbox. Raises ValueError for one without an imap table."""
    imap = box.imap
    if imap is None:
        raise ValueError(f"mailbox {box.name} has no imap table")
    tokens = box.oauth2.tokens(box.name) if box.oauth2 else None
    return ImapAccount(
        name=box.name,
        host=imap.host,
        user=imap.user or box.address,
        secret=tokens.access if tokens else imap.secret(box.name, "imap").resolve,
        renew=tokens.renew if tokens else None,
        port=imap.port or (993 if imap.tls == "implicit" else 143),
        tls=Tls(imap.tls),
        insecure=imap.insecure,
        ca_file=imap.ca_file,
        folder=imap.folder,
        after=After(box.after),
        done_folder=box.done_folder,
        create_folder=imap.create_folder,
        idle=imap.idle,
        poll_seconds=imap.poll * 60,
        message_limit=message_limit,
    )


def smtp_account(box: MailboxSettings) -> SmtpAccount:
    """How to send for a mailbox. Raises ValueError for one without an smtp table."""
    if box.smtp is None:
        raise ValueError(f"mailbox {box.name} has no smtp table")
    return _smtp(box.smtp, box.name, box.address, box.oauth2.tokens(box.name) if box.oauth2 else None)


def alert_account(settings: Settings) -> SmtpAccount | None:
    """The second account, for alerts when a mailbox's own server is away."""
    return _smtp(settings.alert_smtp, "alert", "") if settings.alert_smtp else None


def _smtp(smtp: Account, name: str, address: str, tokens: Tokens | None = None) -> SmtpAccount:
    return SmtpAccount(
        name=name,
        host=smtp.host,
        port=smtp.port or (465 if smtp.tls == "implicit" else 587),
        user="" if smtp.user == "-" else smtp.user or address,
        secret=tokens.access if tokens else smtp.secret(name, "smtp").resolve,
        renew=tokens.renew if tokens else None,
        tls=Tls(smtp.tls),
        insecure=smtp.insecure,
        ca_file=smtp.ca_file,
    )


def read_key(file: Path) -> bytes:
    """The desk's key. Raises ConfigError when it is missing, too short or readable by others."""
    refuse_readable(file, "the desk's key")
    try:
        key = file.read_bytes()
    except OSError as error:
        raise ConfigError(Problem(str(file), 0, f"the desk's key: {error.strerror}; make one: maildesk init")) from None
    if len(key) < KEY_BYTES:
        raise ConfigError(Problem(str(file), 0, f"the desk's key must be {KEY_BYTES} random bytes: restore your copy"))
    return key


def _files(folder: Path) -> list[tuple[str, str]]:
    files, problems = [], []
    for path in sorted(folder.glob("*.toml")):
        try:
            files.append((str(path), path.read_text("utf-8")))
        except (OSError, UnicodeDecodeError) as error:
            problems.append(Problem(str(path), 0, f"cannot read it as UTF-8 text: {error}"))
    if problems:
        raise ConfigError(*problems)
    return files


def _desk(settings: Settings, key: bytes) -> Desk:
    desk = settings.desk
    calendars = {calendar.name: calendar for calendar in _calendars(settings)}
    return Desk(
        name=desk.name,
        domain=desk.domain,
        key=key,
        language=desk.language,
        timezone=desk.timezone,
        mailboxes={box.name: _mailbox(box) for box in settings.mailbox},
        agents={agent.name: agent for agent in _agents(settings)},
        groups={group.name: Group(**group.model_dump()) for group in settings.group},
        departments={department.name: department for department in _departments(settings)},
        calendars=calendars,
        slas=tuple(_sla(sla, calendars) for sla in settings.sla),
        survey=_survey(settings),
        updates=_updates(settings),
        worklist=Worklist(settings.worklist.enabled, settings.worklist.at),
        retention=Retention(**settings.retention.model_dump()),
        reports=tuple(_reports(settings)),
        webhooks={hook.name: Webhook(hook.name, hook.url, hook.key().resolve) for hook in settings.webhook},
        gate=_gate(settings),
        limits=Limits(**settings.limits.model_dump()),
        authserv_ids=frozenset(desk.authserv_ids),
        hold_seconds=desk.hold_seconds,
        auto_max_age_hours=desk.auto_max_age / 60,
        new_matter_minutes=desk.new_matter_after,
        token_days=desk.token_days,
        spam_headers=tuple(_header(line) for line in desk.spam_headers),
        notify_agents=desk.notify_agents,
        public_url=settings.http.base_url.rstrip("/") if settings.http else "",
        admin=desk.admin or "",
    )


def _header(line: str) -> tuple[str, str]:
    name, _, text = line.partition(":")
    return name.lower(), text.strip()


def _mailbox(box: MailboxSettings) -> Mailbox:
    return Mailbox(
        name=box.name,
        address=box.address,
        display=box.display,
        aliases=frozenset(box.aliases),
        group=box.group,
        language=box.language,
        calendar=box.calendar,
        signature=box.signature,
        plus=box.plus,
        colour=box.colour,
    )


def _agents(settings: Settings) -> Iterable[Agent]:
    for agent in settings.agent:
        values = agent.model_dump() | {
            "role": Role(agent.role),
            "aliases": frozenset(agent.aliases),
            "skills": frozenset(agent.skills),
        }
        yield Agent(**values)


def _departments(settings: Settings) -> Iterable[Department]:
    for item in settings.department:
        yield Department(item.name, item.email, item.language, item.remind_after, item.pauses_clock)


def _calendars(settings: Settings) -> Iterable[Calendar]:
    for item in settings.calendar:
        yield Calendar(
            name=item.name,
            timezone=item.timezone or settings.desk.timezone,
            week=dict(item.week),
            country=item.holidays,
            add_holidays=frozenset(item.add_holidays),
            remove_holidays=frozenset(item.remove_holidays),
        )


def _sla(sla: SlaSettings, calendars: dict[str, Calendar]) -> Sla:
    day = working_day(calendars.get(sla.calendar) or next(iter(calendars.values()), None))
    targets = {
        name: forms.minutes(text, day) if (text := getattr(sla, name)) else None
        for name in ("first_response", "next_response", "resolution", "keep_informed")
    }
    return Sla(
        name=sla.name,
        **targets,
        groups=frozenset(sla.groups),
        priorities=frozenset(sla.priorities),
        organisations=frozenset(sla.organisations),
        calendar=sla.calendar,
        steps=tuple(EscalationStep(*step.at, notify=step.notify, assign=step.assign) for step in sla.steps),
    )


def working_day(calendar: Calendar | None) -> int:
    """The minutes of an average working day: what 1d means in a service level. 1440 around the clock."""
    if calendar is None or calendar.always:
        return 1440
    days = [hours for hours in calendar.week.values() if hours]
    lengths = [
        (end.hour * 60 + end.minute or 1440) - begin.hour * 60 - begin.minute for hours in days for begin, end in hours
    ]
    return round(sum(lengths) / max(1, len(days)))


def _survey(settings: Settings) -> Survey:
    survey = settings.survey
    return Survey(survey.enabled, survey.delay, survey.cooldown, survey.sample_percent, survey.expires)


def _updates(settings: Settings) -> Updates:
    updates = settings.updates
    return Updates(updates.enabled, updates.after, updates.delay, updates.delay_before, updates.decide_after)


def _reports(settings: Settings) -> Iterable[ReportOrder]:
    for report in settings.report:
        yield ReportOrder(**report.model_dump() | {"weekday": forms.WEEKDAYS.index(report.weekday)})


def _gate(settings: Settings) -> GateLimits:
    gate = settings.gate
    return GateLimits(
        gate.address_hour,
        gate.address_day,
        gate.domain_hour,
        gate.total_hour,
        gate.ticket_hour,
        GateLimits().public_providers | set(gate.public_providers),
        gate.ack_size,
        gate.rule_hour,
        gate.quiet,
    )
