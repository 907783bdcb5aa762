"""What the command line does to a ticket, by way of the same decisions that agents' mails go through."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from maildesk.commands import answer, grammar
from maildesk.commands.replies import explained
from maildesk.commands.transcript import lines
from maildesk.model.change import Change, Hold
from maildesk.model.desk import Scene, Sent
from maildesk.model.errors import PermanentFailure, WrongUse
from maildesk.model.mail import Mail
from maildesk.model.tokens import Right

_NONE = grammar.Orders()


def read(words: Sequence[str]) -> grammar.Orders:
    """Commands as in brackets of a subject. Raises WrongUse with what was not understood."""
    found = grammar.Orders()
    for word in words:
        found += grammar.read_line(word, "command line")
    if found.questions:
        told = (
            explained(one, "en") + (f" Did you mean {one.suggestion}?" if one.suggestion else "")
            for one in found.questions
        )
        raise WrongUse("; ".join(_told(one.written, text) for one, text in zip(found.questions, told, strict=True)))
    if not found.orders:
        raise WrongUse(f"no command: {' '.join(words)}")
    return found


def _told(written: str, problem: str) -> str:
    return f"{written.lstrip('#')}: {problem}" if written else problem


@dataclass(frozen=True, slots=True)
class Acts:
    """Decisions on the scene's ticket."""

    change: Change
    scene: Scene

    def note(self, text: str) -> Change:
        """An internal note."""
        return self._mail(text, Right.NOTE)

    def reply(self, text: str) -> Change:
        """A public answer."""
        return self._mail(text, Right.ANSWER)

    def orders(self, orders: grammar.Orders, text: str = "") -> Change:
        """Commands, and the text that goes with them."""
        return self._mail(text, Right.ANSWER if text else Right.COMMAND, orders)

    def told(self, after: Change) -> tuple[str, ...]:
        """What was done, in the words of the transcript that a mail would be answered with."""
        return tuple(line["text"] for line in lines(self.change, after, "en", self.scene.desk.timezone))

    def _mail(self, text: str, right: Right, orders: grammar.Orders = _NONE) -> Change:
        mail = Mail(text=text, reply=text)
        sent = Sent("", "", "", ticket=self.scene.number, person=self.scene.person.email, right=right)
        scene = replace(self.scene, mail=mail, sent=sent)
        return self._possible(answer.agent_mail(self.change, scene, replace(orders, text=text)))

    def decision(self, word: str) -> Change:
        """What becomes of the scene's held mail: ``send``, ``note`` or ``drop``."""
        return self._possible(answer.release(self.change, self.scene, word))

    def _possible(self, done: Change) -> Change:
        """What was decided, without the transcript that nobody waits for; raises where nothing came of it."""
        refused = [notice for notice in done.notices if notice.template in {"command_error", "held"}]
        if refused:
            questions = refused[0].data.get("questions", ()) or refused[0].data.get("reasons", ())
            told = (_told(one["written"], one["problem"]) if isinstance(one, dict) else str(one) for one in questions)
            raise (WrongUse if refused[0].template == "command_error" else PermanentFailure)("; ".join(told))
        if any(isinstance(effect, Hold) for effect in done.effects):
            raise PermanentFailure("a lead has to approve what this agent writes: say --as LEAD, or answer by mail")
        mine = self.scene.person.email
        kept = tuple(n for n in done.notices if n.template != "transcript" or n.to != mine)
        return replace(done, notices=kept)
