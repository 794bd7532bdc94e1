// Pieces: runs of a page as elements. What stands in the DOM is the text itself; marks for what cannot be seen are drawn
// by the style sheet, so that the text of an element is the text of the trail.
"use strict";

jingwen.pieces = (() => {
  const { el } = jingwen;

  // As in the terminal: controls, format characters, separators, fillers, variation selectors, lone surrogates.
  const UNSEEN = /([\u0000-\u0009\u000b-\u001f\u007f-\u009f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\u{e0000}-\u{e0fff}]|\p{Cs})\1*/gu;
  const SPACES = /([ \u00a0\u1680\u2000-\u200a\u202f\u205f\u3000])\1*/gu;

  function named(run, mark) {
    const chars = Array.from(run);
    const code = chars[0].codePointAt(0).toString(16).toUpperCase().padStart(4, "0");
    const times = chars.length > 1 ? ` ×${chars.length}` : "";
    return el("span", { class: mark, "data-u": `U+${code}${times}` }, run);
  }

  const blank = (run) => el("span", { class: "blank", "data-u": "␣".repeat(Math.min(run.length, 40)) }, run);

  function split(text, pattern, found, rest) {
    const out = [];
    let at = 0;
    for (const match of text.matchAll(pattern)) {
      if (match.index > at) out.push(...rest(text.slice(at, match.index)));
      out.push(found(match[0]));
      at = match.index + match[0].length;
    }
    if (at < text.length) out.push(...rest(text.slice(at)));
    return out;
  }

  /** The nodes of a text; `changed` text shows its spaces and line feeds too. */
  function nodes(text, changed) {
    const plain = (s) => [document.createTextNode(s)];
    const feeds = changed ? (s) => split(s, /\n/g, () => el("span", { class: "feed" }, "\n"), plain) : plain;
    // A plain space is what it seems, unless nothing else was changed; the others could be anything.
    const alone = changed && text.trim() === "";
    const spaces = !changed ? feeds : (s) =>
      split(s, SPACES, (run) => (run[0] !== " " ? named(run, "space") : alone ? blank(run) : document.createTextNode(run)), feeds);
    return split(text, UNSEEN, (run) => named(run, "unseen"), spaces);
  }

  const TAG = { kept: "span", gone: "del", from: "del", put: "ins", here: "ins" };

  /** An element for a run: kind, rule and note; `own` marks the edit that is looked at. */
  function run(text, kind, rule, note, own) {
    if (kind === "kept") return el("span", { class: "kept" }, nodes(text, false));
    const name = rule ? `${rule} ${jingwen.ruleName(rule)}`.trim() : "set aside by the engine";
    const says = { from: ", moved away", here: ", moved here" }[kind] || "";
    return el(TAG[kind], {
      class: `${kind}${own ? " own" : ""}`, "data-rule": rule || "–", title: `${name}${says}${note ? `: ${note}` : ""}`,
    }, nodes(text, true));
  }

  /** The runs of an excerpt. */
  function excerpt(runs) {
    return runs.map(([text, kind, rule, own]) =>
      kind === "cut" ? el("span", { class: "cut" }, ` … ${text} characters … `) : run(text, kind, rule, "", own));
  }

  /** What a piece of a page is while the stages in `off` do not count: kept, gone, put …; null for not there. */
  function kindOf(page, i, off) {
    const [stages, , , , , links] = page.marks;
    const put = page.put[i];
    const gone = page.gone[i];
    const came = put >= 0;
    const left = gone >= 0 && !off.has(stages[gone]);
    if (came && off.has(stages[put])) return null;
    if (left) return came ? null : links[gone] >= 0 ? "from" : "gone";
    return came ? (links[put] >= 0 ? "here" : "put") : "kept";
  }

  /** The text of a page while the stages in `off` do not count. */
  function textOf(page, off) {
    const out = [];
    for (let i = 0; i < page.text.length; i++) {
      const kind = kindOf(page, i, off);
      if (kind === "kept" || kind === "put" || kind === "here") out.push(page.text[i]);
    }
    return out.join("");
  }

  return { nodes, run, excerpt, kindOf, textOf };
})();
