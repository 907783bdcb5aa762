"""Templates: Jinja2 in a sandbox, strict, with a way down that always ends in a text (P16, A24).

An admin's file comes before the shipped one of the same language, the reader's language before the desk's and
English. Customer text is only ever a value; the result is never rendered again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, tzinfo
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

from jinja2 import StrictUndefined, Template, TemplateSyntaxError, pass_context
from jinja2.exceptions import SecurityError
from jinja2.runtime import Context
from jinja2.sandbox import ImmutableSandboxedEnvironment
from markupsafe import Markup

from maildesk.model.desk import Rendered
from maildesk.model.errors import Problem
from maildesk.notices import locale
from maildesk.notices.clean import clean_text
from maildesk.notices.data import NOTICES
from maildesk.notices.layout import blocks
from maildesk.notices.samples import sample_values
from maildesk.notices.words import MARKERS, why, word

OUTPUT_LIMIT = 1_000_000
"""Characters of a rendered template; beyond it counts as a failure (A25)."""
_SUFFIXES = (".txt", ".html")

Sources = Mapping[tuple[str, str], tuple[str, str]]
"""(language, file name) -> (where it is, its content)."""


def read_templates(folder: Path | None = None) -> tuple[Sources, Sources]:
    """Read the shipped templates and those of an admin's folder. For the start only: this opens files.

    Raises OSError and UnicodeDecodeError for an admin's folder that cannot be read.
    """
    shipped = dict(_files(resources.files("maildesk") / "templates"))
    return shipped, dict(_files(folder)) if folder and folder.is_dir() else {}


def _files(root: Traversable) -> Iterator[tuple[tuple[str, str], tuple[str, str]]]:
    for language in sorted(root.iterdir(), key=lambda entry: entry.name):
        if not language.is_dir():
            continue
        for file in sorted(language.iterdir(), key=lambda entry: entry.name):
            if file.name.endswith(_SUFFIXES):
                yield (language.name, file.name), (str(file), file.read_text(encoding="utf-8"))


class _Sandbox(ImmutableSandboxedEnvironment):
    """The sandbox, plus a bound on what one multiplication or power can make."""

    intercepted_binops = frozenset({"*", "**"})

    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:
        """Refuse to build what OUTPUT_LIMIT would refuse to print."""
        if operator == "**" or not (isinstance(left, int | float) and isinstance(right, int | float)):
            raise SecurityError(f"the operator {operator} works on plain numbers only, and ** not at all")
        return super().call_binop(context, operator, left, right)


def _zoned(function: Callable[[datetime, str, tzinfo], str]) -> Callable[[Context, datetime | None], str]:
    """A filter for moments in the language and zone of the mail; no moment gives no text."""

    @pass_context
    def localised(context: Context, moment: datetime | None) -> str:
        return "" if moment is None else function(moment, context["language"], context["zone"])

    return localised


def _spoken(function: Callable[..., str]) -> Callable[..., str]:
    """A filter in the language of the mail."""

    @pass_context
    def localised(context: Context, value: Any, *more: str) -> str:
        return function(value, context["language"], *more)

    return localised


def _environment() -> ImmutableSandboxedEnvironment:
    environment = _Sandbox(
        undefined=StrictUndefined,
        autoescape=lambda name: bool(name) and str(name).endswith(".html"),
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals.clear()
    environment.filters |= {
        "date": _zoned(locale.date),
        "datetime": _zoned(locale.date_time),
        "duration": _spoken(locale.duration),
        "number": _spoken(locale.number),
        "word": _spoken(word),
        "why": _spoken(why),
        "trust": _spoken(locale.trust),
        "isolate": _spoken(locale.isolate),
        "quote": lambda text: "\n".join(f"> {line}".rstrip() for line in str(text).split("\n")),
    }
    return environment


class DeskTemplates:
    """The templates of a desk; satisfies ``model.desk.Templates``. Compiles a template when first used."""

    def __init__(self, shipped: Sources, overrides: Sources | None = None, *, language: str = "en") -> None:
        self._layers: tuple[Sources, ...] = (overrides or {}, shipped)
        self._language = language
        self._environment = _environment()
        self._compiled: dict[tuple[int, str, str], tuple[Template, ...]] = {}

    def languages(self) -> tuple[str, ...]:
        """All languages that there are templates for."""
        return tuple(sorted({language for layer in self._layers for language, _ in layer}))

    def names(self) -> tuple[str, ...]:
        """All notices that there is a text template for, in any language."""
        files = {file for layer in self._layers for _, file in layer if file.endswith(".txt")}
        return tuple(sorted(file.removesuffix(".txt") for file in files))

    def where(self, name: str) -> tuple[tuple[str, bool], ...]:
        """(language, whether it is the desk's own) of the templates for a notice."""
        own, *_ = self._layers
        found = {language for layer in self._layers for language, file in layer if file == f"{name}.txt"}
        return tuple((language, (language, f"{name}.txt") in own) for language in sorted(found))

    def missing(self) -> tuple[tuple[str, str], ...]:
        """(language, notice) for which another language stands in: what a new language still lacks."""
        spoken = {name: {language for language, _ in self.where(name)} for name in self.names()}
        return tuple(
            (language, name) for language in self.languages() for name in NOTICES if language not in spoken[name]
        )

    def render(self, name: str, language: str, values: Mapping[str, Any]) -> Rendered:
        """Render a notice. Never raises: a broken template gives the shipped, then the built-in text (P16).

        ``Rendered.problem`` says what was wrong with the first choice; ``language`` is the one it came out in.
        """
        problem = ""
        for layer, spoken in self._candidates(name, language):
            try:
                return self._attempt(layer, name, spoken, values, problem)
            except Exception as error:  # noqa: BLE001 - the template guard: an admin's file may raise anything
                problem = problem or str(self._problem(layer, name, spoken, error))
        return built_in(name, language, values, problem or f"there is no template {name!r}")

    def lint(self) -> list[Problem]:
        """Render every template of every language with its sample data, and with as little data as allowed."""
        problems = []
        for index, layer in enumerate(self._layers):
            for spoken, file in layer:
                name = file.rpartition(".")[0]
                if file.endswith(".html") and (spoken, f"{name}.txt") not in layer:
                    problems.append(Problem(layer[spoken, file][0], 1, f"there is no {name}.txt beside it"))
                    continue
                problems += self._lint_one(index, name, spoken) if file.endswith(".txt") else []
        return problems

    def _lint_one(self, layer: int, name: str, language: str) -> list[Problem]:
        try:
            for values in sample_values(name, language):
                self._attempt(layer, name, language, values, "")
        except Exception as error:  # noqa: BLE001 - the template guard, as in render
            return [self._problem(layer, name, language, error)]
        return []

    def _candidates(self, name: str, language: str) -> Iterator[tuple[int, str]]:
        for spoken in dict.fromkeys((language, language.partition("-")[0], self._language, "en")):
            for index, layer in enumerate(self._layers):
                if (spoken, f"{name}.txt") in layer:
                    yield index, spoken

    def _attempt(self, layer: int, name: str, language: str, values: Mapping[str, Any], problem: str) -> Rendered:
        subject, body, *html = self._templates(layer, name, language)
        context = {**values, "language": language, "marker": MARKERS.get(language, MARKERS["en"])}
        text = _run(body, context).strip("\n") + "\n"
        if html:
            context["text_html"] = Markup(blocks(clean_text(text), language))  # noqa: S704 - made of escaped text
        return Rendered(
            subject=_run(subject, context).strip(),
            text=text,
            html=_run(html[0], context) if html else "",
            problem=problem,
            language=language,
        )

    def _templates(self, layer: int, name: str, language: str) -> tuple[Template, ...]:
        key = (layer, language, name)
        if key not in self._compiled:
            source = self._layers[layer][language, f"{name}.txt"][1]
            subject, _, body = source.replace("\r\n", "\n").partition("\n")
            compiled = [self._compile(subject, f"{name}.subject"), self._compile("\n" + body, f"{name}.txt")]
            if (language, f"{name}.html") in self._layers[layer]:
                compiled.append(self._compile(self._layers[layer][language, f"{name}.html"][1], f"{name}.html"))
            self._compiled[key] = tuple(compiled)
        return self._compiled[key]

    def _compile(self, source: str, name: str) -> Template:
        code = self._environment.compile(source, name=name, filename=name)
        return Template.from_code(self._environment, code, self._environment.globals)

    def _problem(self, layer: int, name: str, language: str, error: Exception) -> Problem:
        where = self._layers[layer][language, f"{name}.txt"][0]
        line = error.lineno if isinstance(error, TemplateSyntaxError) else _line_of(error)
        return Problem(where, line, f"{type(error).__name__}: {error}")


def _run(template: Template, context: Mapping[str, Any]) -> str:
    pieces: list[str] = []
    size = 0
    for piece in template.root_render_func(template.new_context(dict(context))):
        size += len(piece)
        if size > OUTPUT_LIMIT:
            raise SecurityError(f"more than {OUTPUT_LIMIT} characters")
        pieces.append(piece)
    return "".join(pieces)


def _line_of(error: Exception) -> int:
    """The line of the template that an error came from: the innermost frame that is compiled from one."""
    line, trace = 1, error.__traceback__
    while trace:
        template = trace.tb_frame.f_globals.get("__jinja_template__")
        line = template.get_corresponding_lineno(trace.tb_lineno) if template else line
        trace = trace.tb_next
    return line


def built_in(name: str, language: str, values: Mapping[str, Any], problem: str) -> Rendered:
    """The text of last resort. An answer still carries the agent's words, an acknowledgement nothing of anybody."""
    tag = values.get("tag", "")
    text = values.get("text") or values.get("title") or ""
    if name == "acknowledgement" or not isinstance(text, str):
        text = ""
    persian = language.partition("-")[0] == "fa"
    greeting = "پیام شما به دست ما رسید." if persian else "We have received your message."
    plain = "خبری تازه دربارهٔ درخواست شما" if persian else "News about your request"
    fallback = greeting if name == "acknowledgement" else f"{plain} {tag}".strip()
    subject = values.get("subject") if name != "acknowledgement" else ""
    return Rendered(
        subject=subject if isinstance(subject, str) and subject else f"{fallback.rstrip('.')} {tag}".strip(),
        text=(text or fallback) + "\n",
        problem=problem,
        language="fa" if persian else "en",
    )
