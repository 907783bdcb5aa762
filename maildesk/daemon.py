"""The daemon: puts the parts together, gives each its thread, listens to signals. With ``cli`` the only clock.

Threads: one per mailbox (``watch``), one that decides (``worker``), one that sends (``deliver``), and APScheduler's
for the jobs. They share the store and an immutable ``Desk`` that a reload replaces whole.
"""

from __future__ import annotations

import os
import queue
import secrets
import signal
import socket
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from apscheduler.schedulers.background import BackgroundScheduler

from maildesk import alarms, assemble, journal
from maildesk.ingest.child import ParserPool
from maildesk.ingest.imap import ImapMailbox
from maildesk.ingest.intake import Intake
from maildesk.ingest.watch import Watcher
from maildesk.ingest.worker import Begun, Worker
from maildesk.model.errors import (
    ConfigError,
    Conflict,
    MaildeskError,
    PermanentFailure,
    Problem,
    TemporaryFailure,
)
from maildesk.outbox.copies import PATIENCE, copy_sent, look_for_doubtful
from maildesk.outbox.deliver import Deliverer
from maildesk.outbox.smtp import Courier
from maildesk.schedule.jobs import JOBS, Job, JobRun
from maildesk.settings import MailboxSettings, Settings, load
from maildesk.store.database import file_of, hold, quick_check
from maildesk.store.ledger import Taken
from maildesk.store.store import Store
from maildesk.web.serve import serving
from maildesk.web.site import Site

_BATCH = 50
_ORPHANS_SECONDS = 10
_RELOAD_SECONDS = 2
_TROUBLE_SECONDS = 5
_COPY_SECONDS = 300
_STOP_SECONDS = 25
_PULSE_SECONDS = 10
_AWAY = frozenset({"lost", "auth_failed", "refused", "down", "bug"})
"""Events of a mailbox after which it is not looked at, until it is again."""


def clock() -> datetime:
    """Now, aware, in UTC."""
    return datetime.now(UTC)


def run(config: Path, *, once: bool = False) -> None:
    """Run the desk until SIGTERM or SIGINT; with ``once`` do everything that is due and return.

    Raises ConfigError, StoreHeld, StoreDamaged or TemporaryFailure when it cannot begin.
    """
    settings = load(config)
    with hold(settings.database_url):
        daemon = Daemon(settings)
        try:
            daemon.once() if once else daemon.forever()
        finally:
            daemon.close()


class Daemon:
    """Everything that runs, and how it ends."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._store = Store(settings.database_url)
        quick_check(self._store.engine)
        self._store.prepare()
        self._file = file_of(self._store.engine)
        self._owner = str(secrets.randbits(62) | 1)
        self._store.writer.live(self._owner)
        self.desk, problems = assemble.assemble(settings)
        if self.desk.rules is None:
            raise ConfigError(*problems)
        self._tell_files(problems)
        self._pool = ParserPool(self.desk.reading)
        self._worker = Worker(self._store, self._pool, clock)
        couriers = {box.name: Courier(assemble.smtp_account(box)) for box in settings.mailbox if box.smtp}
        self._stop = threading.Event()
        self._ended = ""
        alert = assemble.alert_account(settings)
        spare = Courier(alert) if alert else None
        self._deliverer = Deliverer(self._store, couriers, self._owner, clock, self._stop.is_set, spare)
        self._taken: queue.Queue[tuple[Taken, ...]] = queue.Queue(maxsize=4)
        self._reading: deque[Begun] = deque()
        self._watching: dict[str, tuple[Watcher, threading.Thread]] = {}
        self._copy_again: dict[str, float] = {}
        self._reload = threading.Event()
        self._outgoing = threading.Event()
        self._seen = self._fingerprint()

    # -- everything once, in one thread -----------------------------------------------------------------------

    def once(self) -> None:
        """Every mailbox, the outbox and the due jobs once. Raises the first failure after trying all."""
        failures: list[MaildeskError] = []
        self._deliverer.take_over()
        self._orphans(others=True)
        for watcher in self._watchers(self._read_ahead):
            with _collected(failures):
                try:
                    watcher.run_once()
                except MaildeskError as error:
                    self._note(f"imap {watcher.account.name}", str(error))
                    raise
            with _collected(failures):
                self._decide_read()
        for job in JOBS:
            self._run_job(job)
        with _collected(failures):
            self._deliverer.run_due(self.desk)
            self._copy_sent()
        with _collected(failures):
            self._raise_unsent()
        self._note("daemon", "run --once")
        if failures:
            raise failures[0]

    def _raise_unsent(self) -> None:
        """Raises TemporaryFailure while an account of ours takes no mail: what waits for it is not sent."""
        pulses = self._store.look.pulses()
        names = (f"smtp {box.name}" for box in self._settings.mailbox if box.smtp)
        told = [f"{name}: {pulses[name]['trouble']}" for name in names if name in pulses and pulses[name]["trouble"]]
        if told:
            raise TemporaryFailure("; ".join(("mail waits", *told)))

    def _decide(self, taken: tuple[Taken, ...]) -> None:
        for begin in range(0, len(taken), _BATCH):
            self._worker.work(self.desk, taken[begin : begin + _BATCH])

    def _read_ahead(self, taken: tuple[Taken, ...]) -> None:
        """Have a batch read, and decide on the one before it meanwhile."""
        self._reading.append(self._worker.begin(taken))
        self._decide_read(ahead=1)

    def _decide_read(self, ahead: int = 0) -> None:
        """Decide on batches in the order in which they came, but for those that may still be read."""
        while len(self._reading) > ahead:
            self._worker.finish(self.desk, self._reading.popleft())

    def _orphans(self, *, others: bool) -> None:
        """Decide on mails that nobody works on, one by one: of those that a death left only its cause gets blamed."""
        while batch := self._store.ledger.claim(self._owner, 1, others=others):
            self._decide(batch)
            self._outgoing.set()

    # -- for good ---------------------------------------------------------------------------------------------

    def forever(self) -> None:
        """Run until told to stop. Raises PermanentFailure when a bug ended a thread that all depends on, or the store's
        file is gone: the next start settles what was left, which is safer than to go on beside it.
        """
        with self._signals(), self._site():
            threads = [_thread(self._deciding, "decide"), _thread(self._delivering, "deliver")]
            scheduler = self._schedule()
            self._note("daemon")
            self._watch_free()
            journal.daemon("started", pid=os.getpid(), mailboxes=list(self._watching))
            notify("READY=1")
            self._tend(threads)
            notify("STOPPING=1")
            self._stop.set()
            scheduler.shutdown(wait=False)
            self._end(threads)
        journal.daemon("stopped", pid=os.getpid(), reason=self._ended)
        self._note("daemon", self._ended or "stopped")
        if self._ended:
            raise PermanentFailure(self._ended)

    def _watch_free(self) -> None:
        """Watch every mailbox that nobody else does: another worker's becomes free when it ends."""
        try:
            if self._store.writer.revive(self._owner):
                for name in [name for name in self._watching if not self._own(name)]:
                    self._watching.pop(name)[0].stop()
            for watcher in self._watchers(self._taken.put):
                name = watcher.account.name
                self._watching[name] = watcher, _thread(watcher.run, f"watch {name}")
        except TemporaryFailure as error:
            journal.store_trouble("owning mailboxes", error)

    def _note(self, name: str, trouble: str = "") -> None:
        """Keep how something is, for `maildesk status`; a store that is away stops nothing."""
        try:
            self._store.note_pulse(name, clock(), trouble)
        except MaildeskError as error:
            journal.store_trouble("noting how it goes", error)

    def _own(self, mailbox: str) -> bool:
        return self._store.writer.own(f"mailbox:{mailbox}")

    def _tend(self, threads: list[threading.Thread]) -> None:
        """Until told to stop, or until a thread has died: reload what changed, watch what is free, tell systemd."""
        next_pulse = 0.0
        while not self._stop.wait(_RELOAD_SECONDS):
            self._watch_free()
            if dead := [thread.name for thread in threads if not thread.is_alive()]:
                self._ended = f"a fault in the program ended the thread {dead[0]}: start again, nothing is lost"
                return
            if file_of(self._store.engine) != self._file:
                self._ended = "the store's file was removed or replaced: bring it back (maildesk restore), start again"
                return
            notify("WATCHDOG=1")
            journal.beat(clock().timestamp())
            if time.monotonic() >= next_pulse:
                next_pulse = time.monotonic() + _PULSE_SECONDS
                self._note("daemon")
            seen = self._fingerprint()
            if self._reload.is_set() or seen != self._seen:
                self._reload.clear()
                self._seen = seen
                self._read_again()

    def _end(self, threads: list[threading.Thread]) -> None:
        for watcher, _ in self._watching.values():
            watcher.stop()
        self._outgoing.set()
        until = time.monotonic() + _STOP_SECONDS
        for thread in (*threads, *(thread for _, thread in self._watching.values())):
            while thread.is_alive() and time.monotonic() < until:
                self._drop_taken()
                thread.join(0.05)

    def _drop_taken(self) -> None:
        """Let a watcher that waits to hand on go; what it took stays ``taken`` and is found by the next start."""
        try:
            self._taken.get_nowait()
        except queue.Empty:
            return

    def close(self) -> None:
        """Let go of children, connections and the store."""
        self._pool.close()
        self._deliverer.close()
        self._store.close()

    # -- the threads -------------------------------------------------------------------------------------------

    def _watchers(self, hand_on: Callable[[tuple[Taken, ...]], None]) -> Iterator[Watcher]:
        for box in self._settings.mailbox:
            if box.imap and box.name not in self._watching and self._own(box.name):
                intake = Intake(self._store, self._owner, box.start, clock, hand_on)
                account = assemble.imap_account(box, self._settings.limits.message)
                looked = partial(self._note, f"imap {box.name}")
                yield Watcher(account, intake, self._reporter(box.name), looked=looked)

    def _tell_files(self, problems: tuple[Problem, ...]) -> None:
        journal.reloaded(problems)
        self._note("files", "; ".join(map(str, problems)))

    def _reporter(self, mailbox: str) -> Callable[..., None]:
        def report(event: str, /, **data: Any) -> None:
            journal.mailbox_event(event, mailbox, **data)
            if event in _AWAY:
                self._note(f"imap {mailbox}", str(data.get("error", event)))
            try:
                alarms.mailbox_alarm(self._store, self.desk, clock(), mailbox, event, data)
            except MaildeskError as error:
                journal.store_trouble("raising an alarm", error)

        return report

    def _deciding(self) -> None:
        next_orphans = 0.0
        while not self._stop.is_set():
            open_batches: tuple[Taken, ...] = ()
            try:
                orphans_due = time.monotonic() >= next_orphans
                if orphans_due and not self._reading:
                    next_orphans = time.monotonic() + _ORPHANS_SECONDS
                    self._orphans(others=True)
                    orphans_due = False
                if batch := () if orphans_due else self._next_batch():
                    self._reading.append(self._worker.begin(batch))
                open_batches = tuple(taken for begun in self._reading for taken in begun.batch)
                if self._reading:
                    self._decide_read(ahead=1 if batch else 0)
                    self._outgoing.set()
            except (TemporaryFailure, Conflict) as error:
                journal.store_trouble("deciding", error)
                self._reading.clear()
                self._stop.wait(_TROUBLE_SECONDS)
                self._give_back(open_batches)

    def _next_batch(self) -> tuple[Taken, ...]:
        try:
            batch = self._taken.get(block=not self._reading, timeout=0.5)
        except queue.Empty:
            return ()
        while len(batch) < _BATCH:
            try:
                batch += self._taken.get_nowait()
            except queue.Empty:
                break
        return batch

    def _give_back(self, batch: tuple[Taken, ...]) -> None:
        """What the store would not decide on is tried again from memory; it is in the store anyway."""
        if batch and not self._stop.is_set():
            self._decide_again(batch)

    def _decide_again(self, batch: tuple[Taken, ...]) -> None:
        while not self._stop.is_set():
            try:
                self._decide(self._store.ledger.still_open(batch))
            except (TemporaryFailure, Conflict) as error:
                journal.store_trouble("deciding again", error)
                self._stop.wait(_TROUBLE_SECONDS)
            else:
                self._outgoing.set()
                return

    def _delivering(self) -> None:
        next_orphans = 0.0
        while not self._stop.is_set():
            try:
                if time.monotonic() >= next_orphans:
                    next_orphans = time.monotonic() + _ORPHANS_SECONDS
                    self._deliverer.take_over()
                self._deliverer.run_due(self.desk)
                self._copy_sent()
                wait = self._until_due()
            except MaildeskError as error:
                journal.store_trouble("sending", error)
                wait = float(_TROUBLE_SECONDS)
            self._outgoing.wait(wait)
            self._outgoing.clear()

    def _until_due(self) -> float:
        due = self._store.queue.next_due()
        return 1.0 if due is None else min(1.0, max(0.01, (due - clock()).total_seconds()))

    def _copy_sent(self) -> None:
        """Copies into the Sent folder; where the provider makes them, mails in doubt are looked for there."""
        queue = self._store.queue
        for box in self._settings.mailbox:
            if not (box.imap and box.smtp) or time.monotonic() < self._copy_again.get(box.name, 0):
                continue
            folder = box.smtp.sent_folder
            due = queue.uncopied(box.name, 1) if folder else queue.in_doubt(box.name, clock() - PATIENCE, 1)
            if due:
                self._in_sent(box, folder)

    def _in_sent(self, box: MailboxSettings, folder: str) -> None:
        """A folder that cannot be used is told of and tried again later: no mail to send waits for it."""
        connection = ImapMailbox(assemble.imap_account(box, self._settings.limits.message))
        try:
            if folder:
                copy_sent(self._store, box.name, connection, folder)
            else:
                look_for_doubtful(self._store, box.name, connection, clock())
        except MaildeskError as error:
            self._copy_again[box.name] = time.monotonic() + _COPY_SECONDS
            self._reporter(box.name)("uncopied", error=str(error))

    # -- jobs, reload, signals ---------------------------------------------------------------------------------

    def _schedule(self) -> BackgroundScheduler:
        defaults = {"coalesce": True, "misfire_grace_time": None, "max_instances": 1}
        scheduler = BackgroundScheduler(timezone=UTC, job_defaults=defaults)
        for job in JOBS:
            every = min(job.every_seconds, self._settings.desk.tick_seconds)
            soon = clock() + timedelta(seconds=min(1, every))
            scheduler.add_job(self._run_job, "interval", args=[job], seconds=every, id=job.name, next_run_time=soon)
        scheduler.start()
        return scheduler

    def _run_job(self, job: Job) -> None:
        now = clock()
        try:
            result = job.run(JobRun(self._store, self.desk, now))
            self._outgoing.set()
        except Exception as error:  # noqa: BLE001 - named guard: one failing job must not end the scheduler
            result = f"failed: {type(error).__name__}: {error}"
        journal.job_ran(job.name, result)
        try:
            self._store.note_job(job.name, result, now)
        except TemporaryFailure as error:
            journal.store_trouble("noting a job", error)

    def _fingerprint(self) -> tuple[tuple[str, int, int], ...]:
        desk = self._settings.desk
        texts = (*desk.macros.glob("*.md"), *desk.articles.glob("*.md"))
        files = [self._settings.path, *desk.rules.glob("*.toml"), *desk.templates.rglob("*.*"), *texts]
        return tuple((str(f), s.st_mtime_ns, s.st_size) for f in sorted(files) if f.is_file() and (s := f.stat()))

    def _read_again(self) -> None:
        """Rules, templates and people are replaced whole; mailboxes and the database need a restart."""
        try:
            settings = load(self._settings.path)
            self.desk, problems = assemble.assemble(settings, self.desk)
        except ConfigError as error:
            problems = error.problems
        self._tell_files(problems)
        if problems:
            alarms.broken_files(self._store, self.desk, clock(), problems)

    @contextmanager
    def _site(self) -> Iterator[None]:
        """The survey page, /healthz and /metrics, where they are wanted."""
        http = self._settings.http
        if http is None:
            yield
            return
        site = Site(self._store, lambda: self.desk, clock, self._trouble)
        with serving(site, http.host, http.port, http.trusted_proxy) as port:
            journal.daemon("listening", host=http.host, port=port)
            yield

    def _trouble(self) -> str:
        """What a monitor must know; empty while all is well."""
        dead = [name for name, (_, thread) in dict(self._watching).items() if not thread.is_alive()]
        return f"threads have ended: {', '.join(dead)}" if dead else ""

    @contextmanager
    def _signals(self) -> Iterator[None]:
        def on_stop(*_: Any) -> None:
            self._stop.set()

        def on_reload(*_: Any) -> None:
            self._reload.set()

        wanted = {signal.SIGTERM: on_stop, signal.SIGINT: on_stop, signal.SIGHUP: on_reload}
        before = {number: signal.signal(number, handler) for number, handler in wanted.items()}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)


def _thread(work: Callable[[], None], name: str) -> threading.Thread:
    thread = threading.Thread(target=work, name=name, daemon=True)
    thread.start()
    return thread


@contextmanager
def _collected(failures: list[MaildeskError]) -> Iterator[None]:
    try:
        yield
    except MaildeskError as error:
        failures.append(error)


def notify(state: str) -> None:
    """Tell systemd (sd_notify), where it asked for it."""
    address = os.environ.get("NOTIFY_SOCKET")
    if not address:
        return
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as line:
        line.sendto(state.encode(), "\0" + address[1:] if address.startswith("@") else address)
