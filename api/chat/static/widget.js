/**
 * Waypost in another site: a button that opens the chat in a frame.
 *
 *   <script src="https://waypost.example/widget.js" defer></script>
 *
 * `data-lang="pl"` sets the language (otherwise the page's), `data-side="start"` the corner. Nothing is asked of the
 * Waypost server before the button is pressed. A host with a content security policy allows our origin in `script-src`
 * and `frame-src`; styles need nothing, because they are set by script.
 */
(() => {
  "use strict";
  const script = document.currentScript;
  if (!script || document.querySelector("waypost-chat")) return;
  const origin = new URL(script.src).origin;
  const NEUTRAL_SITE = "https://www.bbc.co.uk/weather";
  const ESCAPES = 3;
  const ESCAPES_WITHIN = 2000;

  /** The button, the button that closes, the frame's title. */
  const WORDS = {
    en: ["Ask a question", "Close", "Waypost chat"],
    pl: ["Zadaj pytanie", "Zamknij", "Czat Waypost"],
    ro: ["Puneți o întrebare", "Închideți", "Chat Waypost"],
    ar: ["اطرح سؤالاً", "إغلاق", "محادثة Waypost"],
    bn: ["প্রশ্ন করুন", "বন্ধ করুন", "Waypost চ্যাট"],
    es: ["Haga una pregunta", "Cerrar", "Chat de Waypost"],
  };
  const wanted = (script.dataset.lang || document.documentElement.lang || "en").split("-")[0].toLowerCase();
  const locale = WORDS[wanted] ? wanted : "en";
  const [ask, close, title] = WORDS[locale];
  const direction = locale === "ar" ? "rtl" : "ltr";
  const small = matchMedia("(max-width: 30rem), (max-height: 30rem)");

  // Every selector stands once, so that a browser without constructable style sheets can be given the base by hand.
  const STYLES = {
    ".launcher":
      "display:flex;align-items:center;min-height:56px;padding:0 1.35rem;border:2px solid #fff;border-radius:28px;" +
      "background:#14504a;color:#fff;font:700 17px/1.2 system-ui,-apple-system,'Segoe UI',Roboto,'Noto Sans',sans-serif;" +
      "box-shadow:0 4px 18px rgba(0,0,0,.3);cursor:pointer",
    ".launcher svg": "flex:none;width:26px;height:26px;margin-inline-end:.6rem;fill:#f2b134",
    ".panel":
      "display:flex;flex-direction:column;position:fixed;bottom:88px;width:400px;max-width:calc(100vw - 32px);height:680px;" +
      "max-height:calc(100vh - 108px);overflow:hidden;border:1px solid #50605d;border-radius:16px;background:#f6f4ee;" +
      "box-shadow:0 12px 48px rgba(0,0,0,.35)",
    ".head": "display:flex;flex:none;justify-content:flex-end;padding:2px 6px;background:#0e3d38",
    ".close":
      "display:flex;align-items:center;min-height:44px;padding:0 .8rem;border:0;border-radius:10px;background:none;color:#fff;" +
      "font:600 16px/1.2 system-ui,-apple-system,'Segoe UI',Roboto,'Noto Sans',sans-serif;cursor:pointer",
    ".close svg": "flex:none;width:18px;height:18px;margin-inline-end:.45rem;fill:none;stroke:currentColor;stroke-width:2.6",
    ".frame": "flex:1 1 auto;width:100%;min-height:0;border:0",
  };
  const EXTRA =
    ":focus-visible{outline:3px solid #fff;outline-offset:-5px}" +
    ".launcher:focus-visible{outline:4px solid #f2b134;outline-offset:2px}" +
    ".launcher:hover,.close:hover{background:#0b5a61}[hidden]{display:none!important}" +
    ".small .panel{top:0;bottom:0;left:0;right:0;width:auto;max-width:none;height:auto;max-height:none;border:0;border-radius:0}" +
    "@media print{.place{display:none}}@media(forced-colors:active){.launcher svg{fill:currentColor}}";

  const SVG = "http://www.w3.org/2000/svg";
  const el = (tag, className, attributes) => {
    const node = document.createElement(tag);
    node.className = className;
    for (const name in attributes) node.setAttribute(name, attributes[name]);
    return node;
  };
  const picture = (path) => {
    const svg = document.createElementNS(SVG, "svg");
    const shape = document.createElementNS(SVG, "path");
    svg.setAttribute("viewBox", "0 0 24 24");
    svg.setAttribute("aria-hidden", "true");
    shape.setAttribute("d", path);
    svg.append(shape);
    return svg;
  };

  const host = document.createElement("waypost-chat");
  const shadow = host.attachShadow({ mode: "open" });
  const place = el("div", "place", { lang: locale, dir: direction });
  const launcher = el("button", "launcher", { type: "button", "aria-expanded": "false", "aria-controls": "panel" });
  const panel = el("div", "panel", { id: "panel", role: "dialog", "aria-label": title });
  const head = el("div", "head");
  const closer = el("button", "close", { type: "button" });
  const frame = el("iframe", "frame", { title, referrerpolicy: "no-referrer" });
  launcher.append(picture("M11 2h2v20h-2zM5 4h12l3 3-3 3H5zM19 12H7l-3 3 3 3h12z"), ask);
  closer.append(picture("M5 5l14 14M19 5L5 19"), close);
  head.append(closer);
  panel.append(head, frame);
  panel.hidden = true;
  place.append(launcher, panel);
  shadow.append(place);
  dress();

  const isOpen = () => !panel.hidden;

  function open() {
    if (!frame.src) frame.src = origin + "/?lang=" + locale;
    panel.hidden = false;
    launcher.setAttribute("aria-expanded", "true");
    // The person asked for it; and on a small screen the button is now underneath.
    frame.focus();
  }

  function shut(returnFocus) {
    panel.hidden = true;
    launcher.setAttribute("aria-expanded", "false");
    if (returnFocus) launcher.focus();
  }

  function leave() {
    // Hidden, not removed: the frame still has its session to end.
    panel.hidden = true;
    location.replace(NEUTRAL_SITE);
  }

  function dress() {
    const corner = script.dataset.side === "start" ? "start" : "end";
    const side = (corner === "end") === (document.documentElement.dir !== "rtl") ? "right" : "left";
    host.style.cssText = `position:fixed;z-index:2147483000;bottom:20px;${side}:20px`;
    STYLES[".panel"] += `;${side}:16px`;
    const text = Object.keys(STYLES).map((selector) => `${selector}{${STYLES[selector]}}`).join("") + EXTRA;
    try {
      const sheet = new CSSStyleSheet();
      sheet.replaceSync(text);
      shadow.adoptedStyleSheets = [sheet];
    } catch {
      for (const selector of Object.keys(STYLES)) {
        for (const node of shadow.querySelectorAll(selector)) node.style.cssText = STYLES[selector];
      }
      const visible = () => (panel.style.display = panel.hidden ? "none" : "flex");
      new MutationObserver(visible).observe(panel, { attributes: true, attributeFilter: ["hidden"] });
      visible();
    }
    const fit = () => place.classList.toggle("small", small.matches);
    if (small.addEventListener) small.addEventListener("change", fit);
    else small.addListener(fit);
    fit();
  }

  let escapes = [];
  function escape() {
    const now = Date.now();
    escapes = escapes.filter((at) => now - at < ESCAPES_WITHIN).concat(now);
    if (escapes.length >= ESCAPES && frame.src) {
      frame.contentWindow.postMessage({ waypost: "leave" }, origin);
      leave();
    } else if (isOpen()) {
      shut(true);
    }
  }

  launcher.addEventListener("click", () => (isOpen() ? shut(false) : open()));
  closer.addEventListener("click", () => shut(true));
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && !event.repeat && (isOpen() || escapes.length)) escape();
  });
  // On a small screen the chat covers the page: a focus that goes back to the page closes it.
  document.addEventListener("focusin", (event) => {
    if (isOpen() && small.matches && event.target !== host) shut(false);
  });
  addEventListener("message", (event) => {
    if (event.origin !== origin || event.source !== frame.contentWindow || !event.data) return;
    if (event.data.waypost === "close") escape();
    if (event.data.waypost === "leave") leave();
  });

  const attach = () => document.body.append(host);
  if (document.body) attach();
  else addEventListener("DOMContentLoaded", attach);
})();
