"use strict";
// What scripts add to pages that work without them: dialogs, passkeys, and a guard over what is
// shown once. Other files beside this one each add one thing.
(() => {
  const dialog = document.getElementById("dialog");
  const toast = document.getElementById("toast");

  function awaken(root) {
    for (const element of root.querySelectorAll(".needs-script")) element.hidden = false;
  }

  // What had the focus may be gone from a dialog that goes on.
  function refocus(root) {
    if (!dialog || !dialog.open || dialog.contains(document.activeElement)) return;
    const heading = dialog.querySelector("h1");
    if (heading) heading.tabIndex = -1;
    (root.querySelector("[autofocus]") || heading)?.focus();
  }

  function say(text) {
    if (!toast) return;
    toast.textContent = "";
    requestAnimationFrame(() => { toast.textContent = text; });
    clearTimeout(say.later);
    say.later = setTimeout(() => { toast.textContent = ""; }, 8000);
  }

  // A secret that is shown once is not lost by a stray key or click.
  function guarded() {
    const secret = document.querySelector("[data-shown-once]");
    if (!secret) return false;
    const stored = secret.querySelector("[data-stored]");
    return !stored || !stored.checked;
  }

  function close() {
    const had = dialog.querySelector("[data-shown-once]");
    if (guarded()) {
      const what = had?.dataset.shownOnce || "the token";
      say(`Copy or download ${what} first, then tick that you have stored ${what === "the token" ? "it" : "them"}.`);
      return;
    }
    dialog.close();
    document.getElementById("dialog-body").replaceChildren();
    if (had) location.reload(); // the list has one more, and nothing of the secret is left
  }

  // The answer of a passkey goes into the form that it confirms; the server made the challenge
  // for what stands in the form now.
  async function usePasskey(button) {
    const form = button.closest("form");
    const beside = "beside" in button.dataset; // a second factor, and the password is asked for too
    if (beside && !form.reportValidity()) return;
    const fields = new URLSearchParams(new FormData(form));
    for (const {name} of form.querySelectorAll("[type=password]")) fields.delete(name);
    for (const name of ["code", "passkey"]) fields.delete(name);
    fields.set("for", new URL(form.action).pathname);
    button.disabled = true;
    try {
      const asked = await fetch(button.dataset.passkey, {method: "POST", body: fields});
      if (!asked.ok) throw new Error("no challenge");
      const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(await asked.json());
      const credential = await navigator.credentials.get({publicKey});
      form.elements.passkey.value = JSON.stringify(credential.toJSON());
      const password = form.elements.password;
      if (form.id !== "sign-in" && !beside) password.required = false;
      form.requestSubmit();
    } catch {
      say("The passkey was not shown. Try again, or use your password and code.");
    } finally {
      button.disabled = false;
    }
  }

  document.addEventListener("click", (event) => {
    const passkey = event.target.closest("[data-passkey]");
    if (passkey) usePasskey(passkey);
    if (event.target.closest("[data-close]") && dialog && dialog.open) {
      event.preventDefault();
      close();
    }
  });

  if (dialog) {
    dialog.addEventListener("cancel", (event) => { event.preventDefault(); close(); });
    document.addEventListener("htmx:afterSwap", (event) => {
      if (event.detail.target.id === "dialog-body" && !dialog.open) dialog.showModal();
    });
  }
  document.addEventListener("htmx:load", (event) => {
    awaken(event.detail.elt);
    refocus(event.detail.elt);
  });
  document.addEventListener("htmx:sendError", () => say("No answer: is the server reachable?"));
  addEventListener("beforeunload", (event) => { if (guarded()) event.preventDefault(); });
  awaken(document);
  globalThis.tokenhouse = Object.freeze({say, guarded});
})();
