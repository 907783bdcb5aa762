"""What every database must do for mail that leaves: claim, settle, take back, take over."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from integration.storekit import INSIDE, ME, NOW, OTHER, minutes, outgoing, reply, send, states

from maildesk.model.change import CancelMails, Change, OutboxState
from maildesk.model.errors import Conflict
from maildesk.store.queue import Settled


def settle(store, *settled):
    with store.deciding(NOW) as tx:
        return store.queue.settle(tx.connection, settled)


def claim(store, limit=9, *, owner=ME, now=NOW):
    return store.queue.claim(owner, now, limit)


def names(due):
    return [one.message_id.strip("<>").partition("@")[0] for one in due]


def test_answers_go_first_and_in_order(store):
    send(store, outgoing("a"), reply("b"), outgoing("c"), reply("d"))
    assert names(claim(store, 3)) == ["b", "d", "a"]
    assert states(store) == {"a": "attempting", "b": "attempting", "c": "queued", "d": "attempting"}
    assert names(claim(store)) == ["c"]
    assert claim(store) == ()


def test_a_claimed_mail_has_all_that_sending_needs(store):
    send(store, reply("b", ticket=1001, entry=2, template="answer"), origin="mail:7")
    (due,) = claim(store)
    assert due.content == reply("b").content
    assert (due.sender, due.recipient, due.mailbox) == ("support@example.com", "leila@example.net", "support")
    assert (due.ticket, due.entry, due.template, due.origin, due.attempts) == (1001, 2, "answer", "mail:7", 1)
    assert due.created_at == NOW


def test_what_waits_is_not_due(store):
    with store.deciding(NOW) as tx:
        tx.send(outgoing("later"), OutboxState.QUEUED, origin="m", not_before=NOW + minutes(5))
        tx.send(reply("held"), OutboxState.HELD, origin="m", not_before=NOW + minutes(1))
        tx.send(outgoing("stopped", content=b""), OutboxState.SUPPRESSED, origin="m")
    assert claim(store) == ()
    assert store.queue.next_due() == NOW + minutes(1)
    assert names(claim(store, now=NOW + minutes(1))) == ["held"]
    assert names(claim(store, now=NOW + minutes(9))) == ["later"]
    assert store.queue.next_due() is None


def test_what_expired_is_cancelled(store):
    send(store, outgoing("old", expires=NOW - minutes(1)), outgoing("young", expires=NOW + minutes(1)))
    assert names(claim(store)) == ["young"]
    assert states(store)["old"] == "cancelled"


def test_settled_once(store):
    (row,) = send(store, reply("b"))
    claim(store)
    sent = Settled(row, OutboxState.SENT, NOW, sent_at=NOW, server_said="250 ok")
    assert settle(store, sent) == {row}
    assert settle(store, Settled(row, OutboxState.FAILED, NOW)) == frozenset()
    found = store.look.outbox()[0]
    assert (found["state"], found["sent_at"], found["server_said"], found["owner"]) == ("sent", NOW, "250 ok", "")


def test_put_off_it_comes_again_with_the_same_bytes(store):
    (row,) = send(store, reply("b"))
    first = claim(store)
    settle(store, Settled(row, OutboxState.QUEUED, NOW + minutes(5), reason="4xx"))
    assert claim(store) == ()
    again = claim(store, now=NOW + minutes(5))
    assert (again[0].content, again[0].attempts) == (first[0].content, 2)


def test_take_over_of_the_dead(store):
    send(store, reply("r"), outgoing("a"))
    claim(store, owner=OTHER)
    send(store, reply("mine"))
    claim(store)
    assert store.queue.take_over(ME, NOW) == 2
    assert states(store) == {"r": "queued", "a": "unknown", "mine": "attempting"}
    assert store.queue.take_over(ME, NOW) == 0
    assert names(claim(store)) == ["r"]


def test_a_claim_whose_answer_was_lost_is_freed(store):
    send(store, reply("r"), outgoing("a"))
    claim(store)
    assert store.queue.disown(OTHER) == 0
    assert store.queue.disown(ME) == 2
    assert [one.attempts for one in claim(store)] == [1, 1]


# --- by hand, and undo


@pytest.mark.parametrize(
    ("state", "can_retry", "can_cancel"),
    [
        ("held", False, True),
        ("queued", True, True),
        ("attempting", False, False),
        ("sent", False, False),
        ("unknown", True, True),
        ("failed", True, True),
        ("cancelled", False, False),
        ("suppressed", True, False),
    ],
)
def test_what_a_person_may_do(store, state, can_retry, can_cancel):
    acts = {"retry": lambda row: store.queue.retry(row, NOW), "cancel": store.queue.cancel}
    for name, act in acts.items():
        (row,) = send(store, outgoing(name), state=OutboxState(state))
        if {"retry": can_retry, "cancel": can_cancel}[name]:
            act(row)
        else:
            with pytest.raises(Conflict):
                act(row)


def test_what_was_never_rendered_cannot_be_retried(store):
    (row,) = send(store, outgoing("stopped", content=b""), state=OutboxState.SUPPRESSED)
    with pytest.raises(Conflict):
        store.queue.retry(row, NOW)
    with pytest.raises(Conflict):
        store.queue.retry(row + 100, NOW)


def cancel(store, origin):
    with store.deciding(NOW) as tx:
        tx.save(Change(now=NOW, origin="mail:9").effect(CancelMails(origin)))


def test_undo_takes_all_or_nothing(store):
    send(store, reply("a"), reply("b"), state=OutboxState.HELD, origin="mail:3")
    send(store, reply("other"), origin="mail:4")
    cancel(store, "mail:3")
    assert states(store) == {"a": "cancelled", "b": "cancelled", "other": "queued"}
    assert names(claim(store)) == ["other"]


def test_undo_refuses_when_something_left(store):
    rows = send(store, reply("a"), reply("b"), origin="mail:3")
    claim(store, 1)
    with pytest.raises(Conflict, match=r"leila@example\.net"):
        cancel(store, "mail:3")
    settle(store, Settled(rows[0], OutboxState.SENT, NOW, sent_at=NOW))
    with pytest.raises(Conflict):
        cancel(store, "mail:3")
    assert states(store) == {"a": "sent", "b": "queued"}
    with store.trying(NOW) as tx:
        assert tx.left("mail:3") == ("leila@example.net",)


def test_what_colleagues_got_hinders_no_undo(store):
    send(store, reply("told", **INSIDE), origin="mail:3")
    claim(store)
    send(store, reply("a"), state=OutboxState.HELD, origin="mail:3")
    cancel(store, "mail:3")
    assert states(store) == {"told": "attempting", "a": "cancelled"}


def test_copies_for_the_sent_folder(store):
    row, _ = send(store, reply("b", template="answer"), outgoing("a"))
    claim(store)
    assert store.queue.uncopied("support") == ()
    settle(store, Settled(row, OutboxState.SENT, NOW, sent_at=datetime.now(UTC)))
    assert store.queue.uncopied("support") == ((row, reply("b").content),)
    assert store.queue.uncopied("sales") == ()
    store.queue.copied(row)
    assert store.queue.uncopied("support") == ()
