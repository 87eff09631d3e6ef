"""Settings: what an operator may write, and the one line they get for a mistake."""

from pathlib import Path

import pytest

from core.errors import SettingsError
from core.settings import Settings, load_settings


@pytest.fixture(autouse=True)
def _a_folder_without_a_dotenv(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)


def _complaint(**variables: str) -> str:
    """The line that a wrong environment gets."""
    with pytest.MonkeyPatch.context() as environment:
        for name, value in variables.items():
            environment.setenv(name, value)
        with pytest.raises(SettingsError) as wrong:
            load_settings()
    return str(wrong.value)


def test_nothing_needs_to_be_set_to_start() -> None:
    settings = load_settings()

    assert settings.port == 8000
    assert settings.keys == []
    assert settings.database() == f"sqlite:///{Path('var').resolve() / 'waypost.db'}"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("WAYPOST_PORT", "eighty"),
        ("WAYPOST_PORT", "0"),
        ("WAYPOST_PORT", "65536"),
        ("WAYPOST_PUBLIC_URL", "waypost.example.org"),
        ("WAYPOST_TELEGRAM_API_BASE", "ftp://api.example.org"),
        ("WAYPOST_TELEGRAM_WEBHOOK_SECRET", "two words"),
        ("WAYPOST_TELEGRAM_WEBHOOK_SECRET", "ż" * 20),
        ("WAYPOST_TELEGRAM_WEBHOOK_SECRET", "a" * 257),
        ("WAYPOST_LOG_LEVEL", "LOUD"),
        ("WAYPOST_NLU", "magic"),
        ("WAYPOST_RASA_URL", "rasa:5005"),
        ("WAYPOST_MT", "magic"),
        ("WAYPOST_ANSWER_THRESHOLD", "1.5"),
        ("WAYPOST_REFUSE_SHARE", "0.9"),  # Waypost would ask nearly everybody again
        ("WAYPOST_RETENTION_DAYS", "0"),
        ("WAYPOST_RATE_PER_CONVERSATION", "often"),
        ("WAYPOST_RATE_PER_ADDRESS", "20/fortnight"),
        ("WAYPOST_MAX_MESSAGE_CHARS", "50000"),
        ("WAYPOST_STAFFED", "perhaps"),
    ],
)
def test_a_wrong_value_gets_one_line_that_names_its_variable(name: str, value: str) -> None:
    complaint = _complaint(**{name: value})

    assert name in complaint
    assert "\n" not in complaint


def test_a_complaint_never_quotes_a_secret() -> None:
    secret = "not allowed: " + "s3cret" * 50

    assert "s3cret" not in _complaint(WAYPOST_TELEGRAM_WEBHOOK_SECRET=secret)
    assert "s3cret" not in repr(load_settings(secret_keys=secret))


def test_rasa_needs_its_address() -> None:
    assert "WAYPOST_RASA_URL" in _complaint(WAYPOST_NLU="rasa")
    assert load_settings(nlu="rasa", rasa_url="http://127.0.0.1:5005/").rasa_url == "http://127.0.0.1:5005"


def test_an_empty_value_counts_as_not_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for field in Settings.model_fields:
        monkeypatch.setenv(f"WAYPOST_{field.upper()}", "")

    assert load_settings() == Settings(_env_file=None)  # type: ignore[call-arg]


def test_a_dotenv_is_read_and_the_environment_wins(monkeypatch: pytest.MonkeyPatch) -> None:
    Path(".env").write_text("WAYPOST_PORT=9000\nWAYPOST_ORGANISATION=Town Hall\n", encoding="utf-8")
    monkeypatch.setenv("WAYPOST_PORT", "9001")

    assert (load_settings().port, load_settings().organisation) == (9001, "Town Hall")


def test_an_argument_wins_over_the_environment_unless_it_was_not_given(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WAYPOST_PORT", "9001")

    assert load_settings(port=9002).port == 9002
    assert load_settings(port=None).port == 9001


def test_a_secret_can_come_from_a_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "keys").write_text(" first-key , second-key \n", encoding="utf-8")
    monkeypatch.setenv("WAYPOST_SECRET_KEYS_FILE", str(tmp_path / "keys"))

    assert load_settings().keys == ["first-key", "second-key"]


def test_the_variable_itself_wins_over_its_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "token").write_text("from the file", encoding="utf-8")
    monkeypatch.setenv("WAYPOST_TELEGRAM_TOKEN_FILE", str(tmp_path / "token"))
    monkeypatch.setenv("WAYPOST_TELEGRAM_TOKEN", "from the variable")

    token = load_settings().telegram_token
    assert token is not None
    assert token.get_secret_value() == "from the variable"


def test_an_empty_file_counts_as_not_set(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "token").write_text("\n", encoding="utf-8")
    monkeypatch.setenv("WAYPOST_TELEGRAM_TOKEN_FILE", str(tmp_path / "token"))

    assert load_settings().telegram_token is None


def test_a_file_that_cannot_be_read_is_named_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "picture").write_bytes(b"\xff\xd8\xff\xe0")

    for path, reason in [
        (tmp_path / "nowhere", "No such file"),
        (tmp_path, "Is a directory"),
        (tmp_path / "picture", "not UTF-8"),
    ]:
        complaint = _complaint(WAYPOST_SECRET_KEYS_FILE=str(path))
        assert complaint.startswith("WAYPOST_SECRET_KEYS_FILE: ")
        assert reason in complaint
        assert "\n" not in complaint


def test_lists_are_written_with_commas() -> None:
    settings = load_settings(secret_keys="one,,two, ", widget_origins="https://a.example/ , https://b.example")

    assert settings.keys == ["one", "two"]
    assert settings.origins == ["https://a.example", "https://b.example"]


def test_the_address_people_use_is_the_public_one_when_it_is_known() -> None:
    assert load_settings(port=9000).address() == "http://127.0.0.1:9000"
    assert load_settings(public_url="https://help.example.org/").address() == "https://help.example.org"
