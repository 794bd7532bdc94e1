// Two texts beside each other: what a copy has and the kept page has not, or what a document was and is.
"use strict";

jingwen.view(async () => {
  const { el, count, pieces } = jingwen;
  const main = document.querySelector("#pair");
  // Beyond so many differences two texts have nothing in common that a comparison would show.
  const MOST = 1500;

  /** Myers' shortest edit script over two lists: runs of [kind, a, b]. */
  function script(a, b) {
    let head = 0;
    while (head < a.length && head < b.length && a[head] === b[head]) head++;
    let tail = 0;
    while (tail < a.length - head && tail < b.length - head && a[a.length - 1 - tail] === b[b.length - 1 - tail]) tail++;
    const x = a.slice(head, a.length - tail);
    const y = b.slice(head, b.length - tail);
    return [...a.slice(0, head).map((v) => ["kept", v]), ...middle(x, y), ...a.slice(a.length - tail).map((v) => ["kept", v])];
  }

  function middle(a, b) {
    const whole = [...a.map((v) => ["gone", v]), ...b.map((v) => ["put", v])];
    if (!a.length || !b.length) return whole;
    const far = Math.min(a.length + b.length, MOST);
    let reach = new Map([[1, 0]]);
    const past = [];
    for (let d = 0; d <= far; d++) {
      past.push(new Map(reach));
      for (let k = -d; k <= d; k += 2) {
        const down = k === -d || (k !== d && (reach.get(k - 1) ?? -1) < (reach.get(k + 1) ?? -1));
        let x = down ? reach.get(k + 1) ?? 0 : (reach.get(k - 1) ?? 0) + 1;
        let y = x - k;
        while (x < a.length && y < b.length && a[x] === b[y]) { x++; y++; }
        reach.set(k, x);
        if (x >= a.length && y >= b.length) return traced(past, a, b, d);
      }
    }
    return whole;
  }

  function traced(past, a, b, far) {
    const out = [];
    let x = a.length;
    let y = b.length;
    for (let d = far; d >= 0; d--) {
      const reach = past[d];
      const k = x - y;
      const down = k === -d || (k !== d && (reach.get(k - 1) ?? -1) < (reach.get(k + 1) ?? -1));
      const before = down ? k + 1 : k - 1;
      const px = d ? reach.get(before) ?? 0 : 0;
      const py = d ? px - before : 0;
      while (x > px && y > py && x > 0 && y > 0) { out.push(["kept", a[--x]]); y--; }
      if (d) {
        if (down && y > 0) out.push(["put", b[--y]]);
        else if (!down && x > 0) out.push(["gone", a[--x]]);
      }
    }
    return out.reverse();
  }

  /** Lines, and within lines that took each other's place characters. */
  function compared(a, b) {
    const lines = script(a.split("\n"), b.split("\n"));
    const rows = [];
    for (let i = 0; i < lines.length;) {
      if (lines[i][0] === "kept") { rows.push([lines[i][1], lines[i][1], null]); i++; continue; }
      const gone = [];
      const put = [];
      while (i < lines.length && lines[i][0] !== "kept") { (lines[i][0] === "gone" ? gone : put).push(lines[i][1]); i++; }
      for (let j = 0; j < Math.max(gone.length, put.length); j++) {
        const l = gone[j] ?? null;
        const r = put[j] ?? null;
        rows.push([l, r, l !== null && r !== null && l.length + r.length < 8000 ? script(Array.from(l), Array.from(r)) : []]);
      }
    }
    return rows;
  }

  function side(text, chars, skip, tag) {
    if (text === null) return el("div", { class: "raw" });
    if (chars === null) return el("div", { class: "raw", lang: "zh" }, pieces.nodes(text, false));
    if (!chars.length) return el("div", { class: "raw", lang: "zh" }, pieces.run(text, tag, "", ""));
    const runs = [];
    for (const [kind, c] of chars) {
      if (kind === skip) continue;
      if (runs.length && runs[runs.length - 1][0] === kind) runs[runs.length - 1][1] += c;
      else runs.push([kind, c]);
    }
    return el("div", { class: "raw", lang: "zh" }, runs.map(([kind, t]) =>
      kind === "kept" ? pieces.run(t, "kept") : el(tag === "gone" ? "del" : "ins", { class: tag }, pieces.nodes(t, true))));
  }

  function show(a, b) {
    const rows = compared(a.text, b.text);
    const differ = rows.filter((r) => r[2] !== null).length;
    const title = (one) => el("h2", { lang: "zh" }, one.href ? el("a", { href: one.href }, one.title) : one.title, el("span", { class: "dim" }, ` ${one.says}, ${count(Array.from(one.text).length)} characters`));
    main.replaceChildren(el("h1", {}, "Compared"), el("p", { class: "dim" }, b.similarity ? `similarity ${b.similarity.toFixed(3)} · ` : "", differ ? `${count(differ)} of ${count(rows.length)} lines differ` : "The two texts are equal."),
      el("div", { class: "sheet pair" }, el("div", { class: "row titles" }, el("span", { class: "no" }), title(a), title(b)),
        el("div", { class: "rows" }, rows.map(([l, r, chars]) => el("div", { class: `row${chars === null ? "" : " differs"}` }, el("span", { class: "no" }),
          side(l, chars, "put", "gone"), side(r, chars, "gone", "put"))))));
    const changed = [...main.querySelectorAll(".differs")];
    let at = -1;
    const move = (by) => { at = Math.min(changed.length - 1, Math.max(0, at + by)); changed[at]?.scrollIntoView({ block: "center" }); };
    jingwen.keys([{ keys: ["j"], says: "next difference", run: () => move(1) }, { keys: ["k"], says: "difference before", run: () => move(-1) }]);
  }

  /** A page's text; of one that was set aside the text that it had before. */
  async function textOf(given, name) {
    const n = given.has(`${name}n`) ? Number(given.get(`${name}n`)) : null;
    const found = await jingwen.page({ n, id: given.get(`${name}id`) });
    const { page } = found;
    const stages = page.marks.length ? page.marks[0] : [];
    const off = new Set(page.documents.length ? [] : stages.slice(-1));
    return { text: pieces.textOf(page, off), title: page.title || page.id, href: jingwen.pageLink(found.n, page.id),
      says: page.documents.length ? "published" : "set aside", similarity: page.similarity };
  }

  const given = new URLSearchParams(location.hash.slice(1));
  if (given.has("change")) {
    const i = Number(given.get("change"));
    const { size } = jingwen.meta.directory.changes;
    const row = (await jingwen.load(`changes-${Math.floor(i / size)}`))[i % size];
    const texts = await jingwen.load(`change-${i}`);
    const title = row[2] || row[1];
    show({ text: texts[0], title, says: "before" }, { text: texts[1], title, says: "now" });
  } else {
    show(await textOf(given, "a"), await textOf(given, "b"));
  }
  jingwen.ready();
});
