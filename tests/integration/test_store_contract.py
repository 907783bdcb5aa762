"""What every database must do for the desk: taking mail, and deciding on it."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from integration.storekit import ME, NOW, OTHER, change_of, mail_states, minutes, open_ticket, outgoing, raw, send

from maildesk.ingest.intake import Intake
from maildesk.model.change import Absence, Change, Hold, OutboxState, Rated, Release, Remember, Suppress, Token
from maildesk.model.errors import Conflict
from maildesk.model.mail import MailKey
from maildesk.model.people import Contact, Role
from maildesk.model.ticket import Clock, EntryKind, Priority, Status, Ticket, fold
from maildesk.model.tokens import Right
from maildesk.store.flush import Finished
from maildesk.store.ledger import BY_HAND, Standing

# --- taking


def test_taken_mail_has_its_bytes_and_its_place(store):
    contents = (b"\x00\xff\r\n.\r\n", b"x" * 3_000_000)
    taken = store.ledger.take([raw(4, content=contents[0]), raw(9, content=contents[1])], ME, NOW)
    assert [(one.raw.key.uid, one.attempts, one.standing) for one in taken] == [(4, 1, ""), (9, 1, "")]
    assert tuple(store.look.raw(one.row) for one in taken) == contents
    assert store.ledger.position("support", 7) == 9
    assert store.ledger.unsettled("support", 7) == [4, 9]
    store.ledger.settled("support", 7, [4])
    assert store.ledger.unsettled("support", 7) == [9]


def test_the_same_uid_is_taken_once(store):
    store.ledger.take([raw(1), raw(2)], ME, NOW)
    assert [one.raw.key.uid for one in store.ledger.take([raw(2), raw(3)], ME, NOW)] == [3]
    assert store.ledger.take([raw(1)], ME, NOW) == ()
    assert store.ledger.position("support", 7) == 3


def test_another_uidvalidity_and_another_mailbox_are_other_mails(store):
    store.ledger.take([raw(1)], ME, NOW)
    assert len(store.ledger.take([raw(1, validity=8), raw(1, mailbox="sales")], ME, NOW)) == 2
    assert store.ledger.position("support", 8) == 1
    assert store.ledger.position("support", 9) is None


def test_mail_brought_in_by_hand_moves_no_position(store):
    assert store.ledger.take([raw(5, validity=BY_HAND)], ME, NOW)
    assert store.ledger.position("support", BY_HAND) is None
    assert not store.ledger.knows("support")


def test_oversize_keeps_its_size(store):
    from dataclasses import replace

    (taken,) = store.ledger.take([replace(raw(1), oversize=70_000_000)], ME, NOW)
    store.ledger.disown([taken.raw.key], ME)
    assert store.ledger.claim(OTHER, 9, others=False)[0].raw.oversize == 70_000_000


def intake(store, start):
    return Intake(store, ME, start, lambda: NOW, lambda taken: None)


def standings(store, *raws):
    return [one.standing for one in store.ledger.take(raws, ME, NOW)]


def test_start_now_leaves_what_lies_there(store):
    assert intake(store, "now").first_seen("support", 7, 11) == 10
    assert standings(store, raw(11)) == [Standing.NEW]


def test_start_import_takes_all_quietly(store):
    assert intake(store, "import").first_seen("support", 7, 11) == 0
    assert standings(store, raw(10, at=NOW - timedelta(days=900)), raw(11)) == [Standing.QUIET, Standing.NEW]


def test_start_with_a_date_leaves_older_mail_alone(store):
    assert intake(store, date(2026, 3, 1)).first_seen("support", 7, 11) == 0
    old, young = NOW - timedelta(days=3), NOW - timedelta(days=1)
    assert standings(store, raw(1, at=old), raw(2, at=young), raw(11, at=old)) == [
        Standing.OLD,
        Standing.QUIET,
        Standing.NEW,
    ]


def test_a_changed_uidvalidity_takes_all_again_and_answers_nothing_old(store):
    intake(store, "now").first_seen("support", 7, 11)
    later = NOW + minutes(60)
    again = Intake(store, ME, "now", lambda: later, lambda taken: None)
    assert again.first_seen("support", 8, 13) == 0
    before, between = NOW - minutes(5), NOW + minutes(5)
    found = standings(store, raw(1, validity=8, at=before), raw(12, validity=8, at=between), raw(13, validity=8))
    assert found == [Standing.OLD, Standing.QUIET, Standing.NEW]


# --- claiming


def test_a_dead_workers_mail_is_claimed_and_counted(store):
    store.ledger.take([raw(1), raw(2)], OTHER, NOW)
    assert store.ledger.claim(ME, 9, others=False) == ()
    claimed = store.ledger.claim(ME, 1, others=True)
    assert [(one.raw.key.uid, one.attempts) for one in claimed] == [(1, 2)]
    assert claimed[0].raw.content == raw(1).content
    assert [one.raw.key.uid for one in store.ledger.claim(ME, 9, others=True)] == [2]
    assert store.ledger.claim(ME, 9, others=True) == ()


def test_every_claim_counts(store):
    store.ledger.take([raw(1)], OTHER, NOW)
    owners = ("33", "44", "55")
    assert [store.ledger.claim(owner, 9, others=True)[0].attempts for owner in owners] == [2, 3, 4]


def test_put_back_begins_anew_once(store):
    (taken,) = store.ledger.take([raw(1)], ME, NOW)
    finish(store, Finished(taken.row, "quarantined", "strange"))
    store.ledger.put_back(taken.row)
    with pytest.raises(Conflict):
        store.ledger.put_back(taken.row)
    assert [one.attempts for one in store.ledger.claim(OTHER, 9, others=False)] == [1]


def test_drop_keeps_it_as_ignored(store):
    (taken,) = store.ledger.take([raw(1)], ME, NOW)
    finish(store, Finished(taken.row, "quarantined", "strange"))
    store.ledger.drop(taken.row)
    with pytest.raises(Conflict):
        store.ledger.drop(taken.row)
    assert mail_states(store) == {1: "ignored"}
    assert store.look.raw(taken.row) == raw(1).content


def test_still_open_after_a_lost_answer(store):
    first, second = store.ledger.take([raw(1), raw(2)], ME, NOW)
    finish(store, Finished(first.row, "done"))
    assert store.ledger.still_open([first, second]) == (second,)
    with store.deciding(NOW) as tx:
        assert tx.still_taken([first.row, second.row]) == {second.row}


def test_disowned_mail_is_claimed_by_anybody(store):
    store.ledger.take([raw(1), raw(2)], ME, NOW)
    store.ledger.disown([raw(1).key, MailKey("support", 7, 99)], ME)
    store.ledger.disown([raw(2).key], OTHER)
    assert [one.raw.key.uid for one in store.ledger.claim(OTHER, 9, others=False)] == [1]


# --- deciding


def finish(store, *finished):
    with store.deciding(NOW) as tx:
        for one in finished:
            tx.finish(one)


def test_a_fingerprint_belongs_to_one_mail(store):
    first, second = store.ledger.take([raw(1), raw(2)], ME, NOW)
    finish(store, Finished(first.row, "done", fingerprint="f"))
    with pytest.raises(Conflict):
        finish(store, Finished(second.row, "done", fingerprint="f"))
    with store.deciding(NOW) as tx:
        assert tx.received(["f", "g"]) == {"f": first.row, "g": None}
        tx.finish(Finished(second.row, "done", fingerprint="g"))
        assert tx.received(["g"])["g"] == second.row
    assert mail_states(store) == {1: "done", 2: "done"}


def test_once_is_once(store):
    send(store, outgoing("1001|ack|leila|1"))
    with pytest.raises(Conflict):
        send(store, outgoing("1001|ack|leila|1", message_id="<other@example.com>"))
    with store.deciding(NOW) as tx:
        tx.send(outgoing("second"), OutboxState.QUEUED, origin="mail:1")
        assert tx.written(["second", "third", "1001|ack|leila|1"]) == {"second", "1001|ack|leila|1"}


def test_what_was_done_is_done_once(store):
    for expected in (frozenset(), frozenset({"due"})):
        with store.trying(NOW) as tx:
            assert tx.is_done(["due", "other"]) == expected
        if not expected:
            with store.deciding(NOW) as tx:
                tx.mark_done("due")
    with pytest.raises(Conflict), store.deciding(NOW) as tx:
        tx.mark_done("due")


def test_an_error_or_a_dry_run_keeps_nothing(store):
    with pytest.raises(ZeroDivisionError), store.deciding(NOW) as tx:
        tx.send(outgoing("x"), OutboxState.QUEUED, origin="mail:1")
        tx.flush()
        raise ZeroDivisionError
    with store.trying(NOW) as tx:
        tx.send(outgoing("y"), OutboxState.QUEUED, origin="mail:1")
        tx.flush()
    assert store.look.outbox() == []


def test_numbers_rise_from_1001(store):
    assert [open_ticket(store).number for _ in range(3)] == [1001, 1002, 1003]
    with store.deciding(NOW) as tx:
        ids = [tx.next_id("token") for _ in range(50)]
    with store.deciding(NOW) as tx:
        ids += [tx.next_id("token") for _ in range(5)]
    assert len(set(ids)) == 55
    assert min(ids) >= 1


def test_an_older_version_is_a_conflict(store):
    ticket = open_ticket(store)
    first, second = change_of(ticket, subject="a"), change_of(ticket, subject="b")
    with store.deciding(NOW) as tx:
        tx.tickets([ticket.number])
        tx.save(first)
    with pytest.raises(Conflict), store.deciding(NOW) as tx:
        tx.save(second)
    assert store.look.ticket(ticket.number).subject == "a"


def test_a_batch_sees_what_it_wrote(store):
    old = open_ticket(store)
    with store.deciding(NOW) as tx:
        change = change_of(tx.tickets([old.number])[old.number], assignee="sara")
        tx.save(change)
        current = tx.tickets([old.number])[old.number]
        assert current.assignee == "sara"
        tx.save(change_of(current, subject="later"))
        assert [one.number for one in tx.entries(old.number)] == [1, 2, 3]
        assert tx.loads()["sara"] == 1
        tx.save(change_of(tx.tickets([old.number])[old.number], status=Status.SOLVED))
        assert tx.loads()["sara"] == 0
    assert store.look.ticket(old.number).version == 4


# --- fold(entries) == ticket

UTC_MOMENTS = st.datetimes(datetime(1990, 1, 1), datetime(2200, 1, 1)).map(lambda t: t.replace(tzinfo=UTC))
TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20)
CLOCKS = st.builds(
    Clock,
    target=st.sampled_from(["first_response", "resolution"]),
    cycle=st.integers(1, 5),
    started=UTC_MOMENTS,
    minutes=st.floats(0, 1e6),
    paused=st.lists(st.tuples(UTC_MOMENTS, st.none() | UTC_MOMENTS), max_size=2).map(tuple),
    stopped=st.none() | UTC_MOMENTS,
)
AFTER = st.fixed_dictionaries(
    {},
    optional={
        "subject": TEXTS,
        "requester_name": TEXTS,
        "participants": st.frozensets(TEXTS, max_size=3),
        "tags": st.frozensets(TEXTS, max_size=3),
        "watchers": st.frozensets(TEXTS, max_size=2),
        "fields": st.dictionaries(TEXTS, TEXTS, max_size=3).map(lambda fields: tuple(fields.items())),
        "links": st.lists(st.integers(1, 2**40), max_size=3).map(tuple),
        "status": st.sampled_from(Status),
        "priority": st.sampled_from(Priority),
        "assignee": st.sampled_from(["", "sara", "omid"]),
        "merged_into": st.integers(0, 2**40),
        "snoozed_until": st.none() | UTC_MOMENTS,
        "waiting_since": st.none() | UTC_MOMENTS,
        "answered_at": st.none() | UTC_MOMENTS,
        "cycle": st.integers(1, 9),
        "clocks": st.lists(CLOCKS, max_size=2).map(tuple),
    },
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(first=AFTER, later=st.lists(AFTER, min_size=1, max_size=4), split=st.booleans(), text=TEXTS)
def test_history_adds_up_to_the_ticket(store, first, later, split, text):
    ticket = open_ticket(store, **first)
    for after in later:
        with store.deciding(NOW) as tx:
            current = tx.tickets([ticket.number])[ticket.number]
            change = Change(now=NOW, origin="mail:2", tickets={ticket.number: current})
            change = change.record(ticket.number, EntryKind.NOTE, "sara", text=text, **after)
            tx.save(change)
            if split:
                change = replace_origin(change).record(ticket.number, EntryKind.CHANGE, "omid", subject=text + "!")
                tx.save(change)
    kept = store.look.ticket(ticket.number)
    entries = store.look.entries(ticket.number)
    assert fold(entries) == kept == change.tickets[ticket.number]
    assert [one.number for one in entries] == list(range(1, kept.version + 1))
    assert {one.text for one in entries if one.kind is EntryKind.NOTE} == {text}


def replace_origin(change):
    return Change(now=NOW, origin="mail:3", tickets=change.tickets)


# --- people, tokens, effects


def save(store, *effects):
    with store.deciding(NOW) as tx:
        tx.save(Change(now=NOW, origin="mail:1").effect(*effects))


def test_contacts_are_merged(store):
    save(store, Remember(email="l@example.net", name="Leila", fields={"a": "1"}))
    save(store, Remember(email="l@example.net", language="fa", fields={"b": "۲"}, no_updates=True))
    open_ticket(store, requester="l@example.net")
    save(store, Rated(1001, 1, "l@example.net", 4, "خوب"))
    expected = Contact(
        "l@example.net", "Leila", "", "fa", (("a", "1"), ("b", "۲")), "", True, tickets=1, last_rating=4, first_seen=NOW
    )
    assert store.look.contact("l@example.net") == expected


def test_tokens_are_found_again(store):
    token = Token(row=5, right=Right.ANSWER, person="sara", ticket=1001, seen=3, expires=NOW, purpose="held:2")
    send(store, outgoing("a", tokens=(token,)))
    with store.trying(NOW) as tx:
        assert tx.tokens([5, 6]) == {5: token, 6: None}


def test_a_held_mail_is_decided_upon_once(store):
    (taken,) = store.ledger.take([raw(1)], ME, NOW)
    save(store, Hold(taken.row, 1001, "sara@example.com", "a typing error"))
    with store.trying(NOW) as tx:
        assert tx.held(taken.row)["reason"] == "a typing error"
    save(store, Release(taken.row, "sent"))
    with pytest.raises(Conflict):
        save(store, Release(taken.row, "dropped"))
    assert store.look.held_mail(taken.row) is None


def test_absence_and_suppression_have_an_end(store):
    later, earlier = NOW + minutes(1), NOW - minutes(1)
    save(store, Absence("sara", True, later, "omid"), Absence("omid", True, earlier), Absence("mina", True))
    save(store, Suppress("a@example.org", "bounces", later), Suppress("b@example.org", "bounced", earlier))
    with store.trying(NOW) as tx:
        assert tx.away() == {"sara": "omid", "mina": ""}
        assert tx.suppressed(["a@example.org", "b@example.org", "c@example.org"]) == {"a@example.org": "bounces"}
    save(store, Absence("mina", False))
    with store.trying(NOW) as tx:
        assert tx.away() == {"sara": "omid"}


def test_cursors_are_kept(store):
    for agent in ("sara", "omid"):
        with store.deciding(NOW) as tx:
            tx.save(Change(now=NOW, origin="mail:1", cursors={"service": agent}))
            assert tx.cursors() == {"service": agent}
    with store.trying(NOW) as tx:
        assert tx.cursors() == {"service": "omid"}


def test_counts_include_those_of_the_same_transaction(store):
    from integration.storekit import INSIDE, reply

    old = outgoing("old", ticket=1001)
    with store.deciding(NOW - minutes(90)) as tx:
        tx.send(old, OutboxState.SENT, origin="mail:1")
    send(store, outgoing("a", ticket=1001), outgoing("b", ticket=1002), reply("r", ticket=1001))
    send(store, outgoing("inside", ticket=1001, **INSIDE), outgoing("c", recipient="other@example.net"))
    with store.deciding(NOW) as tx:
        counts = tx.sent_counts(["leila@example.net", "new@example.net"], [1001, 1002], 200)
        assert counts.addresses["leila@example.net"] == (2, 3)
        assert counts.addresses["new@example.net"] == (0, 0)
        assert counts.domains == {"example.net": 3}
        assert (counts.tickets[1001], counts.tickets[1002], counts.total) == (2, 1, 3)
        tx.send(outgoing("d", ticket=1001), OutboxState.QUEUED, origin="mail:2")
        tx.send(outgoing("stopped", ticket=1001), OutboxState.SUPPRESSED, origin="mail:2")
        counts = tx.sent_counts(["leila@example.net"], [1001], 200)
        assert counts.addresses["leila@example.net"] == (3, 4)
        assert (counts.tickets[1001], counts.total) == (3, 4)


@pytest.mark.parametrize(
    ("most", "left", "total"),
    [
        (5, {"example.net": 3, "example.org": 1, "x.test": 0}, 4),
        (2, {"example.net": 2, "example.org": 1, "x.test": 0}, 2),
    ],
)
def test_counting_for_domains_ends_where_no_more_matters(store, most, left, total):
    send(store, *(outgoing(name) for name in "abc"), outgoing("d", recipient="omid@example.org"))
    with store.deciding(NOW) as tx:
        counts = tx.sent_counts(["leila@example.net", "omid@example.org", "new@x.test"], [], most)
        assert (counts.domains, counts.total) == (left, total)


# --- times and texts

ZONES = st.integers(-14 * 60, 14 * 60).map(lambda m: timezone(timedelta(minutes=m)))


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(moment=st.datetimes(datetime(1900, 1, 2), datetime(9998, 1, 1), timezones=ZONES))
def test_moments_come_back_as_utc(store, moment):
    save(store, Suppress("z@example.org", "r", moment))
    with store.writer.read() as connection:
        from maildesk.store.schema import suppression

        found = connection.scalar(suppression.select().with_only_columns(suppression.c.until))
    assert found == moment
    assert found.tzinfo is UTC


def test_moments_are_compared_as_times_not_as_texts(store):
    east = NOW.astimezone(timezone(timedelta(hours=13)))
    send(store, outgoing("a"))
    assert store.queue.claim(ME, east - minutes(1), 9) == ()
    assert len(store.queue.claim(ME, east, 9)) == 1


def test_a_naive_time_is_a_bug(store):
    with pytest.raises(Exception, match="without a zone"):
        save(store, Suppress("a@example.org", "r", datetime(2026, 1, 1)))


def test_persian_and_astral_text_survive(store):
    text = "پاسخِ شما می‌رسد \U0001f98a \u202e \u0301 ي ك ۱۲۳"
    ticket = open_ticket(store, subject=text, tags=frozenset({text}))
    assert store.look.ticket(ticket.number) == ticket
    assert isinstance(ticket, Ticket)


def test_roles_and_states_are_counted(store):
    send(store, outgoing("a"), outgoing("b", role=Role.AGENT))
    open_ticket(store)
    store.ledger.take([raw(1)], ME, NOW)
    assert store.look.counts() == {"mails": {"taken": 1}, "outbox": {"queued": 2}, "tickets": {"new": 1}}
