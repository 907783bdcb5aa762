"""``config.toml`` -> typed settings: every key with its form and default, all problems at once with file:line.

A new key is one field here; how values are written is in ``forms``. Secrets are resolved when they are used.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import replace
from datetime import date, time
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PrivateAttr,
    SecretStr,
    ValidationError,
    ValidationInfo,
)

from maildesk import complaints, forms
from maildesk.model.errors import ConfigError, Problem
from maildesk.model.lines import line_map, line_of
from maildesk.oauth import Provider, Tokens, google, microsoft
from maildesk.secret import Secret


def _path(value: object, info: ValidationInfo) -> Path:
    if not isinstance(value, (str, Path)) or not str(value):
        raise ValueError("write a path in quotes")
    config: Path = (info.context or {"path": Path()})["path"]
    return config.parent / Path(value).expanduser()


Minutes = Annotated[float, BeforeValidator(forms.minutes)]
Days = Annotated[int, BeforeValidator(forms.days)]
BusinessTime = Annotated[str, BeforeValidator(forms.business_time)]
Size = Annotated[int, BeforeValidator(forms.size), Field(ge=1)]
TimeOfDay = Annotated[time, BeforeValidator(forms.time_of_day)]
Email = Annotated[str, BeforeValidator(forms.email)]
Name = Annotated[str, BeforeValidator(forms.name)]
Zone = Annotated[str, BeforeValidator(forms.zone)]
PathHere = Annotated[Path, BeforeValidator(_path)]
"""Relative to the folder of the config file."""
Count = Annotated[int, Field(ge=0)]
Percent = Annotated[int, Field(ge=0, le=100)]
Port = Annotated[int, Field(ge=1, le=65535)]


class Section(BaseModel):
    """A table of the file: strict types, no unknown keys, frozen; errors never show what was written."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True, hide_input_in_errors=True)
    _config: Path = PrivateAttr(default=Path("config.toml"))

    def model_post_init(self, context: Any, /) -> None:
        """Remember which file this came from: secrets and errors name it."""
        if context:
            self._config = context["path"]


class Account(Section):
    """How to log in at a mail server."""

    host: str
    port: Port | None = None
    """Default: 993 or 143 for imap, 465 or 587 for smtp, by ``tls``."""
    user: str = ""
    """Default: the mailbox's address; "-" for an smtp server that wants no login."""
    password: SecretStr | None = None
    password_env: str = ""
    password_file: PathHere | None = None
    tls: Literal["implicit", "starttls", "off"] = "implicit"
    insecure: bool = False
    """With ``tls = "off"``: insist on sending the password in the clear to another machine."""
    ca_file: PathHere | None = None
    """Certificates to trust instead of the system's."""

    def secret(self, owner: str, kind: str) -> Secret:
        """Where the password of ``owner``'s imap or smtp account is."""
        credential = f"{owner}-{kind}-password"
        return Secret(
            f"{owner}, {kind}", self._config, self.password, self.password_env, self.password_file, credential
        )


class OAuth2(Section):
    """[mailbox.oauth2]: log in at imap and smtp with tokens instead of a password."""

    provider: Literal["google", "microsoft", "other"]
    client_id: str
    client_secret_env: str = ""
    client_secret_file: PathHere | None = None
    """Neither of them: a public client."""
    tenant: str = "organizations"
    """Microsoft's name or number for your organisation."""
    application: bool = False
    """The daemon logs in as itself; nobody has to consent in a browser."""
    token_file: PathHere
    token_url: str = ""
    authorize_url: str = ""
    device_url: str = ""
    scope: str = ""
    ca_file: PathHere | None = None

    def tokens(self, owner: str) -> Tokens:
        """The access tokens of the mailbox ``owner``."""
        provider = {"google": google(), "microsoft": microsoft(self.tenant, application=self.application)}.get(
            self.provider, Provider(token_url="")
        )
        own = {name: value for name in Provider.__slots__ if (value := getattr(self, name))}
        secret = Secret(f"{owner}, oauth2", self._config, None, self.client_secret_env, self.client_secret_file)
        confidential = self.client_secret_env or self.client_secret_file
        return Tokens(
            label=owner,
            provider=replace(provider, **own),
            client_id=self.client_id,
            client_secret=secret.resolve if confidential else str,
            file=self.token_file,
            application=self.application,
            ca_file=self.ca_file,
        )


class Imap(Account):
    """Where mail comes from."""

    folder: str = "INBOX"
    poll: Minutes = forms.minutes("10m")
    """The safety poll; with ``idle`` new mail is seen at once anyway."""
    idle: bool = True
    create_folder: bool = True
    """Make ``done_folder`` where it does not exist."""


class Smtp(Account):
    """Where mail goes."""

    sent_folder: str = ""
    """Copies of answers are put there (over the mailbox's imap); empty for none, as where the provider does it."""


class MailboxSettings(Section):
    """[[mailbox]]: an address that customers write to."""

    name: Name
    address: Email
    display: str = ""
    aliases: tuple[Email, ...] = ()
    group: str = ""
    language: str = ""
    calendar: str = ""
    signature: str = ""
    plus: bool = True
    colour: Annotated[str, Field(pattern="^#[0-9a-fA-F]{6}$")] = "#2457a6"
    after: Literal["seen", "move"] = "seen"
    done_folder: str = "Done"
    start: Annotated[forms.Start, BeforeValidator(forms.start)] = "now"
    imap: Imap | None = None
    smtp: Smtp | None = None
    oauth2: OAuth2 | None = None


class AgentSettings(Section):
    """[[agent]]: somebody of the desk."""

    name: Name
    email: Email
    full_name: str = ""
    aliases: tuple[Email, ...] = ()
    role: Literal["agent", "lead", "manager"] = "agent"
    groups: tuple[str, ...] = ()
    skills: tuple[str, ...] = ()
    capacity: Count = 0
    calendar: str = ""
    language: str = ""
    hold_seconds: Count | None = None
    approval: Literal["", "lead"] = ""
    """lead: a lead looks at what they write to people outside before it leaves."""
    transcripts: bool = True
    notify: Literal["each", "hourly", "daily", "none"] = "each"
    """What rules tell them of tickets: each by its own mail, or in one mail hourly or daily, or none."""


class GroupSettings(Section):
    """[[group]]: a team."""

    name: Name
    lead: str = ""
    calendar: str = ""
    strategy: Literal["round_robin", "least_loaded", "skills", "sticky"] = "round_robin"
    sla: str = ""
    approval: Literal["", "lead"] = ""
    delay: Literal["", "draft", "send", "off"] = ""


class DepartmentSettings(Section):
    """[[department]]: people outside the desk that tickets are referred to."""

    name: Name
    email: Email
    language: str = ""
    remind_after: Minutes = forms.minutes("24h")
    pauses_clock: bool = True


class CalendarSettings(Section):
    """[[calendar]]: working time. Without ``week`` it is open around the clock."""

    name: Name
    timezone: Zone = ""
    week: Annotated[forms.Week, BeforeValidator(forms.week)] = ()
    holidays: Annotated[str, BeforeValidator(forms.country)] = ""
    add_holidays: tuple[date, ...] = ()
    remove_holidays: tuple[date, ...] = ()


class StepSettings(Section):
    """One step of [[sla]] ``steps``."""

    at: Annotated[tuple[int, float], BeforeValidator(forms.step_at)]
    notify: tuple[str, ...] = ()
    """assignee, lead, manager, or agents' names; what else is to happen is a rule on "due"."""
    assign: Literal["", "group", "round_robin", "least_loaded", "skills", "sticky", "account_manager", "lead"] = ""
    """To whom the ticket goes from whoever let it lie, before anybody is told."""


class SlaSettings(Section):
    """[[sla]]: targets in working time, and what happens on the way to them."""

    name: Name
    first_response: BusinessTime | None = None
    next_response: BusinessTime | None = None
    resolution: BusinessTime | None = None
    keep_informed: BusinessTime | None = None
    groups: tuple[str, ...] = ()
    priorities: tuple[Literal["low", "normal", "high", "urgent"], ...] = ()
    organisations: tuple[str, ...] = ()
    calendar: str = ""
    steps: tuple[StepSettings, ...] = ()


class SurveySettings(Section):
    """[survey]: when customers are asked how it was."""

    enabled: bool = True
    delay: Minutes = forms.minutes("2d")
    cooldown: Days = forms.days("30d")
    sample_percent: Percent = 100
    expires: Days = forms.days("30d")


class UpdatesSettings(Section):
    """[updates]: when a customer who waits hears that we are at it."""

    enabled: bool = True
    after: Minutes = forms.minutes("24h")
    delay: Literal["draft", "send", "off"] = "draft"
    """Before a promised time passes: an update is drafted for an agent's word, sent at once, or neither."""
    delay_before: Minutes = forms.minutes("30m")
    """So much working time before the promised one."""
    decide_after: Minutes = forms.minutes("4h")
    """Working time after which whoever has to decide on a mail is reminded, and the interval between two."""


class WorklistSettings(Section):
    """[worklist]: the agents' mail in the morning, at this time of their calendar's zone."""

    enabled: bool = True
    at: TimeOfDay = forms.time_of_day("8:00")


class GateSettings(Section):
    """[gate]: how much automatic mail may leave."""

    address_hour: Count = 5
    address_day: Count = 10
    domain_hour: Count = 50
    total_hour: Count = 200
    ticket_hour: Count = 30
    rule_hour: Count = 50
    """People that one rule may write to within an hour, besides those who just wrote; more waits for a decision."""
    public_providers: tuple[str, ...] = ()
    """More domains that hold many unrelated people, besides the well-known ones."""
    ack_size: Size = forms.size("4 KB")
    quiet: Annotated[forms.Interval, BeforeValidator(forms.interval)] | None = None


class LimitsSettings(Section):
    """[limits]: how large and how odd one mail may be."""

    message: Size = forms.size("50 MB")
    header_block: Size = forms.size("1 MB")
    header: Size = forms.size("100 KB")
    header_lines: Count = 1000
    addresses: Count = 200
    parts: Count = 500
    depth: Count = 50
    nested_mails: Count = 3
    references: Count = 50
    subject: Count = 998
    display_name: Count = 100
    filename: Count = 120
    rule_text: Size = forms.size("256 KB")
    received: Count = 50


class RetentionSettings(Section):
    """[retention]: how long things are kept; a missing key keeps them for ever."""

    closed_tickets: Days | None = None
    """Texts, attachments and addresses of tickets closed that long ago."""
    raw_mail: Days | None = None
    """Raw mail of closed tickets."""
    quarantine: Days = forms.days("30d")
    outbox: Days = forms.days("30d")
    """Contents of sent mail; the row that it was sent stays."""


class ReportSettings(Section):
    """[[report]]: figures by mail."""

    name: Name
    to: tuple[Email, ...]
    kind: Literal["figures", "voice"] = "figures"
    """voice: what customers said, for product, sales, marketing."""
    every: Literal["day", "week", "month"] = "week"
    weekday: Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"] = "mon"
    at: TimeOfDay = forms.time_of_day("8:00")
    groups: tuple[str, ...] = ()
    language: str = ""
    xlsx: bool = False


class WebhookSettings(Section):
    """[[webhook]]: another program that rules may call."""

    name: Name
    url: Annotated[str, Field(pattern="^https?://[^ ]+$")]
    secret: SecretStr | None = None
    secret_env: str = ""
    secret_file: PathHere | None = None

    def key(self) -> Secret:
        """Where the secret is that calls are signed with."""
        credential = f"{self.name}-webhook-secret"
        return Secret(f"webhook {self.name}", self._config, self.secret, self.secret_env, self.secret_file, credential)


class HttpSettings(Section):
    """[http]: the survey page, /healthz and /metrics; off unless the table is there."""

    host: str = "127.0.0.1"
    port: Port = 8025
    base_url: str = ""
    """How customers reach it; without one no link is put into surveys."""
    trusted_proxy: str = ""


class DeskSettings(Section):
    """[desk]: what holds everywhere."""

    name: str
    domain: Annotated[str, BeforeValidator(forms.domain)]
    """Right side of our Message-IDs."""
    language: str = "en"
    timezone: Zone = "UTC"
    state: PathHere = Field(Path("state"), validate_default=True)
    database: str = Field("", repr=False)
    """Default: SQLite in the state folder."""
    key_file: PathHere | None = None
    """Default: desk.key in the state folder."""
    rules: PathHere = Field(Path("rules"), validate_default=True)
    templates: PathHere = Field(Path("templates"), validate_default=True)
    articles: PathHere = Field(Path("articles"), validate_default=True)
    macros: PathHere = Field(Path("macros"), validate_default=True)
    hold_seconds: Count = 60
    auto_max_age: Minutes = forms.minutes("24h")
    new_matter_after: Minutes = forms.minutes("14d")
    token_days: Annotated[int, Field(ge=1)] = 180
    admin: Email | None = None
    authserv_ids: tuple[str, ...] = ()
    spam_headers: tuple[Annotated[str, Field(pattern="^[A-Za-z0-9-]+: *[^ ]")], ...] = ()
    """As "X-Spam-Flag: YES", written by a trusted filter: such mail goes to quarantine."""
    notify_agents: bool = True
    tick_seconds: Annotated[int, Field(ge=1)] = 60
    """Scheduled jobs look for what is due at least this often."""


class Settings(Section):
    """The whole file."""

    desk: DeskSettings
    mailbox: tuple[MailboxSettings, ...] = ()
    agent: tuple[AgentSettings, ...] = ()
    group: tuple[GroupSettings, ...] = ()
    department: tuple[DepartmentSettings, ...] = ()
    calendar: tuple[CalendarSettings, ...] = ()
    sla: tuple[SlaSettings, ...] = ()
    survey: SurveySettings = SurveySettings()
    updates: UpdatesSettings = UpdatesSettings()
    worklist: WorklistSettings = WorklistSettings()
    gate: GateSettings = GateSettings()
    limits: LimitsSettings = LimitsSettings()
    retention: RetentionSettings = RetentionSettings()
    report: tuple[ReportSettings, ...] = ()
    webhook: tuple[WebhookSettings, ...] = ()
    http: HttpSettings | None = None
    alert_smtp: Account | None = None
    """A second account, for alerts when a mailbox's own server is away."""

    @property
    def path(self) -> Path:
        """The file that this was read from."""
        return self._config

    @property
    def key_file(self) -> Path:
        """Where the desk's key is."""
        return self.desk.key_file or self.desk.state / "desk.key"

    @property
    def database_url(self) -> str:
        """The store's SQLAlchemy URL; it may hold a password, so it is never shown."""
        return self.desk.database or f"sqlite:///{self.desk.state / 'maildesk.db'}"


def load(path: Path) -> Settings:
    """Read a config file. Raises ConfigError with every problem in it, in line order."""
    path = path.absolute()
    source, data = _read(path)
    found = list(complaints.crosswise(data))
    try:
        settings = Settings.model_validate(data, context={"path": path})
    except ValidationError as error:
        found += [(item["loc"], complaints.sentence(item, Settings)) for item in error.errors()]
    if found:
        lines = line_map(source)
        problems = {Problem(str(path), line_of(lines, location), message) for location, message in found}
        raise ConfigError(*sorted(problems, key=lambda problem: (problem.line, problem.message)))
    return settings


def _read(path: Path) -> tuple[str, dict[str, Any]]:
    try:
        source = path.read_text("utf-8")
        return source, _frozen(tomllib.loads(source))
    except OSError as error:
        raise ConfigError(Problem(str(path), 0, f"cannot read it: {error.strerror}")) from None
    except UnicodeDecodeError:
        raise ConfigError(Problem(str(path), 0, "it is not UTF-8: save it as UTF-8")) from None
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        line = re.search(r"at line ([0-9]+)", str(error))
        number = int(line[1]) if line else source.count("\n") + 1
        raise ConfigError(Problem(str(path), number, f"not TOML: {error}")) from None


def _frozen(value: Any) -> Any:
    """Lists become tuples: the settings are values."""
    if isinstance(value, dict):
        return {key: _frozen(item) for key, item in value.items()}
    return tuple(_frozen(item) for item in value) if isinstance(value, list) else value
