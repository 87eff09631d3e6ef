"""The web chat in a real browser, in Polish and in Arabic: with script, without, and inside another site."""

import re
import shutil
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx2
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright
from sqlalchemy import func, select

from bot.models import ChatSession, Message
from core.locales import SERVED
from core.staff import Scope
from tests.conftest import ROOT, require
from tests.doors import PATIENCE, Desk, hire, serve, until
from translations.catalog import say
from waypost.wiring import Waypost

pytestmark = pytest.mark.browser

NEUTRAL = "https://www.bbc.co.uk/weather"
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--no-proxy-server",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
#: A question about seeing a doctor, by the language of the person who asks.
QUESTION = {
    "pl": "jak zarejestrować się do lekarza GP w Londynie?",
    "ar": "كيف أسجل عند طبيب عام GP؟",
}
#: What an adviser answers, and how it is shown: in Arabic a number is isolated from the words around it.
REPLY = {"pl": "Dzień dobry, oddzwonię jutro o 10.30.", "ar": "مرحباً، سأتصل بكم غداً في الساعة 10:30."}
SHOWN = {"pl": REPLY["pl"], "ar": REPLY["ar"].replace("10:30", "\u206810:30\u2069")}
HOSTILE = (
    "<img src=x onerror=\"window.hurt=1\"><script>window.hurt=1</script><b onclick='window.hurt=1'>bold</b> & more"
)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium without a window."""
    program = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if program is None:
        require("chromium", "no Chromium: install it (Debian: apt install chromium)")
    expect.set_options(timeout=PATIENCE * 1000)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def address(world: Waypost) -> Iterator[str]:
    """Where the chat is served; sites on `localhost` may embed it."""
    world.settings = world.settings.model_copy(update={"widget_origins": "http://localhost:*"})
    with serve(world) as address:
        yield address


Opening = Callable[..., Page]


@pytest.fixture
def tab(browser: Browser, address: str) -> Iterator[Opening]:
    """Opens tabs, each of a person with a browser in a language; a fault in a page's script fails the test."""
    contexts: list[BrowserContext] = []
    faults: list[str] = []

    def open_tab(language: str = "en", path: str = "/", **options: Any) -> Page:
        shape: dict[str, Any] = {"viewport": {"width": 390, "height": 844}, "reduced_motion": "reduce"}
        context = browser.new_context(locale=language, **(shape | options))
        context.set_default_timeout(PATIENCE * 1000)
        # Nothing leaves this machine: the neutral site is played by the test.
        context.route(
            re.compile("^https://"), lambda route: route.fulfill(body="<p>weather</p>", content_type="text/html")
        )
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda fault: faults.append(str(fault)))
        page.goto(address + path)
        return page

    yield open_tab
    for context in contexts:
        context.close()
    assert faults == []


@pytest.fixture
def desk(world: Waypost, address: str) -> Iterator[Desk]:
    """An adviser who may do everything."""
    with httpx2.Client(base_url=address, timeout=PATIENCE, trust_env=False) as client:
        yield Desk(client, hire(world, "Ines", Scope.ADMIN, level=3))


def ask(page: Page, text: str) -> None:
    """Writes a message and sends it."""
    page.fill("#text", text)
    page.press("#text", "Enter")


def bubbles(page: Page) -> list[str]:
    """What stands in the conversation, oldest first."""
    return page.locator("#log .message .card").all_inner_texts()


def claimed(desk: Desk) -> dict[str, Any]:
    """The only case, taken."""
    [case] = until(desk.cases, "a case in the queue")
    return desk.claim(case["id"])


# --- the whole way ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("tag", ["pl", "ar"])
def test_a_question_is_answered_with_steps_and_sources_and_an_adviser_takes_over_live(
    tab: Opening, desk: Desk, tag: str
) -> None:
    page = tab(tag)
    html = page.locator("html")
    expect(html).to_have_attribute("lang", tag)
    expect(html).to_have_attribute("dir", SERVED[tag].direction)
    expect(page.locator("h1")).to_have_text(say("web.title", tag))

    ask(page, QUESTION[tag])
    answer = page.locator(".message--bot", has=page.locator(".sources"))
    expect(answer.locator("ol li").first).to_be_visible()
    expect(answer.locator(".sources a").first).to_have_attribute(
        "href", "https://www.nhs.uk/nhs-services/gps/how-to-register-with-a-gp-surgery"
    )
    expect(answer.locator(".body").first).to_have_attribute("lang", tag)
    expect(answer.locator(".body").first).to_have_attribute("dir", SERVED[tag].direction)
    expect(answer.locator(".sources")).to_contain_text(say("answer.sources", tag))
    expect(page.locator(".message--person .plain")).to_have_text(QUESTION[tag])

    page.locator(".choices").get_by_text(say("button.person", tag)).click()
    case = claimed(desk)
    assert (case["reason"], case["language"], case["direction"]) == ("asked", tag, SERVED[tag].direction)
    assert QUESTION[tag] in [line["text"] for line in desk.packet(case["id"])["messages"]]
    assert desk.reply(case["conversation_id"], REPLY[tag]).status_code == 201
    adviser = page.locator(".message--adviser")
    expect(adviser.locator(".body")).to_have_text(SHOWN[tag])
    expect(adviser.locator(".author")).to_have_text(say("web.adviser", tag))

    assert desk.resolve(case["id"]).json()["state"] == "resolved"
    expect(page.locator(".message--bot").last).to_contain_text(say("handoff.resolved", tag))
    ask(page, "/help")
    expect(page.locator(".message--bot").last).to_contain_text(say("help.start", tag))


@pytest.mark.parametrize("tag", ["pl", "ar"])
def test_danger_is_answered_at_once_and_marked_as_urgent(tab: Opening, tag: str) -> None:
    page = tab(tag)
    ask(page, {"pl": "dziś w nocy się zabiję", "ar": "سوف أقتل نفسي هذه الليلة"}[tag])
    card = page.locator(".message--urgent")

    expect(card.locator("a[href='tel:999']").first).to_be_visible()
    expect(card.locator(".body").first).to_have_attribute("lang", tag)


# --- language ---------------------------------------------------------------------------------------------------------


def test_the_language_menu_turns_the_page_and_the_answers(tab: Opening) -> None:
    page = tab("en", "/?lang=en")
    ask(page, "/help")
    expect(page.locator(".message--bot")).to_have_count(1)
    page.click(".menu summary")
    page.click(".menu__list [data-locale=ar]")

    expect(page.locator("html")).to_have_attribute("dir", "rtl")
    expect(page.locator("html")).to_have_attribute("lang", "ar")
    expect(page.locator("#send span")).to_have_text(say("web.send", "ar"))
    expect(page.locator(".message--bot").last).to_contain_text(say("help.start", "ar"))
    assert page.title().startswith(say("web.title", "ar"))
    page.reload()
    expect(page.locator("html")).to_have_attribute("lang", "ar")


def test_the_menu_of_a_page_without_a_conversation_opens_none(world: Waypost, tab: Opening) -> None:
    page = tab("en", "/?lang=en")
    page.click(".chips [data-locale=pl]")

    expect(page.locator("h1")).to_have_text(say("web.title", "pl"))
    with world.database.read() as session:
        assert session.scalar(select(func.count()).select_from(ChatSession)) == 0


def test_the_page_follows_a_person_who_writes_in_another_language(tab: Opening) -> None:
    page = tab("en")
    ask(page, QUESTION["ar"])

    expect(page.locator("html")).to_have_attribute("dir", "rtl")


# --- nothing is lost --------------------------------------------------------------------------------------------------


def test_a_reload_keeps_the_conversation_and_sends_nothing_again(world: Waypost, tab: Opening) -> None:
    page = tab("pl")
    ask(page, QUESTION["pl"])
    expect(page.locator(".sources")).to_be_visible()
    before = bubbles(page)
    page.reload()
    expect(page.locator(".sources")).to_be_visible()

    assert bubbles(page) == before
    with world.database.read() as session:
        assert session.scalar(select(func.count()).select_from(Message).where(Message.author == "person")) == 1


def test_another_tab_is_another_person(tab: Opening) -> None:
    page = tab("pl")
    ask(page, "/help")
    expect(page.locator(".message--bot")).to_have_count(1)
    other = page.context.new_page()
    other.goto(page.url)

    expect(other.locator(".message")).to_have_count(0)


def test_what_is_written_without_a_connection_is_kept_and_sent_once(world: Waypost, tab: Opening) -> None:
    page = tab("pl")
    ask(page, "/help")
    expect(page.locator(".message--bot")).to_have_count(1)
    page.context.set_offline(True)
    ask(page, "/privacy")
    expect(page.locator(".line")).to_have_text(say("web.offline", "pl"))
    page.context.set_offline(False)

    expect(page.locator(".message--bot")).to_have_count(2)
    expect(page.locator(".message--bot").last).to_contain_text("90")
    expect(page.locator(".line")).to_have_count(0)
    assert len(bubbles(page)) == 4
    with world.database.read() as session:
        assert session.scalar(select(func.count()).select_from(Message).where(Message.author == "person")) == 2


def test_leaving_quickly_clears_the_chat_here_and_ends_it_there(world: Waypost, tab: Opening, address: str) -> None:
    page = tab("pl")
    ask(page, QUESTION["pl"])
    expect(page.locator(".sources")).to_be_visible()
    page.click("#leave")
    page.wait_for_url(NEUTRAL)

    def ended() -> bool:
        with world.database.read() as session:
            return session.scalar(select(func.count()).select_from(ChatSession)) == 0

    assert until(ended, "the end of the chat")
    page.go_back()
    assert address not in page.url, "the chat's place in the history is taken by the neutral site"
    page.goto(address)
    expect(page.locator(".message")).to_have_count(0)
    assert page.evaluate("sessionStorage.length") == 0


def test_pressing_escape_three_times_leaves_too(tab: Opening) -> None:
    page = tab("pl")
    for _ in range(3):
        page.keyboard.press("Escape")

    page.wait_for_url(NEUTRAL)


def test_after_delete_nothing_of_the_conversation_is_left_on_the_screen(tab: Opening) -> None:
    page = tab("pl")
    ask(page, QUESTION["pl"])
    expect(page.locator(".sources")).to_be_visible()
    ask(page, "/delete")

    expect(page.locator(".message--bot").last).to_contain_text(say("delete.done", "pl"))
    assert "GP" not in "".join(bubbles(page))


# --- what people write stays words ------------------------------------------------------------------------------------


@pytest.mark.parametrize("script", [True, False])
def test_markup_in_a_message_stays_words_whoever_wrote_it(tab: Opening, desk: Desk, script: bool) -> None:
    page = tab("pl", "/" if script else "/chat", java_script_enabled=script)
    for number, text in enumerate((HOSTILE, "/human"), start=1):
        page.fill("#text", text)
        page.click("#send")
        expect(page.locator(".message--person")).to_have_count(number)
    case = claimed(desk)
    desk.reply(case["conversation_id"], HOSTILE)
    if not script:
        page.click(".check a")

    for author in ("person", "adviser"):
        expect(page.locator(f".message--{author} .body").first).to_have_text(HOSTILE)
    assert page.locator("#log img, #log script, #log b").count() == 0
    if script:
        assert page.evaluate("window.hurt") is None


# --- for everybody ----------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def axe() -> str:
    """The accessibility checker's script."""
    path = ROOT / "node_modules/axe-core/axe.min.js"
    if not path.exists():
        require("chromium", "no axe-core: run npm ci")
    return path.read_text(encoding="utf-8")


def violations(page: Page, axe: str) -> list[str]:
    """What the checker finds, in words."""
    page.evaluate(axe)
    found = page.evaluate("async () => (await axe.run(document)).violations")
    return [f"{each['id']}: {each['nodes'][0]['html'][:200]} {each['nodes'][0]['failureSummary']}" for each in found]


def overflow(page: Page) -> int:
    """By how many pixels the page is wider than the screen."""
    width: int = page.evaluate("document.documentElement.scrollWidth - innerWidth")
    return max(0, width)


@pytest.mark.parametrize("width", [390, 320])
@pytest.mark.parametrize("tag", ["pl", "ar"])
def test_the_checker_finds_nothing_in_any_state_of_the_page(tab: Opening, axe: str, tag: str, width: int) -> None:
    page = tab(tag, viewport={"width": width, "height": 640})
    found = {"empty": (violations(page, axe), overflow(page))}
    ask(page, QUESTION[tag])
    expect(page.locator(".sources")).to_be_visible()
    found["answer"] = (violations(page, axe), overflow(page))
    ask(page, {"pl": "dziś w nocy się zabiję", "ar": "سوف أقتل نفسي هذه الليلة"}[tag])
    expect(page.locator(".message--urgent")).to_be_visible()
    found["danger"] = (violations(page, axe), overflow(page))
    page.click(".menu summary")
    found["menu"] = (violations(page, axe), overflow(page))

    assert found == {state: ([], 0) for state in found}


@pytest.mark.parametrize("tag", ["pl", "ar"])
def test_the_checker_finds_nothing_on_the_page_without_script(tab: Opening, axe: str, tag: str) -> None:
    page = tab(tag, "/chat", viewport={"width": 320, "height": 640})
    found = {"empty": (violations(page, axe), overflow(page))}
    page.fill("#text", QUESTION[tag])
    page.click("#send")
    expect(page.locator(".sources")).to_be_visible()
    found["answer"] = (violations(page, axe), overflow(page))

    assert found == {state: ([], 0) for state in found}


def test_the_whole_chat_works_by_keyboard_alone(tab: Opening) -> None:
    page = tab("pl")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("#text")).to_be_focused()
    page.keyboard.type("/privacy")
    page.keyboard.press("Enter")
    expect(page.locator(".choice")).to_be_visible()
    page.keyboard.press("Shift+Tab")
    for _ in range(12):
        if page.locator(".choice:focus").count():
            break
        page.keyboard.press("Shift+Tab")
    page.keyboard.press("Enter")

    expect(page.locator(".message--bot").last).to_contain_text(say("delete.done", "pl"))


# --- without script ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("tag", ["pl", "ar"])
def test_without_script_a_whole_conversation_goes_by_forms(tab: Opening, desk: Desk, tag: str) -> None:
    page = tab(tag, java_script_enabled=False)
    page.wait_for_url("**/chat?lang=*")
    html = page.locator("html")
    expect(html).to_have_attribute("lang", tag)
    expect(html).to_have_attribute("dir", SERVED[tag].direction)

    page.fill("#text", QUESTION[tag])
    page.click("#send")
    expect(page.locator(".message--bot ol li").first).to_be_visible()
    expect(page.locator(".sources a").first).to_have_attribute(
        "href", "https://www.nhs.uk/nhs-services/gps/how-to-register-with-a-gp-surgery"
    )
    page.get_by_role("button", name=say("button.yes", tag), exact=True).click()
    expect(page.locator(".message--bot").last).to_contain_text(say("feedback.thanks", tag))

    page.locator(".composer__top button").click()
    case = claimed(desk)
    desk.reply(case["conversation_id"], REPLY[tag])
    page.click(".check a")
    expect(page.locator(".message--adviser .body")).to_have_text(SHOWN[tag])
    desk.resolve(case["id"])
    page.click(".check a")
    expect(page.locator(".message--bot").last).to_contain_text(say("handoff.resolved", tag))

    page.click(".menu summary")
    page.click(".menu__list button[value=ro]")
    expect(html).to_have_attribute("lang", "ro")
    expect(page.locator(".message--person .plain").first).to_have_text(QUESTION[tag])


def test_without_script_leaving_quickly_ends_the_chat(world: Waypost, tab: Opening, address: str) -> None:
    page = tab("pl", "/chat", java_script_enabled=False)
    page.fill("#text", "/help")
    page.click("#send")
    expect(page.locator(".message--bot")).to_have_count(1)
    page.click(".exit")
    page.wait_for_url(NEUTRAL)

    page.goto(f"{address}/chat")
    expect(page.locator(".message")).to_have_count(0)
    with world.database.read() as session:
        assert session.scalar(select(func.count()).select_from(ChatSession)) == 0


# --- in another site --------------------------------------------------------------------------------------------------


@pytest.fixture
def library(address: str) -> Iterator[str]:
    """The page of a library, on another server, that has put the chat's script into it; its address."""
    html = f'<html lang="pl"><title>Biblioteka</title><h1>Biblioteka</h1><script src="{address}/widget.js"></script>'

    class Site(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.end_headers()
            self.wfile.write(html.encode())

        def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002 - the name is the library's
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Site) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://localhost:{server.server_port}/"
        server.shutdown()


def test_in_another_site_a_button_opens_the_chat_in_that_sites_language(tab: Opening, library: str) -> None:
    page = tab("pl")
    page.goto(library)
    launcher = page.locator("waypost-chat button.launcher")
    expect(launcher).to_have_attribute("aria-expanded", "false")
    launcher.click()
    expect(launcher).to_have_attribute("aria-expanded", "true")
    chat = page.frame_locator("waypost-chat iframe")
    expect(chat.locator("html")).to_have_attribute("lang", "pl")
    chat.locator("#text").fill("/help")
    chat.locator("#text").press("Enter")

    expect(chat.locator(".message--bot")).to_contain_text(say("help.commands", "pl"))
    page.locator("waypost-chat button.close").click()
    expect(launcher).to_be_focused()
    expect(page.locator("waypost-chat .panel")).to_be_hidden()


def test_a_site_that_is_not_in_the_settings_cannot_show_the_chat(tab: Opening, library: str) -> None:
    page = tab("pl")
    page.goto(library.replace("localhost", "127.0.0.1"))
    with page.expect_console_message(lambda said: "frame-ancestors" in said.text):
        page.locator("waypost-chat button.launcher").click()

    expect(page.frame_locator("waypost-chat iframe").locator("#text")).to_have_count(0)
