"""ImapMailbox against a real Dovecot."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from integration.storekit import ME, NOW, outgoing, send
from servers import free_port, until
from servers.certificates import Authority, Certificate
from servers.dovecot import PASSWORD, Dovecot

from maildesk.ingest.imap import After, FolderRefused, ImapAccount, ImapMailbox, LoginRefused
from maildesk.model.change import OutboxState
from maildesk.model.errors import PermanentFailure, TemporaryFailure
from maildesk.outbox.copies import look_for_doubtful
from maildesk.store.queue import Settled
from maildesk.store.store import Store
from maildesk.tls import Tls
from maildesk.wire import Bell

Open = Callable[..., ImapMailbox]


def mail(number: int, size: int = 0) -> bytes:
    """A small mail, or one padded to more than ``size`` bytes."""
    body = "سلام\r\n".encode() + (b"x" * 70 + b"\r\n") * (size // 72 + 1 if size else 0)
    return b"Subject: %d\r\nMessage-ID: <%d@example.org>\r\n\r\n" % (number, number) + body


@pytest.fixture
def user(dovecot: Dovecot) -> str:
    return dovecot.user()


@pytest.fixture
def mailbox(dovecot: Dovecot, authority: Authority, user: str) -> Iterator[Open]:
    """Opens mailboxes of the user: ``mailbox(after=After.MOVE)``."""
    opened = []

    def open_one(*, select: bool = True, **options: object) -> ImapMailbox:
        options = {"port": dovecot.imaps, "host": "localhost", "ca_file": authority.ca} | options
        account = ImapAccount(name="support", user=user, secret=lambda: PASSWORD, **options)
        one = ImapMailbox(account)
        opened.append(one)
        one.connect()
        if select:
            one.select()
        return one

    yield open_one
    for one in opened:
        one.close()


# --- reading


def test_fetches_the_bytes_that_were_put_in_and_marks_nothing(dovecot: Dovecot, user: str, mailbox: Open) -> None:
    contents = [mail(1), mail(2, 5000), b"no header at all", b"Subject: \xff\xfe\r\n\r\n\x80\x81 NUL is refused\r\n"]
    dovecot.append(user, *contents)
    box = mailbox()
    uidvalidity, uidnext = box.state()
    batch = box.fetch(box.new_uids(0))
    assert [one.content for one in batch.mails] == contents
    assert [one.key.uid for one in batch.mails] == [1, 2, 3, 4]
    assert uidnext == 5
    assert {one.key.uidvalidity for one in batch.mails} == {uidvalidity}
    assert all(abs(time.time() - one.received_at.timestamp()) < 60 for one in batch.mails)
    assert dovecot.flags(user) == {1: set(), 2: set(), 3: set(), 4: set()}


def test_new_uids_are_those_above_the_position_only(dovecot: Dovecot, user: str, mailbox: Open) -> None:
    box = mailbox()
    assert box.new_uids(0) == []
    dovecot.append(user, mail(1), mail(2), mail(3))
    assert box.new_uids(0, 2) == []
    box.wait(5, Bell())
    assert box.new_uids(0, 2) == [1, 2]
    assert box.new_uids(2) == [3]
    assert box.new_uids(3) == [], "`4:*` finds mail 3 too; it is not new"
    assert box.new_uids(900) == []


def test_many_mails_come_in_batches(dovecot: Dovecot, user: str, mailbox: Open) -> None:
    dovecot.deliver(user, *[mail(number) for number in range(230)])
    box = mailbox()
    seen: list[bytes] = []
    last = 0
    sizes = []
    while uids := box.new_uids(last):
        batch = box.fetch(uids)
        sizes.append(len(batch.mails))
        seen += [one.content.split(b"Subject: ")[1].split(b"\r\n")[0] for one in batch.mails]
        last = batch.last
    assert sizes == [50, 50, 50, 50, 30]
    assert seen == [b"%d" % number for number in range(230)]


def test_large_mails_do_not_pile_up_in_memory(dovecot: Dovecot, user: str, mailbox: Open) -> None:
    dovecot.append(user, *[mail(number, 5_000_000) for number in range(3)], mail(4))
    box = mailbox()
    assert [one.key.uid for one in box.fetch(box.new_uids(0)).mails] == [1]
    assert [one.key.uid for one in box.fetch(box.new_uids(2)).mails] == [3, 4]


def test_of_a_mail_over_the_limit_only_the_header_is_fetched(dovecot: Dovecot, user: str, mailbox: Open) -> None:
    contents = [mail(1, 9_900), mail(2, 10_100), mail(3)]
    dovecot.append(user, *contents)
    box = mailbox(message_limit=len(contents[0]))
    first = box.fetch(box.new_uids(0))
    assert [(one.content, one.oversize) for one in first.mails] == [(contents[0], 0)]
    large = box.fetch(box.new_uids(1))
    assert len(large.mails) == 1
    assert large.mails[0].content == contents[1].partition(b"\r\n\r\n")[0] + b"\r\n\r\n"
    assert large.mails[0].oversize == len(contents[1])
    assert [one.content for one in box.fetch(box.new_uids(2)).mails] == [contents[2]]


def test_a_mail_that_was_expunged_meanwhile_has_vanished(dovecot: Dovecot, user: str, mailbox: Open) -> None:
    dovecot.append(user, mail(1), mail(2), mail(3))
    box = mailbox()
    uids = box.new_uids(0)
    with dovecot.client(user) as other:
        other.delete_messages([1, 3])
        other.uid_expunge([1, 3])
    batch = box.fetch(uids)
    assert [one.key.uid for one in batch.mails] == [2]
    assert batch.vanished == (1, 3)
    assert batch.last == 3
    box.settle([1, 2, 3])
    assert dovecot.flags(user) == {2: {"\\Seen"}}


def test_a_changed_uidvalidity_is_seen(dovecot: Dovecot, user: str, mailbox: Open) -> None:
    dovecot.append(user, mail(1))
    before = mailbox().state()[0]
    dovecot.bump_uidvalidity(user)
    assert mailbox().state()[0] != before


# --- waiting


def test_idle_has_no_gap(dovecot: Dovecot, user: str, mailbox: Open) -> None:
    """A mail that comes between the last search and IDLE is seen at once: 25 of 25, never a wait of seconds."""
    box = mailbox()
    waits = []
    for number in range(25):
        assert box.new_uids(number) == []
        dovecot.append(user, mail(number))
        started = time.monotonic()
        box.wait(20, Bell())
        waits.append(time.monotonic() - started)
        assert box.new_uids(number) == [number + 1]
    assert max(waits) < 1, waits


@pytest.mark.parametrize("tls", [Tls.IMPLICIT, Tls.OFF])
def test_mail_ends_a_running_idle(dovecot: Dovecot, user: str, mailbox: Open, tls: Tls) -> None:
    box = mailbox(tls=tls, port=dovecot.imaps if tls is Tls.IMPLICIT else dovecot.imap)
    assert box.new_uids(0) == []
    timer = threading.Timer(0.3, dovecot.append, (user, mail(1)))
    timer.start()
    started = time.monotonic()
    box.wait(20, Bell())
    assert 0.25 < time.monotonic() - started < 3
    assert box.new_uids(0) == [1]
    timer.join()


def test_the_bell_ends_idle_at_once(mailbox: Open) -> None:
    box = mailbox()
    bell = Bell()
    threading.Timer(0.2, bell.ring).start()
    started = time.monotonic()
    box.wait(20, bell)
    assert time.monotonic() - started < 1
    assert box.new_uids(0) == [], "the connection is as good as before"


def test_idle_ends_by_itself(mailbox: Open) -> None:
    box = mailbox()
    assert box.can_idle
    assert box.new_uids(0) == []
    started = time.monotonic()
    box.wait(0.3, Bell())
    assert 0.25 < time.monotonic() - started < 2


def test_waiting_costs_nothing(mailbox: Open) -> None:
    box = mailbox()
    assert box.new_uids(0) == []
    before = time.process_time()
    box.wait(1.5, Bell())
    assert time.process_time() - before < 0.1


def test_polling_where_idle_is_not_wanted(dovecot: Dovecot, user: str, mailbox: Open) -> None:
    box = mailbox(idle=False)
    assert not box.can_idle
    assert box.new_uids(0) == []
    dovecot.append(user, mail(1))
    box.wait(0.2, Bell())
    assert box.new_uids(0) == [1]


@pytest.mark.parametrize("idle", [True, False])
def test_a_kick_is_a_temporary_failure(dovecot: Dovecot, user: str, mailbox: Open, idle: bool) -> None:
    box = mailbox(idle=idle)
    assert box.new_uids(0) == []
    timer = threading.Timer(0.2, dovecot.kick, (user,))
    timer.start()
    with pytest.raises(TemporaryFailure):
        box.wait(5 if idle else 1, Bell())
    timer.join()
    with pytest.raises(TemporaryFailure, match="no connection"):
        box.new_uids(0)


def test_a_server_process_that_is_killed_is_noticed_at_once(dovecot: Dovecot, user: str, mailbox: Open) -> None:
    box = mailbox()
    assert box.new_uids(0) == []
    timer = threading.Timer(0.3, dovecot.kill, (user,))
    timer.start()
    started = time.monotonic()
    with pytest.raises(TemporaryFailure, match="closed the connection"):
        box.wait(20, Bell())
    assert time.monotonic() - started < 2
    timer.join()
    box.connect()
    box.select()
    assert box.new_uids(0) == []


def test_nobody_listens() -> None:
    account = ImapAccount(name="support", host="localhost", port=free_port(), user="u", secret=str)
    with pytest.raises(TemporaryFailure, match=r"support: cannot connect at localhost.*refused"):
        ImapMailbox(account).connect()


# --- settling


def test_seen_marks_these_mails_and_no_other(dovecot: Dovecot, user: str, mailbox: Open) -> None:
    dovecot.append(user, mail(1), mail(2), mail(3))
    mailbox().settle([1, 3])
    assert dovecot.flags(user) == {1: {"\\Seen"}, 2: set(), 3: {"\\Seen"}}


def test_move_makes_the_folder_and_leaves_what_others_marked(dovecot: Dovecot, user: str, mailbox: Open) -> None:
    """What a person marked as deleted is theirs: it is not expunged (O8)."""
    dovecot.append(user, mail(1), mail(2), mail(3))
    with dovecot.client(user) as other:
        other.add_flags([2], ["\\Deleted", "\\Flagged"])
    mailbox(after=After.MOVE).settle([1, 3])
    assert dovecot.flags(user) == {2: {"\\Deleted", "\\Flagged"}}
    assert len(dovecot.flags(user, "Done")) == 2


def test_what_was_moved_comes_back_to_be_read_again(dovecot: Dovecot, user: str, mailbox: Open) -> None:
    dovecot.append(user, mail(1), mail(2))
    box = mailbox(after=After.MOVE)
    came = [one.received_at for one in box.fetch([1, 2]).mails]
    assert mailbox(after=After.MOVE, done_folder="Never").bring_back(came[0].date()) == 0
    box.settle([1, 2])
    assert box.bring_back(came[0].date() + timedelta(days=2)) == 0
    assert box.bring_back(came[0].date() - timedelta(days=1)) == 2
    assert dovecot.flags(user, "Done") == {}
    box.select()
    again = box.fetch(box.new_uids(2)).mails
    assert [(one.content, one.received_at) for one in again] == [(mail(1), came[0]), (mail(2), came[1])]


@pytest.mark.parametrize(
    ("without", "left"),
    [({b"MOVE"}, {2: {"\\Deleted"}}), ({b"MOVE", b"UIDPLUS"}, {1: {"\\Seen", "\\Deleted"}, 2: {"\\Deleted"}})],
    ids=["no MOVE", "no MOVE, no UIDPLUS"],
)
def test_move_without_the_extensions(
    dovecot: Dovecot, user: str, mailbox: Open, without: set[bytes], left: dict[int, set[str]]
) -> None:
    dovecot.append(user, mail(1), mail(2))
    with dovecot.client(user) as other:
        other.add_flags([2], ["\\Deleted"])
    box = mailbox(after=After.MOVE)
    client = box._client
    assert client is not None
    client._cached_capabilities = tuple(set(client.capabilities()) - without)
    box.settle([1])
    assert dovecot.flags(user) == left
    assert len(dovecot.flags(user, "Done")) == 1


def test_settling_twice_is_harmless(dovecot: Dovecot, user: str, mailbox: Open) -> None:
    dovecot.append(user, mail(1), mail(2))
    box = mailbox(after=After.MOVE)
    box.settle([1])
    box.settle([1, 2, 77])
    assert dovecot.flags(user) == {}
    assert len(dovecot.flags(user, "Done")) == 2


def test_settling_many(dovecot: Dovecot, user: str, mailbox: Open) -> None:
    dovecot.deliver(user, *[mail(number) for number in range(450)])
    mailbox().settle(list(range(1, 451)))
    flags = dovecot.flags(user)
    assert len(flags) == 450
    assert all(one == {"\\Seen"} for one in flags.values())


def test_a_done_folder_that_may_not_be_made_is_told(dovecot: Dovecot, user: str, mailbox: Open) -> None:
    dovecot.append(user, mail(1))
    box = mailbox(after=After.MOVE, create_folder=False, done_folder="Nowhere")
    with pytest.raises(FolderRefused, match="exist"):
        box.settle([1])
    assert dovecot.flags(user) == {1: set()}
    assert box.new_uids(0) == [1], "the connection is as good as before"


def test_folder_names_follow_the_server(certificate: Certificate, authority: Authority) -> None:
    """A slash in the configuration is the server's separator, below the server's prefix."""
    server = Dovecot(certificate, separator=".", prefix="INBOX.")
    try:
        server.append("user", mail(1))
        account = ImapAccount(
            name="support", host="localhost", port=server.imaps, user="user", secret=lambda: PASSWORD,
            ca_file=authority.ca, after=After.MOVE, done_folder="Archiv/پشتیبانی",
        )  # fmt: skip
        box = ImapMailbox(account)
        box.connect()
        box.select()
        box.settle([1])
        box.close()
        assert len(server.flags("user", "INBOX.Archiv.پشتیبانی")) == 1
    finally:
        server.stop()


def test_a_read_only_mailbox_is_refused(dovecot: Dovecot, user: str, mailbox: Open) -> None:
    if os.geteuid() != 0:
        pytest.skip("the mail of Dovecot belongs to ourselves: it cannot be made read-only")
    dovecot.append(user, mail(1))
    (dovecot.maildir(user) / "dovecot-acl").write_text("owner lr\n")
    with pytest.raises(FolderRefused, match="only read it"):
        mailbox(folder="INBOX")


def test_a_missing_folder_is_refused(mailbox: Open) -> None:
    with pytest.raises(PermanentFailure, match="Nowhere"):
        mailbox(folder="Nowhere")


# --- other folders


def test_a_copy_is_put_and_found_by_its_message_id(dovecot: Dovecot, user: str, mailbox: Open) -> None:
    with dovecot.client(user) as other:
        other.create_folder("Sent")
    box = mailbox(select=False)
    box.append("Sent", mail(7))
    assert dovecot.flags(user, "Sent") == {1: {"\\Seen"}}
    assert box.search_message_id("Sent", "<7@example.org>") == [1]
    assert box.search_message_id("Sent", "<8@example.org>") == []


@pytest.mark.parametrize(
    "hostile",
    [
        '<x"\r\nA1 UID EXPUNGE 1:*\r\n@x>',
        "<a\nb@x>",
        "<\0@x>",
        '<"@x>',
        "<\\@x>",
        "<x{5}>",
        "{3}",
        "",
        "<پ@x>",
        "(",
        "x" * 5000,
    ],
)
def test_a_hostile_message_id_is_data(dovecot: Dovecot, user: str, mailbox: Open, hostile: str) -> None:
    dovecot.append(user, mail(1))
    box = mailbox(select=False)
    assert box.search_message_id("INBOX", hostile) == []
    assert box.search_message_id("INBOX", "<1@example.org>") == [1]


def test_a_copy_into_a_missing_folder_is_refused(mailbox: Open) -> None:
    box = mailbox(select=False)
    with pytest.raises(FolderRefused):
        box.append("Nowhere", mail(1))


# --- getting in


def test_starttls_works(dovecot: Dovecot, user: str, mailbox: Open) -> None:
    dovecot.append(user, mail(1))
    assert mailbox(tls=Tls.STARTTLS, port=dovecot.imap).new_uids(0) == [1]


def test_a_wrong_password_is_told_apart(dovecot: Dovecot, authority: Authority) -> None:
    account = ImapAccount(
        name="support",
        host="localhost",
        port=dovecot.imaps,
        user="user",
        secret=lambda: "wr0ng-canary",
        ca_file=authority.ca,
    )
    with pytest.raises(LoginRefused, match="AUTHENTICATIONFAILED") as caught:
        ImapMailbox(account).connect()
    assert "wr0ng-canary" not in str(caught.value) + repr(account)


def test_an_unknown_authority_is_refused_before_the_password(dovecot: Dovecot) -> None:
    account = ImapAccount(name="support", host="localhost", port=dovecot.imaps, user="user", secret=lambda: PASSWORD)
    before = dovecot.log().count("Login:")
    with pytest.raises(TemporaryFailure, match="certificate verify failed"):
        ImapMailbox(account).connect()
    assert dovecot.log().count("Login:") == before


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (lambda ca: ca.self_signed(), "certificate verify failed"),
        (lambda ca: ca.certificate("other", "mail.example.org"), "Hostname mismatch"),
        (lambda ca: ca.certificate("old", days=-1), "expired"),
    ],
    ids=["self-signed", "wrong host", "expired"],
)
def test_bad_certificates_are_refused(
    authority: Authority, make: Callable[[Authority], Certificate], reason: str
) -> None:
    server = Dovecot(make(authority))
    try:
        for tls, port in ((Tls.IMPLICIT, server.imaps), (Tls.STARTTLS, server.imap)):
            account = ImapAccount(
                name="support", host="localhost", port=port, tls=tls, user="user", secret=lambda: PASSWORD, ca_file=authority.ca
            )  # fmt: skip
            with pytest.raises(TemporaryFailure, match=reason):
                ImapMailbox(account).connect()
        assert "Login:" not in server.log()
    finally:
        server.stop()


def test_certificates_that_cannot_be_read(tmp_path: Path) -> None:
    account = ImapAccount(name="support", host="localhost", user="u", secret=str, ca_file=tmp_path / "none.pem")
    with pytest.raises(PermanentFailure, match="cannot use the certificates"):
        ImapMailbox(account).connect()


def test_no_password_crosses_a_network_in_the_clear() -> None:
    account = ImapAccount(name="support", host="imap.example.org", user="u", secret=str, tls=Tls.OFF)
    with pytest.raises(PermanentFailure, match="without TLS"):
        ImapMailbox(account).connect()


def test_nothing_of_the_mail_or_password_is_logged(
    dovecot: Dovecot, user: str, mailbox: Open, caplog: pytest.LogCaptureFixture
) -> None:
    dovecot.append(user, b"Subject: canary-of-the-mail\r\n\r\n\r\n")
    with caplog.at_level("DEBUG"):
        box = mailbox()
        assert len(box.fetch(box.new_uids(0)).mails) == 1
        box.settle([1])
        box.close()
    assert PASSWORD not in caplog.text
    assert "canary" not in caplog.text
    until(lambda: dovecot.flags(user) == {1: {"\\Seen"}})


# --- the Sent folder


def test_a_mail_in_doubt_that_the_provider_kept_has_left_and_another_stays_in_doubt(
    dovecot: Dovecot, user: str, mailbox: Open, tmp_path: Path
) -> None:
    store = Store(f"sqlite:///{tmp_path}/store.db")
    store.prepare()
    rows = send(store, outgoing("kept"), outgoing("lost"))
    store.queue.claim(ME, NOW, 10)
    with store.deciding(NOW) as tx:
        store.queue.settle(tx.connection, [Settled(row, OutboxState.UNKNOWN, NOW) for row in rows])
    message_ids = {row["id"]: row["message_id"] for row in store.look.outbox()}
    with dovecot.client(user, "") as client:
        client.create_folder("Sent")
    dovecot.append(user, f"Message-ID: {message_ids[rows[0]]}\r\n\r\nx\r\n".encode(), folder="Sent")
    connection = mailbox(select=False)
    assert connection.sent_folder() == "Sent"
    assert look_for_doubtful(store, "support", connection, datetime.now(UTC)) == 1
    assert {row["id"]: row["state"] for row in store.look.outbox()} == {rows[0]: "sent", rows[1]: "unknown"}
    assert store.queue.in_doubt("support", datetime.now(UTC)) == ()
    store.close()
