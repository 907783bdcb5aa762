"""What happens by the clock. A job is a function ``(JobRun) -> str`` and a row in ``JOBS``.

The scheduler only says when to look; what is due is read from our tables, so a restart, a second worker or a
day asleep neither lose nor repeat anything: each due thing has a key in ``done`` or a ``once`` of its own.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from maildesk.model.change import Change
from maildesk.model.desk import Scene
from maildesk.model.ticket import EntryKind, Event, Status, Ticket
from maildesk.schedule import (
    absence,
    asked,
    decisions,
    digest,
    erasure,
    escalation,
    idle,
    pace,
    promises,
    referrals,
    reports,
    retention,
    survey,
    updates,
    webhooks,
    worklist,
)
from maildesk.schedule.run import JobRun, each_ticket

__all__ = ["JOBS", "Job", "JobRun", "job"]


@dataclass(frozen=True, slots=True)
class Job:
    """A scheduled thing: its name, how often to look (seconds), and what it does."""

    name: str
    every_seconds: int
    run: Callable[[JobRun], str]
    help: str


def _status_updates(run: JobRun) -> str:
    waiting = run.store.look.waiting_since(updates.horizon(run.desk, run.now))
    count = each_ticket(run, waiting, lambda ticket: updates.key(ticket, run.desk, run.now), updates.inform)
    return f"{count} customers informed"


def _surveys(run: JobRun) -> str:
    solved = run.store.look.solved_between(*survey.window(run.desk, run.now))
    asked = run.store.look.asked_since(survey.cooldown_start(run.desk, run.now))
    latest = {ticket.requester: ticket.number for ticket in sorted(solved, key=lambda one: str(one.solved_at))}

    def key(ticket: Ticket) -> str:
        """One survey at a time for one person: about what was solved last."""
        cooling = ticket.requester in asked or latest[ticket.requester] != ticket.number
        return "" if cooling else survey.key(ticket, run.desk, run.now)

    return f"{each_ticket(run, solved, key, survey.ask)} surveys"


def _escalations(run: JobRun) -> str:
    return f"{escalation.take_steps(run)} escalations"


def _escalation_lists(run: JobRun) -> str:
    return f"{escalation.gather(run)} lists"


def _reports(run: JobRun) -> str:
    return f"{reports.send_due(run)} reports"


def _wake(run: JobRun) -> str:
    return f"{each_ticket(run, run.store.look.snoozed_until(run.now), _snooze_key, _wake_up)} woken"


def _snooze_key(ticket: Ticket) -> str:
    return f"snooze:{ticket.number}:{ticket.version}" if ticket.snoozed_until else ""


def _wake_up(change: Change, scene: Scene) -> Change:
    return change.record(
        scene.number,
        EntryKind.CHANGE,
        "job: wake",
        cause="its snooze is over",
        event=Event.IDLE,
        status=Status.OPEN,
        snoozed_until=None,
    )


JOBS = (
    Job("status_updates", 60, _status_updates, "Tell customers who wait long that we are at it"),
    Job("surveys", 60, _surveys, "Ask customers of solved tickets how it was"),
    Job("escalations", 30, _escalations, "Tell who must know when a target is nearly or wholly used up"),
    Job(
        "escalation_lists", 30, _escalation_lists, "Make one list of the warnings that waited for their reader's hours"
    ),
    Job("reports", 300, _reports, "Send the reports whose period has ended"),
    Job("asked_reports", 10, asked.send, "Send the reports that agents asked for by mail"),
    Job("idle", 600, idle.ask_rules, "Ask the rules on `idle` about tickets in which nobody does anything, every hour"),
    Job("realign", 3600, idle.realign, "Give running clocks the service levels and calendars as they are now"),
    Job("promises", 60, promises.look_after, "Draft or send an update before a promised time passes"),
    Job("decisions", 300, decisions.remind, "Remind whoever has to decide on a mail that waits"),
    Job("webhooks", 10, webhooks.call_due, "Call the other programs that rules named"),
    Job("pace", 600, pace.measure, "Measure how fast each group answers, for what acknowledgements promise"),
    Job("digests", 30, digest.gather, "Make one mail of what waits for agents who want it so"),
    Job("wake", 30, _wake, "Open tickets whose snooze is over"),
    Job("worklists", 60, worklist.send, "Send the agents' worklists in the morning"),
    Job("referrals", 60, referrals.remind, "Remind departments that have not answered"),
    Job("absence", 60, absence.give_back, "Give tickets back to agents who return"),
    Job("retention", 3600, retention.purge, "Remove what was kept as long as [retention] says"),
    Job("erase", 60, erasure.erase, "Erase people who asked for it"),
)


def job(name: str) -> Job | None:
    """The job of that name, or None."""
    return next((one for one in JOBS if one.name == name), None)
