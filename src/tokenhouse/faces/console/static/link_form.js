"use strict";
(() => {
// The code comes behind "#", which no browser sends and no proxy logs; here it leaves the address.
const form = document.querySelector("#first-run, #invitation, #recovery");
const KEPT = "tokenhouse-code";
const kept = (() => {
  try {
    const code = sessionStorage.getItem(KEPT);
    sessionStorage.removeItem(KEPT);
    return code;
  } catch { return null; }
})();

function takeFromAddress() {
  const given = location.hash.slice(1);
  if (!given || document.getElementById(given)) return; // a place on this page is no code
  form.elements.code.value = given;
  history.replaceState(null, "", location.pathname);
}

if (form) {
  const { code } = form.elements;
  const passwords = form.querySelectorAll("input[type=password]");
  const button = form.querySelector("button");
  const show = document.getElementById("show");
  if (kept && code.getAttribute("aria-invalid") !== "true") code.value = kept;
  takeFromAddress();
  addEventListener("hashchange", takeFromAddress);
  const first = [...form.elements].find((field) => field.matches("input") && !field.value);
  if (first && !document.querySelector(".faults")) first.focus();
  show.closest("[hidden]").hidden = false;
  show.addEventListener("change", () => {
    for (const field of passwords) field.type = show.checked ? "text" : "password";
  });
  form.addEventListener("submit", () => {
    // Until the next page only: when something has to change, the code need not be pasted again.
    try { sessionStorage.setItem(KEPT, code.value); } catch { /* then it has to be */ }
    for (const field of passwords) field.type = "password";
    button.disabled = true;
  });
  addEventListener("pageshow", () => { button.disabled = false; });
}
})();
