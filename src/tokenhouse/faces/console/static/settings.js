"use strict";
// Copies and saves what is shown, and has the browser make a passkey.
(() => {
  function textOf(id) {
    const shown = document.getElementById(id);
    if ("value" in shown) return shown.value;
    const lines = [...shown.children].map((line) => line.textContent.trim());
    return lines.join("\n") + "\n";
  }

  async function copy(button) {
    try {
      await navigator.clipboard.writeText(textOf(button.dataset.copies));
      tokenhouse.say("Copied.");
    } catch {
      const shown = document.getElementById(button.dataset.copies);
      if (shown.select) shown.select();
      else getSelection().selectAllChildren(shown);
      tokenhouse.say("The browser did not let it into the clipboard. It is marked: copy it by hand.");
    }
  }

  function save(button) {
    const url = URL.createObjectURL(new Blob([textOf(button.dataset.saves)], {type: "text/plain"}));
    Object.assign(document.createElement("a"), {href: url, download: button.dataset.name}).click();
    setTimeout(() => URL.revokeObjectURL(url), 1000);
  }

  async function makePasskey(button) {
    const {form} = button;
    button.disabled = true;
    try {
      const options = JSON.parse(form.dataset.makes);
      const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(options);
      const credential = await navigator.credentials.create({publicKey});
      form.elements.credential.value = JSON.stringify(credential.toJSON());
      form.requestSubmit();
    } catch (fault) {
      button.disabled = false;
      tokenhouse.say(fault.name === "InvalidStateError"
        ? "This device has a passkey of yours already."
        : "The passkey was not made. Try again.");
    }
  }

  // A page that is left may be kept, to be gone back to; what it showed is not.
  addEventListener("pagehide", () => {
    const token = document.getElementById("user-token");
    if (token) token.value = token.defaultValue = "";
    document.getElementById("codes")?.replaceChildren();
  });

  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-copies], [data-saves], [data-make]");
    if (!button) return;
    if ("copies" in button.dataset) copy(button);
    else if ("saves" in button.dataset) save(button);
    else makePasskey(button);
  });
})();
