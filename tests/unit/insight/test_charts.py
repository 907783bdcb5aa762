"""Charts: round scales, every number readable, mirrored for right-to-left readers, nothing that anybody wrote alive."""

import re
import xml.etree.ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maildesk.insight.charts import Series, area, bars, columns, scale, stars


@given(st.floats(0.1, 1e7))
def test_a_scale_is_round_and_long_enough(most):
    ticks = scale(most)
    assert ticks[0] == 0
    assert ticks[-1] >= most
    assert len(ticks) <= 6
    step = ticks[1]
    assert str(step).rstrip("0") in {"1", "2", "5", ""} or step in {1, 2, 5}
    assert ticks == [step * n for n in range(len(ticks))]


def shapes(svg, tag):
    return [one for one in ET.fromstring(svg).iter() if one.tag.endswith(tag)]


@pytest.mark.parametrize("language", ["en", "fa"])
@pytest.mark.parametrize("count", [0, 1, 7, 31])
def test_columns_have_their_heights_and_places(language, count):
    names, new, done = [f"d{n}" for n in range(count)], list(range(1, count + 1)), [1] * count
    svg = columns("t", names, [Series("new", "#111111", new), Series("done", "#222222", done)], language)
    found = [
        one
        for one in shapes(svg, "rect")
        if one.attrib["fill"] == "#111111" and "rx" in one.attrib and one.attrib["rx"] == "1.5"
    ]
    heights = [float(one.attrib["height"]) for one in found]
    assert len(found) == count
    assert heights == sorted(heights)
    places = [float(one.attrib["x"]) for one in found]
    assert places == sorted(places, reverse=language == "fa")
    assert all(0 <= x <= 480 for x in places)


def test_persian_charts_show_persian_digits():
    svg = stars("امتیازها", [1, 0, 2, 3, 12], "fa")
    texts = "".join(one.text or "" for one in shapes(svg, "text"))
    assert "۱۲" in texts
    assert not re.search("[0-9]", texts)


def test_an_area_of_nothing_and_of_one_day():
    assert shapes(area("t", [], Series("x", "#111111", []), "en"), "polygon") == []
    assert len(shapes(area("t", ["a"], Series("x", "#111111", [3]), "en"), "circle")) == 1


def test_words_of_others_stay_words():
    svg = bars("<script>", ['"><script>x</script>'], [3], "en")
    assert "<script>" not in svg
    assert shapes(svg, "text")[0].text == '"><script>x</script>'
