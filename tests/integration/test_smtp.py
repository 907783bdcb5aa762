"""The courier against servers that fail in every way (PROMISES F80-F90), and against a real Postfix."""

from __future__ import annotations

import socket
import ssl
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from servers import free_port, until
from servers.certificates import Authority, Certificate
from servers.dovecot import Dovecot
from servers.postfix import Postfix
from servers.smtp import FEATURES, PASSWORD, USER, Close, Drip, SmtpServer, Stall

from maildesk.model.errors import ConfigError, Problem, TemporaryFailure
from maildesk.outbox.smtp import AccountRefused, Courier, Outcome, SmtpAccount, Stage, Timeouts
from maildesk.tls import Tls

CONTENT = b"From: a@example.com\r\nSubject: hello\r\n\r\ntext\r\n"
QUICK = Timeouts(connect=2, greeting=0.5, command=0.5, data=0.5, dot=0.5)


def account(server: SmtpServer, **changes: object) -> SmtpAccount:
    given = {"name": "support", "host": "localhost", "port": server.port, "tls": Tls.OFF, "timeouts": QUICK}
    return SmtpAccount(**{**given, **changes})


@pytest.fixture
def courier(smtp_server: SmtpServer) -> Iterator[Courier]:
    one = Courier(account(smtp_server))
    yield one
    one.close()


@pytest.fixture
def serving() -> Iterator[Callable[..., SmtpServer]]:
    """Makes SMTP servers with options of their own."""
    servers: list[SmtpServer] = []

    def serve(*args: object, **options: object) -> SmtpServer:
        servers.append(SmtpServer(*args, **options))
        return servers[-1]

    yield serve
    for server in servers:
        server.stop()


def send(courier: Courier, recipient: str = "leila@example.org", content: bytes = CONTENT):
    return courier.send("support@example.com", recipient, content)


# --- what goes well


def test_a_mail_arrives_as_it_was_written(smtp_server: SmtpServer, courier: Courier) -> None:
    delivery = send(courier)
    assert (delivery.outcome, delivery.stage, delivery.code) == (Outcome.ACCEPTED, Stage.DOT, 250)
    assert delivery.text == "2.0.0 taken as 1"
    (mail,) = smtp_server.mails
    assert (mail.sender, mail.recipients, mail.content) == ("support@example.com", ("leila@example.org",), CONTENT)
    assert mail.options == f"SIZE={len(CONTENT)}"


def test_one_connection_serves_many_mails(smtp_server: SmtpServer, courier: Courier) -> None:
    for number in range(20):
        assert send(courier, f"c{number}@example.org").outcome is Outcome.ACCEPTED
    assert smtp_server.connections == 1
    assert [mail.recipients for mail in smtp_server.mails] == [(f"c{number}@example.org",) for number in range(20)]


def test_between_begin_and_data_nothing_has_been_said_of_the_mail(smtp_server: SmtpServer, courier: Courier) -> None:
    """The caller writes down its intent here."""
    assert courier.begin("support@example.com", "leila@example.org", CONTENT) is None
    assert smtp_server.commands[-1].startswith("RCPT")
    assert courier.data().outcome is Outcome.ACCEPTED


def test_a_mail_that_was_begun_can_be_given_up(smtp_server: SmtpServer, courier: Courier) -> None:
    assert courier.begin("support@example.com", "leila@example.org", CONTENT) is None
    courier.reset()
    assert send(courier, "omid@example.org").outcome is Outcome.ACCEPTED
    assert [mail.recipients for mail in smtp_server.mails] == [("omid@example.org",)]


def test_the_null_sender(smtp_server: SmtpServer, courier: Courier) -> None:
    assert courier.send("", "leila@example.org", CONTENT).outcome is Outcome.ACCEPTED
    assert "MAIL FROM:<> SIZE=" in smtp_server.commands[-3]


def test_every_try_sends_the_same_bytes(smtp_server: SmtpServer, courier: Courier) -> None:
    content = b"Subject: x\n\n.dot\n..two\nbare\rreturn\r\n\r\n.\r\nend without newline"
    smtp_server.fail("DOT", "451 4.3.0 later")
    assert send(courier, content=content).outcome is Outcome.TEMPORARY
    assert send(courier, content=content).outcome is Outcome.ACCEPTED
    first, second = smtp_server.mails
    assert first == second
    assert first.content == b"Subject: x\r\n\r\n.dot\r\n..two\r\nbare\r\nreturn\r\n\r\n.\r\nend without newline\r\n"


# --- refusals


@pytest.mark.parametrize("stage", ["MAIL", "RCPT", "DATA", "DOT"])
@pytest.mark.parametrize(("code", "outcome"), [("450 4.2.0", Outcome.TEMPORARY), ("550 5.1.1", Outcome.PERMANENT)])
def test_a_refused_mail(smtp_server: SmtpServer, courier: Courier, stage: str, code: str, outcome: Outcome) -> None:
    smtp_server.fail(stage, f"{code} because\x1b[31m of\x07 this")
    delivery = send(courier)
    assert delivery.outcome is outcome
    assert delivery.code == int(code[:3])
    assert delivery.text == f"{code[4:]} because [31m of this"
    assert delivery.stage is {"DATA": Stage.DATA, "DOT": Stage.DOT}.get(stage, Stage.ENVELOPE)
    assert not delivery.account
    assert send(courier).outcome is Outcome.ACCEPTED, "the next mail is no worse off"
    assert smtp_server.connections == 1


def test_a_refusal_in_several_lines(smtp_server: SmtpServer, courier: Courier) -> None:
    smtp_server.fail("RCPT", "550-5.7.1 first\r\n550-5.7.1 second\r\n550 5.7.1 third")
    assert send(courier).text == "5.7.1 first 5.7.1 second 5.7.1 third"


@pytest.mark.parametrize("stage", ["CONNECT", "EHLO"])
def test_a_server_that_has_no_time_yet(smtp_server: SmtpServer, courier: Courier, stage: str) -> None:
    smtp_server.fail(stage, "421 4.3.2 busy")
    delivery = send(courier)
    assert (delivery.outcome, delivery.stage, delivery.code) == (Outcome.NOT_STARTED, Stage.CONNECT, 421)
    assert send(courier).outcome is Outcome.ACCEPTED


def test_a_server_without_esmtp(smtp_server: SmtpServer, courier: Courier) -> None:
    smtp_server.fail("EHLO", "502 5.5.1 what?")
    assert send(courier).outcome is Outcome.ACCEPTED
    assert "MAIL FROM:<support@example.com>" in smtp_server.commands


# --- the line breaks


@pytest.mark.parametrize("stage", ["CONNECT", "EHLO", "MAIL", "RCPT", "DATA"])
@pytest.mark.parametrize("fault", [Close(), Stall(1.5), "421 4.4.2 closing", "xyz", "199 what"])
def test_before_the_dot_nothing_can_have_been_taken(
    smtp_server: SmtpServer, courier: Courier, stage: str, fault: object
) -> None:
    smtp_server.fail(stage, fault)
    assert send(courier).outcome is Outcome.NOT_STARTED
    assert smtp_server.mails == []
    assert send(courier).outcome is Outcome.ACCEPTED
    assert len(smtp_server.mails) == 1


@pytest.mark.parametrize("fault", [Close(), Stall(1.5), "421 4.4.2 closing", "xyz", "199 what", "354 more?"])
def test_after_the_dot_nobody_knows(smtp_server: SmtpServer, courier: Courier, fault: object) -> None:
    """The server has the mail, and no clear answer came (W8, W10)."""
    smtp_server.fail("DOT", fault)
    delivery = send(courier)
    assert (delivery.outcome, delivery.stage) == (Outcome.UNKNOWN, Stage.DOT)
    assert len(smtp_server.mails) == 1
    assert send(courier, "omid@example.org").outcome is Outcome.ACCEPTED
    assert [mail.recipients for mail in smtp_server.mails] == [("leila@example.org",), ("omid@example.org",)]


def test_data_without_a_go_ahead_sends_nothing(smtp_server: SmtpServer, courier: Courier) -> None:
    smtp_server.fail("DATA", "250 fine, thank you")
    assert send(courier).outcome is Outcome.NOT_STARTED


def test_a_slow_answer_is_waited_for(smtp_server: SmtpServer) -> None:
    smtp_server.fail("DOT", Stall(1))
    courier = Courier(account(smtp_server, timeouts=replace(QUICK, dot=10)))
    assert send(courier).outcome is Outcome.ACCEPTED
    assert len(smtp_server.mails) == 1
    courier.close()


@pytest.mark.parametrize("stage", ["CONNECT", "EHLO", "MAIL", "DOT"])
def test_a_dripping_answer_ends_at_the_deadline(smtp_server: SmtpServer, courier: Courier, stage: str) -> None:
    smtp_server.fail(stage, Drip("250-" + "x" * 400, 0.05))
    started = time.monotonic()
    assert send(courier).outcome is (Outcome.UNKNOWN if stage == "DOT" else Outcome.NOT_STARTED)
    assert time.monotonic() - started < 2


@pytest.mark.parametrize("stage", ["EHLO", "RCPT"])
@pytest.mark.parametrize("text", ["250 " + "x" * 100_000, "250-x\r\n" * 100_000 + "250 x"], ids=["a line", "lines"])
def test_an_endless_answer_ends_at_the_limit(smtp_server: SmtpServer, courier: Courier, stage: str, text: str) -> None:
    smtp_server.fail(stage, text)
    assert send(courier).outcome is Outcome.NOT_STARTED
    assert send(courier).outcome is Outcome.ACCEPTED


def test_a_line_that_breaks_within_the_mail_leaves_no_doubt(courier: Courier, smtp_server: SmtpServer) -> None:
    """Without its final dot no server may take a mail (RFC 5321 section 4.1.1.4)."""
    smtp_server.fail("DATA", "354 go")
    on_data = smtp_server.planned
    content = b"Subject: x\r\n\r\n" + b"x" * 76 + b"\r\n" + (b"y" * 76 + b"\r\n") * 500_000

    def planned(stage: str) -> object | None:
        if stage == "DATA":
            for sock in list(smtp_server._open):
                sock.sendall(b"354 go\r\n")
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
            return Close()
        return on_data(stage)

    smtp_server.planned = planned
    delivery = send(courier, content=content)
    assert (delivery.outcome, delivery.stage) == (Outcome.NOT_STARTED, Stage.DATA)
    assert smtp_server.mails == []


def test_a_kept_connection_that_died_unheard_costs_nothing(smtp_server: SmtpServer, courier: Courier) -> None:
    assert send(courier).outcome is Outcome.ACCEPTED
    for sock in list(smtp_server._open):
        sock.shutdown(socket.SHUT_RDWR)
    assert send(courier).outcome is Outcome.ACCEPTED
    smtp_server.fail("MAIL", "421 4.4.2 idle for too long")
    assert send(courier).outcome is Outcome.ACCEPTED
    assert len(smtp_server.mails) == 3
    assert smtp_server.connections == 3


def test_an_idle_connection_is_opened_anew(smtp_server: SmtpServer) -> None:
    now = [0.0]
    courier = Courier(account(smtp_server), clock=lambda: now[0])
    send(courier)
    now[0] = 59
    send(courier)
    assert smtp_server.connections == 1
    now[0] = 120
    assert send(courier).outcome is Outcome.ACCEPTED
    assert smtp_server.connections == 2
    courier.close()


def test_nobody_listens(smtp_server: SmtpServer) -> None:
    courier = Courier(account(smtp_server, port=free_port()))
    delivery = send(courier)
    assert (delivery.outcome, delivery.stage, delivery.account) == (Outcome.NOT_STARTED, Stage.CONNECT, False)
    assert "refused" in delivery.text
    with pytest.raises(TemporaryFailure, match="refused"):
        courier.check()


# --- what a server cannot do


@pytest.mark.parametrize(
    ("without", "recipient", "content", "text"),
    [
        ("SMTPUTF8", "لیلا@example.org", CONTENT, "needs SMTPUTF8"),
        ("8BITMIME", "leila@example.org", "Subject: x\r\n\r\nسلام".encode(), "needs 8BITMIME"),
        ("", "leila@example.org", b"x" * 1001 + b"\r\n", "server takes 1000"),
    ],
)
def test_what_the_mail_needs_and_the_server_lacks(
    serving: Callable[..., SmtpServer], without: str, recipient: str, content: bytes, text: str
) -> None:
    features = tuple(one for one in ("SIZE 1000", "8BITMIME", "SMTPUTF8") if one != without)
    server = serving(features=features)
    courier = Courier(account(server))
    delivery = send(courier, recipient, content)
    assert (delivery.outcome, delivery.stage) == (Outcome.PERMANENT, Stage.ENVELOPE)
    assert text in delivery.text
    assert not any(command.startswith("MAIL") for command in server.commands)
    assert send(courier).outcome is Outcome.ACCEPTED
    courier.close()


def test_addresses_beyond_ascii(serving: Callable[..., SmtpServer]) -> None:
    server = serving(features=("SMTPUTF8", "8BITMIME"))
    courier = Courier(account(server))
    assert send(courier, "leila@مثال.example.org").outcome is Outcome.ACCEPTED
    assert server.commands[1:3] == ["MAIL FROM:<support@example.com>", "RCPT TO:<leila@xn--mgbh0fb.example.org>"]
    assert send(courier, "لیلا@مثال.example.org").outcome is Outcome.ACCEPTED
    assert server.commands[4:6] == [
        "MAIL FROM:<support@example.com> SMTPUTF8",
        "RCPT TO:<لیلا@xn--mgbh0fb.example.org>",
    ]
    assert send(courier).outcome is Outcome.ACCEPTED
    assert server.commands[7] == "MAIL FROM:<support@example.com>"
    courier.close()


@pytest.mark.parametrize(
    "address",
    [
        "a@example.org>\r\nRCPT TO:<b@example.org",
        "a@example.org\nDATA",
        "a@example.org> NOTIFY=NEVER",
        "a b@example.org",
        "<a@example.org>",
        "a(b)c@@example.org ",
        "\0@example.org",
        "leila",
        "@example.org",
        "a@",
        "",
        "x" * 250 + "@example.org",
        "a@\u202eexample.org",
        "a@..مثال",
    ],
)
def test_a_hostile_address_is_never_a_command(smtp_server: SmtpServer, courier: Courier, address: str) -> None:
    delivery = send(courier, address)
    assert delivery.outcome is Outcome.PERMANENT
    assert delivery.text.isprintable()
    assert [command for command in smtp_server.commands if not command.startswith("ehlo")] == []


def test_a_nul_is_never_sent(smtp_server: SmtpServer, courier: Courier) -> None:
    assert send(courier, content=b"Subject: x\r\n\r\n\0").outcome is Outcome.PERMANENT
    assert smtp_server.mails == []


# --- getting in


@pytest.fixture
def tls_context(certificate: Certificate) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate.certificate, certificate.key)
    return context


@pytest.mark.parametrize("features", [FEATURES, ("AUTH LOGIN",), ("AUTH=PLAIN",)], ids=["PLAIN", "LOGIN", "old style"])
@pytest.mark.parametrize("tls", [Tls.IMPLICIT, Tls.STARTTLS])
def test_login_over_tls(
    serving: Callable[..., SmtpServer],
    tls_context: ssl.SSLContext,
    authority: Authority,
    tls: Tls,
    features: tuple[str, ...],
) -> None:
    server = serving(tls_context, implicit=tls is Tls.IMPLICIT, features=features)
    courier = Courier(account(server, tls=tls, ca_file=authority.ca, user=USER, secret=lambda: PASSWORD))
    courier.check()
    assert send(courier).outcome is Outcome.ACCEPTED
    assert server.connections == 1
    courier.close()
    assert server.commands[-1] == "QUIT"


def test_a_wrong_password_is_told_and_then_not_tried_for_ten_minutes(smtp_server: SmtpServer) -> None:
    now = [0.0]
    courier = Courier(account(smtp_server, user=USER, secret=lambda: "canary"), clock=lambda: now[0])
    for second in range(0, 3600, 10):
        now[0] = second
        delivery = send(courier)
        assert (delivery.outcome, delivery.stage, delivery.account) == (Outcome.NOT_STARTED, Stage.AUTH, True)
        assert "535" in delivery.text
        assert "canary" not in delivery.text
    assert smtp_server.connections <= 6
    with pytest.raises(AccountRefused, match="535"):
        courier.check()
    courier.close()


def test_a_login_that_fails_for_now_is_tried_again(smtp_server: SmtpServer) -> None:
    smtp_server.fail("AUTH", "454 4.7.0 later")
    courier = Courier(account(smtp_server, user=USER, secret=lambda: PASSWORD))
    delivery = send(courier)
    assert (delivery.outcome, delivery.stage, delivery.code, delivery.account) == (
        Outcome.NOT_STARTED, Stage.AUTH, 454, False,
    )  # fmt: skip
    assert send(courier).outcome is Outcome.ACCEPTED
    courier.close()


@pytest.mark.parametrize(
    ("stage", "answer", "text"),
    [
        ("CONNECT", "554 5.7.1 you are listed", "554"),
        ("MAIL", "530 5.7.0 log in first", "login first"),
        ("EHLO", "550 5.7.1 no", None),
    ],
)
def test_a_refused_account(
    smtp_server: SmtpServer, courier: Courier, stage: str, answer: str, text: str | None
) -> None:
    smtp_server.fail(stage, answer)
    delivery = send(courier)
    if text is None:
        assert delivery.outcome is Outcome.ACCEPTED, "HELO was good enough"
        return
    assert (delivery.outcome, delivery.account) == (Outcome.NOT_STARTED, True)
    assert text in delivery.text
    assert send(courier) == delivery
    assert smtp_server.connections == 1


def test_no_way_to_log_in(serving: Callable[..., SmtpServer]) -> None:
    server = serving(features=("AUTH CRAM-MD5",))
    delivery = send(Courier(account(server, user=USER, secret=lambda: PASSWORD)))
    assert delivery.account
    assert "no way to log in" in delivery.text
    assert not any("AUTH" in command for command in server.commands)


def test_starttls_that_is_not_offered_is_not_done_without(smtp_server: SmtpServer, authority: Authority) -> None:
    options = {"tls": Tls.STARTTLS, "ca_file": authority.ca, "user": USER, "secret": lambda: PASSWORD}
    delivery = send(Courier(account(smtp_server, **options)))
    assert (delivery.outcome, delivery.account) == (Outcome.NOT_STARTED, True)
    assert "STARTTLS" in delivery.text
    assert len(smtp_server.commands) == 1, "nothing but EHLO was said"


def test_what_is_sent_ahead_of_tls_is_forgotten(
    serving: Callable[..., SmtpServer], tls_context: ssl.SSLContext, authority: Authority
) -> None:
    server = serving(tls_context, ahead=b"250-evil.example.test\r\n250 SIZE 1")
    courier = Courier(account(server, tls=Tls.STARTTLS, ca_file=authority.ca))
    delivery = send(courier)
    assert delivery.outcome is Outcome.ACCEPTED
    assert delivery.text == "2.0.0 taken as 1", "answers are not one off"
    courier.close()


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (lambda ca: ca.self_signed(), "certificate verify failed"),
        (lambda ca: ca.certificate("other-smtp", "mail.example.org"), "Hostname mismatch"),
        (lambda ca: ca.certificate("old-smtp", days=-1), "expired"),
    ],
    ids=["self-signed", "wrong host", "expired"],
)
@pytest.mark.parametrize("tls", [Tls.IMPLICIT, Tls.STARTTLS])
def test_bad_certificates_are_refused(
    serving: Callable[..., SmtpServer],
    authority: Authority,
    make: Callable[[Authority], Certificate],
    reason: str,
    tls: Tls,
) -> None:
    bad = make(authority)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(bad.certificate, bad.key)
    server = serving(context, implicit=tls is Tls.IMPLICIT)
    options = {"tls": tls, "ca_file": authority.ca, "user": USER, "secret": lambda: PASSWORD}
    delivery = send(Courier(account(server, **options)))
    assert delivery.outcome is Outcome.NOT_STARTED
    assert reason in delivery.text
    assert not any("AUTH" in command or "MAIL" in command for command in server.commands)


def test_old_tls_is_refused(serving: Callable[..., SmtpServer], certificate: Certificate, authority: Authority) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate.certificate, certificate.key)
    context.set_ciphers("ALL:@SECLEVEL=0")
    with pytest.warns(DeprecationWarning):
        context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1_1
    server = serving(context, implicit=True)
    delivery = send(Courier(account(server, tls=Tls.IMPLICIT, ca_file=authority.ca)))
    assert delivery.outcome is Outcome.NOT_STARTED
    assert server.commands == []


def test_no_password_crosses_a_network_in_the_clear(smtp_server: SmtpServer, tmp_path: Path) -> None:
    delivery = send(Courier(account(smtp_server, host="mail.example.org")))
    assert delivery.account
    assert "without TLS" in delivery.text
    delivery = send(Courier(account(smtp_server, tls=Tls.IMPLICIT, ca_file=tmp_path / "none")))
    assert delivery.account
    assert "certificates" in delivery.text


def test_a_missing_password_is_a_fault_of_the_account(smtp_server: SmtpServer) -> None:
    def secret() -> str:
        raise ConfigError(Problem("config.toml", 0, "no password"))

    delivery = send(Courier(account(smtp_server, user=USER, secret=secret)))
    assert delivery.account
    assert "no password" in delivery.text


# --- the real thing


def test_through_a_real_postfix_into_a_real_mailbox(
    postfix: Postfix, dovecot: Dovecot, smtp_server: SmtpServer
) -> None:
    user = dovecot.user()
    courier = Courier(SmtpAccount(name="support", host="127.0.0.1", port=postfix.port, tls=Tls.OFF))
    content = b"Subject: =?utf-8?b?2LPZhNin2YU=?=\r\nMessage-ID: <a@example.com>\r\n\r\n.\r\n.x\r\n"
    assert courier.send("support@example.com", f"{user}+token@example.com", content).outcome is Outcome.ACCEPTED
    assert courier.send("", "leila@example.org", content).outcome is Outcome.ACCEPTED
    courier.close()
    until(lambda: dovecot.flags(user), what="delivery")
    with dovecot.client(user) as client:
        delivered = client.fetch([1], ["BODY[]"])[1][b"BODY[]"]
    assert delivered.endswith(content.partition(b"\r\n\r\n")[2])
    until(lambda: smtp_server.mails, what="relay")
    assert smtp_server.mails[0].sender == ""
    assert smtp_server.mails[0].content.endswith(b"\r\n\r\n.\r\n.x\r\n")
