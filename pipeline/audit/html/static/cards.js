// Cards: edits with what stands around them. On a rule's page all of them; on the page Judge one at a time.
"use strict";

jingwen.cards = (() => {
  const { el, judge, pieces } = jingwen;

  function card(found, drawn, done) {
    const edit = { page: found.page, layer: found.layer, ordinal: found.ordinal, stage: found.stage, rule: found.rule, drawn };
    const node = el("article", { class: "card", tabindex: 0, "data-key": `${found.page} ${found.layer} ${found.ordinal}` },
      el("p", { class: "text", lang: "zh" }, pieces.excerpt(found.runs)),
      el("footer", {},
        el("a", { class: "where", href: jingwen.pageLink(found.n, found.page, [found.layer, found.ordinal]) }, found.title || found.page),
        el("span", { class: "dim" }, [found.site, found.note, found.why].filter(Boolean).join(" · ")),
        el("span", { class: "judging" })));
    const redraw = (verdict, other) => {
      const said = judge.mine(edit);
      node.dataset.verdict = said ? said.verdict : "";
      node.querySelector(".judging").replaceChildren(judge.buttons(edit, redraw));
      if (done) done(verdict, other);
    };
    node.edit = edit;
    node.redraw = redraw;
    redraw();
    return node;
  }

  return { card };
})();

jingwen.view(async () => {
  const { el, judge, cards, load, meta } = jingwen;
  const where = document.querySelector("[data-rule-examples]");
  if (!where) return;
  const rule = where.dataset.ruleExamples;
  await judge.load();
  const known = meta.directory[`examples-${rule}`];
  if (!known || !known.parts) {
    where.replaceChildren(el("p", { class: "dim" }, "This rule made no edit."));
    return jingwen.ready();
  }
  const { drawn, risky } = await load(`examples-${rule}-0`);
  const section = (title, says, list, fair) => list.length
    ? el("section", {}, el("h2", {}, title), el("p", { class: "dim" }, says), list.map((e) => cards.card(e, fair)))
    : "";
  where.replaceChildren(
    section("The riskiest", "The longest, those in the rarest surroundings and those nearest to prose. They are judged beside the figure: a share of them would not be the rule's.", risky, false),
    section("Drawn by seed", "A fair sample of the rule's edits; judging these gives its precision.", drawn, true));
  const every = [...where.querySelectorAll(".card")];
  const focused = () => every.find((node) => node.contains(document.activeElement)) || null;
  const move = (by) => {
    const at = every.indexOf(focused());
    const next = every[at < 0 ? 0 : Math.min(every.length - 1, Math.max(0, at + by))];
    if (!next) return;
    next.focus({ preventScroll: true });
    next.scrollIntoView({ block: "center" });
  };
  jingwen.keys([
    { keys: ["j", "ArrowDown"], says: "next example", run: () => move(1) },
    { keys: ["k", "ArrowUp"], says: "example before", run: () => move(-1) },
    { keys: ["Enter"], says: "open its page", run: () => { const node = focused(); if (node) location.href = node.querySelector(".where").href; } },
    ...judge.bindings(() => focused()?.edit, (verdict, other) => {
      const back = verdict === "undone" && other ? every.find((n) => n.edit.page === other.page && n.edit.layer === other.layer && n.edit.ordinal === other.ordinal) : null;
      (back || focused())?.redraw();
      if (back) back.focus();
      if (verdict === "right" || verdict === "wrong") move(1);
    }),
  ]);
  const told = document.querySelector("#figure");
  const says = () => {
    const { judged, interval, needed } = judge.figure(rule);
    told.textContent = judged
      ? `${judged} judged, ${jingwen.percent(interval.share)} right, between ${jingwen.percent(interval.low)} and ${jingwen.percent(interval.high)}; ${needed ? `${needed} more give a figure to five points` : "no more are needed"}`
      : `not judged yet; about ${needed} judgements give a figure to five points`;
  };
  says();
  addEventListener("jingwen:judged", says);
  jingwen.ready();
});

jingwen.view(async () => {
  const { el, judge, cards, load, meta, count, percent } = jingwen;
  const desk = document.querySelector("#desk");
  if (!desk) return;
  await judge.load();
  const strata = document.querySelector("#strata");
  const rules = Object.entries(meta.header.edits).filter(([code]) => meta.directory[`examples-${code}`]?.parts)
    .sort((a, b) => b[1] - a[1]).map(([code]) => code);
  const state = { rule: null, queue: [], card: null };

  async function queueOf(rule) {
    const out = [];
    for (let i = 0; i < meta.directory[`examples-${rule}`].parts; i++) out.push(...(await load(`examples-${rule}-${i}`)).drawn);
    return out;
  }

  async function choose(rule) {
    state.rule = rule;
    state.queue = await queueOf(rule);
    next();
  }

  function next(shown = null) {
    const found = shown || state.queue.find((e) => !judge.mine(e));
    list();
    if (!found) {
      desk.replaceChildren(el("p", { class: "done" }, `All ${state.queue.length} edits drawn for ${state.rule} are judged.`),
        judge.figure(state.rule).needed ? el("p", { class: "dim" }, "A report made with a larger --judge-sample holds more.") : "");
      state.card = null;
      return;
    }
    state.card = cards.card(found, true, null);
    desk.replaceChildren(el("p", { class: "of" }, jingwen.ruleTag(state.rule), " ", jingwen.ruleName(state.rule)), state.card);
    state.card.querySelectorAll("button").forEach((b) => { b.tabIndex = 0; });
    state.card.focus({ preventScroll: true });
  }

  function list() {
    strata.replaceChildren(...rules.map((rule) => {
      const { judged, wrong, interval, needed } = judge.figure(rule);
      const whole = judged + needed;
      return el("li", {}, el("button", { type: "button", class: "stratum", "aria-pressed": rule === state.rule, onclick: () => choose(rule) },
        el("span", { class: "code" }, rule), el("span", { class: "name" }, jingwen.ruleName(rule)),
        el("span", { class: "n" }, interval ? `${percent(interval.share, 0)} right` : "", wrong ? el("span", { class: "gone" }, ` ${wrong} wrong`) : null),
        el("meter", { min: 0, max: whole || 1, value: whole ? judged : 1, title: `${judged} of about ${whole}` }),
        el("span", { class: "n dim" }, needed ? `${count(needed)} more` : "enough")));
    }));
  }

  async function after(verdict, edit) {
    if (verdict === "undone") {
      if (!edit) return;
      if (edit.rule !== state.rule) await choose(edit.rule);
      const back = state.queue.find((e) => e.page === edit.page && e.layer === edit.layer && e.ordinal === edit.ordinal);
      return next(back);
    }
    if (verdict === "right" || verdict === "wrong") return next();
    state.card?.redraw();
  }

  addEventListener("jingwen:judged", () => {
    list();
    // A verdict by mouse: the buttons lie in the card.
    if (state.card && document.activeElement && state.card.contains(document.activeElement) && document.activeElement.matches(".verdict")) next();
  });
  const at = (by) => rules[(rules.indexOf(state.rule) + by + rules.length) % rules.length];
  const skip = () => {
    const i = state.queue.findIndex((e) => state.card && e.page === state.card.edit.page && e.layer === state.card.edit.layer && e.ordinal === state.card.edit.ordinal);
    if (i >= 0) state.queue.push(...state.queue.splice(i, 1));
    next();
  };
  jingwen.keys([
    ...judge.bindings(() => state.card?.edit, after),
    { keys: ["s", " "], says: "skip", run: skip },
    { keys: ["j"], says: "next rule", run: () => choose(at(1)) },
    { keys: ["k"], says: "rule before", run: () => choose(at(-1)) },
    { keys: ["Enter"], says: "open its page", run: () => { if (state.card) location.href = state.card.querySelector(".where").href; } },
  ]);
  document.querySelector("#export").addEventListener("click", judge.exported);
  const said = document.querySelector("#said");
  document.querySelector("#import").addEventListener("change", async (event) => {
    try {
      const n = await judge.imported(event.target.files[0]);
      said.textContent = `${n} judgements were added.`;
      next();
    } catch (error) {
      said.textContent = error.message;
    }
  });
  const name = document.querySelector("#judge-name");
  if (name) {
    name.value = judge.me();
    name.addEventListener("change", () => { localStorage.setItem("jingwen:judge", name.value.trim() || "someone"); next(); });
  }
  if (rules.length) await choose(rules.find((rule) => judge.figure(rule).needed) || rules[0]);
  else desk.replaceChildren(el("p", { class: "dim" }, "This release has no edits: there is nothing to judge."));
  jingwen.ready();
});
