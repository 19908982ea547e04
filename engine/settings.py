"""config.yaml and the environment become one frozen Settings; secrets never come from the file."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping
from decimal import Decimal
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SecretStr,
    WithJsonSchema,
    field_validator,
    model_validator,
)

from engine import document
from engine.document import Document
from engine.durations import EXAMPLES, Calendar, Duration, zone
from engine.errors import YoursToFix
from engine.shape import validate
from engine.text import fold

ENVIRONMENT = "REKINDLE_"
SECRETS = ("SENDGRID_API_KEY", "TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN", "SMTP_PASSWORD")


def _duration(value: Any) -> Any:
    if value is None or isinstance(value, (str, Duration)):
        return Duration.parse(value) if isinstance(value, str) else value
    raise ValueError(f"{value!r} is not a duration; write {EXAMPLES}")


def none_or(value: Any) -> Any:
    """`none` and `off` switch a setting off."""
    return None if isinstance(value, str) and value.lower() in ("none", "off") else value


def _share(value: Any) -> Any:
    """`20%` becomes 20; a bare number is per cent too, unless it could be meant as a fraction."""
    text = fold(str(value)).strip().replace("٪", "%") if isinstance(value, (str, float)) else value
    if isinstance(text, str) and not text.endswith("%") and _FRACTION.match(text) and float(text):
        raise ValueError(
            f"{text} could mean {text}% or {Decimal(text).scaleb(2).normalize():f}%; write one of them"
        )
    return text.removesuffix("%").strip() if isinstance(text, str) else value


_FRACTION = re.compile(r"0?\.[0-9]+\Z")
Length = Annotated[
    Duration,
    BeforeValidator(_duration),
    WithJsonSchema({"type": "string", "examples": ["30 days", "12 hours", "3 months"]}),
]
Percent = Annotated[
    Decimal,
    BeforeValidator(_share),
    Field(ge=0, le=100),
    WithJsonSchema({"type": ["string", "number"], "pattern": r"^[0-9.]+ ?%?$", "examples": ["10%"]}),
]


class _Section(BaseModel):
    model_config = ConfigDict(
        frozen=True, extra="forbid", arbitrary_types_allowed=True, populate_by_name=True
    )


class Brand(_Section):
    """Who writes to the customers, and in which zone, calendar and currency it reckons."""

    name: str = "Your shop"
    locale: str = "en"
    timezone: str = "UTC"
    currency: str = Field(default="EUR", pattern=r"^[A-Z]{3}$")
    country: str = ""
    calendar: Literal["gregorian", "jalali"] = "gregorian"
    week_starts: Literal["monday", "saturday", "sunday"] = "monday"
    lost_after: Length = Duration(1, "year")
    postal_address: str = ""
    public_url: str = "https://example.com"
    show_tomans: bool = False

    @field_validator("timezone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        try:
            zone(value)
        except YoursToFix as error:
            raise ValueError(str(error)) from None
        return value

    @property
    def reckoning(self) -> Calendar:
        return Calendar(self.timezone, self.calendar)


class ChannelSettings(_Section):
    """One channel's provider; further keys are the provider's own settings."""

    model_config = ConfigDict(frozen=True, extra="allow", arbitrary_types_allowed=True, populate_by_name=True)

    provider: str = "file"
    sender: str = Field(default="", alias="from")
    reply_to: str = ""
    redirect_to: str = ""
    timeout: float = Field(default=30, gt=0)
    connections: int = Field(default=2, ge=1, le=64)
    batch: int = Field(default=200, ge=1, le=5000)
    price: Decimal = Decimal(0)
    max_segments: int = Field(default=3, ge=1)
    opt_out_line: str = "Reply STOP to opt out"
    opt_out_lines: dict[str, str] = Field(default_factory=lambda: {"fa": "لغو۱۱"})

    @property
    def extra(self) -> dict[str, Any]:
        """The provider's own settings: `host`, `port`, `folder` and so on."""
        return dict(self.model_extra or {})


class Channels(_Section):
    email: ChannelSettings = ChannelSettings()
    sms: ChannelSettings = ChannelSettings()


class Cap(_Section):
    """At most `max` marketing messages in any `per`."""

    max: int = Field(ge=1)
    per: Length


class QuietHours(_Section):
    """Local hours in which messages wait, from inclusive, to exclusive; they may span midnight."""

    start: str = Field(default="21:00", alias="from", pattern=r"^([01]\d|2[0-3]):[0-5]\d$")
    end: str = Field(default="08:00", alias="to", pattern=r"^([01]\d|2[0-3]):[0-5]\d$")


class Policy(_Section):
    consent: Literal["explicit", "assumed"] = "explicit"
    caps: tuple[Cap, ...] = ()
    quiet_hours: Annotated[QuietHours | None, BeforeValidator(none_or)] = QuietHours()
    holdout: Percent = Decimal(0)
    max_share: Annotated[Percent | None, BeforeValidator(none_or)] = Decimal(20)
    max_data_age: Annotated[Length | None, BeforeValidator(none_or)] = Duration(3, "day")


class ImportMap(_Section):
    """For one kind of import: `columns` are theirs to ours, `values` by our column, theirs to ours."""

    columns: dict[str, str] = Field(default_factory=dict)
    values: dict[str, dict[str, str]] = Field(default_factory=dict)


class SchedulerSettings(_Section):
    every: Length = Duration(30, "second")
    max_lateness: Length = Duration(2, "hour")
    grace: Length = Duration(30, "second")


class Database(_Section):
    url: str = "sqlite:///rekindle.db"


class Settings(_Section):
    """Everything that was configured. `root` is the folder that relative paths start from."""

    brand: Brand = Brand()
    database: Database = Database()
    channels: Channels = Channels()
    policy: Policy = Policy()
    retention: Length = Duration(400, "day")
    imports: dict[str, ImportMap] = Field(default_factory=dict, alias="import")
    scheduler: SchedulerSettings = SchedulerSettings()
    root: Path = Field(default=Path(), exclude=True)
    secrets: dict[str, SecretStr] = Field(default_factory=dict, exclude=True, repr=False)

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
    written = document.read(path, str(path))
    if not isinstance(written.value or {}, dict):
        raise YoursToFix(f"{path} must hold sections such as `brand:` and `policy:`")
    sections: dict[str, Any] = dict(written.value or {})
    merged = _merge(sections, _overrides(environment))
    settings = validate(Settings, Document(str(path), merged, written.places, written.keys))
    return settings.model_copy(update={"root": path.resolve().parent, "secrets": _secrets(environment)})


def _overrides(environment: Mapping[str, str]) -> dict[str, Any]:
    """`REKINDLE_POLICY__CONSENT=assumed` as {"policy": {"consent": "assumed"}}."""
    nested: dict[str, Any] = {}
    for name, text in sorted(environment.items()):
        if not name.startswith(ENVIRONMENT):
            continue
        *sections, key = name.removeprefix(ENVIRONMENT).lower().split("__")
        if not sections and key != "retention":
            continue
        into = nested
        for section in sections:
            into = into.setdefault(section, {})
        into[key] = _read(name, text)
    return nested


def _read(name: str, text: str) -> Any:
    if text[:1] not in "[{" or not text:
        return text
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        raise YoursToFix(f"{name} is not valid JSON: {error.msg} at character {error.pos + 1}") from None


def _merge(base: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    merged = dict(base)
    for key, value in over.items():
        below = merged.get(key)
        nested = isinstance(value, dict) and isinstance(below, dict)
        merged[key] = _merge(below, value) if nested else value
    return merged


def _secrets(environment: Mapping[str, str]) -> dict[str, SecretStr]:
    """From the environment, else from files of that name in `REKINDLE_SECRETS_DIR`."""
    folder = environment.get("REKINDLE_SECRETS_DIR")
    found = {name: environment[name] for name in SECRETS if environment.get(name)}
    for name in SECRETS if folder else ():
        file = Path(str(folder)) / name
        if name not in found and file.is_file():
            found[name] = file.read_text().strip()
    return {name: SecretStr(text) for name, text in found.items()}
