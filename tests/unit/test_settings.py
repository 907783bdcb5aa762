"""Settings: what is accepted, how faults are told, and that secrets stay secret."""

import re
from datetime import date, time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from maildesk import forms
from maildesk.model.errors import ConfigError
from maildesk.settings import Settings, load

EXAMPLE = Path(__file__).parents[2] / "config.example.toml"
DESK = '[desk]\nname = "Example"\ndomain = "example.com"\n'
MAILBOX = '[[mailbox]]\nname = "support"\naddress = "support@example.com"\n'


def write(folder: Path, text: str) -> Path:
    path = folder / "config.toml"
    path.write_text(text, "utf-8")
    path.chmod(0o600)
    return path


def problems(folder: Path, text: str) -> list[tuple[int, str]]:
    with pytest.raises(ConfigError) as caught:
        load(write(folder, text))
    return [(problem.line, problem.message) for problem in caught.value.problems]


def test_the_example_loads_and_paths_are_relative_to_it():
    settings = load(EXAMPLE)
    assert settings.desk.rules == EXAMPLE.parent / "rules"
    assert settings.key_file == EXAMPLE.parent / "state" / "desk.key"
    assert settings.database_url == f"sqlite:///{EXAMPLE.parent}/state/maildesk.db"
    assert settings.calendar[1].week[-1][0] == 6
    assert settings.gate.quiet == (time(22), time(7))


def test_a_small_file_is_enough(tmp_path):
    settings = load(write(tmp_path, DESK + MAILBOX))
    assert (settings.desk.hold_seconds, settings.survey.delay, settings.http) == (60, 2880, None)


def test_all_problems_are_told_at_once_with_their_lines(tmp_path):
    text = DESK + MAILBOX + 'colour = "red"\n\n[[agent]]\nname = "sara"\nemial = "sara@example.com"\ncapacity = "9"\n'
    assert problems(tmp_path, text) == [
        (7, "'colour' must look like ^#[0-9a-fA-F]{6}$"),
        (9, "the key 'email' is missing: add  email = …"),
        (11, "unknown key 'emial': did you mean 'email'?"),
        (12, "'capacity' must be a whole number without quotes"),
    ]


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        (DESK, 1, "there is no [[mailbox]]: add one"),
        (DESK + MAILBOX + 'group = "biling"\n[[group]]\nname = "billing"\n', 7, "there is no [[group]] named 'biling': did you mean 'billing'?"),
        (DESK + MAILBOX + MAILBOX.replace("support@", "x@"), 5, "two [[mailbox]] are named 'support': rename one"),
        (DESK + MAILBOX + '[[agent]]\nname = "s"\nemail = "SUPPORT@example.com"\n', 9, "the address SUPPORT@example.com belongs to [[mailbox]] support already"),
        (DESK + MAILBOX + "[survye]\n", 7, "unknown key 'survye': did you mean 'survey'?"),
        (DESK + MAILBOX + '[[sla]]\nname = "s"\nfirst_response = "4 hours"\n', 9, "'first_response': write a length of time as \"30m\", \"4h\" or \"2d\""),
        (DESK + "x = \n", 4, "not TOML: Invalid value (at line 4, column 5)"),
        (DESK + MAILBOX + 'x = "', 7, "not TOML: Unterminated string (at end of document)"),
        (DESK.replace("Example", "x").replace('name = "x"', "name = 1") + MAILBOX, 2, "'name' must be a text in quotes"),
        (DESK + 'timezone = "Mars/Base"\n' + MAILBOX, 4, "'timezone': no such time zone: write it as \"Asia/Tehran\" or \"UTC\""),
    ],
)  # fmt: skip
def test_one_fault_is_told_where_it_stands(tmp_path, text, line, message):
    assert (line, message) in problems(tmp_path, text)


def test_a_missing_file_is_told(tmp_path):
    with pytest.raises(ConfigError, match="cannot read it: No such file"):
        load(tmp_path / "config.toml")


def test_no_value_is_repeated_where_it_may_be_a_password(tmp_path):
    text = DESK + MAILBOX + '[mailbox.imap]\nhost = "h"\npassword = ["hunter2"]\npasswrod = "hunter2"\n'
    assert "hunter2" not in str(problems(tmp_path, text))


def account(folder: Path, line: str) -> Settings:
    return load(write(folder, DESK + MAILBOX + '[mailbox.imap]\nhost = "imap.example.com"\n' + line))


def secret(settings: Settings) -> str:
    imap = settings.mailbox[0].imap
    assert imap
    return imap.secret("support", "imap").resolve()


def test_a_password_never_shows(tmp_path):
    settings = account(tmp_path, 'password = "hunter2"\n')
    assert secret(settings) == "hunter2"
    shown = (
        repr(settings) + str(settings) + str(settings.model_dump()) + repr(settings.mailbox[0].imap.secret("a", "b"))
    )
    assert "hunter2" not in shown


def test_a_database_password_never_shows(tmp_path):
    settings = load(write(tmp_path, DESK + 'database = "postgresql://u:hunter2@db.example.com/x"\n' + MAILBOX))
    assert "hunter2" in settings.database_url
    assert "hunter2" not in repr(settings)


def test_a_password_in_a_config_that_others_can_read_is_refused(tmp_path):
    settings = account(tmp_path, 'password = "hunter2"\n')
    settings.path.chmod(0o640)
    with pytest.raises(ConfigError, match="chmod 600"):
        secret(settings)


def test_a_password_from_the_environment(tmp_path, monkeypatch):
    settings = account(tmp_path, 'password_env = "SUPPORT_IMAP"\n')
    with pytest.raises(ConfigError, match="the environment has no SUPPORT_IMAP"):
        secret(settings)
    monkeypatch.setenv("SUPPORT_IMAP", "hunter2")
    assert secret(settings) == "hunter2"


def test_a_password_from_a_file_that_only_its_owner_reads(tmp_path):
    settings = account(tmp_path, 'password_file = "imap.secret"\n')
    with pytest.raises(ConfigError, match="cannot read the password"):
        secret(settings)
    file = tmp_path / "imap.secret"
    file.write_text("hunter2\n")
    file.chmod(0o644)
    with pytest.raises(ConfigError, match="others can read"):
        secret(settings)
    file.chmod(0o600)
    assert secret(settings) == "hunter2"


def test_a_password_from_a_systemd_credential(tmp_path, monkeypatch):
    settings = account(tmp_path, "")
    monkeypatch.delenv("CREDENTIALS_DIRECTORY", raising=False)
    with pytest.raises(ConfigError, match="support-imap-password"):
        secret(settings)
    (tmp_path / "support-imap-password").write_text("hunter2")
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    assert secret(settings) == "hunter2"


def test_loading_resolves_no_secret(tmp_path):
    account(tmp_path, 'password_file = "there/is/none"\n')


@pytest.mark.parametrize(("text", "expected"), [("30m", 30), ("4h", 240), ("2d", 2880), ("1w", 10080), ("1h30m", 90)])
def test_lengths_of_time(text, expected):
    assert forms.minutes(text) == expected


def test_a_working_day_is_what_the_calendar_says():
    assert forms.minutes("2d4h", day=480) == 1200


@hypothesis_settings(deadline=None)  # the first zone and the first country are read from files
@given(st.one_of(st.text(max_size=12), st.integers(), st.none(), st.lists(st.text(max_size=3))))
def test_forms_give_a_value_or_say_how_to_write_it(value):
    for form in (
        forms.minutes, forms.days, forms.size, forms.time_of_day, forms.interval, forms.week, forms.email,
        forms.domain, forms.name, forms.zone, forms.start, forms.step_at, forms.country,
    ):  # fmt: skip
        try:
            form(value)
        except ValueError as error:
            assert re.search("write|name|zone|hours", str(error))


def test_hours_of_a_day():
    hours = {"sat": "8:30-24:00", "mon": ("9:00-13:00", "14:00-18:00")}
    assert forms.week(hours) == ((0, ((time(9), time(13)), (time(14), time(18)))), (5, ((time(8, 30), time(0)),)))
    for wrong in ({"mon": ("9:00-13:00", "12:00-14:00")}, {"mon": "13:00-9:00"}, {"monday": "9:00-10:00"}):
        with pytest.raises(ValueError):
            forms.week(wrong)


def test_addresses_have_one_form():
    assert forms.email("Support@Example.COM") == "support@example.com"
    assert forms.email("a@مثال.example") == "a@xn--mgbh0fb.example"


def test_a_start_is_a_word_or_a_date():
    assert forms.start("2026-11-01") == forms.start(date(2026, 11, 1)) == date(2026, 11, 1)
    assert forms.start("import") == "import"
