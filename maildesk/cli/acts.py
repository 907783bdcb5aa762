"""What the command line does to a ticket, by way of the same decisions that agents' mails go through."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from maildesk.commands import answer, grammar
from maildesk.commands.words import problem
from maildesk.model.change import Change
from maildesk.model.desk import Scene, Sent
from maildesk.model.errors import PermanentFailure
from maildesk.model.mail import Mail
from maildesk.model.tokens import Right

_NONE = grammar.Orders()


def read(words: Sequence[str]) -> grammar.Orders:
    """Commands as in brackets of a subject. Raises PermanentFailure with what was not understood."""
    found = grammar.Orders()
    for word in words:
        found += grammar.read_line(word, "command line")
    if found.questions:
        told = (
            problem(one, "en") + (f" Did you mean {one.suggestion}?" if one.suggestion else "")
            for one in found.questions
        )
        raise PermanentFailure(
            "; ".join(f"{one.written} {text}" for one, text in zip(found.questions, told, strict=True))
        )
    if not found.orders:
        raise PermanentFailure(f"no command: {' '.join(words)}")
    return found


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

    def _mail(self, text: str, right: Right, orders: grammar.Orders = _NONE) -> Change:
        mail = Mail(text=text, reply=text)
        sent = Sent("", "", "", ticket=self.scene.number, person=self.scene.person.email, right=right)
        scene = replace(self.scene, mail=mail, sent=sent)
        done = answer.agent_mail(self.change, scene, replace(orders, text=text))
        refused = [notice for notice in done.notices if notice.template in {"command_error", "held"}]
        if refused:
            questions = refused[0].data.get("questions", ()) or refused[0].data.get("reasons", ())
            told = (
                f"{one['written']} {one['problem']}".strip() if isinstance(one, dict) else str(one) for one in questions
            )
            raise PermanentFailure("; ".join(told))
        kept = tuple(n for n in done.notices if n.template != "transcript")
        return replace(done, notices=kept)
