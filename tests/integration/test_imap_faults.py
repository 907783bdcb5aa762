"""ImapMailbox against servers that no honest one is (PROMISES F11, F15, F19-F24, A22, A40-A45)."""

from __future__ import annotations

import resource
import socket
import time
from collections.abc import Callable, Iterator

import pytest
from servers.certificates import Authority
from servers.imap import ImapServer, drip

from maildesk.ingest.imap import After, FolderRefused, ImapAccount, ImapMailbox, LoginRefused
from maildesk.model.errors import MaildeskError, PermanentFailure, TemporaryFailure
from maildesk.tls import Tls
from maildesk.wire import Bell

BODY = b"Subject: x\r\n\r\nbody\r\n"
SIZES = b'* 1 FETCH (UID 5 RFC822.SIZE %d INTERNALDATE "22-Nov-2026 10:00:00 +0330")\r\n' % len(BODY)
WHOLE = b"* 1 FETCH (UID 5 BODY[] {%d}\r\n%s)\r\n" % (len(BODY), BODY)
DONE = b"%t OK done\r\n"

Answers = dict[str, bytes | Callable[[socket.socket, bytes, bytes], None]]


@pytest.fixture
def scripted() -> Iterator[Callable[..., tuple[ImapServer, ImapMailbox]]]:
    """Makes a server that follows a script, and a mailbox on it."""
    servers: list[ImapServer] = []
    boxes: list[ImapMailbox] = []

    def make(answers: Answers | None = None, *, account: dict[str, object] | None = None, **options: object):
        server = ImapServer(answers, **options)
        given: dict[str, object] = {"tls": Tls.OFF, "command_seconds": 5, "user": "u", "secret": lambda: "canary"}
        box = ImapMailbox(
            ImapAccount(**{"name": "support", "host": "127.0.0.1", "port": server.port, **given, **(account or {})})
        )
        servers.append(server)
        boxes.append(box)
        return server, box

    yield make
    for box in boxes:
        box.drop()
    for server in servers:
        server.stop()


def opened(box: ImapMailbox) -> ImapMailbox:
    box.connect()
    box.select()
    return box


def fetching(*answers: bytes) -> Answers:
    return {"UID FETCH 5 (UID RFC822.SIZE": SIZES + DONE, "UID FETCH 5 (UID BODY": b"".join(answers) + DONE}


# --- getting in


def test_starttls_that_is_not_offered_is_not_done_without(scripted, authority: Authority) -> None:
    server, box = scripted(account={"tls": Tls.STARTTLS, "ca_file": authority.ca})
    with pytest.raises(TemporaryFailure, match="no STARTTLS"):
        box.connect()
    assert all(b"CAPABILITY" in line for line in server.lines), "nothing else was said, least of all a password"


def test_a_server_that_lets_us_in_unasked_is_refused(scripted) -> None:
    server, box = scripted(greeting=b"* PREAUTH welcome\r\n")
    with pytest.raises(TemporaryFailure, match="without a password"):
        box.connect()
    assert all(b"CAPABILITY" in line for line in server.lines)


def test_plaintext_that_comes_ahead_of_tls_ends_it(scripted, authority: Authority) -> None:
    ahead = b"%t OK go\r\n* CAPABILITY IMAP4rev1 AUTH=PLAIN\r\n"
    options = {
        "capability": b"IMAP4rev1 STARTTLS AUTH=PLAIN",
        "account": {"tls": Tls.STARTTLS, "ca_file": authority.ca},
    }
    server, box = scripted({"STARTTLS": ahead}, **options)
    with pytest.raises(TemporaryFailure, match="between STARTTLS and TLS"):
        box.connect()
    assert not any(b"AUTHENTICATE" in line or b"LOGIN" in line for line in server.lines)


@pytest.mark.parametrize(
    ("said", "error"),
    [
        (b"NO [UNAVAILABLE] database is down", TemporaryFailure),
        (b"NO [INUSE] busy", TemporaryFailure),
        (b"NO [LIMIT] too many", TemporaryFailure),
        (b"NO [AUTHENTICATIONFAILED] no", LoginRefused),
        (b"NO [EXPIRED] change it", LoginRefused),
        (b"NO no", LoginRefused),
        (b"BAD what", TemporaryFailure),
    ],
)
def test_refused_logins_are_told_apart(scripted, said: bytes, error: type[MaildeskError]) -> None:
    def refuse(sock: socket.socket, tag: bytes, line: bytes) -> None:
        sock.sendall(b"+ \r\n")
        sock.recv(1000)
        sock.sendall(tag + b" " + said + b"\r\n")

    _, box = scripted({"AUTHENTICATE": refuse})
    with pytest.raises(MaildeskError) as caught:
        box.connect()
    assert caught.type is error


def test_what_a_server_says_is_shown_clean_and_without_the_password(scripted) -> None:
    said = b"NO [ALERT] \x1b[31mcall canary\x07 \xe2\x80\xaeevil " + b"x" * 2000 + b"\r\n"
    _, box = scripted({"LOGIN": b"%t " + said}, capability=b"IMAP4rev1")
    with pytest.raises(LoginRefused) as caught:
        box.connect()
    text = str(caught.value)
    assert text.isprintable()
    assert "canary" not in text
    assert "server says" in text
    assert len(text) < 500


@pytest.mark.parametrize("user", ['a"b\\c d', "u"])
def test_login_quotes_what_it_says(scripted, user: str) -> None:
    server, box = scripted(capability=b"IMAP4rev1", account={"user": user, "secret": lambda: 'p" {3}'})
    box.connect()
    escaped = user.replace("\\", "\\\\").replace('"', '\\"')
    assert server.lines[-1].endswith(f' LOGIN "{escaped}" "p\\" {{3}}"\r\n'.encode()) or any(
        f' LOGIN "{escaped}" "p\\" {{3}}"\r\n'.encode() in line for line in server.lines
    )


@pytest.mark.parametrize("secret", ["a\r\nA1 LOGOUT", "گذرواژه", "\0"])
def test_login_refuses_to_break_its_own_line(scripted, secret: str) -> None:
    server, box = scripted(capability=b"IMAP4rev1", account={"secret": lambda: secret})
    with pytest.raises(LoginRefused, match="characters"):
        box.connect()
    assert not any(b"LOGIN" in line for line in server.lines)


# --- bounds


@pytest.mark.parametrize(
    "answer",
    [
        b"* 1 FETCH (UID 5 BODY[] {2000000000}\r\n",
        b"* OK " + b"x" * 20_000_000,
        b"* 1 EXISTS\r\n" * 1_000_000 + b"%t OK done\r\n",
        b"* SEARCH" + b" 1" * 20_000_000,
        b"* 1 FETCH " + b"(" * 100_000 + b"\r\n%t OK done\r\n",
    ],
    ids=["huge literal", "endless line", "a million answers", "endless search", "deep"],
)
def test_more_than_an_honest_server_says_ends_the_connection(scripted, answer: bytes) -> None:
    _, box = scripted({**fetching(), "UID FETCH 5 (UID BODY": answer}, account={"command_seconds": 20})
    opened(box)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(TemporaryFailure):
        box.fetch([5])
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 150_000, "kilobytes"
    with pytest.raises(TemporaryFailure, match="no connection"):
        box.fetch([5])


def test_a_mailbox_of_300000_mails_is_worked_off_in_batches(scripted) -> None:
    """One search, however many batches (F25)."""
    found = b"* SEARCH " + b" ".join(b"%d" % uid for uid in range(1, 300_001)) + b"\r\n"
    server, box = scripted({"UID SEARCH": found + DONE})
    opened(box)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    last, count = 0, 0
    while last < 300_000:
        uids = box.new_uids(last)
        last, count = uids[-1], count + len(uids)
    assert count == 300_000
    assert len([line for line in server.lines if b"SEARCH" in line]) == 1
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 80_000, "kilobytes"


@pytest.mark.parametrize("command", ["UID SEARCH", "SELECT", "UID STORE", "IDLE"])
def test_a_slow_drip_ends_at_the_deadline(scripted, command: str) -> None:
    """Every byte comes in good time, the whole answer never does."""
    _, box = scripted({command: drip(b"* OK " + b"x" * 1000, 0.05)}, account={"command_seconds": 0.5})
    started = time.monotonic()
    with pytest.raises(TemporaryFailure, match="too long"):
        opened(box).new_uids(0)
        box.settle([1])
        box.wait(10, Bell())
    assert time.monotonic() - started < 3


def test_silence_in_idle_ends_when_idle_is_renewed(scripted) -> None:
    server, box = scripted({"IDLE": b"+ idling\r\n"}, account={"command_seconds": 0.5})
    opened(box).new_uids(0)
    with pytest.raises(TemporaryFailure, match="too long"):
        box.wait(0.2, Bell())
    assert server.lines[-1] == b"DONE\r\n"


# --- answers


@pytest.mark.parametrize(
    "answer",
    [
        b"* 1 FETCH (UID 5 BODY[] NIL)\r\n",
        b"",
        b"* 1 FETCH (UID 5 FLAGS (\\Seen))\r\n",
        b"* 5 FETCH (BODY[] {2}\r\nxx)\r\n",
        b"* 5 FETCH (FLAGS (\\Seen) BODY[] {2}\r\nxx)\r\n",
        b"* 9 FETCH (UID 9 BODY[] {2}\r\nxx)\r\n",
    ],
    ids=["NIL", "nothing", "flags only", "no UID", "no UID, flags", "another"],
)
def test_without_a_body_of_its_own_a_mail_has_vanished(scripted, answer: bytes) -> None:
    _, box = scripted(fetching(answer))
    batch = opened(box).fetch([5])
    assert batch.mails == ()
    assert batch.vanished == (5,)


@pytest.mark.parametrize(
    "answers",
    [
        (WHOLE,),
        (b"* 7 EXISTS\r\n", b"* 1 FETCH (FLAGS (\\Seen))\r\n", WHOLE, b"* 1 EXPUNGE\r\n"),
        (b"* 5 FETCH (BODY[] {2}\r\nxx)\r\n", WHOLE),
        (b"* 1 FETCH (FLAGS () UID 5)\r\n", WHOLE, b"* 1 FETCH (UID 5 FLAGS (\\Seen))\r\n"),
        (WHOLE.replace(b"UID 5 ", b"").replace(b")\r\n", b" UID 5)\r\n"),),
    ],
    ids=["plain", "news between", "without UID before", "in pieces", "UID last"],
)
def test_the_right_body_is_found(scripted, answers: tuple[bytes, ...]) -> None:
    _, box = scripted(fetching(*answers))
    batch = opened(box).fetch([5])
    assert [(mail.key.uid, mail.content) for mail in batch.mails] == [(5, BODY)]
    assert batch.mails[0].received_at.isoformat() == "2026-11-22T06:30:00+00:00"


@pytest.mark.parametrize("size", [0, 1, len(BODY) * 9 // 10, len(BODY) * 2, 10_000])
def test_a_wrong_size_is_tolerated(scripted, size: int) -> None:
    sizes = b"* 1 FETCH (UID 5 RFC822.SIZE %d)\r\n" % size
    _, box = scripted({**fetching(WHOLE), "UID FETCH 5 (UID RFC822.SIZE": sizes + DONE})
    mail = opened(box).fetch([5]).mails[0]
    assert mail.content == BODY
    assert mail.received_at.year == 1970, "without a date a mail is too old for automatic answers"


def test_news_before_the_go_ahead_of_idle(scripted) -> None:
    def done(sock: socket.socket, tag: bytes, line: bytes) -> None:
        sock.sendall(b"* 4 EXISTS\r\n+ idling\r\n")
        assert sock.recv(100) == b"DONE\r\n"
        sock.sendall(tag + b" OK done\r\n")

    _, box = scripted({"IDLE": done})
    opened(box).new_uids(0)
    started = time.monotonic()
    box.wait(5, Bell())
    assert time.monotonic() - started < 1


def test_keepalive_lines_do_not_end_idle_and_news_does(scripted) -> None:
    def idle(sock: socket.socket, tag: bytes, line: bytes) -> None:
        sock.sendall(b"+ idling\r\n")
        for _ in range(3):
            time.sleep(0.1)
            sock.sendall(b"* OK Still here\r\n")
        sock.sendall(b"* 1 FETCH (FLAGS (\\Seen))\r\n* 1 EXPUNGE\r\n")
        time.sleep(0.1)
        sock.sendall(b"* 3 EXISTS\r\n")
        assert sock.recv(100) == b"DONE\r\n"
        sock.sendall(tag + b" OK done\r\n")

    _, box = scripted({"IDLE": idle})
    opened(box).new_uids(0)
    started = time.monotonic()
    box.wait(5, Bell())
    assert 0.4 <= time.monotonic() - started < 2


def test_news_during_the_last_search_is_not_slept_over(scripted) -> None:
    """A server may announce a mail right after the search that did not find it; IDLE would not say it again."""
    _, box = scripted({"UID SEARCH": b"* SEARCH\r\n* 1 EXISTS\r\n" + DONE, "IDLE": b"+ idling\r\n"})
    assert opened(box).new_uids(0) == []
    started = time.monotonic()
    box.wait(5, Bell())
    assert time.monotonic() - started < 1


def test_where_idle_is_refused_we_poll(scripted) -> None:
    server, box = scripted({"IDLE": b"%t NO [LIMIT] not now\r\n"})
    opened(box).new_uids(0)
    box.wait(5, Bell())
    assert not box.can_idle
    box.wait(0.1, Bell())
    assert server.lines[-1].endswith(b" NOOP\r\n")


def test_a_mailbox_without_lasting_numbers_is_refused(scripted) -> None:
    _, box = scripted({"SELECT": b"* 0 EXISTS\r\n%t OK [READ-WRITE] x\r\n"})
    with pytest.raises(FolderRefused, match="UIDVALIDITY"):
        opened(box)


def test_uidnext_that_is_not_told_is_found(scripted) -> None:
    select = b"* 2 EXISTS\r\n* OK [UIDVALIDITY 7] x\r\n%t OK [READ-WRITE] x\r\n"
    _, box = scripted({"SELECT": select, "UID SEARCH": b"* SEARCH 3 41\r\n" + DONE})
    assert opened(box).state() == (7, 42)


def test_a_full_done_folder_is_told(scripted) -> None:
    _, box = scripted({"UID MOVE": b"%t NO [OVERQUOTA] full\r\n"}, account={"after": After.MOVE})
    with pytest.raises(FolderRefused, match="OVERQUOTA"):
        opened(box).settle([5])


def test_a_lost_race_for_a_mail_is_no_failure(scripted) -> None:
    answers = {
        "UID MOVE 5,6": b"%t NO [EXPUNGEISSUED] gone\r\n",
        "UID MOVE 6": DONE,
        "UID SEARCH UID 5,6": b"* SEARCH 6\r\n" + DONE,
    }
    server, box = scripted(answers, account={"after": After.MOVE})
    opened(box).settle([5, 6])
    assert any(b"UID MOVE 6 " in line for line in server.lines)


def test_no_command_is_ever_a_bare_expunge_or_close(scripted) -> None:
    for capability in (b"IMAP4rev1 AUTH=PLAIN", b"IMAP4rev1 AUTH=PLAIN UIDPLUS", b"IMAP4rev1 AUTH=PLAIN MOVE"):
        server, box = scripted(capability=capability, account={"after": After.MOVE})
        opened(box).settle([5])
        box.close()
        said = b"".join(server.lines)
        assert b" EXPUNGE\r\n" not in said
        assert b"CLOSE" not in said
        assert (b"UID EXPUNGE 5" in said) == (b"UIDPLUS" in capability)


def test_a_truncated_answer_is_never_half_a_mail(scripted) -> None:
    """Whole answers only, wherever the line is cut (F1)."""
    whole = WHOLE + b"x1 OK done\r\n"
    for length in range(len(whole) - 1):

        def cut(sock: socket.socket, tag: bytes, line: bytes, length: int = length) -> None:
            sock.sendall((WHOLE + tag + b" OK done\r\n")[:length])
            sock.shutdown(socket.SHUT_RDWR)

        _, box = scripted({**fetching(), "UID FETCH 5 (UID BODY": cut})
        opened(box)
        with pytest.raises(TemporaryFailure):
            box.fetch([5])


def test_a_garbled_answer_is_an_error_or_nothing_but_the_mail(scripted) -> None:
    """One byte of the protocol's own part flipped, byte by byte (F20)."""
    frame = WHOLE.index(BODY)
    places = [*range(frame), *range(frame + len(BODY), len(WHOLE))]
    for place in places:
        for mask in (0x01, 0x20, 0x80):
            garbled = bytearray(WHOLE)
            garbled[place] ^= mask
            _, box = scripted(fetching(bytes(garbled)), account={"command_seconds": 0.3})
            opened(box)
            try:
                batch = box.fetch([5])
            except (TemporaryFailure, PermanentFailure):
                continue
            assert [mail.content for mail in batch.mails] in ([], [BODY]), (place, bytes(garbled))
