// How does somebody decide a queue by keyboard? Every key presses what is on the page.

"use strict";

(() => {
  const items = [...document.querySelectorAll("[data-item]")];
  const dialog = document.getElementById("keys");
  const chosen = document.querySelector("[data-chosen]");
  let here = -1;

  const go = (to) => {
    if (!items.length) return;
    here = Math.max(0, Math.min(items.length - 1, to));
    items[here].focus();
    items[here].scrollIntoView({ block: "nearest" });
  };

  const within = (key) => {
    const item = items[here] || items[0];
    return item && item.querySelector(`[data-key="${key}"]`);
  };

  const ticked = () => document.querySelectorAll("[data-item] input:checked");

  const count = () => {
    if (chosen) chosen.textContent = `${chosen.dataset.words} ${ticked().length}`;
  };

  const decide = (key) => {
    const bulk = document.querySelector(`[data-bulk="${key}"]`);
    const target = ticked().length ? bulk : within(key);
    if (target) target.click();
  };

  const presses = {
    j: () => go(here + 1),
    k: () => go(here < 0 ? 0 : here - 1),
    x: () => {
      if (here < 0) go(0);
      const box = within("x");
      if (box) box.click();
    },
    a: () => decide("a"),
    r: () => decide("r"),
    u: () => (within("u") || document.querySelector("[data-undo]"))?.click(),
    "/": () => document.getElementById("search").focus(),
    "?": () => dialog.showModal(),
  };

  document.addEventListener("keydown", (event) => {
    const isTyping = event.target.matches("input:not([type=checkbox]), textarea, select");
    if (isTyping || event.ctrlKey || event.metaKey || event.altKey || dialog.open) return;
    const press = presses[event.key];
    if (!press) return;
    event.preventDefault();
    press();
  });
  document.addEventListener("change", count);
  for (const [number, item] of items.entries()) {
    item.addEventListener("focusin", () => {
      here = number;
    });
  }
  const help = document.querySelector("[data-help]");
  if (help) {
    help.hidden = false;
    help.addEventListener("click", () => dialog.showModal());
  }
  count();
})();
