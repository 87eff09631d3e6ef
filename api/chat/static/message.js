/** Draws one message. Texts enter as text nodes only; `_message.html` draws the same without script. */
import { isWeb, pieces } from "./links.js";

const AUTHOR = { person: "web.you", bot: "web.bot", adviser: "web.adviser" };
const MARK = { bot: "post", adviser: "person" };
/** Commands that our own buttons send, shown as those buttons. */
const SAID = { "/human": "button.person", "/privacy": "command.privacy" };
const LANGUAGE = "language:";
const SVG = "http://www.w3.org/2000/svg";

/**
 * An element. `props` are attributes, `null` for none; children are nodes, texts or nothing.
 */
export function el(tag, props, ...children) {
  const node = document.createElement(tag);
  for (const name of Object.keys(props || {})) {
    if (props[name] !== null && props[name] !== undefined) node.setAttribute(name, props[name]);
  }
  node.append(...children.filter((child) => child || child === ""));
  return node;
}

export function icon(name, extra) {
  const svg = document.createElementNS(SVG, "svg");
  const use = document.createElementNS(SVG, "use");
  svg.setAttribute("class", "icon " + (extra || ""));
  svg.setAttribute("aria-hidden", "true");
  svg.setAttribute("focusable", "false");
  use.setAttribute("href", "#i-" + name);
  svg.append(use);
  return svg;
}

/**
 * The list item of a message.
 *
 * `page` gives `t(key, values)`, `locale` (of the page), `languageName(tag)` and `choose(choice, button)`; without
 * `choose` no choices are drawn.
 */
export function draw(message, page) {
  const author = AUTHOR[message.author] ? message.author : "bot";
  const place = { lang: message.locale || page.locale, dir: message.dir || "auto" };
  const mark = message.urgent ? "alert" : MARK[author];
  const body = el("div", Object.assign({ class: "body" }, place), ...content(message, author, page));
  return el(
    "li",
    {
      class: `message message--${author}${message.urgent ? " message--urgent" : ""}`,
      "data-id": message.id,
    },
    el("p", { class: "meta" }, mark && icon(mark), label(AUTHOR[author], page, "author"), " ", time(message, page)),
    el("div", { class: "card" }, body, sources(message, page), footer(message, place)),
    page.choose && choices(message, place, page),
  );
}

/** A phrase of the page that follows the page's language. */
export function label(key, page, name) {
  return el("span", { class: name, "data-t": key }, page.t(key));
}

function content(message, author, page) {
  const text = message.text || "";
  if (author === "person") return [el("p", { class: "plain" }, ownWords(text, page))];
  if (message.blocks && message.blocks.length) return message.blocks.map(block);
  return [el("p", { class: "plain" }, ...linked(text))];
}

function ownWords(text, page) {
  if (text.startsWith(LANGUAGE)) return page.languageName(text.slice(LANGUAGE.length)) || text;
  return (SAID[text] && page.t(SAID[text])) || text;
}

/** The language a message speaks to the person in: around an answer that is only in English it is still theirs. */
export function spokenIn(message) {
  const other = (message.blocks || []).concat(message.footer || []).find((it) => it.locale);
  return other ? other.locale : message.locale;
}

function footer(message, place) {
  if (!message.footer || !message.footer.length) return null;
  return el("div", Object.assign({ class: "body footer" }, place), ...message.footer.map(block));
}

function block(it) {
  const props = it.locale ? { lang: it.locale, dir: "auto" } : {};
  switch (it.kind) {
    case "heading":
      return el("h2", props, ...linked(it.text));
    case "steps":
    case "bullets":
      return el(it.kind === "steps" ? "ol" : "ul", props, ...it.items.map((item) => el("li", null, ...linked(item))));
    case "link":
      return el("p", Object.assign(props, { class: "link" }), ...link(it.text, it.url));
    case "notice":
      return el("p", Object.assign(props, { class: "notice" }), icon("info"), el("span", null, ...linked(it.text)));
    default:
      return el("p", props, ...linked(it.text));
  }
}

function linked(text) {
  return pieces(text || "").map((piece) => {
    if (!piece.href) return piece.text;
    const name = el("bdi", { dir: "ltr" }, piece.text);
    return isWeb(piece.href) ? outside(piece.href, name) : el("a", { href: piece.href }, name);
  });
}

function link(text, url) {
  if (!isWeb(url)) return [text || ""];
  const host = url.split("/")[2];
  return [outside(url, el("bdi", null, text || url), icon("out", "icon--flip")), " ", el("bdi", { class: "host", dir: "ltr" }, host)];
}

function outside(href, ...children) {
  return el("a", { href, target: "_blank", rel: "noopener noreferrer" }, ...children);
}

function sources(message, page) {
  const list = message.sources;
  if (!list || !list.length) return null;
  const spoken = { lang: spokenIn(message) || page.locale, dir: "auto" };
  const title = message.sources_title ? el("p", spoken, message.sources_title) : el("p", null, label("answer.sources", page));
  const item = (source) => {
    const day = !message.checked && source.checked_on && new Date(source.checked_on);
    const values = day && { date: format(day, page, { day: "numeric", month: "long", year: "numeric" }) };
    const checked = day && el("span", { class: "checked" }, page.t("answer.checked_on", values));
    return el("li", null, ...link(source.title, source.url), " ", checked);
  };
  const checked = message.checked && el("p", Object.assign({ class: "checked" }, spoken), message.checked);
  return el("div", { class: "sources" }, title, el("ul", null, ...list.map(item)), checked);
}

function choices(message, place, page) {
  if (!message.choices || !message.choices.length) return null;
  const item = (choice) => {
    const button = el("button", { class: "choice", type: "button" }, choice.label);
    button.addEventListener("click", () => page.choose(choice, button));
    return el("li", place, button);
  };
  const list = { class: "choices", "data-t-label": "web.choices", "aria-label": page.t("web.choices") };
  return el("ul", list, ...message.choices.map(item));
}

function time(message, page) {
  const at = new Date(message.created_at || Date.now());
  if (isNaN(at)) return null;
  const today = at.toDateString() === new Date().toDateString();
  const shown = { hour: "2-digit", minute: "2-digit" };
  if (!today) Object.assign(shown, { day: "numeric", month: "short" });
  return el("time", { datetime: at.toISOString() }, format(at, page, shown));
}

function format(date, page, options) {
  return new Intl.DateTimeFormat(page.locale === "en" ? "en-GB" : page.locale, options).format(date);
}
