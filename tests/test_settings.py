"""config.yaml, the environment and the secrets folder: what they become, and how their faults are told."""

from decimal import Decimal
from pathlib import Path

import pytest

from engine.durations import Duration
from engine.errors import Problems, YoursToFix
from engine.settings import Settings, load


def loaded(folder: Path, text: str = "", **environment: str) -> Settings:
    (folder / "config.yaml").write_text(text, "utf-8")
    return load(folder / "config.yaml", environment)


def told(folder: Path, text: str = "", **environment: str) -> list[str]:
    with pytest.raises(Problems) as caught:
        loaded(folder, text, **environment)
    return [str(problem) for problem in caught.value.problems]


def test_an_empty_file_is_the_defaults(tmp_path: Path) -> None:
    settings = loaded(tmp_path, "brand:\npolicy:\nimport: {}\n")
    assert settings.brand.timezone == "UTC"
    assert settings.policy.consent == "explicit"
    assert settings.root == tmp_path
    assert settings.channels.email.provider == "file"


def test_a_missing_file_names_init(tmp_path: Path) -> None:
    with pytest.raises(YoursToFix, match="run `rekindle init` to make one"):
        load(tmp_path / "config.yaml", {})


def test_the_config_may_be_named_by_the_environment(tmp_path: Path) -> None:
    (tmp_path / "other.yaml").write_text("brand: {name: Other}", "utf-8")
    assert load(None, {"REKINDLE_CONFIG": str(tmp_path / "other.yaml")}).brand.name == "Other"


def test_the_environment_wins_key_by_key(tmp_path: Path) -> None:
    text = "brand: {name: Shop, currency: EUR}\nchannels:\n  email: {provider: file, host: a.example}\n"
    settings = loaded(
        tmp_path,
        text,
        REKINDLE_BRAND__CURRENCY="GBP",
        REKINDLE_CHANNELS__EMAIL__PROVIDER="smtp",
        REKINDLE_CHANNELS__EMAIL__PORT="2525",
        REKINDLE_CHANNELS__EMAIL__FROM="Shop <a@example.com>",
        REKINDLE_CHANNELS__EMAIL__TIMEOUT="5",
        REKINDLE_RETENTION="30 days",
    )
    email = settings.channels.email
    assert (settings.brand.name, settings.brand.currency) == ("Shop", "GBP")
    assert (email.provider, email.sender, email.timeout) == ("smtp", "Shop <a@example.com>", 5)
    assert email.extra == {"host": "a.example", "port": "2525"}
    assert settings.retention == Duration(30, "day")


def test_lists_are_json_and_replace_the_files(tmp_path: Path) -> None:
    text = "policy: {caps: [{max: 1, per: 1 day}, {max: 2, per: 7 days}]}"
    caps = loaded(tmp_path, text, REKINDLE_POLICY__CAPS='[{"max": 3, "per": "30 days"}]').policy.caps
    assert [(cap.max, str(cap.per)) for cap in caps] == [(3, "30 days")]
    assert loaded(tmp_path, text, REKINDLE_POLICY__CAPS="[]").policy.caps == ()


@pytest.mark.parametrize("none", ["none", "off", "None"])
def test_what_can_be_switched_off(tmp_path: Path, none: str) -> None:
    policy = loaded(
        tmp_path, f"policy: {{max_share: {none}, max_data_age: {none}, quiet_hours: {none}}}"
    ).policy
    assert (policy.max_share, policy.max_data_age, policy.quiet_hours) == (None, None, None)
    assert loaded(tmp_path, REKINDLE_POLICY__QUIET_HOURS=none).policy.quiet_hours is None


def test_what_is_written_another_way_is_understood(tmp_path: Path) -> None:
    text = "brand: {locale: fa_IR, country: Iran, public_url: 'http://a.example:8080/mail'}\n"
    text += "policy: {caps: none}\nchannels: {email: {from: 'فروشگاه <a@shop.example>'}}\n"
    settings = loaded(tmp_path, text)
    assert (settings.brand.locale, settings.brand.country) == ("fa-IR", "IR")
    assert (settings.policy.caps, settings.channels.email.sender) == ((), "فروشگاه <a@shop.example>")


def test_quiet_hours(tmp_path: Path) -> None:
    hours = loaded(tmp_path, "policy: {quiet_hours: {from: 9:30 , to: '۲۲:۰۰'}}").policy.quiet_hours
    assert hours is not None
    assert (hours.start, hours.end) == ("09:30", "22:00")


@pytest.mark.parametrize(
    ("written", "percent"),
    [("20%", "20"), ("20", "20"), ("12.5 %", "12.5"), ("'۱۰٪'", "10"), ("0.5%", "0.5")],
)
def test_percentages(tmp_path: Path, written: str, percent: str) -> None:
    assert loaded(tmp_path, f"policy: {{holdout: {written}}}").policy.holdout == Decimal(percent)


@pytest.mark.parametrize(
    ("url", "made"),
    [
        ("sqlite:///data/shop.db", "sqlite:///{root}/data/shop.db"),
        ("sqlite:////var/shop.db", "sqlite:////var/shop.db"),
        ("postgresql://u@h/n", "postgresql+psycopg://u@h/n"),
        ("postgres://u@h/n", "postgresql+psycopg://u@h/n"),
        ("postgresql+psycopg://u@h/n", "postgresql+psycopg://u@h/n"),
    ],
)
def test_the_stores_address(tmp_path: Path, url: str, made: str) -> None:
    assert loaded(tmp_path, f"database: {{url: '{url}'}}").database_url == made.format(root=tmp_path)


def test_secrets_come_from_the_environment_or_a_folder(tmp_path: Path) -> None:
    (tmp_path / "TWILIO_AUTH_TOKEN").write_text("from-file\n")
    (tmp_path / "SMTP_PASSWORD").write_text("hidden by the environment")
    settings = loaded(tmp_path, REKINDLE_SECRETS_DIR=str(tmp_path), SMTP_PASSWORD="from-environment")
    assert settings.secret("TWILIO_AUTH_TOKEN") == "from-file"
    assert settings.secret("SMTP_PASSWORD") == "from-environment"
    assert settings.secret("SENDGRID_API_KEY") == ""
    assert "from-file" not in repr(settings)
    assert "from-environment" not in repr(settings)


def test_a_secret_that_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "SMTP_PASSWORD").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(YoursToFix, match="SMTP_PASSWORD cannot be read as text"):
        loaded(tmp_path, REKINDLE_SECRETS_DIR=str(tmp_path))


def test_a_setting_knows_where_it_stands(tmp_path: Path) -> None:
    settings = loaded(tmp_path, "brand:\n  name: Shop\n", REKINDLE_BRAND__PUBLIC_URL="https://a.example")
    assert str(settings.place("brand", "name")) == "config.yaml:2:9"
    assert str(settings.place("brand", "public_url")) == "REKINDLE_BRAND__PUBLIC_URL"
    assert str(Settings().place("brand", "name")) == "config.yaml:1:1"


def test_every_fault_of_the_file_is_told_at_once(tmp_path: Path) -> None:
    known = "brand, channels, database, import, policy, retention, scheduler, tracking"
    text = "brand:\n  nam: x\n  timezone: Europe/Lond\npolicy:\n  caps: [{max: 0, per: 1 day}]\nsecrets: {}\n"
    assert told(tmp_path, text) == [
        "config.yaml:2:3: error: unknown key 'nam' (did you mean 'name'?)",
        "config.yaml:3:13: error: 'Europe/Lond' is not a time zone; did you mean 'Europe/London'?",
        "config.yaml:5:16: error: max is 0 and must be at least 1",
        f"config.yaml:6:1: error: unknown key 'secrets' (known: {known})",
    ]


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("POLICY__CONSENT", "assume", "consent cannot be 'assume' (did you mean 'assumed'?)"),
        ("POLICY__CONSNT", "assumed", "unknown key 'consnt' (did you mean 'consent'?)"),
        ("POLCY__CONSENT", "assumed", "unknown section 'polcy' (did you mean REKINDLE_POLICY__CONSENT?)"),
        (
            "POLICY_CONSENT",
            "x",
            "two underscores stand between section and key (did you mean REKINDLE_POLICY__",
        ),
        ("POLICY__", "x", "the name of a key is missing"),
        (
            "POLICY__CAPS",
            "[{",
            "is not valid JSON: Expecting property name enclosed in double quotes at char",
        ),
        (
            "POLICY__CAPS",
            '[{"max": 1, "per": "7 dys"}]',
            "'7 dys' is not a duration; write '30 days', '12 hours'",
        ),
        ("POLICY__CAPS", '[{"max": 1}]', "'per' is missing"),
        ("POLICY__HOLDOUT", "0.1", "0.1 could mean 0.1% or 10%; write one of them"),
        ("POLICY__QUIET_HOURS", '{"from": "25:00"}', "'25:00' is not a time of day; write it like '21:00'"),
        ("BRAND__CURRENCY", "gbp", "currency cannot be 'gbp'; write its three capital letters, as in 'EUR'"),
        ("BRAND__PUBLIC_URL", "a.example", "public_url cannot be 'a.example'; write it like 'https://"),
        (
            "DATABASE__URL",
            "mysql://u:pw@h/n",
            "url must be sqlite:///FILE or postgresql://USER:PASSWORD@HOST",
        ),
        ("CHANNELS__EMAIL__CONNECTIONS", "many", "connections must be a whole number, not 'many'"),
        ("DATABASE__URL", "sqlite://", "url must name the store's file, as in sqlite:///rekindle.db"),
        ("DATABASE__URL", "sqlite:///:memory:", "url must name the store's file"),
        ("BRAND__PUBLIC_URL", "https://[", "public_url cannot be 'https://['; write it like 'https://"),
        ("BRAND__PUBLIC_URL", "https://shop.com/\nx", "public_url cannot be 'https://shop.com/\\nx'; write"),
        ("BRAND__PUBLIC_URL", 'https://a.com/"><b', "public_url cannot be"),
        ("BRAND__PUBLIC_URL", "https://a.com:99999", "public_url cannot be"),
        ("BRAND__NAME", "Shop\nBcc: x@y.com", "'Shop\\nBcc: x@y.com' must stand on one line"),
        (
            "BRAND__LOCALE",
            "klingon",
            "'klingon' is not a language; write its code, as in 'en', 'fa' or 'pt-BR'",
        ),
        ("BRAND__LOCALE", "../x", "'../x' is not a language"),
        ("BRAND__LOCALE", "", "'' is not a language"),
        ("BRAND__COUNTRY", "Narnia", "'Narnia' is not a country; write its two letters, as in 'GB' or 'IR'"),
        ("BRAND__LOST_AFTER", "0 days", "'0 days' does not do; write a length from 1 day to 100 years"),
        ("CHANNELS__EMAIL__FROM", "a@b.com\nBcc: x@y.com", "'a@b.com\\nBcc: x@y.com' must stand on one line"),
        (
            "CHANNELS__EMAIL__FROM",
            "nobody",
            "'nobody' is no address; write 'hello@shop.example' or 'The Shop <h",
        ),
        ("CHANNELS__EMAIL__REPLY_TO", "nobody", "'nobody' is no address"),
        ("CHANNELS__EMAIL__REDIRECT_TO", "nobody", "'nobody' is no address"),
        ("CHANNELS__SMS__PRICE", "-1", "price is '-1' and must be at least 0"),
        ("SCHEDULER__EVERY", "0 seconds", "'0 seconds' does not do; write a length from 1 second to 1 hour"),
        ("SCHEDULER__GRACE", "1 year", "'1 year' does not do; write a length from 0 seconds to 10 minutes"),
    ],
)
def test_a_fault_in_the_environment_names_its_variable(
    tmp_path: Path, name: str, value: str, message: str
) -> None:
    text = "brand: {name: x}\npolicy:\n  caps: [{max: 1, per: 1 day}]\n"
    (found,) = told(tmp_path, text, **{f"REKINDLE_{name}": value})
    assert found.startswith(f"REKINDLE_{name}: error: {message}")


def test_variables_of_others_are_left_alone(tmp_path: Path) -> None:
    others = {"REKINDLE_PORT_8080_TCP": "x", "REKINDLE_NOW": "2026-01-01", "REKINDLE_LOG_LEVEL": "debug"}
    assert loaded(tmp_path, **others).policy == Settings().policy
