"""Finished mails: headers, addresses, threading, parts; read back by the library's own parser."""

import re
from dataclasses import replace
from datetime import timedelta
from html import unescape

import pytest
from desk_of_samples import EVERY, LANGUAGES, desk_of, part, read, write
from hypothesis import given, settings
from hypothesis import strategies as st

from maildesk.model import tokens
from maildesk.model.change import Attachment, MailClass
from maildesk.model.desk import Desk
from maildesk.model.errors import PermanentFailure
from maildesk.model.people import Role
from maildesk.model.tokens import Right
from maildesk.notices.compose import Thread, own_text
from maildesk.notices.context import subject_for
from maildesk.notices.render import DeskTemplates, read_templates
from maildesk.notices.samples import NOW, sample_data, sample_notice, sample_ticket

HOSTILE = st.lists(
    st.one_of(
        st.text(max_size=30),
        st.sampled_from(
            [
                "\r\nBcc: v@example.org\r\n\r\n", "\n", "\r", "\0", "\x85", "\u2028", "=?utf-8?q?hi=0ABcc=3A_v=40example=2Enet?=",
                "=?utf-8?q?=2C_evil=40example=2Enet=2C?=", '"', ">", "<evil@example.net>", "evil@example.net,", ";", ":", "\\",
                "\u202eevil\u202c", "{{ 7*7 }}", "{% raw %}", "[solved]", "[#1]", "Re: ", "\ud800", "x" * 300, "سلام " * 30,
                "👩‍👩‍👧", "\u200b", "From me", ".\r\n", "--=_a",
            ]
        ),
    ),
    max_size=6,
).map("".join)  # fmt: skip

MIME = {"MIME-Version", "Content-Type"}
ALWAYS = {"From", "To", "Subject", "Date", "Message-ID"}
ROBOT = {"Auto-Submitted", "X-Auto-Response-Suppress", "X-Maildesk-Notice"}


def names(outgoing):
    return [name for name in read(outgoing) if name != "Content-Transfer-Encoding"]


@settings(max_examples=15, deadline=None)
@given(hostile=HOSTILE, name=HOSTILE, text=HOSTILE)
@pytest.mark.parametrize(("template", "language"), EVERY)
def test_nothing_that_people_write_becomes_a_header_or_a_recipient(template, language, hostile, name, text):
    """A20, A21, A23: the headers are ours, the recipient is one, whatever stands in subject, name and text."""
    ticket = replace(sample_ticket(language), subject=hostile, requester_name=name)
    data = {key: text if isinstance(value, str) else value for key, value in sample_data(template, language).items()}
    usual = names(write(template, language))
    mail = write(template, language, ticket=ticket, data=data, to_name=name)
    assert names(mail) == usual
    parsed = read(mail)
    assert [address.addr_spec for address in parsed["To"].addresses] == [mail.recipient]
    assert [address.addr_spec for address in parsed["From"].addresses] == ["support@example.com"]
    assert mail.problem == ""
    assert not re.search("[\u202a-\u202e\0]", part(mail) + part(mail, "html") + str(parsed["Subject"]))
    assert max(map(len, mail.content.split(b"\r\n"))) <= 998
    assert b"\n" not in mail.content.replace(b"\r\n", b"")


@pytest.mark.parametrize(("template", "language"), EVERY)
def test_composing_twice_gives_equal_bytes(template, language):
    assert write(template, language) == write(template, language)


@pytest.mark.parametrize(("template", "language"), EVERY)
def test_text_and_html_say_the_same(template, language):
    mail = write(template, language)
    html = part(mail, "html")
    body = unescape(re.sub(r"<[^>]*>", " ", html[html.index("<td") :]))
    plain = re.sub("^(> ?|-{32}$)|: <mailto:.*>$", "", part(mail), flags=re.MULTILINE)
    squeezed = [re.sub("[\\s\u2068\u2069]", "", text) for text in (plain, body)]
    if template == "survey":  # the buttons come on top
        squeezed[1] = squeezed[1].replace("12345", "").replace("۱۲۳۴۵", "")
    if template == "report":  # what stands in cells of its own has marks between it in the text
        squeezed = [re.sub("[:·/]", "", text) for text in squeezed]
    assert squeezed[0] == squeezed[1]


@pytest.mark.parametrize("language", LANGUAGES)
def test_html_has_the_direction_of_its_language(language):
    tag = {"en": '<html lang="en" dir="ltr">', "fa": '<html lang="fa" dir="rtl">'}[language]
    assert tag in part(write("status_update", language), "html")


CANARY = "zqcanaryqz"


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_acknowledgement_holds_nothing_of_the_customer(language):
    """A14: subject, names, text, file names, template tricks: none of it comes back."""
    ticket = replace(sample_ticket(language), subject=CANARY, requester_name=CANARY, tags=frozenset({CANARY}))
    data = {**sample_data("acknowledgement", language), "articles": (), "text": CANARY, "subject": CANARY}
    data |= {"tag": CANARY, "desk": CANARY, "author": CANARY}
    file = Attachment(f"{CANARY}.txt", "text/plain", CANARY.encode())
    mail = write(
        "acknowledgement", language, ticket=ticket, data=data, to_name=CANARY, html=CANARY, attachments=(file,)
    )
    everything = str(read(mail)) + part(mail) + part(mail, "html") + mail.subject
    assert CANARY not in everything
    assert len(mail.content) <= 4096
    assert read(mail)["To"] == "leila@example.org"


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("count", [0, 3, 8, 100])
def test_an_acknowledgement_stays_small_whatever_articles_it_offers(language, count):
    article = sample_data("acknowledgement", language)["articles"][0]
    mail = write("acknowledgement", language, data={"articles": (article,) * count})
    assert len(mail.content) <= 4096
    assert "[#1042]" in part(mail)


def test_an_admins_own_template_shows_outsiders_no_more_than_the_acknowledgement():
    shipped, _ = read_templates()
    own = {("en", "خوش‌آمد.txt"): ("welcome.txt", "Welcome {{ subject }}\n\nHello {{ to_name }}! {{ tag }}")}
    ticket = replace(sample_ticket(), subject=CANARY)
    mail = write("خوش‌آمد", desk=desk_of(templates=DeskTemplates(shipped, own)), ticket=ticket, to_name=CANARY)
    assert CANARY not in str(read(mail)) + part(mail)
    assert part(mail) == "Hello ! [#1042]\n"


INTERNAL = ("zq-assignee", "zq-group", "zq-tag", "zq-field", "zq-watcher", "zq-note")


@pytest.mark.parametrize(
    ("template", "language"), [pair for pair in EVERY if sample_notice(*pair, {}).role is Role.REQUESTER]
)
def test_mail_to_customers_holds_nothing_internal(template, language):
    """A51: neither fields of the ticket nor data that the notice does not declare."""
    assignee, group, tag, field, watcher, note = INTERNAL
    ticket = replace(
        sample_ticket(language),
        assignee=assignee,
        group=group,
        tags=frozenset({tag}),
        fields=((field, field),),
        watchers=frozenset({watcher}),
    )
    data = {**sample_data(template, language), "notes": note, "history": note, "trust": note}
    mail = write(template, language, ticket=ticket, data=data)
    everything = str(read(mail)) + part(mail) + part(mail, "html")
    assert not [word for word in INTERNAL if word in everything]


def test_a_template_gets_only_what_its_notice_declares():
    shipped, _ = read_templates()
    own = {("en", "solved.txt"): ("solved.txt", "{{ subject }}\n\n{{ text }} {{ notes }}")}
    data = {"text": "Done.", "notes": CANARY}
    mail = write("solved", desk=desk_of(templates=DeskTemplates(shipped, own)), data=data)
    assert mail.problem == "solved.txt:3: UndefinedError: 'notes' is undefined"
    assert CANARY not in part(mail)


def test_customers_text_is_never_a_template():
    """A24."""
    tricks = "{{7*7}} {% for x in y %} {0.__class__} %(x)s ${x} {{ ticket.__class__ }}"
    ticket = replace(sample_ticket(), subject=tricks)
    mail = write("notification", ticket=ticket, data={**sample_data("notification", "en"), "text": tricks})
    assert tricks in part(mail)
    assert mail.subject == f"[#1042] {tricks}"


# --- headers


def test_an_answer_looks_like_the_mail_of_a_person():
    mail = write("answer", mail_class=MailClass.REPLY)
    parsed = read(mail)
    assert set(names(mail)) == ALWAYS | MIME
    assert str(parsed["From"]) == '"Sara Ahmadi (Example Support)" <support@example.com>'
    assert str(parsed["To"]) == "Leila Rezaei <leila@example.org>"
    assert str(parsed["Subject"]) == "Re: Wrong invoice [urgent] [#1042]"
    assert parsed["Date"].datetime == NOW
    assert parsed["Message-ID"] == mail.message_id
    assert "sara@" not in mail.content.decode()
    assert part(mail).endswith("-- \nExample Support\nMonday to Friday, 9 to 5\n")


def test_names_in_persian_come_through():
    parsed = read(write("answer", "fa"))
    assert " ".join(parsed["From"].addresses[0].display_name.split()) == "سارا احمدی (پشتیبانی نمونه)"
    assert parsed["To"].addresses[0].display_name == "لیلا رضایی"


@pytest.mark.parametrize(
    ("template", "auto", "more"),
    [
        ("acknowledgement", "auto-replied", {"Precedence"}),
        ("status_update", "auto-generated", {"Precedence"}),
        ("notification", "auto-generated", {"Reply-To"}),
        ("transcript", "auto-replied", {"Reply-To"}),
        ("survey", "auto-generated", {"Reply-To", "Precedence"}),
    ],
)
def test_automatic_mail_says_so(template, auto, more):
    mail = write(template)
    assert set(names(mail)) == ALWAYS | MIME | ROBOT | more
    assert read(mail)["Auto-Submitted"] == auto
    assert read(mail)["X-Auto-Response-Suppress"] == "All"
    assert read(mail)["X-Maildesk-Notice"] == template


@pytest.mark.parametrize(("template", "language"), EVERY)
def test_every_automatic_mail_is_marked(template, language):
    """D3, for every template."""
    assert read(write(template, language, mail_class=MailClass.AUTOMATIC))["Auto-Submitted"].startswith("auto-")


@pytest.mark.parametrize(
    ("template", "mail_class", "sender"),
    [
        ("acknowledgement", MailClass.AUTOMATIC, ""),
        ("status_update", MailClass.AUTOMATIC, ""),
        ("answer", MailClass.REPLY, "VERP"),
        ("solved", MailClass.REPLY, "support@example.com"),
        ("refer", MailClass.REPLY, "support@example.com"),
        ("notification", MailClass.AUTOMATIC, "support@example.com"),
        ("notification", MailClass.REPLY, "support@example.com"),
    ],
)
def test_the_envelope_sender(template, mail_class, sender):
    mail = write(template, mail_class=mail_class)
    verp = f"support+{tokens.mint(desk_of().key, Right.BOUNCE, 1)}@example.com"
    assert mail.sender == (verp if sender == "VERP" else sender)


def test_the_first_token_is_the_reply_address_and_all_know_their_mail():
    mail = write("notification")
    key = desk_of().key
    assert read(mail)["Reply-To"] == f"support+{tokens.mint(key, Right.ANSWER, 1)}@example.com"
    assert f"support+{tokens.mint(key, Right.NOTE, 2)}@example.com" in part(mail)
    assert {token.message_id for token in mail.tokens} == {mail.message_id}
    assert tokens.is_our_message_id(key, mail.message_id)


def test_without_plus_addresses_the_mailbox_itself_is_written_to():
    desk = desk_of()
    plain = replace(desk, mailboxes={"support": replace(desk.mailboxes["support"], plus=False)})
    mail = write("notification", desk=plain)
    assert read(mail)["Reply-To"] == "support@example.com"
    assert "support+" not in mail.content.decode()
    assert write("answer", desk=plain, mail_class=MailClass.REPLY).sender == "support@example.com"
    assert "mailto:" not in part(write("survey", desk=plain), "html")


def test_a_reply_is_threaded():
    """RFC 5322 section 3.6.4: In-Reply-To is the parent, References the parent's and then the parent."""
    long = f"<{'A' * 95}@prod.outlook.example.com>"
    mail = write("answer", thread=Thread(long, ("<first@example.org>", "<second@example.org>")))
    assert f"In-Reply-To: {long}\r\n".encode() in mail.content
    assert f"References: <first@example.org>\r\n <second@example.org>\r\n {long}\r\n".encode() in mail.content


def test_a_long_thread_keeps_its_first_and_last_ids():
    ids = tuple(f"<{number}@example.org>" for number in range(50))
    found = str(read(write("answer", thread=Thread(ids[-1], ids)))["References"]).split()
    assert found == [ids[0], *ids[-19:]]


@pytest.mark.parametrize(
    "bad", ["", "no brackets", "<a b@c>", "<x>\r\nBcc: v@example.org", "<سلام@example.org>", f"<{'x' * 1000}@y>"]
)
def test_a_parent_without_a_usable_id_is_left_out(bad):
    mail = write("answer", thread=Thread(bad, (bad,)))
    assert set(names(mail)) == ALWAYS | MIME


# --- recipients


@pytest.mark.parametrize("bad", ["", "leila", "a@b@example.org", "leila@example.org, evil@example.net", "<leila@example.org>", "l e@example.org", "leila@exa mple.org", '"a b"@example.org', "leila@example.org\r\nBcc: x@example.org", "leila@example..org", ".leila@example.org", f"{'x' * 65}@example.org", "leila@bücher.example"])  # fmt: skip
def test_an_address_that_cannot_be_written_to_is_a_permanent_failure(bad):
    with pytest.raises(PermanentFailure):
        write("answer", to=bad)


@pytest.mark.parametrize(
    "good", ["leila+x@example.org", "o'brien@example.org", "a.b_c-d@sub.example.org", "لیلا@example.org"]
)
def test_unusual_addresses_are_written_to(good):
    mail = write("answer", to=good)
    assert mail.recipient == good
    assert f"<{good}>".encode() in mail.content


def test_without_a_mailbox_there_is_nothing_to_send_from():
    with pytest.raises(PermanentFailure, match="no mailbox"):
        write("answer", desk=Desk("Example", "example.com", b"k"))


# --- subjects


@pytest.mark.parametrize(
    ("subject", "outside", "inside"),
    [
        ("Wrong invoice", "Re: Wrong invoice [#1042]", "[#1042] Wrong invoice"),
        ("Re: AW: Fwd: [#1042] Wrong invoice", "Re: Wrong invoice [#1042]", "[#1042] Wrong invoice"),
        ("RE[2]: Wrong invoice [#99]", "Re: Wrong invoice [#1042]", "[#1042] Wrong invoice"),
        ("پاسخ: [#۱۰۴۲] فاکتور", "Re: فاکتور [#1042]", "[#1042] فاکتور"),
        (
            "[solved] ［assign omid］ 【x】",
            "Re: [solved] ［assign omid］ 【x】 [#1042]",
            "[#1042] (solved) (assign omid) (x)",
        ),
        ("a\r\nBcc: x\u202e\u2067y\u200bz", "Re: a Bcc: xyz [#1042]", "[#1042] a Bcc: xyz"),
        ("می‌خواهم", "Re: می‌خواهم [#1042]", "[#1042] می‌خواهم"),
        ("", "Re: [#1042]", "[#1042]"),
        ("x" * 300, f"Re: {'x' * 199}… [#1042]", f"[#1042] {'x' * 199}…"),
    ],
)
def test_subjects(subject, outside, inside):
    ticket = replace(sample_ticket(), subject=subject)
    assert subject_for(sample_notice("answer", "en", {}), ticket) == outside
    assert subject_for(sample_notice("notification", "en", {}), ticket) == inside
    assert str(read(write("answer", ticket=ticket))["Subject"]).replace(" \u200e", "") == outside


def test_after_persian_letters_a_mark_keeps_the_tag_in_its_order():
    """Without it, [#1042] is shown as [1042#] in a list of mails (UAX #9, rule W2)."""
    persian = write("acknowledgement", "fa")
    assert str(read(persian)["Subject"]) == "پیام شما به دست ما رسید \u200e [#1042]"
    assert own_text(persian.content)[0] == persian.subject == "پیام شما به دست ما رسید [#1042]"
    assert "\u200e" not in str(read(write("acknowledgement", "en"))["Subject"])


@given(subject=HOSTILE)
def test_no_bracket_of_a_customer_reaches_an_agent_as_a_bracket(subject):
    shown = subject_for(sample_notice("notification", "en", {}), replace(sample_ticket(), subject=subject))
    assert shown.startswith("[#1042]")
    assert not set(shown.removeprefix("[#1042]")) & set("[]［］﹇﹈")


def test_every_ticket_mail_carries_its_tag_whatever_the_template_says():
    bare = DeskTemplates({("en", "solved.txt"): ("solved.txt", "Done\n\nIt is done.")})
    assert write("solved", desk=desk_of(templates=bare)).subject == "Done [#1042]"


# --- parts


def test_attachments_and_inline_pictures_go_along():
    logo = Attachment("logo.png", "image/png", b"\x89PNG" * 40, "logo@example.com")
    bill = Attachment("فاکتور شما.pdf", "application/pdf", b"%PDF" * 100)
    mail = write("answer", html='<p>Look: <img src="cid:logo@example.com"></p>', attachments=(logo, bill))
    parsed = read(mail)
    assert parsed.get_content_type() == "multipart/mixed"
    assert [part.get_content_type() for part in parsed.walk() if part.is_multipart()] == [
        "multipart/mixed", "multipart/alternative", "multipart/related",
    ]  # fmt: skip
    files = {part.get_filename(): part for part in parsed.walk() if part.get_filename()}
    assert files["logo.png"]["Content-ID"] == "<logo@example.com>"
    assert files["logo.png"].get_content_disposition() == "inline"
    assert files["فاکتور شما.pdf"].get_content() == bill.content
    assert files["فاکتور شما.pdf"].get_content_disposition() == "attachment"


@given(name=HOSTILE, kind=HOSTILE)
def test_a_hostile_file_is_only_a_file(name, kind):
    mail = write("answer", attachments=(Attachment(name, kind, b"x", name),))
    parsed = read(mail)
    assert set(names(mail)) == ALWAYS | MIME
    (file,) = [part for part in parsed.walk() if part.get_content_disposition() == "attachment"]
    assert file.get_content_type() == "application/octet-stream" or "/" in kind
    shown = file.get_filename()
    assert shown and len(shown) <= 120 and not shown.startswith(".") and "/" not in shown and "\\" not in shown


@pytest.mark.parametrize(
    "kind", ["message/rfc822", "multipart/mixed", "text", "text/html; charset=x", "a/b\r\nX: y", ""]
)
def test_types_that_cannot_be_base64_are_plain_bytes(kind):
    mail = write("answer", attachments=(Attachment("x.bin", kind, b"x"),))
    assert "application/octet-stream" in [part.get_content_type() for part in read(mail).walk()]


def test_a_long_persian_file_name_is_whole():
    name = "گزارش " * 18 + ".pdf"
    mail = write("answer", attachments=(Attachment(name, "application/pdf", b"x"),))
    assert [part.get_filename() for part in read(mail).walk() if part.get_filename()] == [name]


@given(text=st.text(max_size=400))
@settings(deadline=None)
def test_an_answer_arrives_as_it_was_written(text):
    mail = write("answer", data={"text": f"begin{text}end"})
    clean = re.sub("\r\n?|[\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029]", "\n", text)
    clean = re.sub("[\x00-\x08\x0e-\x1b\x1f\x7f-\x9f\u202a-\u202e\ufeff]", "", clean)
    assert part(mail).startswith(f"begin{clean}end\n\n-- \n")
    assert own_text(mail.content) == (mail.subject, part(mail))


def test_lines_that_mail_software_likes_to_change_are_protected():
    text = "From here\n.\n..\n" + "x" * 3000 + "\ntrailing  "
    mail = write("answer", data={"text": text})
    assert b"\r\n.\r\n" not in mail.content
    assert b"\r\nFrom " not in mail.content
    assert part(mail).startswith(text)


def test_times_and_fate_of_the_notice_go_along():
    mail = write(
        "survey", not_before=NOW + timedelta(days=2), expires=NOW + timedelta(days=9), hold_seconds=60, entry=7
    )
    assert (mail.not_before, mail.expires, mail.entry) == (
        NOW + timedelta(days=2),
        NOW + timedelta(days=9),
        7,
    )
    assert mail.once == "1042|survey|leila@example.org|1"


def test_without_templates_an_answer_still_carries_the_agents_words():
    mail = write("answer", desk=desk_of(templates=None), data={"text": "Hello Leila"})
    assert part(mail) == "Hello Leila\n"
    assert mail.problem
