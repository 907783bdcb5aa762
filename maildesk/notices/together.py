"""One mail where two would say the same: an answer that solves the ticket says so itself."""

from __future__ import annotations

from dataclasses import replace

from maildesk.model.change import Change


def together(change: Change) -> Change:
    """The decision without the notices "solved" to people who get an answer by it; their answers say it."""
    answered = {(one.ticket, one.to) for one in change.notices if one.template == "answer"}
    told = {(one.ticket, one.to) for one in change.notices if one.template == "solved"} & answered
    if not told:
        return change
    kept = tuple(
        replace(one, data={**one.data, "solved": True})
        if one.template == "answer" and (one.ticket, one.to) in told
        else one
        for one in change.notices
        if one.template != "solved" or (one.ticket, one.to) not in told
    )
    for number, email in sorted(told):
        change = change.say(number, "mail", f"solved to {email}: not written, the answer says it")
    return replace(change, notices=kept)
