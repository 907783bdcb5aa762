"""What the command line does to a ticket, by way of the same decisions that agents' mails go through."""

from __future__ import annotations

from dataclasses import dataclass, replace

from maildesk.commands import answer, grammar
from maildesk.model.change import Change
from maildesk.model.desk import Scene, Sent
from maildesk.model.errors import PermanentFailure
from maildesk.model.mail import Mail
from maildesk.model.tokens import Right


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

    def orders(self, words: tuple[str, ...]) -> Change:
        """Commands as in brackets of a subject. Raises PermanentFailure with what was not understood."""
        subject = " ".join(f"[{word}]" for word in words)
        return self._mail("", Right.COMMAND, subject)

    def _mail(self, text: str, right: Right, subject: str = "") -> Change:
        orders = grammar.read_orders(subject, "", "")
        if orders.questions:
            raise PermanentFailure("; ".join(_told(q.written, q.problem, q.suggestion) for q in orders.questions))
        mail = Mail(subject=subject, text=text, reply=text)
        sent = Sent("", "", "", ticket=self.scene.number, person=self.scene.person.email, right=right)
        scene = replace(self.scene, mail=mail, sent=sent)
        done = answer.agent_mail(self.change, scene, replace(orders, text=text))
        refused = [notice for notice in done.notices if notice.template in {"command_error", "held"}]
        if refused:
            questions = refused[0].data.get("questions", ()) or refused[0].data.get("reasons", ())
            raise PermanentFailure(
                "; ".join(str(one.get("problem", one) if isinstance(one, dict) else one) for one in questions)
            )
        kept = tuple(n for n in done.notices if n.template != "transcript")
        return replace(done, notices=kept)


def _told(written: str, problem: str, suggestion: str) -> str:
    hint = f"; did you mean {suggestion}?" if suggestion else ""
    return f"{written}: {problem}{hint}"
