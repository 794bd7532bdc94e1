// Loaded before the first paint, so that a chosen theme does not flash.
"use strict";
try {
  const chosen = localStorage.getItem("jingwen:theme");
  if (chosen === "light" || chosen === "dark") document.documentElement.dataset.theme = chosen;
} catch {
  // No storage for pages from disk here: the system's theme it is.
}
