"use strict";
// What a script adds to the form of a token: search and counts in the picker of methods, and small
// helps around it. What stands in the form is the server's; nothing is decided here.
(() => {
  const all = (root, selector) => [...root.querySelectorAll(selector)];

  function count(picker) {
    let checked = 0;
    const boxes = all(picker, "[name=permissions]");
    for (const service of all(picker, ".service")) {
      const here = all(service, "[name=permissions]:checked").length;
      service.querySelector(".checked").textContent = here;
      checked += here;
    }
    picker.querySelector("#picked").textContent = `${checked} of ${boxes.length} methods checked`;
  }

  // A service that was opened by a search is closed again with it.
  function sift(picker) {
    const words = picker.querySelector("#sift").value.toLowerCase().split(/\s+/).filter(Boolean);
    const only = picker.querySelector("#only-checked").checked;
    let shown = 0;
    for (const service of all(picker, ".service")) {
      let here = 0;
      for (const method of all(service, ".method")) {
        const fits = words.every((word) => method.dataset.sought.includes(word));
        method.hidden = !fits || (only && !method.querySelector("input").checked);
        if (!method.hidden) here += 1;
      }
      service.hidden = here === 0;
      shown += here;
      service.dataset.opened ??= service.open ? "yes" : "no";
      service.open = words.length || only ? here > 0 : service.dataset.opened === "yes";
      if (!words.length && !only) delete service.dataset.opened;
    }
    picker.querySelector(".none-found").hidden = shown > 0;
    if (words.length || only) picker.querySelector("#picked").textContent = `${shown} shown`;
    else count(picker);
  }

  function addAddress(button) {
    const area = button.form.elements.addresses;
    const lines = area.value.split("\n").map((line) => line.trim()).filter(Boolean);
    if (!lines.includes(button.dataset.addAddress)) lines.push(button.dataset.addAddress);
    area.value = lines.join("\n");
    area.dispatchEvent(new Event("input", {bubbles: true}));
    area.focus();
  }

  function mark(select) {
    const limited = select.value === "all" ? "all" : "limited";
    for (const card of all(select.closest(".sheet"), "[data-api]")) {
      if (card.dataset.api === limited) card.setAttribute("aria-current", "true");
      else card.removeAttribute("aria-current");
    }
  }

  document.addEventListener("input", (event) => {
    const picker = event.target.closest(".picker");
    if (picker && event.target.id === "sift") sift(picker);
    if (event.target.id === "date") {
      event.target.closest(".on-day").querySelector("[type=radio]").checked = true;
    }
  });
  document.addEventListener("change", (event) => {
    const picker = event.target.closest(".picker");
    if (picker && event.target.id === "only-checked") sift(picker);
    if (picker && event.target.name === "permissions") count(picker);
    if (event.target.id === "api-choice") mark(event.target);
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && event.target.id === "sift") event.preventDefault();
  });
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-add-address]");
    if (button) addAddress(button);
  });
  document.addEventListener("htmx:load", (event) => {
    for (const picker of all(event.detail.elt, ".picker")) count(picker);
  });
})();
