/**
 * Phone numbers and web addresses in a text, found so that they can be tapped.
 *
 * A number must look British (0… or +44…, ten or eleven digits) or be one of the short numbers, and must not be part
 * of a sum, a date or a longer number. No look-behind: old Safari has none, so the character before is captured.
 */
const LINK = new RegExp(
  "(https?://[^\\s<>\"\\u2066-\\u2069]+)" +
    "|(^|[^\\w.,:£$€#/+-])" +
    "((?:\\+44[ \\u00a0-]?(?:\\(0\\) ?)?|0)\\d(?:[ \\u00a0-]?\\d){8,9}|0800[ \\u00a0]?1111|116[ \\u00a0]?\\d{3}|999|112|111|101|85258)" +
    "(?![\\w%]|[.,:/-]\\d|\\u00a0?[£€]| (?:GBP|pounds)\\b)",
  "g",
);
const AFTER_ADDRESS = /[.,;:!?)\]}'»”’،؛؟。]+$/;
/** The one short number that is for text messages, not for calls. */
const TEXTED = "85258";

/** The text cut into pieces `{text}` or `{text, href}`, in order; joined again they are the text. */
export function pieces(text) {
  const found = [];
  let end = 0;
  LINK.lastIndex = 0;
  for (let match = LINK.exec(text); match; match = LINK.exec(text)) {
    const label = match[1] ? match[1].replace(AFTER_ADDRESS, "") : match[3];
    const start = match.index + (match[2] || "").length;
    if (start > end) found.push({ text: text.slice(end, start) });
    found.push({ text: label, href: match[1] ? label : callable(label) });
    end = start + label.length;
    LINK.lastIndex = end;
  }
  if (end < text.length) found.push({ text: text.slice(end) });
  return found;
}

function callable(number) {
  const digits = number.replace("(0)", "").replace(/[^\d+]/g, "");
  return (digits === TEXTED ? "sms:" : "tel:") + digits;
}

/** Whether an address may become a link: only the web's own. */
export function isWeb(url) {
  return /^https?:\/\/[^/]/i.test(url || "");
}
