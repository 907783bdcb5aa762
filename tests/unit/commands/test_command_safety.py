"""Properties: customers cannot command, mistakes reach nobody outside, notes never leave."""

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st
from unit.commands.command_scenes import DESK, KNOWN, change, customer, newer, run, scene, sent, written

from maildesk.commands.agent import COMMANDS
from maildesk.commands.answer import agent_mail
from maildesk.commands.customer import customer_mail
from maildesk.commands.grammar import Orders, read_orders, read_words
from maildesk.commands.rating import rating
from maildesk.commands.thanks import only_thanks
from maildesk.commands.when import read_when
from maildesk.commands.worklist import apply_lines, read_lines
from maildesk.model.change import Change
from maildesk.model.desk import Undo
from maildesk.model.people import Proof, Role
from maildesk.model.tokens import Right

DESK_ROLES = {Role.AGENT, Role.LEAD, Role.MANAGER}
NAMES = st.sampled_from([name for row in COMMANDS for name in row.names] + ["omid", "3d", "high", "1043", "EXTERNAL"])
PIECES = st.one_of(
    NAMES,
    st.text(max_size=8),
    st.sampled_from([*"[]()#;،,:=+- \n\u200f\u200c\u202b", "[#1042]", "Re: ", "-- \n", "> "]),
)
TEXTS = st.lists(PIECES, max_size=12).map("".join)
SUBJECTS = TEXTS.map(lambda text: text.replace("\n", " "))
COMMANDS_OF_AGENTS = st.lists(
    st.builds("[{} {}]".format, NAMES, st.one_of(st.just(""), NAMES)), min_size=1, max_size=3
).map(" ".join)

RIGHT_ORDERS = (
    "solved", "open", "waiting", "close", "reopen", "snooze 3d", "priority high", "priority low", "take", "assign omid",
    "unassign", "group tech", "watch", "unwatch", "tag +a -b", "tag +b", "field a=1", "field a=2", "language fa",
    "cc +eva@example.net", "requester eva@example.net", "link 1043", "merge 1043", "unmerge", "spam", "status=solved",
)  # fmt: skip
ORDERS = st.lists(st.sampled_from(RIGHT_ORDERS), min_size=1, max_size=6).map(lambda some: f"[{'; '.join(some)}]")


def mangled(subject, how):
    """What clients and gateways do to a subject on its way back."""
    ways = (
        lambda s: "Re: " + s,
        lambda s: "پاسخ: " + s,
        lambda s: "Fwd: AW: [EXTERNAL] " + s,
        lambda s: s.replace(" ", "\r\n "),
        lambda s: " ".join(s.split()),
        lambda s: "\u202b" + s + "\u202c",
        lambda s: s.translate(str.maketrans("0123456789", "۰۱۲۳۴۵۶۷۸۹")),
        lambda s: s[: len(s) // 2],
        lambda s: s[len(s) // 2 :],
        lambda s: s.upper() if s.isascii() else s,
    )
    for index in how:
        subject = ways[index](subject)
    return subject


@settings(max_examples=400, deadline=None)
@given(SUBJECTS, st.lists(st.integers(0, 9), max_size=4))
def test_no_subject_of_a_customer_causes_a_command(known, how):
    assert read_orders(mangled(known, how), known, "Hello") == Orders(text="Hello")


@settings(max_examples=300, deadline=None)
@given(TEXTS)
def test_no_text_of_a_customer_causes_a_command(text):
    """The worst that a customer can do is what they may do: their own words, on their own ticket."""
    before, where = customer(text)
    done = customer_mail(before, where)
    ticket, was = done.tickets[1042], before.tickets[1042]
    kept = (
        "assignee",
        "priority",
        "group",
        "tags",
        "fields",
        "participants",
        "requester",
        "watchers",
        "links",
        "merged_into",
    )
    assert [getattr(ticket, name) for name in kept] == [getattr(was, name) for name in kept]
    assert any(entry.text == text for entry in done.entries)
    assert {notice.to for notice in done.notices} <= {"leila@example.org"}


@settings(max_examples=300, deadline=None)
@given(COMMANDS_OF_AGENTS, TEXTS, st.sampled_from(Right), st.sampled_from(Proof))
def test_a_mail_with_a_mistake_reaches_nobody_outside(subject, text, right, proof):
    where = written(scene(right=right, proof=proof), subject, text)
    orders = read_orders(where.mail.subject, KNOWN, text)
    done = agent_mail(change(), where, orders)
    assert isinstance(done, Change)
    if orders.questions:
        assert done.entries == ()
        assert done.effects == ()
        assert done.tickets == change().tickets
    if any(notice.template in {"command_error", "held"} for notice in done.notices):
        assert all(notice.role in DESK_ROLES for notice in done.notices)
        assert done.entries == ()
    if proof not in {Proof.TOKEN, Proof.BOTH}:
        assert done.entries == ()


@settings(max_examples=200, deadline=None)
@given(COMMANDS_OF_AGENTS, st.text(max_size=20))
def test_the_text_of_a_note_never_leaves_the_desk(subject, text):
    secret = "canary-7391 the customer is difficult " + text
    done = run(subject + " [note]", secret)
    for notice in done.notices:
        if notice.role not in DESK_ROLES:
            assert "canary-7391" not in repr(notice.data) + notice.html
    done = run(subject.replace("public", "").replace("پاسخ", ""), secret, right=Right.NOTE)
    outside = [notice for notice in done.notices if notice.role not in DESK_ROLES | {Role.DEPARTMENT}]
    assert not any("canary-7391" in repr(notice.data) for notice in outside)


@settings(max_examples=200, deadline=None)
@given(COMMANDS_OF_AGENTS, TEXTS)
def test_an_answer_is_always_either_sent_or_told_about(subject, text):
    assert run(subject, text + " hello").notices


@settings(max_examples=300, deadline=None)
@given(TEXTS)
def test_readers_are_total(text):
    read_orders(text, "", text)
    read_words(text)
    rating(text)
    only_thanks(text)
    where = scene(right=Right.COMMAND, number=0)
    apply_lines(change(), where, read_lines(text))
    moment = read_when(text, change().now, "Asia/Tehran")
    assert moment is None or moment > change().now


@settings(max_examples=300, deadline=None)
@given(ORDERS, st.sampled_from(["", "An answer"]))
def test_undo_is_the_exact_inverse(subject, text):
    done = run(subject, text, proof=Proof.BOTH)
    if not done.entries:
        return
    after = replace(change(*done.tickets.values()), origin="mail:18")
    undone = run("[undo]", before=after, where=replace(scene(), undo=Undo("mail:17", done.entries)))
    assert [replace(one, version=0) for one in undone.tickets.values()] == [
        replace(one, version=0) for one in change().tickets.values()
    ]


@settings(max_examples=100, deadline=None)
@given(COMMANDS_OF_AGENTS, TEXTS)
def test_the_same_mail_decides_the_same(subject, text):
    assert run(subject, text) == run(subject, text)


def test_a_stranger_in_a_collision_sees_nothing_either():
    where = replace(scene(), newer=(newer(),), desk=DESK, sent=sent())
    assert all(notice.role in DESK_ROLES for notice in run(text="An answer", where=where).notices)
