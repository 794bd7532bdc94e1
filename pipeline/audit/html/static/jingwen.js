// What every view shares: elements, data, links, keys, theme. Text of pages only ever becomes text nodes.
"use strict";

const jingwen = (() => {
  const root = document.documentElement;
  const base = root.dataset.root || "";
  const server = root.dataset.source === "server";
  const state = { meta: null };

  // --- elements

  /** An element; attributes by name, children strings or nodes. A string is text, whatever it holds. */
  function el(tag, attributes, ...children) {
    const node = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes || {})) {
      if (value === null || value === undefined || (value === false && !name.startsWith("aria-"))) continue;
      if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
      else node.setAttribute(name, value === true && !name.startsWith("aria-") ? "" : String(value));
    }
    for (const child of children.flat()) {
      if (child === null || child === undefined || child === "") continue;
      node.append(child instanceof Node ? child : document.createTextNode(String(child)));
    }
    return node;
  }

  const count = (n) => Number(n).toLocaleString("en-US");
  const percent = (share, digits = 1) => `${(share * 100).toFixed(digits)} %`;

  // --- data

  const waiting = new Map();
  const kept = new Map();
  const KEPT = 24;

  async function unpacked(packed) {
    const bytes = Uint8Array.from(atob(packed), (c) => c.charCodeAt(0));
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate-raw"));
    return JSON.parse(await new Response(stream).text());
  }

  /** Called by the data files of a report. */
  function take(name, packed) {
    const found = waiting.get(name);
    waiting.delete(name);
    if (found) unpacked(packed).then(found.done, found.failed);
  }

  function script(name) {
    return new Promise((done, failed) => {
      waiting.set(name, { done, failed });
      const node = el("script", { src: `${base}data/${encodeURIComponent(name)}.js` });
      node.onload = () => node.remove();
      node.onerror = () => failed(new Error(`data/${name}.js is not there: the report is not whole.`));
      document.head.append(node);
    });
  }

  async function asked(path, options) {
    const answer = await fetch(`${base}data/${path}`, { credentials: "same-origin", ...options });
    if (!answer.ok) throw new Error((await answer.text()) || `The server answered ${answer.status}.`);
    return answer.json();
  }

  /** A part of the data; the last few are kept. */
  function load(name) {
    let found = kept.get(name);
    kept.delete(name);
    if (!found) {
      found = server ? asked(`${encodeURIComponent(name)}.json`) : script(name);
      found.catch(() => kept.delete(name));
    }
    kept.set(name, found);
    if (kept.size > KEPT) kept.delete(kept.keys().next().value);
    return found;
  }

  /** A page by number or id: {n, page}. */
  async function page({ n, id }) {
    if (server) return { n: null, page: await asked(`page?id=${encodeURIComponent(id)}`) };
    const first = state.meta.directory.page.first;
    let at = Number.isInteger(n) ? n : -1;
    if (at < 0 && id !== undefined && id !== null) at = await numberOf(id);
    if (at < 0 || at >= first[first.length - 1]) throw new Error("There is no such page in this report.");
    let low = 0;
    let high = first.length - 1;
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if (first[middle] <= at) low = middle;
      else high = middle;
    }
    return { n: at, page: (await load(`page-${low}`))[at - first[low]] };
  }

  async function numberOf(id) {
    const { rows, size } = state.meta.directory.pages;
    for (let i = 0; i * size < rows; i++) {
      const row = (await load(`pages-${i}`)).find((r) => r[1] === id);
      if (row) return row[0];
    }
    return -1;
  }

  // --- links: all to our own views

  /** The address of a page's view; `edit` is [layer, ordinal]. */
  function pageLink(n, id, edit) {
    const to = new URLSearchParams(server || n === null || n === undefined ? { id } : { n });
    if (edit) to.set("e", edit.join("."));
    return `${base}page.html#${to}`;
  }

  function pairLink(a, b) {
    const to = new URLSearchParams();
    for (const [name, [n, id]] of [["a", a], ["b", b]]) {
      if (server || n === null || n === undefined) to.set(`${name}id`, id);
      else to.set(`${name}n`, n);
    }
    return `${base}pair.html#${to}`;
  }

  const CODE = /^[A-Z]{3}[0-9]{3}$/;
  const ruleLink = (code) => (CODE.test(code) ? `${base}rules/${code}.html` : `${base}rules.html`);
  const ruleName = (code) => state.meta.rules[code] || "";

  function ruleTag(code) {
    return code
      ? el("a", { class: "code", href: ruleLink(code), title: ruleName(code) }, code)
      : el("span", { class: "dim" }, "–");
  }

  // --- keys

  const bound = [];

  /** Bind keys in this view: what they say is shown by `?`. */
  function keys(list) {
    bound.push(...list);
  }

  function pressed(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const typing = event.target.closest("input, textarea, select, [contenteditable]");
    if (event.key === "Escape" && typing) typing.blur();
    if (typing) return;
    const found = bound.find((k) => k.keys.includes(event.key));
    if (!found) return;
    event.preventDefault();
    found.run(event);
  }

  function help() {
    const open = document.querySelector("dialog.help");
    if (open) return open.close();
    const rows = bound.map((k) =>
      el("tr", {}, el("td", {}, k.keys.slice(0, 2).map((key) => el("kbd", {}, key === " " ? "space" : key))), el("td", {}, k.says)),
    );
    const dialog = el("dialog", { class: "help", "aria-label": "Keys" }, el("h2", {}, "Keys"), el("table", {}, rows),
      el("p", {}, el("button", { type: "button", onclick: () => dialog.close() }, "Close")));
    dialog.addEventListener("close", () => dialog.remove());
    document.body.append(dialog);
    dialog.showModal();
  }

  // --- theme

  function theme() {
    const dark = root.dataset.theme
      ? root.dataset.theme === "dark"
      : matchMedia("(prefers-color-scheme: dark)").matches;
    root.dataset.theme = dark ? "light" : "dark";
    try {
      localStorage.setItem("jingwen:theme", root.dataset.theme);
    } catch {
      // It holds for this page then.
    }
  }

  const NAMES = ["index", "rules", "pages", "copies", "dropped", "versions", "provenance", "judge"];

  function go(place) {
    location.href = `${base}${NAMES[place]}.html`;
  }

  /** Say that something went wrong, in the place where it would have stood. */
  function failed(where, error) {
    where.replaceChildren(el("p", { class: "failed", role: "alert" }, error.message || String(error)));
    root.dataset.ready = "failed";
  }

  /** Run a view once its data's directory is there. */
  function view(run) {
    addEventListener("DOMContentLoaded", () => {
      Promise.resolve()
        .then(run)
        .catch((error) => failed(document.querySelector("main"), error));
    });
  }

  addEventListener("DOMContentLoaded", () => {
    document.addEventListener("keydown", pressed);
    document.querySelector("#theme")?.addEventListener("click", theme);
    document.querySelector("#keys")?.addEventListener("click", help);
    keys([
      { keys: ["?"], says: "this list", run: help },
      { keys: ["T"], says: "light or dark", run: theme },
      { keys: ["O"], says: "overview", run: () => go(0) },
      { keys: ["R"], says: "rules", run: () => go(1) },
      { keys: ["P"], says: "pages", run: () => go(2) },
      { keys: ["J"], says: "judge", run: () => go(7) },
      { keys: ["/"], says: "search", run: () => document.querySelector("input[type=search]")?.focus() },
    ]);
  });

  return {
    el, count, percent, load, page, asked, take, pageLink, pairLink, ruleLink, ruleName, ruleTag, keys, view, failed,
    server, base,
    get meta() { return state.meta; },
    about(meta) { state.meta = meta; },
    ready() { root.dataset.ready = "yes"; },
  };
})();
