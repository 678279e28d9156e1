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

  function search(field) {
    const list = document.querySelector(field.dataset.searches);
    const words = field.value.toLowerCase().split(/\s+/).filter(Boolean);
    let found = 0;
    for (const service of list.querySelectorAll(".service")) {
      let some = 0;
      for (const row of service.querySelectorAll("[data-sought]")) {
        row.hidden = !words.every((word) => row.dataset.sought.includes(word));
        some += row.hidden ? 0 : 1;
      }
      service.hidden = some === 0;
      if (words.length) service.open = true;
      found += some;
    }
    const told = document.getElementById("found-rights");
    told.textContent = words.length ? `${found} of ${list.querySelectorAll("[data-sought]").length}` : "";
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
  document.addEventListener("input", (event) => {
    if (event.target.matches("[data-searches]")) search(event.target);
  });
})();
