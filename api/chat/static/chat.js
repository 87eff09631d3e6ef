/** The chat page: draws what comes, sends what the person writes, follows the language, leaves quickly. */
import { draw, el, icon, label, spokenIn } from "./message.js";
import { connect } from "./transport.js";

const NEUTRAL_SITE = "https://www.bbc.co.uk/weather";
/** Escape this often within this time leaves the page. */
const ESCAPES = 3;
const ESCAPES_WITHIN = 2000;
const PHRASES = "/api/v1/chat/phrases?locale=";

const $ = (selector) => document.querySelector(selector);
const root = document.documentElement;
const log = $("#log ol");
const form = $("#composer");
const input = $("#text");
const jump = $("#jump");
const menu = $(".menu details");
const embedded = window.parent !== window;
const calm = matchMedia("(prefers-reduced-motion: reduce)");

const page = { locale: root.lang, t, choose, languageName };
let phrases = JSON.parse($("#phrases").textContent);
/** Ids of the messages drawn. */
const seen = new Set();
/** Bubbles of the person's own messages by `client_ref`. */
const own = new Map();
let line = null;
let unread = null;
let ended = false;
/** The person has asked for everything to be deleted, and nobody has answered yet. */
let erasing = false;
/** What the person chose last shows a text in English, without changing the language. */
let inEnglish = false;

const chat = connect({ received, accepted, refused, waiting, ended: sessionEnded }, () => page.locale);

function t(key, values) {
  const given = Object.assign({ organisation: document.body.dataset.organisation }, values);
  return (phrases[key] || "").replace(/\{(\w+)\}/g, (all, name) => (name in given ? given[name] : all));
}

// Messages

function received(messages, first) {
  // What was said before the page was opened is not read out again.
  if (first) $("#log").setAttribute("aria-live", "off");
  const fromBot = messages.filter((message) => message.author === "bot");
  if (erasing && fromBot.length) erased();
  const follow = first || atEnd();
  let newest = null;
  for (const message of messages) newest = add(message) || newest;
  if (first) setTimeout(() => $("#log").removeAttribute("aria-live"), 1000);
  if (newest) show(newest, follow, first);
  const spoken = fromBot.length && spokenIn(fromBot[fromBot.length - 1]);
  // A page opened in a language by its address stays in it until something new is said.
  if (spoken && !inEnglish && !(first && location.search.includes("lang="))) speak(spoken);
}

/** The server has deleted the conversation; nothing of it may stay on the screen. */
function erased() {
  erasing = false;
  clearLog();
  chat.waiting().forEach(addOwn);
}

function clearLog() {
  showLine(null);
  seen.clear();
  own.clear();
  log.textContent = "";
}

/** Draws a message that is not there yet; returns its bubble. */
function add(message) {
  if (seen.has(message.id)) return null;
  seen.add(message.id);
  const mine = message.client_ref && own.get(message.client_ref);
  if (mine) {
    sent(mine, message.id);
    return null;
  }
  const bubble = draw(message, page);
  if (message.client_ref) own.set(message.client_ref, bubble);
  retireChoices();
  log.insertBefore(bubble, log.querySelector(".message--waiting") || line);
  return bubble;
}

/** The person's own message, shown before the server has it. */
function addOwn(item) {
  const { choose, ...plain } = page;
  const text = item.label || item.text;
  const bubble = draw({ author: "person", text, locale: page.locale }, plain);
  bubble.classList.add("message--waiting");
  own.set(item.ref, bubble);
  retireChoices();
  log.insertBefore(bubble, line);
  return bubble;
}

function sent(bubble, id) {
  bubble.classList.remove("message--waiting");
  bubble.dataset.id = id;
}

function accepted(item, id) {
  const bubble = own.get(item.ref);
  if (!bubble) return;
  // Its copy may have come back already, without our reference.
  if (seen.has(id) && bubble.dataset.id !== id) bubble.remove();
  else sent(bubble, id);
  seen.add(id);
}

function refused(item, detail) {
  const bubble = own.get(item.ref);
  if (!bubble) return;
  bubble.classList.remove("message--waiting");
  bubble.classList.add("message--refused");
  bubble.append(el("p", { class: "refused", lang: "en", dir: "ltr" }, icon("alert"), detail || "Not sent"));
  if (item.text && !input.value) fill(item.text);
}

/** Choices belong to the newest message; those of a safety card stay. */
function retireChoices() {
  for (const list of log.querySelectorAll(".message:not(.message--urgent) .choices")) {
    const focused = list.contains(document.activeElement) && document.activeElement;
    if (!focused) list.remove();
    else if (!focused.hasAttribute("aria-disabled")) retireAround(list, focused);
  }
}

/** The button just pressed keeps the focus, and goes when the focus does. */
function retireAround(list, button) {
  for (const item of Array.from(list.children)) if (!item.contains(button)) item.remove();
  button.setAttribute("aria-disabled", "true");
  button.addEventListener("blur", () => (button.disabled = true), { once: true });
}

function choose(choice, button) {
  if (button.hasAttribute("aria-disabled")) return;
  say({ choice: choice.id, label: choice.label });
}

// Sending

function say(what) {
  if (ended) startAgain();
  showLine(null);
  erasing = erasing || what.choice === "delete-now" || what.text === "/delete";
  inEnglish = (what.choice || "").startsWith("english:");
  const item = chat.send(what);
  show(addOwn(item), true, false);
}

function submit() {
  const text = input.value.trim();
  if (!text) return;
  fill("");
  say({ text });
}

function fill(text) {
  input.value = text;
  grow();
}

function grow() {
  input.style.height = "auto";
  input.style.height = input.scrollHeight + 2 + "px";
}

function waiting(yes) {
  if (!ended) showLine(yes ? [el("p", null, icon("again"), label("web.offline", page))] : null, "offline");
}

function sessionEnded() {
  ended = true;
  const button = el("button", { class: "choice", type: "button" }, label("web.start_again", page));
  button.addEventListener("click", () => {
    startAgain();
    input.focus();
  });
  showLine([el("p", null, label("web.session_ended", page)), button], "ended");
}

function startAgain() {
  ended = false;
  clearLog();
  chat.again();
  chat.waiting().forEach(addOwn);
}

/** The one line about the state of the chat, at the end of the log so that it is read out with it. */
function showLine(content, kind) {
  if (line && content && line.dataset.kind === kind) return;
  if (line) line.remove();
  const follow = atEnd();
  line = content && el("li", { class: "line", "data-kind": kind }, ...content);
  if (line) log.append(line);
  if (line && follow) scrollTo(0, root.scrollHeight);
}

// Scrolling

function atEnd() {
  return root.scrollHeight - innerHeight - scrollY < 120;
}

/** Brings a new message into sight, from its beginning; away from the end it only says that it is there. */
function show(bubble, follow, first) {
  if (!follow) {
    unread = unread || bubble;
    jump.lastElementChild.textContent = bubble.querySelector(".author").textContent;
    jump.hidden = false;
    return;
  }
  const behavior = first || calm.matches ? "auto" : "smooth";
  const room = innerHeight - $(".bar").offsetHeight - $(".dock").offsetHeight;
  if (bubble.offsetHeight > room) bubble.scrollIntoView({ block: "start", behavior });
  else scrollTo({ top: root.scrollHeight, behavior });
}

function seenAll() {
  jump.hidden = true;
  unread = null;
}

// Language

function languageName(tag) {
  const link = $(`[data-locale="${CSS.escape(tag)}"]`);
  return link && link.textContent;
}

/** Turns the page's own words to a language the person has changed to. */
async function speak(locale) {
  if (locale === page.locale || !languageName(locale)) return;
  page.locale = locale;
  const response = await fetch(PHRASES + encodeURIComponent(locale)).catch(() => null);
  if (page.locale !== locale) return;
  if (!response || !response.ok) {
    page.locale = root.lang;
    return;
  }
  const answer = await response.json();
  const before = root.lang;
  phrases = answer.phrases;
  root.lang = locale;
  root.dir = answer.dir;
  for (const node of document.querySelectorAll("[data-t]")) {
    const text = t(node.dataset.t);
    if (text) node.textContent = text;
    // A phrase that was not sent stays what it is, and says so.
    if (text) node.removeAttribute("lang");
    else if (!node.lang) node.lang = before;
  }
  for (const node of document.querySelectorAll("[data-t-label]")) {
    node.setAttribute("aria-label", t(node.dataset.tLabel) || node.getAttribute("aria-label"));
  }
  for (const link of document.querySelectorAll("[data-locale]")) {
    const current = link.dataset.locale === locale;
    if (current) link.setAttribute("aria-current", "true");
    else link.removeAttribute("aria-current");
    if (current) $(".menu .current").textContent = link.textContent;
  }
  $(".menu .current").lang = locale;
  document.title = `${t("web.title")} – ${document.body.dataset.organisation}`;
  // A reload keeps the language.
  history.replaceState(null, "", "?lang=" + encodeURIComponent(locale));
}

function chooseLanguage(event) {
  const link = event.target.closest("[data-locale]");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  closeMenu();
  const tag = link.dataset.locale;
  if (tag === page.locale) return;
  if (chat.hasSession()) say({ choice: "language:" + tag, label: link.textContent });
  speak(tag);
}

function closeMenu() {
  const had = menu.contains(document.activeElement);
  const open = menu.open;
  menu.open = false;
  if (open && had) menu.firstElementChild.focus();
  return open;
}

// Leaving quickly

function leave() {
  chat.leave();
  document.title = "…";
  document.body.textContent = "";
  if (embedded) {
    parent.postMessage({ waypost: "leave" }, "*");
    try {
      // Only a press on the button lets us move the page around us; for keys it does so itself.
      top.location.replace(NEUTRAL_SITE);
    } catch {
      // The page around us leaves.
    }
  } else {
    location.replace(NEUTRAL_SITE);
  }
}

let escapes = [];
function escape(event) {
  if (event.key !== "Escape" || event.repeat || event.isComposing) return;
  const now = Date.now();
  escapes = escapes.filter((at) => now - at < ESCAPES_WITHIN).concat(now);
  if (escapes.length >= ESCAPES) leave();
  else if (!closeMenu() && embedded) parent.postMessage({ waypost: "close" }, "*");
}

// Wiring

form.addEventListener("submit", (event) => {
  event.preventDefault();
  submit();
});
input.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || event.shiftKey || event.isComposing || event.keyCode === 229) return;
  event.preventDefault();
  submit();
});
input.addEventListener("input", grow);
// Pressing "Send" leaves the focus where it is, so a phone's keyboard stays open.
$("#send").addEventListener("mousedown", (event) => event.preventDefault());
for (const button of document.querySelectorAll("[data-say]")) {
  button.addEventListener("click", () => say({ text: button.dataset.say, label: button.textContent.trim() }));
}
$("#leave").addEventListener("click", leave);
jump.addEventListener("click", () => {
  if (unread) unread.scrollIntoView({ block: "start", behavior: calm.matches ? "auto" : "smooth" });
  seenAll();
});
addEventListener("scroll", () => unread && atEnd() && seenAll(), { passive: true });
document.addEventListener("keydown", escape);
document.addEventListener("click", (event) => {
  if (!event.target.closest(".menu")) menu.open = false;
  chooseLanguage(event);
});
if (embedded) {
  root.classList.add("embedded");
  addEventListener("message", (event) => {
    if (event.source === parent && event.data && event.data.waypost === "leave") leave();
  });
}

chat.waiting().forEach(addOwn);
chat.start();
