"""Rule files: what is in force, what is wrong with them, what they would do, and changing them."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from maildesk.cli import Invocation, pass_invocation
from maildesk.cli.output import json_option, plural, print_json, print_rows, say
from maildesk.cli.rulefiles import Accepted, Files, RuleFolder, file_of
from maildesk.model.errors import PermanentFailure, WrongUse
from maildesk.rules import edit as editing
from maildesk.rules.engine import Rule, Rules

_COLUMNS = ("position", "enabled", "name", "on", "then", "stop", "where")
_OWN_FILE = "50-own.toml"
"""Where new rules go that are not put beside another one."""


@click.group()
def rules() -> None:
    """Rules: list, look at, check, try out, change."""


@rules.command("list")
@json_option
@pass_invocation
def list_(invocation: Invocation, as_json: bool) -> None:
    """List the rules in the order in which they apply."""
    rows = [{"position": number, **_data(rule)} for number, rule in enumerate(_compiled(invocation), 1)]
    print_rows(rows, _COLUMNS, as_json=as_json)


@rules.command()
@click.argument("name")
@json_option
@pass_invocation
def show(invocation: Invocation, name: str, as_json: bool) -> None:
    """Show one rule, by its name or its position, as it stands in its file."""
    found = _compiled(invocation)
    rule = _named(found, name)
    if as_json:
        print_json(_data(rule))
        return
    say(f"{rule.file}:{rule.line}")
    say(editing.take(Path(rule.file).read_text("utf-8"), rule.name).rstrip())


@rules.command()
@json_option
@pass_invocation
def lint(invocation: Invocation, as_json: bool) -> None:
    """Check the rule files: what is wrong, what can never apply, what names things that are not there. Exit 1 then."""
    from maildesk.assemble import assemble, read_rules, read_templates
    from maildesk.rules.lint import lint as lint_rules

    settings = invocation.settings()
    desk, _ = assemble(settings, with_key=False, lint=False)
    compiled, problems = read_rules(settings, desk)
    names = read_templates(settings, lint=False)[0].names()
    found = [*problems, *(lint_rules(compiled, desk, names) if compiled else ())]
    if as_json:
        print_json([{"file": one.file, "line": one.line, "message": one.message} for one in found])
    else:
        for one in found:
            say(str(one))
        say("no problems" if not found else f"{len(found)} problems")
    if found:
        raise SystemExit(1)


# --- trying out -----------------------------------------------------------------------------------------------------


@rules.command()
@click.argument("names", nargs=-1, metavar="[NAME]...")
@json_option
@pass_invocation
def test(invocation: Invocation, names: tuple[str, ...], as_json: bool) -> None:
    """Run the examples that stand beside the rules, of all or of the named ones. Exit 1 when one does not come true."""
    from maildesk.cli.tryout import run_examples

    desk, compiled = _desk_and_rules(invocation)
    wanted = [_named(compiled.rules, name) for name in names] or [rule for rule in compiled.rules if rule.enabled]
    ran, problems = run_examples(desk, compiled, wanted)
    if as_json:
        print_json(
            {"examples": ran, "problems": [{"file": p.file, "line": p.line, "message": p.message} for p in problems]}
        )
    else:
        for problem in problems:
            say(str(problem))
        say(f"{plural(ran, 'example')}, {plural(len(problems), 'problem')}")
    if problems:
        raise SystemExit(1)


@rules.command()
@click.argument("new", type=click.Path(exists=True, path_type=Path), required=False)
@click.option("--last", default="30d", show_default=True, help="How far back: 30d, 12h, 8w.")
@click.option("--limit", default=50, show_default=True, help="Show so many differences.")
@json_option
@pass_invocation
def replay(invocation: Invocation, new: Path | None, last: str, limit: int, as_json: bool) -> None:
    """Run old mail through the rules in force and through NEW, a rule file or a folder of them; nothing is sent.

    Shows which tickets would come out otherwise. A file takes the place of the one of its name. Without NEW the rules
    in force are compared with the set that was accepted before them.
    """
    from maildesk.cli.tryout import run_replay

    folder = _folder(invocation)
    files = folder.read()
    if new is None:
        earlier = [accepted.files for accepted in folder.history() if accepted.files != files]
        if not earlier:
            raise PermanentFailure("there is no earlier set of rules: name a file or a folder with new ones")
        sets = (earlier[-1], files)
    elif new.is_dir():
        sets = (files, {path.name: path.read_text("utf-8") for path in sorted(new.glob("*.toml"))})
    else:
        sets = (files, {**files, new.name: new.read_text("utf-8")})
    desk = _desk(invocation)
    run_replay(invocation, desk, [_compile(folder, one, desk) for one in sets], last, limit, as_json=as_json)


@rules.command()
@click.option("--last", default="30d", show_default=True, help="How far back: 30d, 12h, 8w.")
@json_option
@pass_invocation
def coverage(invocation: Invocation, last: str, as_json: bool) -> None:
    """Count how often each rule applied, and when it last did; those that never did come first."""
    from maildesk.cli.tryout import hits

    found = hits(invocation, last)
    rows = [
        {
            "name": rule.name,
            "hits": found.get(rule.name, (0, None))[0],
            "last": found.get(rule.name, (0, None))[1],
            "enabled": rule.enabled,
            "where": f"{rule.file}:{rule.line}",
        }
        for rule in _compiled(invocation)
    ]
    rows.sort(key=lambda row: (row["hits"], row["name"]))
    print_rows(rows, ("hits", "last", "name", "enabled", "where"), as_json=as_json)


# --- changing -------------------------------------------------------------------------------------------------------

_TOML = "as TOML"


def _rule_options(function: Any) -> Any:
    for option in (
        click.option("--mailbox", help="Only for tickets of this mailbox."),
        click.option("--stop/--no-stop", default=None, help="No further rule once this one applied."),
        click.option(
            "--then", "then", multiple=True, help=f'An action {_TOML}: {{ group = "billing" }}; several in order.'
        ),
        click.option("--when", help=f'Conditions {_TOML}: {{ subject = "invoice" }}.'),
        click.option("--on", multiple=True, help="An event: opened, replied, …; several."),
    ):
        function = option(function)
    return function


def _values(
    on: tuple[str, ...], when: str | None, then: tuple[str, ...], stop: bool | None, mailbox: str | None
) -> dict[str, str | None]:
    """Keys and how they are to be written; only those that were given."""
    values: dict[str, str | None] = {}
    if on:
        values["on"] = f"[{', '.join(map(editing.quoted, on))}]"
    if when is not None:
        values["when"] = when.strip() or None
    if then:
        one_list = len(then) == 1 and then[0].strip().startswith("[")
        values["then"] = then[0].strip() if one_list else f"[ {', '.join(then)} ]"
    if stop is not None:
        values["stop"] = "true" if stop else None
    if mailbox is not None:
        values["mailbox"] = editing.quoted(mailbox) if mailbox else None
    return values


@rules.command()
@click.argument("name", required=False)
@_rule_options
@click.option("--file", "file", help=f"The file it goes into, at its end; default: {_OWN_FILE}.")
@click.option("--before", help="Put it before this rule, into its file.")
@click.option("--after", help="Put it after this rule, into its file.")
@click.option("--disabled", is_flag=True, help="It rests until it is enabled.")
@pass_invocation
def add(
    invocation: Invocation,
    name: str | None,
    on: tuple[str, ...],
    when: str | None,
    then: tuple[str, ...],
    stop: bool | None,
    mailbox: str | None,
    file: str | None,
    before: str | None,
    after: str | None,
    disabled: bool,
) -> None:
    """Add a rule; what the options leave out is asked for."""
    name = name or click.prompt("What is it for (its name)")
    on = on or tuple(click.prompt("On which events", default="opened").replace(",", " ").split())
    if when is None and not then:
        when = click.prompt("When (conditions as TOML; {} for always)", default="{}")
    then = then or (click.prompt('Then (actions as TOML, as [ { group = "billing" } ])'),)
    values = {"name": editing.quoted(name), **_values(on, when, then, stop, mailbox)}
    if disabled:
        values["enabled"] = "false"
    text = editing.new_rule({key: value for key, value in values.items() if value is not None})

    def change(files: Files) -> Files:
        if any(name in editing.cut(source).names for source in files.values()):
            raise PermanentFailure(f"there is a rule {name!r} already: maildesk rules edit {name!r}")
        path, place = _where(files, before, after, file or _OWN_FILE)
        return {**files, path: editing.insert(files.get(path, ""), text, place)}

    _change(invocation, change, f"add {name}", name)


@rules.command()
@click.argument("name")
@_rule_options
@click.option("--name", "renamed", help="Another name.")
@pass_invocation
def edit(
    invocation: Invocation,
    name: str,
    on: tuple[str, ...],
    when: str | None,
    then: tuple[str, ...],
    stop: bool | None,
    mailbox: str | None,
    renamed: str | None,
) -> None:
    """Change a rule by options; without any, in your editor. Comments and everything else stay as they are."""
    values = _values(on, when, then, stop, mailbox)
    if renamed:
        values["name"] = editing.quoted(renamed)
    name = _exact(invocation, name)

    def change(files: Files) -> Files:
        path, _ = file_of(files, name)
        if values:
            return {**files, path: editing.set_keys(files[path], name, values)}
        if not sys.stdin.isatty() and not {"VISUAL", "EDITOR"} & os.environ.keys():
            raise WrongUse("there is no terminal for an editor: say what to change, as --when or --then")
        text = click.edit(editing.take(files[path], name), extension=".toml")
        return files if text is None else {**files, path: editing.exchange(files[path], name, text)}

    _change(invocation, change, f"edit {name}", renamed or name)


def _switch(invocation: Invocation, name: str, *, on: bool) -> None:
    name = _exact(invocation, name)

    def change(files: Files) -> Files:
        path, file = file_of(files, name)
        known = editing.parsed(file.text)[file.place(name)]
        if known.get("enabled", True) is on:
            return files
        return {**files, path: editing.set_keys(files[path], name, {"enabled": "true" if on else "false"})}

    _change(invocation, change, f"{'enable' if on else 'disable'} {name}", name)


@rules.command()
@click.argument("name")
@pass_invocation
def enable(invocation: Invocation, name: str) -> None:
    """Let a rule work again."""
    _switch(invocation, name, on=True)


@rules.command()
@click.argument("name")
@pass_invocation
def disable(invocation: Invocation, name: str) -> None:
    """Let a rule rest; it stays in its file."""
    _switch(invocation, name, on=False)


@rules.command()
@click.argument("name")
@click.option("--before", help="Before this rule.")
@click.option("--after", help="After this rule.")
@click.option("--file", "file", help="To the end of this file.")
@pass_invocation
def move(invocation: Invocation, name: str, before: str | None, after: str | None, file: str | None) -> None:
    """Move a rule, with its comments and examples: rules apply in the order of the files, then in that of each file."""
    name = _exact(invocation, name)
    if name in {before, after}:
        raise WrongUse("a rule cannot be moved beside itself")

    def change(files: Files) -> Files:
        source, _ = file_of(files, name)
        text = editing.take(files[source], name)
        left = {**files, source: editing.remove(files[source], name)}
        path, place = _where(left, before, after, file or source)
        return {**left, path: editing.insert(left.get(path, ""), text, place)}

    _change(invocation, change, f"move {name}", name)


@rules.command()
@click.argument("name")
@pass_invocation
def remove(invocation: Invocation, name: str) -> None:
    """Take a rule out; `maildesk rules rollback` brings it back."""
    name = _exact(invocation, name)

    def change(files: Files) -> Files:
        path, _ = file_of(files, name)
        return {**files, path: editing.remove(files[path], name)}

    _change(invocation, change, f"remove {name}", "")


# --- history --------------------------------------------------------------------------------------------------------


@rules.command()
@json_option
@pass_invocation
def history(invocation: Invocation, as_json: bool) -> None:
    """List every set of rules that was accepted, the latest first."""
    rows = [
        {
            "number": one.number,
            "at": one.at,
            "by": one.by,
            "what": one.what,
            "rules": sum(len(editing.parsed(source)) for source in one.files.values()),
        }
        for one in reversed(_folder(invocation).history())
    ]
    print_rows(rows, ("number", "at", "by", "what", "rules"), as_json=as_json)


@rules.command()
@click.argument("number", type=int, required=False)
@click.argument("other", type=int, required=False)
@pass_invocation
def diff(invocation: Invocation, number: int | None, other: int | None) -> None:
    """Show what differs between the set NUMBER (the latest other one) and the set OTHER (the files as they are)."""
    from difflib import unified_diff

    folder = _folder(invocation)
    known = folder.history()
    after = _kept(known, other).files if other else folder.read()
    if number is None:
        before = next((one.files for one in reversed(known) if one.files != after), {})
    else:
        before = _kept(known, number).files
    for name in sorted({*before, *after}):
        lines = (before.get(name, "").splitlines(), after.get(name, "").splitlines())
        for line in unified_diff(*lines, f"{name} (before)", name, lineterm=""):
            say(line)


@rules.command()
@click.argument("number", type=int)
@pass_invocation
def rollback(invocation: Invocation, number: int) -> None:
    """Bring an accepted set of rules back, as `history` numbers them; the present one stays in the history."""
    wanted = _kept(_folder(invocation).history(), number)
    _change(invocation, lambda _: wanted.files, f"rollback to {number}", "")


def _kept(known: list[Accepted], number: int) -> Accepted:
    found = next((one for one in known if one.number == number), None)
    if found is None:
        raise WrongUse(f"there is no set {number}: maildesk rules history")
    return found


# --- helpers --------------------------------------------------------------------------------------------------------


def _where(files: Files, before: str | None, after: str | None, file: str) -> tuple[str, int | None]:
    """(file, place) of a rule that is put somewhere; None for the end."""
    beside = before or after
    if beside:
        path, known = file_of(files, beside)
        return path, known.place(beside) + (0 if before else 1)
    if Path(file).name != file or not file.endswith(".toml"):
        raise WrongUse(f"{file}: the name of a file in the rules folder is wanted, as {_OWN_FILE}")
    return file, None


def _change(invocation: Invocation, change: Callable[[Files], Files], what: str, name: str) -> None:
    """Change the files if what comes out compiles, and say what is odd about it."""
    from maildesk.cli.opened import clock, whoami
    from maildesk.cli.tryout import run_examples
    from maildesk.rules.lint import lint as lint_rules

    folder, desk = _folder(invocation), _desk(invocation)
    before = folder.read()
    after = folder.change(change, lambda files: _accept(folder, files, desk), what, whoami(), clock())
    if after == before:
        say("nothing changed")
        return
    compiled = _compile(folder, after, desk)
    for problem in lint_rules(compiled, desk):
        say(f"note: {problem}", error=True)
    rule = next((one for one in compiled.rules if one.name == name), None)
    if rule and rule.enabled:
        for problem in run_examples(desk, compiled, [rule])[1]:
            say(f"its example does not come true any more: {problem}", error=True)
    say(f"{what}: done" + (f" ({Path(rule.file).name}:{rule.line})" if rule else ""))


def _accept(folder: RuleFolder, files: Files, desk: Any) -> None:
    _compile(folder, files, desk)


def _compile(folder: RuleFolder, files: Files, desk: Any) -> Rules:
    """Raises ConfigError with every fault: the set is not accepted."""
    from maildesk.rules.compile import compile_rules

    return compile_rules([(str(folder.folder / name), files[name]) for name in sorted(files)], desk)


def _folder(invocation: Invocation) -> RuleFolder:
    settings = invocation.settings()
    return RuleFolder(settings.desk.rules, settings.desk.state)


def _desk(invocation: Invocation) -> Any:
    from maildesk.assemble import assemble

    return assemble(invocation.settings(), with_key=False, lint=False)[0]


def _exact(invocation: Invocation, name: str) -> str:
    """The name of a rule that was named by its position."""
    folder = _folder(invocation)
    names = [known for _, source in sorted(folder.read().items()) for known in editing.cut(source).names]
    if name not in names and name.isdecimal() and 0 < int(name) <= len(names):
        return names[int(name) - 1]
    return name


def _named(known: tuple[Rule, ...], name: str) -> Rule:
    """A rule by its name or its position."""
    rule = next((one for one in known if one.name == name), None)
    if rule is None and name.isdecimal() and 0 < int(name) <= len(known):
        rule = known[int(name) - 1]
    if rule is None:
        raise WrongUse(f"there is no rule {name!r}: maildesk rules list")
    return rule


def _desk_and_rules(invocation: Invocation) -> tuple[Any, Rules]:
    desk, folder = _desk(invocation), _folder(invocation)
    return desk, _compile(folder, folder.read(), desk)


def _compiled(invocation: Invocation) -> tuple[Rule, ...]:
    return _desk_and_rules(invocation)[1].rules


def _data(rule: Rule) -> dict[str, Any]:
    return {
        "name": rule.name,
        "on": sorted(event.value for event in rule.on),
        "then": [step.written for step in rule.then],
        "stop": rule.stop,
        "enabled": rule.enabled,
        "mailbox": rule.mailbox,
        "where": f"{rule.file}:{rule.line}",
    }
