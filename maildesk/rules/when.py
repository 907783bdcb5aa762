"""The `when` of a rule: conditions joined by all, any and not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

from maildesk.rules.arguments import Key, TextPattern
from maildesk.rules.conditions import TEXTS, Condition, Look

Keys = frozenset[Key] | None
"""At least one of these must be in the mail for the node to hold; None where nothing can be said."""


class When(Protocol):
    """A node of the tree."""

    def holds(self, look: Look) -> bool:
        """Whether it is so."""
        ...

    def because(self, look: Look, held: bool) -> str:
        """What made it hold, or what it failed on, in the words of the rule file."""
        ...

    def keys(self) -> Keys:
        """What the index may look it up by."""
        ...

    def captures(self, look: Look) -> dict[str, str]:
        """Named captures of its expressions."""
        ...

    def leaves(self) -> tuple[Leaf, ...]:
        """Every condition in it."""
        ...


@dataclass(frozen=True, slots=True)
class Leaf:
    """One condition with its argument."""

    condition: Condition
    argument: Any
    written: str
    """As it stands in the rule file."""
    line: int

    def holds(self, look: Look) -> bool:
        """Whether the condition holds."""
        return self.condition.holds(look, self.argument)

    def because(self, look: Look, held: bool) -> str:
        """The condition; of many words, the one that was found."""
        if held and isinstance(self.argument, TextPattern) and self.condition.name in TEXTS:
            return f"{self.condition.name} has {self.argument.found(look.text(self.condition.name))}"
        return self.written

    def keys(self) -> Keys:
        """What its argument must find."""
        return self.condition.keys(self.argument)

    def captures(self, look: Look) -> dict[str, str]:
        """The captures of its expression."""
        return self.condition.captures(look, self.argument)

    def leaves(self) -> tuple[Leaf, ...]:
        """Itself."""
        return (self,)


@dataclass(frozen=True, slots=True)
class All:
    """Everything in it must hold; nothing in it always does."""

    parts: tuple[When, ...]

    def holds(self, look: Look) -> bool:
        """Whether all parts hold."""
        return all(part.holds(look) for part in self.parts)

    def because(self, look: Look, held: bool) -> str:
        """All parts that held, or the first that failed."""
        if held:
            return " and ".join(part.because(look, held=True) for part in self.parts) or "always"
        return next((part.because(look, held=False) for part in self.parts if not part.holds(look)), "")

    def keys(self) -> Keys:
        """Those of the part that is likely to be the rarest: expressions are the dearest to look up."""
        known = [keys for part in self.parts if (keys := part.keys()) is not None]
        return min(known, key=lambda keys: (any(key[0] == "regex" for key in keys), len(keys)), default=None)

    def captures(self, look: Look) -> dict[str, str]:
        """Those of all parts; an earlier one wins."""
        found: dict[str, str] = {}
        for part in self.parts:
            found = {**part.captures(look), **found}
        return found

    def leaves(self) -> tuple[Leaf, ...]:
        """Those of all parts."""
        return tuple(leaf for part in self.parts for leaf in part.leaves())


@dataclass(frozen=True, slots=True)
class Any_(All):  # noqa: N801 - the word of the rule file, which Python has taken
    """One of its parts must hold."""

    def holds(self, look: Look) -> bool:
        """Whether any part holds."""
        return any(part.holds(look) for part in self.parts)

    def because(self, look: Look, held: bool) -> str:
        """The first part that held, or all of them."""
        if held:
            return next((part.because(look, held=True) for part in self.parts if part.holds(look)), "")
        return "none of: " + "; ".join(part.because(look, held=False) for part in self.parts)

    def keys(self) -> Keys:
        """Those of all parts together, where every part has some."""
        found = [part.keys() for part in self.parts]
        return None if None in found else frozenset().union(*(keys for keys in found if keys is not None))


@dataclass(frozen=True, slots=True)
class Not:
    """Its part must not hold."""

    part: When

    def holds(self, look: Look) -> bool:
        """Whether the part does not hold."""
        return not self.part.holds(look)

    def because(self, look: Look, held: bool) -> str:
        """What did not hold, or what did."""
        return f"not {self.part.because(look, not held)}"

    def keys(self) -> Keys:
        """Absence cannot be looked up."""
        return None

    def captures(self, look: Look) -> dict[str, str]:  # noqa: ARG002 - what is absent captures nothing
        """Nothing."""
        return {}

    def leaves(self) -> tuple[Leaf, ...]:
        """Those of its part."""
        return self.part.leaves()
