// The view of a page: raw with the edits in place, and the published text beside it, paragraph by paragraph.
"use strict";

jingwen.view(async () => {
  const { el, count, keys, pieces, judge } = jingwen;
  const main = document.querySelector("#page");
  const shown = { n: null, page: null, off: new Set(), spots: [], at: -1, drawing: 0 };
  // A paragraph of the left column ends here even where the page has none, so that a page of 5 MB is drawn in parts.
  const CHARS = 2000;
  const FIRST = 150;

  function address() {
    const given = new URLSearchParams(location.hash.slice(1));
    return { n: given.has("n") ? Number(given.get("n")) : null, id: given.get("id"), edit: given.get("e") };
  }

  async function open() {
    const wanted = address();
    document.documentElement.dataset.ready = "";
    if (wanted.n === null && wanted.id === null) wanted.n = 0;
    try {
      const found = await jingwen.page(wanted);
      Object.assign(shown, { ...found, off: new Set(), at: -1 });
      draw();
      if (wanted.edit) jumpTo(wanted.edit);
    } catch (error) {
      jingwen.failed(main, error);
    }
  }

  // --- the head: what page it is, what became of it

  function head() {
    const { page, n } = shown;
    const published = page.documents.length > 0;
    const facts = [
      ["page", el("span", { class: "id" }, page.id)],
      ["site", page.site || "–"],
      page.url ? ["address", el("span", { class: "url" }, page.url)] : null,
      ["characters", page.raw_chars === null ? "not readable" : `${count(page.raw_chars)} → ${count(page.chars)}`],
      ["edits", count(page.marks.length ? page.marks[0].length : 0)],
      page.encoding ? ["encoding", page.encoding] : null,
    ].filter(Boolean);
    const fate = published
      ? el("p", { class: "fate" }, el("span", { class: "badge put" }, "published"),
          page.documents.length > 1 ? ` as ${page.documents.length} documents` : "")
      : el("p", { class: "fate" }, el("span", { class: "badge gone" }, "set aside"), " ", page.reason || "", " ",
          page.rule ? jingwen.ruleTag(page.rule) : null,
          page.kept ? [" a copy of ", el("a", { href: jingwen.pageLink(page.kept_n, page.kept) }, page.kept), " · ",
            el("a", { href: jingwen.pairLink([page.kept_n, page.kept], [n, page.id]) }, "compare the two")] : null);
    const turn = n === null ? null : el("p", { class: "turn" },
      el("button", { type: "button", title: "previous page (p)", onclick: () => step(-1), disabled: n === 0 }, "← previous"),
      el("button", { type: "button", title: "next page (n)", onclick: () => step(1) }, "next →"));
    return el("header", { class: "page-head" }, turn,
      el("h1", { lang: "zh" }, page.title || page.id), fate,
      el("dl", { class: "facts" }, facts.map(([name, value]) => el("div", {}, el("dt", {}, name), el("dd", {}, value)))));
  }

  function step(by) {
    if (shown.n !== null) location.hash = new URLSearchParams({ n: Math.max(0, shown.n + by) });
  }

  // --- stages

  function stagesOf(page) {
    const seen = new Map();
    const [stages, layers] = page.marks.length ? page.marks : [[], []];
    stages.forEach((stage, i) => {
      const found = seen.get(stage) || { stage, layer: layers[i], edits: 0 };
      found.edits += 1;
      seen.set(stage, found);
    });
    return [...seen.values()].sort((a, b) => a.layer - b.layer);
  }

  function stageBar() {
    const buttons = stagesOf(shown.page).map(({ stage, edits }, i) =>
      el("button", {
        type: "button", class: "stage", "aria-pressed": !shown.off.has(stage), "data-stage": stage,
        title: `switch ${stage} on or off${i < 9 ? ` (${i + 1})` : ""}`, onclick: () => toggle(stage),
      }, stage, el("span", { class: "n" }, count(edits))));
    const every = el("button", { type: "button", class: "plain", title: "all stages on or off (a)", onclick: all }, "all");
    const views = [["both", "both"], ["raw", "edits"], ["out", "published"]].map(([name, says]) =>
      el("button", { type: "button", class: "seg", "data-view": name, "aria-pressed": (main.dataset.view || "both") === name,
        onclick: () => look(name) }, says));
    return el("div", { class: "bar", role: "toolbar", "aria-label": "Stages" },
      el("div", { class: "stages" }, buttons, buttons.length > 1 ? every : null), el("div", { class: "segs" }, views));
  }

  function look(name) {
    main.dataset.view = name;
    for (const node of main.querySelectorAll(".seg")) node.setAttribute("aria-pressed", node.dataset.view === name);
  }

  function toggle(stage) {
    if (!shown.off.delete(stage)) shown.off.add(stage);
    redraw();
  }

  function all() {
    const every = stagesOf(shown.page).map((s) => s.stage);
    shown.off = shown.off.size ? new Set() : new Set(every);
    redraw();
  }

  function redraw() {
    for (const node of main.querySelectorAll(".stage")) {
      node.setAttribute("aria-pressed", !shown.off.has(node.dataset.stage));
    }
    rows(main.querySelector(".rows"));
  }

  // --- the text

  /** Rows: each a paragraph of the published text on the right, and on the left the raw lines that it came from. */
  function* paragraphs(page, off) {
    let row = { line: 1, left: [], right: [], chars: 0, at: 0 };
    let line = 1;
    let at = 0;
    const starts = page.documents.length > 1 ? beginnings(page) : new Map();
    const fresh = () => ({ line, left: [], right: [], chars: 0, at });
    for (let i = 0; i < page.text.length; i++) {
      const kind = pieces.kindOf(page, i, off);
      if (kind === null) continue;
      const there = kind === "kept" || kind === "put" || kind === "here";
      const raw = page.put[i] < 0;
      for (const part of cut(page.text[i], there)) {
        row.left.push([i, part, kind]);
        if (there) row.right.push([i, part, kind]);
        row.chars += part.length;
        if (raw && part.includes("\n")) line += part.split("\n").length - 1;
        if (there && starts.size) at += Array.from(part).length;
        if ((there && part.endsWith("\n")) || (row.chars > CHARS && part.endsWith("\n")) || row.chars > 4 * CHARS) {
          yield { ...row, title: starts.get(row.at) };
          row = fresh();
        }
      }
    }
    if (row.left.length) yield { ...row, title: starts.get(row.at) };
  }

  /** A text in parts: at its line feeds where it is there, and none much longer than a row may be. */
  function* cut(text, there) {
    let at = 0;
    while (at < text.length) {
      let end = there ? text.indexOf("\n", at) + 1 : 0;
      if (!end || end - at > CHARS) {
        end = Math.min(text.length, at + CHARS);
        const feed = text.lastIndexOf("\n", end - 1) + 1;
        if (end < text.length && feed > at) end = feed;
        else if (end < text.length && /[\ud800-\udbff]/.test(text[end - 1])) end += 1;
      }
      yield text.slice(at, end);
      at = end;
    }
  }

  /** Where documents begin in the published text, in code points. */
  function beginnings(page) {
    let at = 0;
    return new Map(page.documents.map(([, title, chars]) => {
      const start = at;
      at += chars + 1;
      return [start, title || "untitled"];
    }));
  }

  function rowOf(row) {
    const { page } = shown;
    const [, , , rules, notes] = page.marks.length ? page.marks : [[], [], [], [], []];
    const left = row.left.map(([i, text, kind]) => {
      const edit = kind === "kept" ? -1 : kind === "gone" || kind === "from" ? page.gone[i] : page.put[i];
      const node = edit < 0 ? pieces.run(text, "kept") : pieces.run(text, kind, rules[edit], notes[edit]);
      node.dataset.piece = i;
      if (edit >= 0) node.dataset.edit = edit;
      return node;
    });
    const right = row.right.map(([, text]) => pieces.nodes(text, false));
    return el("div", { class: row.title ? "row begins" : "row" },
      el("span", { class: "no", "aria-hidden": "true", "data-no": row.line }),
      el("div", { class: "raw", lang: "zh" }, left),
      el("div", { class: "out", lang: "zh", "data-title": row.title }, right.length ? el("p", {}, right.flat()) : null));
  }

  function rows(where) {
    const turn = ++shown.drawing;
    const found = paragraphs(shown.page, shown.off);
    document.documentElement.dataset.ready = "";
    where.replaceChildren();
    const more = (limit) => {
      if (turn !== shown.drawing) return;
      const some = [];
      let next = found.next();
      while (!next.done && some.length < limit) {
        some.push(rowOf(next.value));
        if (some.length < limit) next = found.next();
      }
      where.append(...some);
      if (next.done) done();
      else setTimeout(() => more(2000), 0);
    };
    const done = () => {
      shown.spots = [];
      const seen = new Map();
      for (const node of where.querySelectorAll(".raw [data-edit]")) {
        if (!seen.has(node.dataset.edit)) {
          seen.set(node.dataset.edit, shown.spots.length);
          shown.spots.push([]);
        }
        shown.spots[seen.get(node.dataset.edit)].push(node);
      }
      jingwen.ready();
    };
    more(FIRST);
    if (!where.childElementCount) {
      where.append(el("p", { class: "dim" }, shown.page.raw_chars === null
        ? "The bytes of this page could not be read as text." : "This page has no text."));
    }
  }

  // --- fields

  function fieldList() {
    const found = shown.page.fields;
    if (!found.length) return null;
    const items = found.map((field) => {
      const inside = field.from >= 0;
      return el("li", {}, el("button", {
        type: "button", class: "field", disabled: !inside, title: inside ? "show where it was read" : "read from no single place",
        onmouseenter: () => lit(field, false), onmouseleave: dark, onfocus: () => lit(field, false), onblur: dark,
        onclick: () => lit(field, true),
      }, el("span", { class: "name" }, field.name), el("span", { class: "value", lang: "zh" }, field.value)),
      jingwen.ruleTag(field.rule));
    });
    return el("details", { class: "fields", open: innerWidth >= 860 }, el("summary", {}, `${found.length} field${found.length > 1 ? "s" : ""}`), el("ul", {}, items));
  }

  function lit(field, scroll) {
    dark();
    let first = null;
    for (const node of main.querySelectorAll(".raw [data-piece]")) {
      const i = Number(node.dataset.piece);
      if (i < field.from || i >= field.to) continue;
      node.classList.add("lit");
      first = first || node;
    }
    if (scroll && first) first.scrollIntoView({ block: "center" });
  }

  function dark() {
    for (const node of main.querySelectorAll(".lit")) node.classList.remove("lit");
  }

  // --- one edit: chosen by click or key, judged

  function choose(at, scroll = true) {
    for (const node of main.querySelectorAll(".raw .own")) node.classList.remove("own");
    if (at < 0 || at >= shown.spots.length) return;
    shown.at = at;
    for (const node of shown.spots[at]) node.classList.add("own");
    if (scroll) shown.spots[at][0].scrollIntoView({ block: "center" });
    inspector();
  }

  function chosen() {
    if (shown.at < 0) return null;
    const edit = Number(shown.spots[shown.at][0].dataset.edit);
    const [stages, layers, ordinals, rules, notes, links] = shown.page.marks.map((column) => column[edit]);
    return { page: shown.page.id, stage: stages, layer: layers, ordinal: ordinals, rule: rules, note: notes, link: links, drawn: false };
  }

  function inspector() {
    const edit = chosen();
    const where = document.querySelector("#edit");
    if (!edit) return where.replaceChildren();
    const other = edit.link >= 0 ? el("button", { type: "button", onclick: () => {
      const spot = shown.spots.findIndex((nodes) => Number(nodes[0].dataset.edit) === edit.link);
      choose(spot);
    } }, "other end of the move") : null;
    where.replaceChildren(el("div", { class: "inspector" },
      el("span", {}, edit.rule ? jingwen.ruleTag(edit.rule) : "set aside", " ", jingwen.ruleName(edit.rule),
        el("span", { class: "dim" }, ` ${edit.stage}${edit.note ? ` · ${edit.note}` : ""} · ${shown.at + 1} of ${shown.spots.length}`)),
      other, edit.rule ? judge.buttons(edit, inspector) : null));
  }

  function jumpTo(edit) {
    const wait = () => {
      if (document.documentElement.dataset.ready !== "yes") return setTimeout(wait, 20);
      const [layer, ordinal] = edit.split(".").map(Number);
      const [, layers, ordinals] = shown.page.marks;
      const spot = shown.spots.findIndex((nodes) => {
        const i = Number(nodes[0].dataset.edit);
        return layers[i] === layer && ordinals[i] === ordinal;
      });
      return choose(spot);
    };
    wait();
  }

  function draw() {
    document.title = `${shown.page.title || shown.page.id} · ${jingwen.meta.label}`;
    const where = el("div", { class: "rows" });
    const titles = el("div", { class: "row titles", "aria-hidden": "true" }, el("span", { class: "no" }),
      el("div", {}, "raw, with edits"), el("div", {}, "published"));
    main.replaceChildren(head(), fieldList() || "", stageBar(), el("div", { class: "sheet" }, titles, where),
      el("div", { id: "edit", "aria-live": "polite" }));
    where.addEventListener("click", (event) => {
      const node = event.target.closest("[data-edit]");
      if (node) choose(shown.spots.findIndex((nodes) => nodes.includes(node)), false);
    });
    rows(where);
  }

  if (!main.dataset.view) main.dataset.view = innerWidth < 860 ? "raw" : "both";
  keys([
    { keys: ["j", "ArrowRight"], says: "next edit", run: () => choose(Math.min(shown.at + 1, shown.spots.length - 1)) },
    { keys: ["k", "ArrowLeft"], says: "edit before", run: () => choose(Math.max(shown.at - 1, 0)) },
    ...[1, 2, 3, 4, 5, 6, 7, 8, 9].map((i) => ({
      keys: [String(i)], says: `stage ${i} on or off`,
      run: () => { const found = stagesOf(shown.page)[i - 1]; if (found) toggle(found.stage); },
    })),
    { keys: ["a"], says: "all stages on or off", run: all },
    { keys: ["v"], says: "edits, published or both", run: () => {
      const order = ["both", "raw", "out"];
      look(order[(order.indexOf(main.dataset.view || "both") + 1) % 3]);
    } },
    { keys: ["n"], says: "next page", run: () => step(1) },
    { keys: ["p"], says: "page before", run: () => step(-1) },
    ...judge.bindings(chosen, inspector),
  ]);
  addEventListener("hashchange", open);
  await judge.load();
  await open();
});
