"use strict";
// The page of one token: copy its id, search what it may do, put an example into the question.
(() => {
  const say = (text) => globalThis.tokenhouse && globalThis.tokenhouse.say(text);

  async function copy(button) {
    try {
      await navigator.clipboard.writeText(button.dataset.copies);
      say("Copied.");
    } catch {
      say("The browser did not let it be copied. Select it instead.");
    }
  }

  // What a permission is called and opens; not its reason, which is often the same for all.
  function sought(row) {
    return row.querySelector(".what").textContent.toLowerCase() + " " + row.querySelector(".opens").textContent.toLowerCase();
  }

  function search(field) {
    const list = document.querySelector(field.dataset.searches);
    const rows = [...list.querySelectorAll(".rights li")];
    const words = field.value.toLowerCase().split(/\s+/).filter(Boolean);
    let found = 0;
    for (const area of list.querySelectorAll(".rights-area")) {
      let some = 0;
      for (const row of area.querySelectorAll(".rights li")) {
        row.hidden = !words.every((word) => sought(row).includes(word));
        some += row.hidden ? 0 : 1;
      }
      area.hidden = some === 0;
      if (words.length) area.open = true;
      found += some;
    }
    const told = document.getElementById("found-rights");
    told.textContent = words.length ? `${found} of ${rows.length}` : "";
  }

  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-copies]");
    if (button) copy(button);
    const example = event.target.closest("[data-fills]");
    if (example) {
      document.getElementById("may").value = example.dataset.fills;
      document.getElementById("address").value = "";
    }
  });
  // Where the sign-in has ended, the question is put again after another one.
  document.addEventListener("htmx:beforeSwap", (event) => {
    const {target, xhr} = event.detail;
    if (target.id !== "answer" || xhr.status !== 401) return;
    event.detail.shouldSwap = false;
    location.assign(xhr.responseURL);
  });
  document.addEventListener("input", (event) => {
    if (event.target.matches("[data-searches]")) search(event.target);
  });
})();
