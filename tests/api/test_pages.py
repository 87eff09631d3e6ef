"""The page without script, by its forms: the cookie, the proof that a form is ours, and what a person writes in it."""

import re
from html import unescape

import httpx2
import pytest
from sqlalchemy import func, select
from starlette.testclient import TestClient

from api.routes.pages import COOKIE, LANGUAGE_COOKIE, NEUTRAL, linked
from bot.models import ChatSession, Message
from core.locales import SERVED
from tests.doors import is_problem
from translations.catalog import say
from waypost.wiring import Waypost


class Reader:
    """Somebody with a browser without script."""

    def __init__(self, client: TestClient) -> None:
        self._client = client
        self.page = client.get("/chat")

    @property
    def csrf(self) -> str:
        """The proof that stands in every form of the page."""
        [proof] = set(re.findall(r'name="csrf" value="([^"]+)"', self.page.text))
        return proof

    @property
    def refs(self) -> list[str]:
        """The references of the page's forms."""
        return re.findall(r'name="client_ref" value="([^"]+)"', self.page.text)

    def submit(self, action: str, headers: dict[str, str] | None = None, **fields: str) -> httpx2.Response:
        """Sends a form, without following where it leads."""
        form = {"csrf": self.csrf} | fields
        return self._client.post(action, data=form, headers=headers, follow_redirects=False)

    def say(self, text: str) -> str:
        """Writes a message; the page as it is then."""
        answer = self.submit("/chat/messages", text=text)
        assert (answer.status_code, answer.headers["location"]) == (303, "/chat#newest")
        self.page = self._client.get("/chat")
        return self.page.text


@pytest.fixture
def reader(client: TestClient) -> Reader:
    """Somebody with a browser without script."""
    return Reader(client)


def written(world: Waypost) -> int:
    """How many messages people have written."""
    with world.database.read() as session:
        return session.scalar(select(func.count()).select_from(Message).where(Message.author == "person")) or 0


def test_the_page_speaks_the_first_served_language_of_the_browser(client: TestClient) -> None:
    for accepted, tag in (("pl", "pl"), ("fr-FR,ar;q=0.8,en;q=0.5", "ar"), ("fr", "en"), ("", "en"), (";;;,,", "en")):
        for path in ("/", "/chat"):
            html = TestClient(client.app).get(path, headers={"Accept-Language": accepted}).text

            assert f'<html lang="{tag}" dir="{SERVED[tag].direction}">' in html


def test_a_language_in_the_address_comes_before_the_browsers(client: TestClient) -> None:
    html = client.get("/", params={"lang": "bn"}, headers={"Accept-Language": "pl"}).text

    assert '<html lang="bn" dir="ltr">' in html


def test_the_page_with_script_sets_no_cookie_and_opens_no_chat(world: Waypost, client: TestClient) -> None:
    answer = client.get("/")

    assert "set-cookie" not in answer.headers
    assert answer.headers["cache-control"] == "no-store"
    with world.database.read() as session:
        assert session.scalar(select(func.count()).select_from(ChatSession)) == 0


def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(world: Waypost, reader: Reader) -> None:
    cookie = reader.page.headers["set-cookie"]

    assert cookie.startswith(f"{COOKIE}=")
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    with world.database.read() as session:
        assert session.scalar(select(func.count()).select_from(ChatSession)) == 0, "looking opens no chat"


def test_a_question_is_answered_on_the_page_that_follows(reader: Reader) -> None:
    html = reader.say("how do i register with a gp")

    assert "https://www.nhs.uk/" in html
    assert 'value="helpful:gp-registration"' in html


def test_a_form_sent_twice_is_one_message(world: Waypost, reader: Reader) -> None:
    ref = reader.refs[0]
    for _ in range(2):
        assert reader.submit("/chat/messages", text="/help", client_ref=ref).status_code == 303

    assert written(world) == 1


def test_every_form_of_a_page_has_a_reference_of_its_own(reader: Reader) -> None:
    reader.say("/language")

    assert len(reader.refs) > 5
    assert len(set(reader.refs)) == len(reader.refs)


def test_an_empty_form_is_no_message(world: Waypost, reader: Reader) -> None:
    for text in ("", "  \n"):
        assert reader.submit("/chat/messages", text=text).headers["location"] == "/chat"

    assert written(world) == 0


def test_a_form_that_is_not_ours_is_refused_and_nothing_is_stored(world: Waypost, reader: Reader) -> None:
    for action in ("/chat/messages", "/chat/language", "/chat/leave"):
        is_problem(reader.submit(action, csrf="", text="hello"), 403, "forbidden")
        is_problem(reader.submit(action, csrf="żółć", text="hello"), 403, "forbidden")
        foreign = {"Origin": "https://evil.example"}
        is_problem(reader.submit(action, headers=foreign, text="hello"), 403, "forbidden")
    assert written(world) == 0


def test_without_the_cookie_a_form_is_refused(client: TestClient, reader: Reader) -> None:
    answer = TestClient(client.app).post("/chat/messages", data={"csrf": reader.csrf, "text": "hello"})

    is_problem(answer, 403, "forbidden")


def test_a_form_from_our_own_page_is_taken(reader: Reader) -> None:
    for origin in ("http://testserver", "null"):
        assert reader.submit("/chat/messages", headers={"Origin": origin}, text="/help").status_code == 303


def test_a_chosen_language_is_kept_and_one_that_is_not_served_is_not(client: TestClient, reader: Reader) -> None:
    reader.submit("/chat/language", locale="ar")
    assert '<html lang="ar" dir="rtl">' in client.get("/chat").text

    reader.submit("/chat/language", locale="tlh")
    assert client.cookies[LANGUAGE_COOKIE] == "ar"


def test_the_chosen_language_is_the_first_answers_language(reader: Reader) -> None:
    reader.submit("/chat/language", locale="pl")

    assert say("help.start", "pl") in unescape(reader.say("/help"))


def test_leaving_ends_the_chat_forgets_the_cookie_and_goes_somewhere_neutral(
    world: Waypost, client: TestClient, reader: Reader
) -> None:
    reader.say("/help")
    left = reader.submit("/chat/leave")

    assert (left.status_code, left.headers["location"]) == (303, NEUTRAL)
    assert COOKIE not in client.cookies
    with world.database.read() as session:
        assert session.scalar(select(func.count()).select_from(ChatSession)) == 0
    assert "/help" not in Reader(client).page.text.split('id="log"')[1].split('class="dock"')[0]


def test_too_long_a_form_is_refused(reader: Reader) -> None:
    is_problem(reader.submit("/chat/messages", text="x" * 20_001), 422, "invalid_request")
    is_problem(reader.submit("/chat/messages", text="x" * 1_000_001), 413, "too_large")


def test_a_strange_cookie_is_a_new_reader(client: TestClient) -> None:
    for cookie in ("x", "💥".encode().decode("latin-1"), "a" * 4000):
        answer = TestClient(client.app).get("/chat", headers={b"Cookie": f"{COOKIE}={cookie}".encode("latin-1")})

        assert answer.status_code == 200
        assert "message--" not in answer.text


# --- words with links -------------------------------------------------------------------------------------------------


def test_addresses_and_phone_numbers_become_links_and_everything_else_stays_words() -> None:
    html = str(linked('See https://www.gov.uk/evisa. Ring 0808 2000 247 or 999 <b onclick="x">now</b> for £1,250.'))

    assert re.findall(r'href="([^"]+)"', html) == ["https://www.gov.uk/evisa", "tel:08082000247", "tel:999"]
    assert "<b " not in html
    assert "&lt;b onclick=&#34;x&#34;&gt;" in html
    assert "£1,250." in html


def test_an_address_cannot_leave_its_attribute() -> None:
    html = str(linked("https://evil.example/\"onmouseover='x'<script>"))

    assert "<script" not in html
    assert re.findall(r'href="([^"]*)"', html) == ["https://evil.example/"]


def test_words_that_only_look_like_numbers_to_ring_are_left_alone() -> None:
    for text in ("£999", "1.999", "on 21/11/2026", "javascript:alert(1)", "9990", "a room for 2"):
        assert "href" not in str(linked(text)), text
