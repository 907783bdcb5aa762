"""The one gate for automatic mail: what may leave now, later or not at all, given the counts. Pure.

Answers and mail to the desk's own people and departments always pass; everything else has to get by the checks
below, in this order. The reasons are kept with the outbox row and told by `maildesk why`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum

from maildesk.model.change import MailClass, Notice
from maildesk.model.desk import Desk, GateLimits
from maildesk.model.people import Role
from maildesk.notices.locale import zone_of

UPDATES = frozenset({"status_update", "survey", "delay_notice", "incident", "reminder"})
"""What somebody who wrote STOP does not get any more."""
PATIENT = frozenset({"status_update", "survey", "delay_notice", "reminder"})
"""What waits for the end of the quiet hours."""
_UNLIMITED = frozenset({Role.AGENT, Role.LEAD, Role.MANAGER, Role.DEPARTMENT})
_ROBOTS = frozenset({"mailer-daemon", "postmaster", "bounce", "bounces", "listserv", "majordomo", "autoreply"})
_ROBOT_AFFIXES = ("owner-", "bounce-", "bounces-"), ("-owner", "-request", "-bounces", "-bounce")
_HOUR = timedelta(hours=1)


class Outcome(StrEnum):
    """What the gate says of a mail."""

    NOW = "now"
    """It may leave; its own ``not_before`` still holds."""
    LATER = "later"
    """It may leave, but not before ``not_before``."""
    STOPPED = "stopped"
    """It must not leave."""


@dataclass(frozen=True, slots=True)
class GateVerdict:
    """The gate's word on one notice, with its reason; ``alert`` asks for a person to be told (once an hour)."""

    outcome: Outcome
    not_before: datetime | None = None
    reason: str = ""
    alert: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class GateFacts:
    """What the store knows: automatic mails to outsiders in the last hour or day, and who must not get any."""

    address_hour: Mapping[str, int] = field(default_factory=dict)
    address_day: Mapping[str, int] = field(default_factory=dict)
    domain_hour: Mapping[str, int] = field(default_factory=dict)
    total_hour: int = 0
    ticket_hour: Mapping[int, int] = field(default_factory=dict)
    waiting_domain: Mapping[str, int] = field(default_factory=dict)
    """Mails that the gate already put off and that have not left, by domain; they leave one after another."""
    waiting_total: int = 0
    suppressed: Mapping[str, str] = field(default_factory=dict)
    """Address -> why nothing automatic goes there."""
    no_updates: frozenset[str] = frozenset()
    """Addresses that wrote STOP."""
    quiet: frozenset[int] = frozenset()
    """Tickets of old or imported mail: no rule writes to their customers."""
    cause: str = ""
    """From address of the mail behind it all; empty for jobs and the command line."""
    unanswerable: str = ""
    """Why that mail may not be answered automatically (``ingest.screen.may_answer``); empty when it may."""


_NOW = GateVerdict(Outcome.NOW)


def allow(notices: Sequence[Notice], desk: Desk, now: datetime, facts: GateFacts) -> tuple[GateVerdict, ...]:
    """One verdict for each notice, in the same order; each counts what was allowed before it in this call."""
    tally = _Tally(facts, outside_cause=bool(facts.cause) and desk.agent_at(facts.cause) is None)
    verdicts = []
    for notice in notices:
        verdict = _judge(notice, desk, now, facts, tally)
        tally = tally.plus(notice, verdict)
        verdicts.append(verdict)
    return tuple(verdicts)


@dataclass(frozen=True, slots=True)
class _Tally:
    """The counts of the facts, plus those of this call."""

    facts: GateFacts
    outside_cause: bool
    passed: tuple[tuple[str, int, bool], ...] = ()
    """(address, ticket, delayed) of every automatic mail to an outsider that this call let through."""

    def plus(self, notice: Notice, verdict: GateVerdict) -> _Tally:
        if not _is_limited(notice) or verdict.outcome is Outcome.STOPPED:
            return self
        return replace(self, passed=(*self.passed, (notice.to, notice.ticket, verdict.alert)))

    def address(self, counted: Mapping[str, int], address: str) -> int:
        return counted.get(address, 0) + sum(to == address for to, _, _ in self.passed)

    def ticket(self, number: int) -> int:
        return self.facts.ticket_hour.get(number, 0) + sum(ticket == number for _, ticket, _ in self.passed)

    def left(self, domain: str) -> int:
        """Mails of the last hour to a domain ("" for all)."""
        before = self.facts.domain_hour.get(domain, 0) if domain else self.facts.total_hour
        return before + sum(not late for to, _, late in self.passed if not domain or _domain(to) == domain)

    def waiting(self, domain: str) -> int:
        """Mails put off, to a domain ("" for all)."""
        before = self.facts.waiting_domain.get(domain, 0) if domain else self.facts.waiting_total
        return before + sum(late for to, _, late in self.passed if not domain or _domain(to) == domain)


def _is_limited(notice: Notice) -> bool:
    return notice.mail_class is MailClass.AUTOMATIC and notice.role not in _UNLIMITED


def _judge(notice: Notice, desk: Desk, now: datetime, facts: GateFacts, tally: _Tally) -> GateVerdict:
    if notice.mail_class is MailClass.REPLY:
        return _NOW
    stop = _machine(notice.to, desk)
    if stop:
        return GateVerdict(Outcome.STOPPED, reason=stop)
    if not _is_limited(notice):
        return _NOW
    for check in _STOPS:
        reason = check(notice, desk.gate, facts, tally)
        if reason:
            return GateVerdict(Outcome.STOPPED, reason=reason, alert=check is _flooding)
    return _timed(notice, desk, now, tally)


def _machine(address: str, desk: Desk) -> str:
    """RFC 3834 section 2: nobody's robot, and never ourselves."""
    if address in desk.own_addresses or _without_plus(address) in desk.own_addresses:
        return "the desk's own address"
    local = address.rpartition("@")[0].lower()
    squeezed = local.replace("-", "").replace("_", "").replace(".", "")
    if squeezed.startswith(("noreply", "donotreply", "dontreply", "nepasrepondre")):
        return "a no-reply address"
    prefixes, suffixes = _ROBOT_AFFIXES
    if local in _ROBOTS or local.startswith(prefixes) or local.endswith(suffixes):
        return "the address of a robot"
    return ""


def _without_plus(address: str) -> str:
    local, _, domain = address.rpartition("@")
    return f"{local.partition('+')[0]}@{domain}"


def _suppressed(notice: Notice, _limits: GateLimits, facts: GateFacts, _tally: _Tally) -> str:
    return facts.suppressed.get(notice.to, "")


def _unanswerable(notice: Notice, _limits: GateLimits, facts: GateFacts, _tally: _Tally) -> str:
    return facts.unanswerable if notice.to == facts.cause else ""


def _unwanted(notice: Notice, _limits: GateLimits, facts: GateFacts, _tally: _Tally) -> str:
    return "they asked for no more updates" if notice.template in UPDATES and notice.to in facts.no_updates else ""


def _old(notice: Notice, _limits: GateLimits, facts: GateFacts, _tally: _Tally) -> str:
    by_itself = notice.source or notice.template in PATIENT
    return "the ticket came from old mail" if by_itself and notice.ticket in facts.quiet else ""


def _amplifying(_notice: Notice, _limits: GateLimits, _facts: GateFacts, tally: _Tally) -> str:
    """P11: one mail from outside causes at most one automatic mail to the outside."""
    return "one inbound mail causes one automatic mail at most" if tally.outside_cause and tally.passed else ""


def _flooding(notice: Notice, limits: GateLimits, facts: GateFacts, tally: _Tally) -> str:
    if tally.address(facts.address_hour, notice.to) >= limits.address_hour:
        return f"{limits.address_hour} automatic mails to this address in an hour"
    if tally.address(facts.address_day, notice.to) >= limits.address_day:
        return f"{limits.address_day} automatic mails to this address in a day"
    if notice.ticket and tally.ticket(notice.ticket) >= limits.ticket_hour:
        return f"{limits.ticket_hour} automatic mails for this ticket in an hour"
    return ""


_STOPS: tuple[Callable[[Notice, GateLimits, GateFacts, _Tally], str], ...] = (
    _suppressed,
    _unanswerable,
    _unwanted,
    _old,
    _amplifying,
    _flooding,
)


def _timed(notice: Notice, desk: Desk, now: datetime, tally: _Tally) -> GateVerdict:
    """Mail that may leave: at once, when the crowd before it has left, or when the quiet hours are over."""
    begin = max(now, notice.not_before or now)
    verdict = _crowded(notice, desk.gate, now, tally) or _NOW
    begin = max(begin, verdict.not_before or begin)
    morning = _after_quiet(begin, desk) if notice.template in PATIENT else None
    if morning:
        verdict = GateVerdict(Outcome.LATER, morning, verdict.reason or "quiet hours", verdict.alert)
    if notice.expires and max(begin, morning or begin) >= notice.expires:
        return GateVerdict(Outcome.STOPPED, reason=f"it would leave too late ({verdict.reason or 'expired'})")
    return verdict


def _crowded(notice: Notice, limits: GateLimits, now: datetime, tally: _Tally) -> GateVerdict | None:
    """Over a limit per domain or in all, mails wait an hour and then leave evenly at the rate of the limit."""
    found = None
    domain = _domain(notice.to)
    bounds = [("", limits.total_hour, "in all")]
    if domain not in limits.public_providers:
        bounds.append((domain, limits.domain_hour, f"to {domain}"))
    for scope, limit, where in bounds:
        if tally.left(scope) >= limit:
            begin = now + _HOUR + tally.waiting(scope) * _HOUR / max(limit, 1)
            if found is None or found.not_before is None or begin > found.not_before:
                found = GateVerdict(Outcome.LATER, begin, f"{limit} automatic mails {where} in an hour", alert=True)
    return found


def _domain(address: str) -> str:
    return address.rpartition("@")[2]


def _after_quiet(moment: datetime, desk: Desk) -> datetime | None:
    """When the quiet hours that a moment lies in are over; None when it lies in none. They may span midnight."""
    if desk.gate.quiet is None:
        return None
    begin, end = desk.gate.quiet
    here = moment.astimezone(zone_of(desk.timezone))
    clock = here.time()
    quiet = begin <= clock < end if begin <= end else clock >= begin or clock < end
    if not quiet:
        return None
    over = here.replace(hour=end.hour, minute=end.minute, second=0, microsecond=0)
    return (over if over > here else over + timedelta(days=1)).astimezone(moment.tzinfo)
