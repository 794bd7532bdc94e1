// Lists: tables of which a part is loaded at a time, with a filter that reads the rest only when it is used.
"use strict";

jingwen.lists = (() => {
  const { el, count, load, meta } = jingwen;
  const zh = (text) => el("span", { lang: "zh", dir: "auto" }, text || "–");
  const page = (n, id, text) => el("a", { href: jingwen.pageLink(n, id), lang: "zh" }, text || id);
  const number = (n) => (n === null ? "–" : count(n));
  const alike = (s) => (s === null || s === undefined ? "–" : Number(s).toFixed(3));

  // Columns of each list: heading, whether numbers, and what stands in a cell of a row.
  const COLUMNS = {
    pages: [
      ["page", false, ([n, id, , title]) => [page(n, id, title || id), title ? el("span", { class: "id" }, id) : null]],
      ["site", false, (r) => zh(r[2])],
      ["raw", true, (r) => number(r[4])],
      ["published", true, (r) => number(r[5])],
      ["edits", true, (r) => number(r[6])],
      ["set aside", false, (r) => (r[7] === null ? "" : r[7] ? jingwen.ruleTag(r[7]) : "unread")],
    ],
    dropped: [
      ["page", false, ([n, id]) => page(n, id)],
      ["site", false, (r) => zh(r[2])],
      ["rule", false, (r) => (r[3] ? jingwen.ruleTag(r[3]) : "–")],
      ["reason", false, (r) => zh(r[4])],
      ["characters", true, (r) => number(r[5])],
      ["begins", false, (r) => el("span", { class: "begins", lang: "zh", dir: "auto" }, r[6])],
    ],
    copies: [
      ["kept", false, ([n, id, title]) => [page(n, id, title || id), title ? el("span", { class: "id" }, id) : null]],
      ["copies", true, (r) => count(r[3].length)],
      ["dropped for it", false, (r) => el("ul", { class: "dups" }, r[3].slice(0, 12).map(([n, id, rule, similarity]) =>
        el("li", {}, el("a", { href: jingwen.pairLink([r[0], r[1]], [n, id]), title: "compare the two" }, id), " ",
          el("span", { class: "dim" }, rule === "DUP101" ? "exact" : alike(similarity)))),
        r[3].length > 12 ? el("li", { class: "dim" }, `and ${r[3].length - 12} more`) : null)],
    ],
    changes: [
      ["document", false, (r) => [el("a", { href: `${jingwen.base}pair.html#${new URLSearchParams({ change: r[0] })}`, lang: "zh" }, r[2] || r[1]),
        r[2] ? el("span", { class: "id" }, r[1]) : null]],
      ["before", true, (r) => number(r[3])],
      ["now", true, (r) => number(r[4])],
      ["difference", true, (r) => `${r[4] > r[3] ? "+" : ""}${count(r[4] - r[3])}`],
    ],
    moved: [
      ["page", false, (r) => page(null, r[0])],
      ["was", false, (r) => r[1]],
      ["is", false, (r) => r[2]],
    ],
  };

  /** The text of a row that the filter looks at. */
  const TEXT = {
    pages: (r) => [r[1], r[2], r[3], r[7]],
    dropped: (r) => [r[1], r[2], r[3], r[4], r[6]],
    copies: (r) => [r[1], r[2], ...r[3].map((c) => c[1])],
    changes: (r) => [r[1], r[2]],
    moved: (r) => r,
  };

  function table(name, rows) {
    const columns = COLUMNS[name];
    return el("div", { class: "scroll" }, el("table", { class: `list ${name}` },
      el("thead", {}, el("tr", {}, columns.map(([title, numbers]) => el("th", { class: numbers ? "n" : "", scope: "col" }, title)))),
      el("tbody", {}, rows.map((row) => el("tr", {}, columns.map(([, numbers, cell]) => el("td", { class: numbers ? "n" : "" }, cell(row))))))));
  }

  const EACH = 100;
  const MOST = 1000;

  /** A list in a node: paged, filtered by the words of `box` and by `keeps`. */
  function list(where, name, { box = null, keeps = null } = {}) {
    const known = meta.directory[name] || { rows: 0, size: 1 };
    const state = { at: 0, turn: 0 };

    async function part(from) {
      const out = [];
      for (let i = from; i < Math.min(from + EACH, known.rows);) {
        const chunk = await load(`${name}-${Math.floor(i / known.size)}`);
        const rows = chunk.slice(i % known.size, (i % known.size) + from + EACH - i);
        if (!rows.length) break;
        out.push(...rows);
        i += rows.length;
      }
      return out;
    }

    async function filtered(words, turn) {
      const out = [];
      for (let i = 0; i * known.size < known.rows && out.length < MOST; i++) {
        for (const row of await load(`${name}-${i}`)) {
          const text = TEXT[name](row).join("\n").toLowerCase();
          if (words.every((w) => text.includes(w)) && (!keeps || keeps(row))) out.push(row);
        }
        if (turn !== state.turn) return null;
      }
      return out;
    }

    async function draw() {
      const turn = ++state.turn;
      const words = (box ? box.value : "").toLowerCase().split(/\s+/).filter(Boolean);
      const narrow = words.length || (keeps && keeps.active && keeps.active());
      const rows = narrow ? await filtered(words, turn) : await part(state.at);
      if (rows === null || turn !== state.turn) return;
      const whole = narrow ? rows.length : known.rows;
      const from = Math.min(state.at, Math.max(0, whole - 1));
      const shown = narrow ? rows.slice(from, from + EACH) : rows;
      const to = (at) => () => { state.at = at; draw().catch((e) => jingwen.failed(where, e)); where.scrollIntoView(); };
      const last = Math.min(from + EACH, whole);
      where.replaceChildren(
        el("p", { class: "pager", "aria-live": "polite" },
          el("span", {}, whole ? `${count(from + 1)}–${count(last)} of ${count(whole)}${narrow && whole >= MOST ? " or more" : ""}` : "nothing found"),
          el("button", { type: "button", disabled: from === 0, onclick: to(Math.max(0, from - EACH)) }, "← before"),
          el("button", { type: "button", disabled: last >= whole, onclick: to(from + EACH) }, "after →")),
        shown.length ? table(name, shown) : "");
      jingwen.ready();
    }

    let pause = 0;
    const again = () => { clearTimeout(pause); pause = setTimeout(() => { state.at = 0; draw().catch((e) => jingwen.failed(where, e)); }, 120); };
    if (box) box.addEventListener("input", again);
    return { draw, again };
  }

  return { list, table };
});

jingwen.view(async () => {
  const { el } = jingwen;
  const places = [...document.querySelectorAll("[data-list]")];
  if (!places.length) return document.querySelector("[data-quiet]") && jingwen.ready();
  const lists = jingwen.lists();
  for (const where of places) {
    const name = where.dataset.list;
    const box = document.querySelector(`input[type=search][data-for="${name}"]`);
    const rule = document.querySelector(`select[data-for="${name}"]`);
    let keeps = null;
    if (rule && !jingwen.server) {
      keeps = (row) => !rule.value || (row[8] || []).includes(Number(rule.selectedOptions[0].dataset.i));
      keeps.active = () => Boolean(rule.value);
    }
    const list = lists.list(where, name, { box: jingwen.server && name === "pages" ? null : box, keeps });
    if (rule && !jingwen.server) rule.addEventListener("change", list.again);
    await list.draw();
  }
  const form = document.querySelector("#search");
  if (form && jingwen.server) {
    const where = document.querySelector("[data-list=pages]");
    const plain = lists.list(where, "pages");
    const asked = async () => {
      const given = new URLSearchParams([...new FormData(form)].filter(([, v]) => v));
      given.delete("in");
      if (![...given].length) return plain.draw();
      given.set("in", new FormData(form).get("in") || "edits");
      const began = performance.now();
      const found = await jingwen.asked(`search?${given}`);
      const seconds = (performance.now() - began) / 1000;
      const says = el("p", { class: "pager", "aria-live": "polite" }, `${jingwen.count(found.rows.length)}${found.more ? " or more" : ""} found in ${seconds.toFixed(2)} s`);
      where.replaceChildren(says, found.kind === "edits" ? hits(found.rows) : lists.table("pages", found.rows));
      return jingwen.ready();
    };
    const hits = (rows) => el("div", { class: "scroll" }, el("table", { class: "list hits" },
      el("thead", {}, el("tr", {}, ["page", "rule", "removed", "put in"].map((t) => el("th", { scope: "col" }, t)))),
      el("tbody", {}, rows.map((r) => el("tr", {},
        el("td", {}, el("a", { href: jingwen.pageLink(null, r.page_id, [r.layer, r.ordinal]) }, r.page_id)),
        el("td", {}, jingwen.ruleTag(r.rule)),
        el("td", { class: "text", lang: "zh", dir: "auto" }, r.removed ? jingwen.pieces.run(r.removed, "gone", r.rule, r.note) : ""),
        el("td", { class: "text", lang: "zh", dir: "auto" }, r.replacement ? jingwen.pieces.run(r.replacement, "put", r.rule, r.note) : ""))))));
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      document.documentElement.dataset.ready = "";
      asked().catch((error) => jingwen.failed(where, error));
    });
  }
});
