"""The gate: what leaves now, later or not at all, at each limit and one to each side of it."""

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta

import pytest

from maildesk.model.change import MailClass, Notice
from maildesk.model.desk import Desk, GateLimits, Mailbox
from maildesk.model.people import Agent, Role
from maildesk.notices.gate import GateFacts, GateVerdict, Outcome, allow

NOW = datetime(2026, 11, 22, 8, 30, tzinfo=UTC)
LEILA = "leila@example.org"
DESK = Desk(
    "Example",
    "example.com",
    b"k" * 32,
    timezone="Asia/Tehran",
    mailboxes={"support": Mailbox("support", "support@example.com", aliases=frozenset({"help@example.com"}))},
    agents={"sara": Agent("sara", "sara@example.net")},
    gate=GateLimits(public_providers=frozenset({"mail.example"})),
)


def notice(to=LEILA, template="acknowledgement", **more):
    return Notice(**{"template": template, "to": to, "role": Role.REQUESTER, "cause": "1", "ticket": 1042, **more})


def judge(*notices, desk=DESK, now=NOW, **facts):
    return allow(notices, desk, now, GateFacts(**facts))


def outcome(*notices, **more):
    return [verdict.outcome for verdict in judge(*notices, **more)]


def test_a_first_mail_leaves_at_once():
    assert judge(notice()) == (GateVerdict(Outcome.NOW),)


@pytest.mark.parametrize(
    ("fact", "limit", "over"),
    [
        (lambda n: {"address_hour": {LEILA: n}}, 5, Outcome.STOPPED),
        (lambda n: {"address_day": {LEILA: n}}, 10, Outcome.STOPPED),
        (lambda n: {"ticket_hour": {1042: n}}, 30, Outcome.STOPPED),
        (lambda n: {"domain_hour": {"example.org": n}}, 50, Outcome.LATER),
        (lambda n: {"total_hour": n}, 200, Outcome.LATER),
    ],
)
def test_each_limit_lets_so_many_through_and_no_more(fact, limit, over):
    assert outcome(notice(), **fact(limit - 2)) == [Outcome.NOW]
    assert outcome(notice(), **fact(limit - 1)) == [Outcome.NOW]
    assert outcome(notice(), **fact(limit)) == [over]
    assert outcome(notice(), **fact(limit + 1)) == [over]


@pytest.mark.parametrize(("allowed", "expected"), [(4, 1), (3, 2), (0, 5)])
def test_mails_of_one_call_count_each_other(allowed, expected):
    notices = [notice(template=f"t{n}") for n in range(7)]
    found = outcome(*notices, address_hour={LEILA: allowed})
    assert found == [Outcome.NOW] * expected + [Outcome.STOPPED] * (7 - expected)


def test_a_public_provider_has_no_limit_of_its_own():
    assert outcome(notice(to="leila@mail.example"), domain_hour={"mail.example": 5000}) == [Outcome.NOW]
    assert "gmail.com" in GateLimits().public_providers


def test_five_hundred_real_customers_all_get_their_acknowledgement_one_after_another():
    notices = [notice(to=f"c{n}@mail.example", ticket=n) for n in range(500)]
    verdicts = judge(*notices)
    late = [verdict for verdict in verdicts if verdict.outcome is Outcome.LATER]
    assert [verdict.outcome for verdict in verdicts[:200]] == [Outcome.NOW] * 200
    assert len(late) == 300
    assert all(verdict.alert for verdict in late)
    times = [verdict.not_before for verdict in late]
    assert times[0] == NOW + timedelta(hours=1)
    assert times == sorted(times)
    for begin in times:
        assert sum(begin <= other < begin + timedelta(hours=1) for other in times) <= 200


def test_what_waits_already_comes_first():
    verdict = judge(notice(), total_hour=200, waiting_total=100)[0]
    assert verdict.not_before == NOW + timedelta(hours=1, minutes=30)


def test_the_longer_of_two_waits_counts():
    verdict = judge(notice(), total_hour=200, domain_hour={"example.org": 50}, waiting_domain={"example.org": 25})[0]
    assert verdict.not_before == NOW + timedelta(hours=1, minutes=30)
    assert verdict.reason == "50 automatic mails to example.org in an hour"


FULL = {
    "address_hour": {LEILA: 999},
    "address_day": {LEILA: 999},
    "ticket_hour": {1042: 999},
    "domain_hour": {"example.org": 999, "example.net": 999},
    "total_hour": 999,
    "suppressed": {LEILA: "hard bounce"},
    "unanswerable": "a list",
    "cause": LEILA,
}


@pytest.mark.parametrize(
    "one",
    [
        notice(mail_class=MailClass.REPLY, template="answer"),
        notice(to="sara@example.net", role=Role.AGENT, template="notification"),
        notice(to="finance@example.net", role=Role.DEPARTMENT, template="refer_reminder"),
    ],
)
def test_answers_agents_and_departments_are_never_limited(one):
    assert outcome(one, **FULL) == [Outcome.NOW]


@pytest.mark.parametrize(
    ("address", "reason"),
    [
        ("support@example.com", "the desk's own address"),
        ("help@example.com", "the desk's own address"),
        ("support+rabc@example.com", "the desk's own address"),
        ("no-reply@example.org", "a no-reply address"),
        ("noreply+17@example.org", "a no-reply address"),
        ("Do_Not.Reply@example.org", "a no-reply address"),
        ("mailer-daemon@example.org", "the address of a robot"),
        ("owner-users@example.org", "the address of a robot"),
        ("users-request@example.org", "the address of a robot"),
    ],
)
def test_machines_and_ourselves_get_no_automatic_mail(address, reason):
    assert judge(notice(to=address)) == (GateVerdict(Outcome.STOPPED, reason=reason),)
    assert outcome(notice(to=address, mail_class=MailClass.REPLY)) == [Outcome.NOW]


def test_people_whose_names_begin_like_machines_do_get_mail():
    assert outcome(notice(to="norepinephrine@example.org")) == [Outcome.NOW]
    assert outcome(notice(to="bounceback@example.org")) == [Outcome.NOW]


def test_a_suppressed_address_gets_nothing_automatic():
    assert judge(notice(), suppressed={LEILA: "hard bounce 5.1.1"})[0].reason == "hard bounce 5.1.1"


def test_what_must_not_be_answered_is_not_answered_but_others_may_be_told():
    verdicts = judge(notice(to="omid@example.org"), notice(), cause=LEILA, unanswerable="Auto-Submitted: auto-replied")
    assert [verdict.outcome for verdict in verdicts] == [Outcome.NOW, Outcome.STOPPED]
    assert verdicts[1].reason == "Auto-Submitted: auto-replied"


@pytest.mark.parametrize("template", ["status_update", "survey", "delay_notice", "incident"])
def test_stop_ends_updates_and_surveys_only(template):
    assert outcome(notice(template=template), no_updates=frozenset({LEILA})) == [Outcome.STOPPED]
    assert outcome(notice(), no_updates=frozenset({LEILA})) == [Outcome.NOW]


def test_one_mail_from_outside_causes_one_automatic_mail_to_the_outside():
    both = notice(), notice(to="omid@example.org", template="reopened")
    assert outcome(*both, cause=LEILA) == [Outcome.NOW, Outcome.STOPPED]
    assert outcome(*both, cause="sara@example.net") == [Outcome.NOW, Outcome.NOW]
    assert outcome(*both) == [Outcome.NOW, Outcome.NOW]


def test_a_mail_that_was_stopped_does_not_take_the_place_of_another():
    both = notice(), notice(to="omid@example.org", template="reopened")
    assert outcome(*both, cause=LEILA, suppressed={LEILA: "blocked"}) == [Outcome.STOPPED, Outcome.NOW]


QUIET = replace(DESK, gate=GateLimits(quiet=(time(22), time(7, 30))))


@pytest.mark.parametrize(
    ("clock", "until"),
    [
        ("2026-11-22T18:29", None),
        ("2026-11-22T18:30", "2026-11-23T04:00"),
        ("2026-11-22T21:00", "2026-11-23T04:00"),
        ("2026-11-23T03:59", "2026-11-23T04:00"),
        ("2026-11-23T04:00", None),
    ],
)
def test_quiet_hours_are_those_of_the_desks_zone_and_may_span_midnight(clock, until):
    now = datetime.fromisoformat(clock).replace(tzinfo=UTC)
    verdict = judge(notice(template="survey"), desk=QUIET, now=now)[0]
    expected = datetime.fromisoformat(until).replace(tzinfo=UTC) if until else None
    assert verdict.not_before == expected
    assert outcome(notice(), desk=QUIET, now=now) == [Outcome.NOW]


def test_quiet_hours_are_judged_at_the_time_the_mail_would_leave():
    verdict = judge(notice(template="survey", not_before=NOW + timedelta(hours=11)), desk=QUIET)[0]
    assert verdict.not_before == datetime(2026, 11, 23, 4, 0, tzinfo=UTC)


def test_a_mail_that_could_only_leave_after_it_expires_is_stopped():
    verdict = judge(notice(expires=NOW + timedelta(minutes=59)), total_hour=200)[0]
    assert verdict.outcome is Outcome.STOPPED
    assert "too late" in verdict.reason
