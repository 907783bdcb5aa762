"""`maildesk init` and `maildesk check`, the exit codes, and what reaches the terminal."""

import contextlib
import io
import json
import stat
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from maildesk import cli
from maildesk.cli import first_config, main
from maildesk.cli.output import escaped, plain, print_json, print_rows
from maildesk.model.errors import PermanentFailure, StoreDamaged, StoreHeld
from maildesk.model.ticket import Status
from maildesk.settings import load

OPTIONS = ["--non-interactive", "--address", "support@example.com", "--agent", "omid@example.com"]
HOSTS = ["--imap-host", "imap.example.com", "--smtp-host", "smtp.example.com"]


def run(*args: str, **options):
    return CliRunner().invoke(main, list(args), **options)


def init(folder: Path, *more: str):
    return run("init", "--directory", str(folder), *OPTIONS, *HOSTS, *more)


def offline(folder: Path) -> str:
    """A desk without servers, for what can be checked without them."""
    config = folder / "config.toml"
    text = config.read_text()
    for kind in ("imap", "smtp"):
        text = text.replace(f'[mailbox.{kind}]\nhost = "{kind}.example.com"\n', "")
    config.write_text(text)
    return str(config)


def test_init_writes_a_desk_that_checks(tmp_path):
    result = init(tmp_path)
    assert result.exit_code == 0, result.output
    assert load(tmp_path / "config.toml").agent[0].role == "lead"
    key = tmp_path / "state" / "desk.key"
    assert len(key.read_bytes()) == 32
    assert [stat.S_IMODE(file.stat().st_mode) for file in (key, tmp_path / "config.toml")] == [0o600, 0o600]
    assert list((tmp_path / "rules").glob("*.toml"))
    checked = run("--config", offline(tmp_path), "check")
    assert checked.exit_code == 0, checked.output
    assert "rules" in checked.output


def test_init_never_overwrites_without_asking(tmp_path):
    init(tmp_path)
    rule = next((tmp_path / "rules").iterdir())
    rule.write_text("# mine\n")
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    assert init(tmp_path).exit_code == 2
    assert run("init", "--directory", str(tmp_path), input="n\n").exit_code == 0
    assert {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()} == before
    assert init(tmp_path, "--overwrite", "--name", "New").exit_code == 0
    after = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    assert {path.name for path in after if after[path] != before[path]} == {"config.toml"}


def test_init_asks_for_what_is_needed(tmp_path):
    asked = [
        "nonsense",
        "support@example.com",
        "lead@example.com",
        "sara@example.com",
        "",
        "hunter2",
        "",
        "",
        "",
        "fa",
        "Asia/Tehran",
        "",
    ]
    result = run("init", "--directory", str(tmp_path), input="\n".join(asked) + "\n")
    assert result.exit_code == 0, result.output
    assert "hunter2" not in result.output
    settings = load(tmp_path / "config.toml")
    assert [agent.email for agent in settings.agent] == ["lead@example.com", "sara@example.com"]
    assert (settings.desk.language, settings.calendar[0].holidays) == ("fa", "IR")
    assert settings.mailbox[0].smtp.secret("support", "smtp").resolve() == "hunter2"


def test_init_without_answers_is_wrong_use(tmp_path):
    result = run("init", "--directory", str(tmp_path), "--non-interactive")
    assert result.exit_code == 2
    assert "--address, --agent, --imap-host, --smtp-host" in result.output


@given(
    name=st.text(min_size=1).filter(lambda text: text.isprintable()),
    agents=st.lists(st.sampled_from(["a.b", "a.c", "۱", "--", "a"]), min_size=1, unique=True),
)
def test_whatever_is_answered_the_config_loads(tmp_path_factory, name, agents):
    folder = tmp_path_factory.mktemp("desk")
    addresses = tuple(f"{local}@example.org" for local in agents)
    answers = first_config.Answers(name, "support@example.com", addresses, "imap.example.com", "smtp.example.com")
    first_config.write(folder, answers, overwrite=False)
    assert load(folder / "config.toml").desk.name == name


def test_check_tells_problems_and_what_to_do(tmp_path):
    init(tmp_path)
    config = offline(tmp_path)
    (tmp_path / "state" / "desk.key").chmod(0o644)
    (tmp_path / "rules" / "99.toml").write_text('[[rule]]\nname = "x"\non = ["opned"]\nthen = []\n')
    result = run("--config", config, "check", "--json")
    problems = [finding for finding in json.loads(result.output.splitlines()[0]) if finding["state"] == "problem"]
    assert result.exit_code == 1
    assert any("chmod 600" in finding["text"] for finding in problems)
    assert any("99.toml:" in finding["text"] for finding in problems)


def test_check_of_a_broken_config_tells_all_of_it(tmp_path):
    init(tmp_path)
    config = tmp_path / "config.toml"
    config.write_text(config.read_text() + "\n[survye]\n[updates]\nenabled = 1\n")
    result = run("--config", str(config), "check")
    assert result.exit_code == 1
    assert "did you mean 'survey'?" in result.output
    assert "must be true or false" in result.output


def test_check_says_when_a_server_cannot_be_reached(tmp_path):
    init(tmp_path, "--password-env", "SECRET")
    config = tmp_path / "config.toml"
    config.write_text(config.read_text().replace('host = "imap.example.com"', 'host = "127.0.0.1"\nport = 1'))
    result = run("--config", str(config), "check", env={"SECRET": "hunter2"})
    assert result.exit_code == 1
    assert "cannot connect at 127.0.0.1" in result.output
    assert "hunter2" not in result.output


def test_a_missing_config_is_wrong_use(tmp_path):
    result = run("--config", str(tmp_path / "none.toml"), "check")
    assert result.exit_code == 2
    assert "maildesk init" in result.output


@pytest.mark.parametrize(("error", "code"), [(StoreHeld("x"), 3), (StoreDamaged("x"), 5), (PermanentFailure("x"), 1)])
def test_errors_have_their_exit_codes(monkeypatch, error, code):
    def fail(_self):
        raise error

    monkeypatch.setattr(cli.Invocation, "path", fail)
    assert run("check").exit_code == code


def test_the_config_is_looked_for_in_order(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "xdg"))
    monkeypatch.delenv("MAILDESK_CONFIG", raising=False)
    home = tmp_path / "xdg" / "maildesk" / "config.toml"
    home.parent.mkdir(parents=True)
    home.touch()
    assert cli.Invocation().path() == home
    Path("config.toml").touch()
    assert cli.Invocation().path() == Path("config.toml")
    monkeypatch.setenv("MAILDESK_CONFIG", str(home))
    assert cli.Invocation().path() == home
    assert cli.Invocation(Path("config.toml")).path() == Path("config.toml")


@given(st.text())
def test_nothing_reaches_the_terminal_that_could_steer_it(text):
    shown = escaped(text, lines=True)
    assert not any(sign < " " and sign not in "\n\t" for sign in shown)
    assert not set(shown) & set("\x7f\x9b\u202e\u2066\u2028")


@given(st.text())
def test_json_keeps_what_it_escapes(text):
    output = io.StringIO()
    with contextlib.redirect_stdout(output):
        print_json([text])
    assert json.loads(output.getvalue()) == [text]
    assert not set(output.getvalue()) & set("\x1b\x7f\x9b\u202e\u2066\u2028")


def test_escapes_show_and_persian_stays():
    assert escaped("a\x1b]0;x\x07b\n") == "a^[]0;x^Gb^J"
    assert escaped("می‌شود ۱۲") == "می‌شود ۱۲"


def test_listings_for_people_and_programs(capsys):
    rows = [{"number": 1042, "subject": "\x1b[2Jفاکتور", "status": Status.NEW, "tags": frozenset({"b", "a"})}]
    print_rows(rows, ("number", "subject", "tags"))
    people = capsys.readouterr().out
    assert "^[[2Jفاکتور" in people
    assert "a, b" in people
    print_rows(rows, ("number",), as_json=True)
    program = capsys.readouterr().out
    assert json.loads(program) == [{"number": 1042, "subject": "\x1b[2Jفاکتور", "status": "new", "tags": ["a", "b"]}]


def test_times_in_json_have_a_zone():
    assert plain(datetime(2026, 11, 22, 8, tzinfo=UTC)) == "2026-11-22T08:00:00+00:00"
