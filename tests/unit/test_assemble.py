"""Assembling a desk: what comes of the settings, and what stays when files are broken."""

from datetime import time
from pathlib import Path

import pytest

from maildesk import assemble
from maildesk.ingest.imap import After
from maildesk.model.desk import Calendar, Desk
from maildesk.model.errors import ConfigError
from maildesk.model.people import Role
from maildesk.settings import Settings, load
from maildesk.tls import Tls

CONFIG = """
[desk]
name = "Example"
domain = "example.com"
timezone = "Asia/Tehran"
spam_headers = ["X-Spam-Flag: YES"]

[[mailbox]]
name = "support"
address = "support@example.com"
aliases = ["help@example.com"]
after = "move"

[mailbox.imap]
host = "imap.example.com"
tls = "starttls"
password_env = "SECRET"

[mailbox.smtp]
host = "smtp.example.com"
user = "-"

[[agent]]
name = "sara"
email = "sara@example.com"
role = "lead"
skills = ["fa"]

[[calendar]]
name = "office"
week = { sat = "8:00-16:00", thu = "8:00-12:00" }

[[sla]]
name = "standard"
calendar = "office"
first_response = "4h"
resolution = "2d"
steps = [{ at = "75%", notify = ["assignee"] }, { at = "+2h", notify = ["manager"] }]

[[report]]
name = "weekly"
to = ["lead@example.com"]
weekday = "sat"

[retention]
raw_mail = "2w"

[gate]
public_providers = ["mail.example"]
"""

RULE = '[[rule]]\nname = "all"\non = ["opened"]\nthen = [{ priority = "high" }]\n'


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    (tmp_path / "config.toml").write_text(CONFIG)
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "10.toml").write_text(RULE)
    (tmp_path / "state").mkdir()
    (tmp_path / "state" / "desk.key").write_bytes(bytes(range(32)))
    (tmp_path / "state" / "desk.key").chmod(0o600)
    return load(tmp_path / "config.toml")


def whole(settings: Settings) -> Desk:
    desk, problems = assemble.assemble(settings)
    assert problems == ()
    return desk


def test_a_desk_of_the_settings(settings):
    desk = whole(settings)
    assert desk.key == bytes(range(32))
    assert desk.own_addresses == {"support@example.com", "help@example.com"}
    assert (desk.agents["sara"].role, desk.agents["sara"].skills) == (Role.LEAD, {"fa"})
    assert desk.calendars["office"].timezone == "Asia/Tehran"
    assert desk.spam_headers == (("x-spam-flag", "YES"),)
    assert {"gmail.com", "mail.example"} <= desk.gate.public_providers
    assert desk.auto_max_age_hours == 24
    assert (desk.reports[0].weekday, desk.reports[0].at, desk.reports[0].to) == (5, time(8), ("lead@example.com",))
    assert (desk.retention.raw_mail, desk.retention.quarantine, desk.retention.closed_tickets) == (14, 30, None)
    assert desk.rules and desk.templates


def test_a_day_of_a_service_level_is_an_average_working_day(settings):
    sla = whole(settings).slas[0]
    assert (sla.first_response, sla.resolution, sla.next_response) == (240, 2 * 360, None)
    assert [(step.percent, step.after_minutes) for step in sla.steps] == [(75, 0), (100, 120)]


def test_working_days():
    assert assemble.working_day(None) == assemble.working_day(Calendar("always")) == 1440
    assert assemble.working_day(Calendar("late", week={0: ((time(16), time(0)),)})) == 480


def test_a_broken_rule_file_leaves_the_last_good_rules_in_force(settings):
    before = whole(settings)
    (settings.desk.rules / "20.toml").write_text(RULE + 'whne = { subject = "x" }\n')
    desk, problems = assemble.assemble(settings, before)
    assert desk.rules is before.rules
    assert [(Path(problem.file).name, problem.line) for problem in problems] == [("20.toml", 5)]


def test_a_broken_rule_file_at_the_start_gives_no_rules_at_all(settings):
    (settings.desk.rules / "20.toml").write_bytes(b"\xff\xfe")
    desk, problems = assemble.assemble(settings)
    assert desk.rules is None
    assert "UTF-8" in problems[0].message


def test_a_broken_template_leaves_the_last_good_ones_in_force(settings):
    before = whole(settings)
    folder = settings.desk.templates / "en"
    folder.mkdir(parents=True)
    (folder / "acknowledgement.txt").write_text("Subject\n\n{{ unclosed\n")
    desk, problems = assemble.assemble(settings, before)
    assert desk.templates is before.templates
    assert desk.rules is not before.rules
    assert problems[0].file.endswith("acknowledgement.txt")


def test_a_broken_template_at_the_start_is_reported_and_the_others_work(settings):
    folder = settings.desk.templates / "en"
    folder.mkdir(parents=True)
    (folder / "acknowledgement.txt").write_bytes(b"\xff\xfe")
    desk, problems = assemble.assemble(settings)
    assert desk.templates
    assert "cannot read" in problems[0].message


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda file: file.unlink(), "make one"),
        (lambda file: file.chmod(0o644), "chmod 600"),
        (lambda file: file.write_bytes(b"short"), "32 random bytes"),
    ],
)
def test_a_key_that_cannot_be_used_is_refused(settings, spoil, message):
    spoil(settings.key_file)
    with pytest.raises(ConfigError, match=message):
        assemble.assemble(settings)


def test_linting_needs_no_key(settings):
    settings.key_file.unlink()
    desk, problems = assemble.assemble(settings, with_key=False)
    assert (desk.key, problems) == (b"", ())


def test_accounts(settings, monkeypatch):
    box = settings.mailbox[0]
    imap, smtp = assemble.imap_account(box, 1000), assemble.smtp_account(box)
    assert (imap.port, imap.tls, imap.user, imap.after) == (143, Tls.STARTTLS, "support@example.com", After.MOVE)
    assert (imap.message_limit, imap.poll_seconds) == (1000, 600)
    assert (smtp.port, smtp.user) == (465, "")
    monkeypatch.setenv("SECRET", "hunter2")
    assert imap.secret() == "hunter2"
    assert "hunter2" not in repr(imap)
    assert assemble.alert_account(settings) is None
