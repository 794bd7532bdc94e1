// Judgements: kept by the server beside the release, or by the browser where a report is opened from disk.
"use strict";

jingwen.judge = (() => {
  const { el } = jingwen;
  const state = { records: [], last: new Map(), undone: [], loaded: false };
  const slot = () => `jingwen:judgements:${jingwen.meta.digest}`;
  const key = (row) => JSON.stringify([row.page_id, row.layer, row.ordinal]);

  // --- figures: the same arithmetic as pipeline/audit/interval.py

  const Z2 = 1.959964 ** 2;
  const HALF = 0.05;

  function at(share, of, population) {
    if (population !== null && of >= population) return { share, low: share, high: share };
    const n = population ? (of * (population - 1)) / (population - of) : of;
    const middle = (share + Z2 / (2 * n)) / (1 + Z2 / n);
    const half = (Math.sqrt(Z2) * Math.sqrt((share * (1 - share)) / n + Z2 / (4 * n * n))) / (1 + Z2 / n);
    return { share, low: Math.max(0, middle - half), high: Math.min(1, middle + half) };
  }

  const wilson = (hits, of, population = null) => (of ? at(hits / of, of, population) : null);
  const half = (interval) => (interval.high - interval.low) / 2;

  function needed(hits, of, population = null) {
    const share = of ? hits / of : 0.9;
    const most = population === null ? 1000000 : population;
    if (of >= most || (of && half(at(share, of, population)) <= HALF)) return 0;
    let low = of + 1;
    let high = most;
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      if (half(at(share, middle, population)) <= HALF) high = middle;
      else low = middle + 1;
    }
    return low - of;
  }

  /** Right and wrong by rule, of edits that were drawn; the last word of each judge counts. */
  function tally() {
    const votes = new Map();
    for (const row of state.last.values()) {
      if (row.verdict === null) continue;
      const vote = votes.get(key(row)) || { rule: row.rule, right: 0, wrong: 0, drawn: false };
      vote[row.verdict] += 1;
      vote.drawn = vote.drawn || row.drawn;
      votes.set(key(row), vote);
    }
    const out = new Map();
    for (const vote of votes.values()) {
      if (!vote.drawn) continue;
      const sum = out.get(vote.rule) || { right: 0, wrong: 0 };
      if (vote.right > vote.wrong) sum.right += 1;
      if (vote.wrong > vote.right) sum.wrong += 1;
      out.set(vote.rule, sum);
    }
    return out;
  }

  function figure(rule) {
    const { right, wrong } = tally().get(rule) || { right: 0, wrong: 0 };
    const population = jingwen.meta.header.edits[rule] ?? null;
    return { right, wrong, judged: right + wrong, population, interval: wilson(right, right + wrong, population),
      needed: needed(right, right + wrong, population) };
  }

  // --- keeping

  function me() {
    if (jingwen.server) return jingwen.meta.judge;
    try {
      return localStorage.getItem("jingwen:judge") || "someone";
    } catch {
      return "someone";
    }
  }

  function remember(rows) {
    for (const row of rows) {
      state.records.push(row);
      state.last.set(JSON.stringify([key(row), row.judge]), row);
    }
  }

  function told(error) {
    const where = document.querySelector("#said") || document.querySelector("main");
    where.prepend(el("p", { class: "failed", role: "alert" }, `This judgement was not kept: ${error.message}`));
  }

  async function keep(rows) {
    remember(rows);
    try {
      if (jingwen.server) {
        // The server takes a megabyte at once.
        for (let i = 0; i < rows.length; i += 500) {
          await jingwen.asked("judgements", { method: "POST", headers: { "Content-Type": "application/json" },
            body: JSON.stringify(rows.slice(i, i + 500)) });
        }
      } else {
        localStorage.setItem(slot(), JSON.stringify(state.records));
      }
    } catch (error) {
      told(error);
    }
    dispatchEvent(new Event("jingwen:judged"));
  }

  async function load() {
    if (state.loaded) return;
    state.loaded = true;
    if (jingwen.server) return remember(await jingwen.asked("judgements"));
    try {
      remember(JSON.parse(localStorage.getItem(slot()) || "[]"));
    } catch {
      // Nothing was kept, or nothing can be.
    }
  }

  const identity = (edit) => ({ page_id: edit.page, layer: edit.layer, ordinal: edit.ordinal });

  const lastWord = (edit) => state.last.get(JSON.stringify([key(identity(edit)), me()])) || { verdict: null, note: "" };

  /** What this judge said of an edit, or null. */
  function mine(edit) {
    const row = lastWord(edit);
    return row.verdict !== null ? row : null;
  }

  function record(edit, verdict, note) {
    return { ...identity(edit), stage: edit.stage, rule: edit.rule, verdict, note: note || "", drawn: Boolean(edit.drawn),
      judge: me(), at: new Date().toISOString() };
  }

  async function say(edit, verdict, note) {
    const before = lastWord(edit);
    state.undone.push([edit, before]);
    await keep([record(edit, verdict, note ?? before.note)]);
  }

  /** Take back what was said last; the edit that it was about. */
  async function undo() {
    const last = state.undone.pop();
    if (!last) return null;
    const [edit, before] = last;
    await keep([record(edit, before.verdict, before.note)]);
    return edit;
  }

  function exported() {
    const rows = [jingwen.meta.header, ...state.records];
    const text = rows.map((row) => JSON.stringify(row)).join("\n") + "\n";
    const { name, version } = jingwen.meta.header.release;
    const href = URL.createObjectURL(new Blob([text], { type: "application/jsonl" }));
    el("a", { href, download: `${name}-${version}.judgements.jsonl` }).click();
    setTimeout(() => URL.revokeObjectURL(href), 10000);
  }

  /** Judgements of a file, added to those here; how many were new. */
  async function imported(file) {
    const [header, ...rows] = (await file.text()).split("\n").filter((line) => line.trim()).map((line) => JSON.parse(line));
    if (!header || header.jingwen !== "judgements") throw new Error("That file holds no judgements.");
    if (header.release.digest !== jingwen.meta.digest) {
      throw new Error(`Those judgements are of ${header.release.name} ${header.release.version}.`);
    }
    const sound = (row) => typeof row.page_id === "string" && ["right", "wrong", null].includes(row.verdict);
    if (!rows.every((row) => row.jingwen === "judgements" || sound(row))) throw new Error("That file holds lines that are no judgements.");
    const here = new Set(state.records.map((row) => JSON.stringify(Object.entries(row).sort())));
    const fresh = rows.filter((row) => row.jingwen !== "judgements" && !here.has(JSON.stringify(Object.entries(row).sort())));
    const every = [...state.records, ...fresh].sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0));
    state.records = [];
    state.last.clear();
    if (jingwen.server) {
      remember(every.filter((row) => !fresh.includes(row)));
      await keep(fresh);
    } else {
      state.records = [];
      await keep(every);
    }
    return fresh.length;
  }

  // --- what judging looks like

  function note(edit, done) {
    const box = el("textarea", { rows: 3, "aria-label": "note", maxlength: 2000 });
    box.value = lastWord(edit).note;
    const dialog = el("dialog", { class: "note" }, el("form", { method: "dialog" }, el("h2", {}, "Note"), box,
      el("p", {}, el("button", { value: "keep" }, "Keep"), " ", el("span", { class: "dim" }, "Ctrl+Enter keeps, Esc leaves it"))));
    box.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && event.ctrlKey) dialog.close("keep");
    });
    dialog.addEventListener("close", async () => {
      if (dialog.returnValue === "keep") await say(edit, lastWord(edit).verdict, box.value);
      dialog.remove();
      done();
    });
    document.body.append(dialog);
    dialog.showModal();
  }

  /** Buttons for an edit; `done` runs after each press. */
  function buttons(edit, done) {
    const said = mine(edit);
    const words = lastWord(edit).note;
    const button = (verdict, says) => el("button", {
      type: "button", class: `verdict ${verdict}`, "aria-pressed": Boolean(said && said.verdict === verdict),
      onclick: async () => { await say(edit, verdict); done(verdict); },
    }, says, el("kbd", {}, verdict[0]));
    return el("span", { class: "verdicts" }, button("right", "right"), button("wrong", "wrong"),
      el("button", { type: "button", class: "plain", onclick: () => note(edit, done) }, "note", el("kbd", {}, "m")),
      words ? el("q", { class: "dim" }, words) : null);
  }

  /** The keys of judging for a view that has one edit chosen. */
  function bindings(chosen, done) {
    const on = (verdict) => async () => {
      const edit = chosen();
      if (!edit || !edit.rule) return;
      await say(edit, verdict);
      done(verdict);
    };
    return [
      { keys: ["r"], says: "right", run: on("right") },
      { keys: ["w"], says: "wrong", run: on("wrong") },
      { keys: ["u"], says: "undo the last judgement", run: async () => { const edit = await undo(); done("undone", edit); } },
      { keys: ["m"], says: "note", run: () => { const edit = chosen(); if (edit && edit.rule) note(edit, done); } },
    ];
  }

  return { load, mine, say, undo, exported, imported, buttons, bindings, figure, wilson, needed, me,
    get records() { return state.records; } };
})();
