// How does an unsent claim survive a lost connection? What is typed is kept on this device,
// under the name of its user, until it is sent or its user signs out.

"use strict";

(() => {
  const PREFIX = "openspiff-claim.";

  const stored = (key) => {
    try {
      return JSON.parse(localStorage.getItem(key) || "null");
    } catch {
      return null;
    }
  };

  const store = (key, value) => {
    try {
      localStorage.setItem(key, JSON.stringify(value));
    } catch {
      // A full or forbidden store: the form still works, it only forgets.
    }
  };

  const forget = (test) => {
    for (const key of Object.keys(localStorage)) {
      if (key.startsWith(PREFIX) && test(key)) localStorage.removeItem(key);
    }
  };

  for (const form of document.querySelectorAll("form[action$='/sign-out/']")) {
    form.addEventListener("submit", () => forget(() => true));
  }

  const done = document.querySelector("[data-draft-done]");
  if (done) forget((key) => key === done.dataset.draftDone);

  const form = document.querySelector("form[data-draft]");
  if (!form) return;
  const key = form.dataset.draft;
  const note = document.getElementById("draft-note");
  const words = document.getElementById("draft-words").dataset;
  const typed = () =>
    [...form.elements].filter(
      (one) => one.name && !["hidden", "file", "submit", "button"].includes(one.type)
        && one.name !== "keep",
    );

  const say = (text, mayDiscard) => {
    note.textContent = text;
    if (mayDiscard) {
      const button = document.createElement("button");
      button.type = "button";
      button.className = "plain";
      button.textContent = words.discard;
      button.addEventListener("click", () => {
        forget((one) => one === key);
        location.reload();
      });
      note.append(" ", button);
    }
    note.hidden = false;
  };

  const keep = (waits) => {
    const fields = {};
    for (const one of typed()) {
      fields[one.name] = one.type === "checkbox" ? one.checked : one.value;
    }
    // The token stays the same, so that what is sent twice after all is one claim.
    fields.token = form.elements.token.value;
    store(key, { about: form.elements.event.value, fields, waits });
  };

  const restore = () => {
    const draft = stored(key);
    if (!draft || form.hasAttribute("data-bound")) return;
    if (draft.about !== form.elements.event.value) return;
    for (const one of typed()) {
      if (!(one.name in draft.fields)) continue;
      if (one.type === "checkbox") one.checked = draft.fields[one.name];
      else one.value = draft.fields[one.name];
    }
    form.elements.token.value = draft.fields.token || form.elements.token.value;
    say(draft.waits ? words.waiting : words.restored, true);
  };

  let waiting = false;
  restore();
  form.addEventListener("input", () => keep(false));
  form.addEventListener("submit", (event) => {
    keep(true);
    if (!navigator.onLine) {
      event.preventDefault();
      waiting = true;
      say(words.offline, false);
    }
  });
  window.addEventListener("online", () => {
    if (!waiting) return;
    waiting = false;
    form.requestSubmit();
  });
})();
