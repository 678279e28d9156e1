"use strict";
// A token that is shown once: copied, kept as a file made here, and gone with the page.
(() => {
  const token = () => document.querySelector("[data-shown-once] #token");

  async function copy(text, button, said) {
    try {
      await navigator.clipboard.writeText(text);
    } catch {
      const field = token();
      field.focus();
      field.select();
      globalThis.tokenhouse.say("The browser refused. It is selected: press Ctrl+C, or ⌘C.");
      return;
    }
    const before = button.firstChild;
    const name = before.textContent;
    before.textContent = "Copied";
    setTimeout(() => { before.textContent = name; }, 2500);
    globalThis.tokenhouse.say(said);
  }

  const files = {
    txt: (field) => [`${field.value}\n`, "text/plain"],
    env: (field) => [`${field.dataset.variable}=${field.value}\n`, "text/plain"],
    json: (field) => [`${JSON.stringify({
      token: field.value,
      id: field.dataset.id,
      kind: field.dataset.kind,
      description: field.dataset.description,
      expires_at: field.dataset.expires || null,
      issuer: field.dataset.issuer,
    }, null, 2)}\n`, "application/json"],
  };

  function download(ending) {
    const field = token();
    const [text, type] = files[ending](field);
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([text], {type}));
    link.download = `${field.dataset.stem}.${ending}`;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 1000);
    globalThis.tokenhouse.say(`Downloaded as ${link.download}.`);
  }

  document.addEventListener("click", (event) => {
    const whole = event.target.closest("[data-copy-token]");
    if (whole) copy(token().value, whole, "Token copied.");
    const command = event.target.closest("[data-copy-command]");
    if (command) {
      const code = command.closest(".command").querySelector("code");
      copy(code.textContent, command, "Command copied.");
    }
    const file = event.target.closest("[data-download]");
    if (file) download(file.dataset.download);
  });
  document.addEventListener("focusin", (event) => {
    if (event.target === token()) event.target.select();
  });
  // A second Esc closes a dialog, whatever was said to the first one.
  const dialog = document.getElementById("dialog");
  if (dialog) {
    dialog.addEventListener("close", () => {
      if (globalThis.tokenhouse.guarded()) dialog.showModal();
    });
  }
  // A browser may keep a page as it was, to show it again on the way back.
  addEventListener("pagehide", () => {
    for (const shown of document.querySelectorAll("[data-shown-once]")) shown.remove();
  });
})();
