/* Passkeys: asks the page's address for the question, the browser for the answer, and sends
   the form. Without scripts or passkeys the forms stay hidden: there are other ways in. */
(() => {
  "use strict";
  if (!window.PublicKeyCredential || !window.webauthnJSON) return;
  for (const form of document.querySelectorAll("form[data-passkey]")) {
    form.hidden = false;
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      const wrong = form.querySelector("[role=alert]");
      wrong.hidden = true;
      try {
        const asked = await fetch(form.dataset.options, { headers: { Accept: "application/json" } });
        const question = await asked.json();
        const answer = await window.webauthnJSON[form.dataset.passkey](question);
        form.elements.credential.value = JSON.stringify(answer);
        form.submit();
      } catch {
        wrong.hidden = false;
      }
    });
  }
})();
