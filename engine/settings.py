"""config.yaml and the environment become one frozen Settings; secrets never come from the file."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from decimal import Decimal
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SecretStr,
    field_validator,
    model_validator,
)

from engine import document
from engine.document import Document
from engine.durations import Calendar, Duration, zone
from engine.environment import overlay
from engine.errors import Place, Problem, Problems, YoursToFix
from engine.shape import known_keys, validate
from engine.text import did_you_mean
from engine.values import (
    Clock,
    Country,
    LanguageTag,
    Length,
    Line,
    Mailbox,
    Percent,
    Site,
    none_is_empty,
    none_or,
    within,
)

#: What the environment gives, or a file of that name, and config.yaml never: keys, and where the SDKs call.
SECRETS = (
    "SENDGRID_API_KEY", "SENDGRID_WEBHOOK_PUBLIC_KEY", "SENDGRID_BASE_URL",
    "TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN", "TWILIO_BASE_URL",
    "SMTP_PASSWORD", "WEBHOOK_SECRET", "CONSOLE_PASSWORD",
)  # fmt: skip


class _Section(BaseModel):
    model_config = ConfigDict(
        frozen=True, extra="forbid", arbitrary_types_allowed=True, populate_by_name=True
    )


class Brand(_Section):
    """Who writes to the customers, and in which zone, calendar and currency it reckons."""

    name: Line = "Your shop"
    locale: LanguageTag = "en"
    timezone: str = "UTC"
    currency: str = "EUR"
    country: Country = ""
    calendar: Literal["gregorian", "jalali"] = "gregorian"
    week_starts: Literal["monday", "saturday", "sunday"] = "monday"
    lost_after: Annotated[Length, within("1 day", "100 years")] = Duration(1, "year")
    postal_address: str = ""
    public_url: Site = "https://example.com"
    show_tomans: bool = False

    @field_validator("timezone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        try:
            zone(value)
        except YoursToFix as error:
            raise ValueError(str(error)) from None
        return value

    @field_validator("currency")
    @classmethod
    def _three_letters(cls, value: str) -> str:
        if not re.fullmatch(r"[A-Z]{3}", value):
            raise ValueError(f"currency cannot be {value!r}; write its three capital letters, as in 'EUR'")
        return value

    @property
    def can_be_reached(self) -> bool:
        """Whether `public_url` is more than a placeholder: providers refuse to call nowhere."""
        host = urlsplit(self.public_url).hostname or ""
        return not re.search(r"(^|\.)(example(\.(com|net|org))?|invalid|test|localhost)$", host)

    @property
    def reckoning(self) -> Calendar:
        return Calendar(self.timezone, self.calendar)


class ChannelSettings(_Section):
    """One channel's provider; further keys are the provider's own settings."""

    model_config = ConfigDict(frozen=True, extra="allow", arbitrary_types_allowed=True, populate_by_name=True)

    provider: str = "file"
    sender: Line = Field(default="", alias="from")
    reply_to: Mailbox = ""
    redirect_to: Line = ""
    dkim_selector: Line = ""
    timeout: float = Field(default=30, gt=0, le=600)
    connections: int = Field(default=2, ge=1, le=64)
    batch: int = Field(default=200, ge=1, le=5000)
    per_second: float | None = Field(default=None, gt=0, le=10_000)
    per_day: int | None = Field(default=None, ge=1)
    warm_up: tuple[Annotated[int, Field(ge=1)], ...] = ()
    price: Decimal = Field(default=Decimal(0), ge=0)
    max_segments: int = Field(default=3, ge=1)
    opt_out_line: str = "Reply STOP to opt out"
    opt_out_lines: dict[str, str] = Field(default_factory=lambda: {"fa": "لغو۱۱"})

    @property
    def extra(self) -> dict[str, Any]:
        """The provider's own settings: `host`, `port`, `folder` and so on."""
        return dict(self.model_extra or {})


class EmailSettings(ChannelSettings):
    """Email's own: who sends it, and who gets it in staging, are addresses."""

    sender: Mailbox = Field(default="", alias="from")
    redirect_to: Mailbox = ""


class Channels(_Section):
    email: EmailSettings = EmailSettings()
    sms: ChannelSettings = ChannelSettings()


class Cap(_Section):
    """At most `max` marketing messages in any `per`."""

    max: int = Field(ge=1)
    per: Length


class QuietHours(_Section):
    """Local hours in which messages wait, from inclusive, to exclusive; they may span midnight."""

    start: Clock = Field(default="21:00", alias="from")
    end: Clock = Field(default="08:00", alias="to")


class Policy(_Section):
    consent: Literal["explicit", "assumed"] = "explicit"
    caps: Annotated[tuple[Cap, ...], BeforeValidator(none_is_empty)] = ()
    quiet_hours: Annotated[QuietHours | None, BeforeValidator(none_or)] = QuietHours()
    holdout: Percent = Decimal(0)
    max_share: Annotated[Percent | None, BeforeValidator(none_or)] = Decimal(20)
    max_data_age: Annotated[Length | None, BeforeValidator(none_or)] = Duration(3, "day")


class ImportMap(_Section):
    """For one kind of import: `columns` are theirs to ours, `values` by our column, theirs to ours."""

    columns: dict[str, str] = Field(default_factory=dict)
    values: dict[str, dict[str, str]] = Field(default_factory=dict)


class SchedulerSettings(_Section):
    every: Annotated[Length, within("1 second", "1 hour")] = Duration(30, "second")
    max_lateness: Length = Duration(2, "hour")
    grace: Annotated[Length, within("0 seconds", "10 minutes")] = Duration(25, "second")


class Tracking(_Section):
    """What is asked of letters: to lead clicks over our own page, and to carry a picture that tells opens."""

    clicks: bool = False
    opens: bool = False


class Database(_Section):
    url: str = "sqlite:///rekindle.db"

    @field_validator("url")
    @classmethod
    def _one_that_we_know(cls, value: str) -> str:
        """Never shown: it may hold a password."""
        if not re.match(r"(sqlite|postgres(ql)?)(\+\w+)?:", value):
            raise ValueError("url must be sqlite:///FILE or postgresql://USER:PASSWORD@HOST/NAME")
        if value.startswith("sqlite") and not re.match(r"[^:]+:///[^:]", value):
            raise ValueError("url must name the store's file, as in sqlite:///rekindle.db")
        return value


class Settings(_Section):
    """Everything that was configured. `root` is the folder that relative paths start from."""

    brand: Brand = Brand()
    database: Database = Database()
    channels: Channels = Channels()
    policy: Policy = Policy()
    tracking: Tracking = Tracking()
    retention: Annotated[Length, within("1 day", "100 years")] = Duration(400, "day")
    imports: dict[str, ImportMap] = Field(default_factory=dict, alias="import")
    scheduler: SchedulerSettings = SchedulerSettings()
    root: Path = Field(default=Path(), exclude=True)
    secrets: dict[str, SecretStr] = Field(default_factory=dict, exclude=True, repr=False)
    written: Document | None = Field(default=None, exclude=True, repr=False)

    @model_validator(mode="before")
    @classmethod
    def _filled(cls, value: Any) -> Any:
        """A section that is left empty keeps its defaults."""
        return {k: v for k, v in value.items() if v is not None} if isinstance(value, dict) else value

    @cached_property
    def database_url(self) -> str:
        """The store's URL; a relative SQLite path is taken from `root`."""
        scheme, slashes, path = self.database.url.partition(":///")
        if scheme.startswith("sqlite") and slashes and not Path(path).is_absolute():
            return f"{scheme}:///{(self.root / path).resolve()}"
        if scheme in ("postgres", "postgresql") or self.database.url.startswith(
            ("postgres://", "postgresql://")
        ):
            return "postgresql+psycopg://" + self.database.url.split("://", 1)[1]
        return self.database.url

    def place(self, *path: str) -> Place:
        """Where that setting stands: in config.yaml, or the variable that gave it."""
        return self.written.place(path) if self.written else Place("config.yaml")

    def folder(self, name: str) -> Path:
        """A folder beside config.yaml: `rules`, `templates`, `outbox`."""
        return self.root / name

    def secret(self, name: str) -> str:
        """A secret's text, or nothing."""
        held = self.secrets.get(name)
        return held.get_secret_value() if held else ""


def load(config: Path | None = None, environment: Mapping[str, str] | None = None) -> Settings:
    """Reads the settings. A missing file is an error that names `init`. Raises YoursToFix."""
    environment = os.environ if environment is None else environment
    path = config or Path(environment.get("REKINDLE_CONFIG") or "config.yaml")
    if not path.is_file():
        raise YoursToFix(f"there is no {path} here; run `rekindle init` to make one, or pass --config PATH")
    written = document.read(path, path.name)
    if not isinstance(written.value or {}, dict):
        raise Problems([Problem(written.place(()), "must hold sections such as `brand:` and `policy:`")])
    merged = overlay(written, environment, known_keys(Settings, ()))
    settings = _validated(merged)
    root, secrets = path.resolve().parent, _secrets(environment)
    return settings.model_copy(update={"root": root, "secrets": secrets, "written": merged})


def _validated(merged: Document) -> Settings:
    """The settings. `root` and its like are ours: in the file they are unknown keys like any other."""
    value = dict(merged.value or {})
    ours = [key for key, field in Settings.model_fields.items() if field.exclude and key in value]
    known = known_keys(Settings, ())
    problems = [
        Problem(merged.key_place((key,)), f"unknown key {key!r}", did_you_mean(key, known)) for key in ours
    ]
    for key in ours:
        del value[key]
    try:
        settings = validate(Settings, Document(merged.file, value, merged.places, merged.keys))
    except Problems as found:
        problems += found.problems
    if problems:
        raise Problems(sorted(problems, key=lambda one: (one.place.line, one.place.column)))
    return settings


def _secrets(environment: Mapping[str, str]) -> dict[str, SecretStr]:
    """From the environment, else from files of that name in `REKINDLE_SECRETS_DIR`."""
    folder = environment.get("REKINDLE_SECRETS_DIR")
    found = {name: environment[name] for name in SECRETS if environment.get(name)}
    for name in SECRETS if folder else ():
        file = Path(str(folder)) / name
        if name not in found and file.is_file():
            found[name] = _secret_file(file)
    return {name: SecretStr(text) for name, text in found.items()}


def _secret_file(file: Path) -> str:
    try:
        return file.read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError):
        raise YoursToFix(f"the secret in {file} cannot be read as text") from None
