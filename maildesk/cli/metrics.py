"""How the desk stands, in numbers that a monitor reads; made from the store, so that no daemon need run."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime

import click
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from maildesk.cli import Invocation, pass_invocation
from maildesk.cli.output import json_option, print_json
from maildesk.model.change import OutboxState
from maildesk.model.ticket import Status
from maildesk.store.look import Look

_MAILS = ("taken", "done", "duplicate", "ignored", "quarantined")


@click.command()
@json_option
@pass_invocation
def metrics(invocation: Invocation, as_json: bool) -> None:
    """Print the numbers of the desk for Prometheus: mails, outbox, tickets, how long the oldest waits, jobs, mailboxes.

    They carry no addresses. The daemon's own counters are at /metrics where [http] is on.
    """
    from maildesk.cli.opened import clock, opened

    with opened(invocation) as store:
        families = list(measured(store.look, clock()))
    if not as_json:
        registry = CollectorRegistry()
        registry.register(_Measured(families))
        click.echo(generate_latest(registry).decode(), nl=False)
        return
    samples = (sample for family in families for sample in family.samples)
    print_json([{"name": one.name, "labels": one.labels, "value": one.value} for one in samples])


class _Measured(Collector):
    def __init__(self, families: list[Metric]) -> None:
        self._families = families

    def collect(self) -> list[Metric]:
        return self._families


def measured(look: Look, now: datetime) -> Iterator[Metric]:
    """Every number, states that nothing is in included: a monitor must tell none from unknown."""
    counts = look.counts()
    yield _by(
        "maildesk_mails", "Mails that were taken, by what became of them", "state", _full(_MAILS, counts["mails"])
    )
    yield _by("maildesk_outbox", "Mails to send, by state", "state", _full(OutboxState, counts["outbox"]))
    yield _by("maildesk_tickets", "Tickets, by status", "status", _full(Status, counts["tickets"]))
    yield GaugeMetricFamily("maildesk_held", "Mails of agents that wait for their decision", len(look.held()))
    waits = {name: (now - at).total_seconds() if at else 0 for name, at in look.oldest(now).items()}
    yield _by("maildesk_oldest_seconds", "How long the oldest has waited; 0 when none waits", "waiting", waits)
    jobs = look.jobs()
    ran = {name: row["last_run"].timestamp() for name, row in jobs.items() if row["last_run"]}
    failed = {name: float(row["last_result"].startswith("failed")) for name, row in jobs.items()}
    yield _by("maildesk_job_last_run_seconds", "When a job last ran, as a Unix time", "job", ran)
    yield _by("maildesk_job_failed", "Whether its last run failed", "job", failed)
    runs = CounterMetricFamily("maildesk_job_runs", "Runs of a job", labels=["job"])
    for name, row in jobs.items():
        runs.add_metric([name], row["runs"])
    yield runs
    last = {name: at.timestamp() for name, at in look.last_taken().items()}
    yield _by("maildesk_mailbox_last_mail_seconds", "When its latest mail was taken, as a Unix time", "mailbox", last)
    pulses = look.pulses()
    well = {name: pulse["at"].timestamp() for name, pulse in pulses.items() if pulse["at"]}
    ill = {name: float(bool(pulse["trouble"])) for name, pulse in pulses.items() if name != "daemon"}
    yield _by("maildesk_last_success_seconds", "When daemon, files or account was well last, Unix time", "what", well)
    yield _by("maildesk_trouble", "Whether its last attempt failed: accounts, files", "what", ill)
    uids = {row["mailbox"]: row["last_uid"] for row in look.mailboxes()}
    yield _by("maildesk_mailbox_last_uid", "The latest UID that was taken", "mailbox", uids)


def _full(names: Iterable[str], counted: Mapping[str, int]) -> Mapping[str, int]:
    return {str(name): 0 for name in names} | dict(counted)


def _by(name: str, text: str, label: str, values: Mapping[str, float]) -> GaugeMetricFamily:
    family = GaugeMetricFamily(name, text, labels=[label])
    for key, value in sorted(values.items()):
        family.add_metric([key], value)
    return family
