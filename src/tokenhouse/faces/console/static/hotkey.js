"use strict";
// Copies the user token, by a key or by a button. The token is in no page: it is asked for at that
// moment, and goes straight into the clipboard.
(() => {
  const TYPED_INTO = "input, textarea, select, [role=textbox], [role=searchbox], [role=combobox], [role=application]";
  let asking = false;

  async function ask(formToken) {
    const body = new URLSearchParams({form_token: formToken});
    const answer = await fetch("/console/user-token", {
      method: "POST", body, headers: {accept: "application/json"}, cache: "no-store", redirect: "error",
    });
    if (answer.status === 401) throw new Error("Your sign-in has ended. Sign in again.");
    if (!answer.ok) throw new Error("The user token was not given. Load the page anew.");
    return answer.json();
  }

  // The clipboard is asked within the gesture, before the token is there: later it would refuse.
  async function write(asked) {
    const text = asked.then(({token}) => new Blob([token], {type: "text/plain"}));
    text.catch(() => {}); // it is told below
    await navigator.clipboard.write([new ClipboardItem({"text/plain": text})]);
  }

  async function copy(formToken) {
    if (asking) return;
    asking = true;
    const asked = ask(formToken);
    let refused = false;
    try {
      await write(asked);
    } catch {
      refused = true;
    }
    try {
      const {token, until} = await asked;
      if (refused) show(token, until);
      else tokenhouse.say(`User token copied, good until ${until}`);
    } catch (fault) {
      tokenhouse.say(fault instanceof TypeError ? "No answer: is the server reachable?" : fault.message);
    } finally {
      asking = false;
    }
  }

  function made(name, properties = {}, ...children) {
    const element = Object.assign(document.createElement(name), properties);
    element.append(...children);
    return element;
  }

  // Where no clipboard is to be had. Nothing of it stays once the dialog is closed.
  function show(token, until) {
    const opener = document.activeElement;
    const field = made("input", {id: "user-token-field", className: "code", readOnly: true, value: token, autocomplete: "off", spellcheck: false});
    const close = made("button", {type: "button", className: "quiet", textContent: "Close"});
    const dialog = made("dialog", {id: "user-token-dialog"},
      made("h1", {id: "user-token-title", textContent: "Your user token"}),
      made("p", {textContent: `The browser did not let it into the clipboard. Copy it by hand: it is good until ${until}.`}),
      made("div", {className: "field"}, made("label", {htmlFor: field.id, textContent: "Token"}), field),
      made("p", {className: "send"}, close));
    dialog.setAttribute("aria-labelledby", "user-token-title");
    close.addEventListener("click", () => dialog.close());
    dialog.addEventListener("close", () => {
      field.value = "";
      dialog.remove();
      opener?.focus?.();
    });
    document.body.append(dialog);
    dialog.showModal();
    field.focus();
    field.select();
  }

  function isMeant(event, key) {
    if (event.key.toLowerCase() !== key) return false;
    if (event.repeat || event.isComposing || event.defaultPrevented) return false;
    if (event.ctrlKey || event.altKey || event.metaKey || event.shiftKey) return false;
    if (document.querySelector("dialog[open]")) return false;
    const target = event.composedPath()[0];
    return !(target instanceof Element && (target.isContentEditable || target.closest(TYPED_INTO)));
  }

  const hotkey = document.getElementById("hotkey");
  if (hotkey) {
    document.addEventListener("keydown", (event) => {
      if (!isMeant(event, hotkey.dataset.key)) return;
      event.preventDefault();
      copy(hotkey.elements.form_token.value);
    });
  }
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-copy-user-token]");
    if (button) copy(button.form.elements.form_token.value);
  });
})();
