"""The line map names every place that tomllib returns a value for, on the line where it stands."""

from __future__ import annotations

import tomllib

from hypothesis import given
from hypothesis import strategies as st

from maildesk.model.lines import line_map, line_of


def paths(value, prefix=()):
    yield prefix
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from paths(inner, (*prefix, key))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from paths(inner, (*prefix, index))


def test_rules_file():
    source = """\
# a comment with = and [brackets]
[[rule]]
name = "one"   # trailing
when = { any = [ { subject = { words = ["a", "b"] } },
                 { to = "billing@*" } ] }

  [[rule.example]]
  mail = "x.eml"

  [[rule.example]]
  mail = 'y.eml'

[[rule]]
name = \"\"\"two
lines "" here\"\"\"
then = [
  # nothing
  { group = "billing" },
  { tag = "+x" },
]
"""
    lines = line_map(source)
    assert lines[("rule", 0)] == 2
    assert lines[("rule", 0, "when", "any", 1, "to")] == 5
    assert lines[("rule", 0, "example", 1, "mail")] == 11
    assert lines[("rule", 1, "name")] == 14
    assert lines[("rule", 1, "then", 1, "tag")] == 19


def test_nearest_line_of_a_missing_key():
    lines = line_map("a = 1\n[b]\nc = 2\n")
    assert line_of(lines, ("b", "missing", 3)) == 2
    assert line_of(lines, ("nothing",)) == 1


def test_quoted_and_dotted_keys_and_windows_line_ends():
    source = '"a.b" . c = 1\r\n[x."\\u0641".\'y\']\r\nz = { k.l = [1,\r\n 2] }\r\n'
    lines = line_map(source)
    assert lines[("a.b", "c")] == 1
    assert lines[("x", "ف", "y", "z", "k", "l", 1)] == 4
    assert set(paths(tomllib.loads(source))) - {()} == set(lines)


bare = st.text("abcXYZ019_-", min_size=1, max_size=4)
quoted = st.text(st.sampled_from("ab .#=[]'فی\t\\\""), max_size=4).map(
    lambda text: '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\t", "\\t") + '"'
)
scalars = st.one_of(
    st.sampled_from(["1", "true", "1.5", "2026-01-01 10:00:00", "'#]}'", '"\\"]#"', '"""x\n"]#"""', "'''a\n''b'''"]),
    quoted,
)
spaces = st.sampled_from(["", " ", "\n", " # x ] }\n"])


@st.composite
def values(draw, depth=3):
    shape = draw(st.sampled_from(["scalar", "array", "table"] if depth else ["scalar"]))
    if shape == "scalar":
        return draw(scalars)
    inner = draw(st.lists(values(depth - 1), max_size=3))
    if shape == "array":
        return "[" + draw(spaces) + ",".join(item + draw(spaces) for item in inner) + draw(spaces) + "]"
    return "{" + ", ".join(f"k{index} = {item}" for index, item in enumerate(inner)) + "}"


@st.composite
def documents(draw):
    lines = [f"{draw(bare)}x{index} = {draw(values())}" for index in range(draw(st.integers(0, 3)))]
    for number in range(draw(st.integers(0, 4))):
        if draw(st.booleans()):
            lines += ["[[items]]", f"v = {draw(values())}"]
            lines += ["  [[items.sub]]", f"  {draw(quoted)} = {draw(values())}"] * draw(st.integers(0, 2))
        else:
            lines += [f"[table{number}.{draw(quoted)}]", f"a.b.c = {draw(values())} # end"]
    return "\n".join(lines)


@given(documents())
def test_every_path_of_tomllib_has_a_line(source):
    try:
        data = tomllib.loads(source)
    except tomllib.TOMLDecodeError:
        return
    lines = line_map(source)
    assert set(paths(data)) - {()} == set(lines)
    last = source.count("\n") + 1
    assert all(1 <= line <= last for line in lines.values())
