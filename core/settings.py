"""Settings: environment variables `WAYPOST_*` and `.env`; secrets also from `WAYPOST_*_FILE`.

Nothing is read at import. `load_settings` reads everything once, at start, and names the setting that is wrong.
"""

import os
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from core.errors import SettingsError

PREFIX = "WAYPOST_"


class Settings(BaseSettings):
    """Everything an operator can set. Each field is documented in docs/settings.md; a test holds the two together."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_file=".env", env_file_encoding="utf-8", extra="ignore", frozen=True
    )

    #: Folder for the database, trained models and, in demo mode, the generated key.
    data_dir: Path = Path("var")
    #: TCP port of `waypost serve`.
    port: int = Field(8000, ge=1, le=65535)
    #: Address `waypost serve` listens on.
    host: str = "127.0.0.1"
    #: Where people reach this install; used in links and printed at start.
    public_url: str | None = None
    #: SQLAlchemy address; SQLite in the data folder when empty. PostgreSQL: postgresql+psycopg://…
    database_url: str | None = None
    #: Comma-separated secret keys: the first encrypts, all decrypt.
    secret_keys: SecretStr | None = None
    #: Name of the organisation that runs this install, shown in the first notice.
    organisation: str = "Waypost"
    #: Bot token from BotFather; Telegram is off without it.
    telegram_token: SecretStr | None = None
    #: Secret that Telegram sends with each webhook call: 1-256 of A-Z a-z 0-9 _ -
    telegram_webhook_secret: SecretStr | None = None
    #: Base of the Bot API; another address points the channel at a test server.
    telegram_api_base: str = "https://api.telegram.org"
    #: Which understanding ranks the topics: the built-in models, or a Rasa server beside Waypost.
    nlu: Literal["embedded", "rasa"] = "embedded"
    #: Address of that Rasa server; needed with `rasa`.
    rasa_url: str | None = None
    #: Token with which that Rasa server was started.
    rasa_token: SecretStr | None = None
    #: Which machine translation is used.
    mt: Literal["none"] = "none"
    #: Confidence from which a topic is answered.
    answer_threshold: float = Field(0.75, gt=0, le=1)
    #: Share of genuine questions that Waypost may ask again rather than guess. Higher: fewer wrong answers, more questions back.
    refuse_share: float = Field(0.05, ge=0, le=0.5)
    #: Days after which conversations without an open case are removed.
    retention_days: int = Field(90, ge=1)
    #: Messages a person may send in a minute, per conversation.
    rate_per_conversation: str = "20/minute"
    #: Requests a network address may make to the web chat in a minute.
    rate_per_address: str = "120/minute"
    #: From this length, in characters, the person is told that only the beginning was used to find an answer.
    max_message_chars: int = Field(4000, ge=500, le=20000)
    #: True when a trained person reads the queue; the safety cards only then say that somebody was told.
    staffed: bool = False
    #: How soon a person usually replies, in the words of the safety card, for example "within one hour".
    human_eta: str | None = None
    #: Phone of the council's homelessness team, shown on safety cards.
    council_phone: str | None = None
    #: Phone of the council out of hours, shown on safety cards.
    council_oob_phone: str | None = None
    #: Web pages that may embed the chat, comma-separated origins.
    widget_origins: str = ""
    #: DEBUG, INFO, WARNING or ERROR. No level ever prints what people wrote.
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"

    @model_validator(mode="before")
    @classmethod
    def _empty_is_missing(cls, values: Any) -> Any:
        return {name: value for name, value in values.items() if value != ""} if isinstance(values, dict) else values

    @field_validator("rate_per_conversation", "rate_per_address")
    @classmethod
    def _rate(cls, value: str) -> str:
        from limits import parse

        parse(value)
        return value

    @field_validator("telegram_api_base", "public_url", "rasa_url")
    @classmethod
    def _address(cls, value: str | None) -> str | None:
        if value is not None and not value.startswith(("http://", "https://")):
            raise ValueError("must start with http:// or https://")
        return value.rstrip("/") if value else None

    @field_validator("telegram_webhook_secret")
    @classmethod
    def _webhook_secret(cls, value: SecretStr | None) -> SecretStr | None:
        text = value.get_secret_value() if value else ""
        if value and not (
            len(text) <= 256 and all(char.isascii() and (char.isalnum() or char in "_-") for char in text)
        ):
            raise ValueError("must be 1-256 characters of A-Z a-z 0-9 _ -")
        return value

    @model_validator(mode="after")
    def _neighbour(self) -> "Settings":
        if self.nlu == "rasa" and not self.rasa_url:
            raise ValueError("WAYPOST_RASA_URL is missing: WAYPOST_NLU=rasa needs the address of the Rasa server")
        return self

    @property
    def keys(self) -> list[str]:
        """The secret keys in order; empty when none are set."""
        text = self.secret_keys.get_secret_value() if self.secret_keys else ""
        return [key.strip() for key in text.split(",") if key.strip()]

    @property
    def origins(self) -> list[str]:
        """Origins that may embed the chat."""
        return [origin.strip().rstrip("/") for origin in self.widget_origins.split(",") if origin.strip()]

    def database(self) -> str:
        """The address of the database."""
        return self.database_url or f"sqlite:///{self.data_dir.resolve() / 'waypost.db'}"

    def address(self) -> str:
        """The address people use to reach this install."""
        return self.public_url or f"http://{self.host}:{self.port}"


def load_settings(**overrides: Any) -> Settings:
    """Read the settings once. Raises SettingsError with one line that names the wrong setting."""
    try:
        return Settings(**(_from_files() | {key: value for key, value in overrides.items() if value is not None}))
    except ValidationError as wrong:
        first = wrong.errors()[0]
        name = PREFIX + str(first["loc"][0]).upper() if first["loc"] else "settings"
        reason = first["msg"].removeprefix("Value error, ")
        raise SettingsError(f"{name}: {reason}" if name != "settings" else reason) from None


def _from_files() -> dict[str, str]:
    """Values of `WAYPOST_X_FILE`, for settings whose own variable is not set."""
    found: dict[str, str] = {}
    for field in Settings.model_fields:
        name = PREFIX + field.upper()
        path = os.environ.get(f"{name}_FILE")
        if not path or os.environ.get(name):
            continue
        try:
            found[field] = Path(path).read_text(encoding="utf-8").strip()
        except OSError as wrong:
            raise SettingsError(f"{name}_FILE: cannot read {path}: {wrong.strerror}") from None
        except UnicodeDecodeError:
            raise SettingsError(f"{name}_FILE: {path} is not UTF-8 text") from None
    return found
