// What does the editor of a draft do beyond a text area? It shows the line of a problem,
// and asks before a changed text is left behind. Without it everything still works.

(() => {
  const form = document.getElementById("draft");
  const text = document.getElementById("id_text");
  if (!form || !text) return;

  const given = text.value;
  let isSent = false;

  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-line]");
    if (!link) return;
    event.preventDefault();
    const lines = text.value.split("\n");
    const line = Math.min(Number(link.dataset.line), lines.length);
    const start = lines.slice(0, line - 1).join("\n").length + (line > 1 ? 1 : 0);
    text.focus();
    text.setSelectionRange(start, start + lines[line - 1].length);
    const height = text.scrollHeight / lines.length;
    text.scrollTop = Math.max(0, (line - 5) * height);
  });

  form.addEventListener("submit", () => {
    isSent = true;
  });

  window.addEventListener("beforeunload", (event) => {
    if (!isSent && text.value !== given) event.preventDefault();
  });
})();
