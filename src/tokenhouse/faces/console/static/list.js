"use strict";
// Choosing rows: a click on a row, Shift for a stretch, Ctrl for one more, and all that match.
// With keys: Space on a box, Shift with Space for a stretch, Shift with an arrow for the next row.
(() => {
  let last = null;

  const boxes = () => [...document.querySelectorAll(".tokens tbody input[name=id]")];
  const find = (id) => document.getElementById(id);

  function count() {
    const form = find("chosen");
    if (!form) return;
    const all = boxes();
    const picked = all.filter((box) => box.checked).length;
    const match = find("match");
    const every = find("every");
    const whole = match && find("all").value === "1";
    const many = whole ? Number(match.dataset.matching) : picked;
    for (const button of form.querySelectorAll("[data-takes]")) {
      button.disabled = button.dataset.takes === "one" ? many !== 1 : many === 0;
    }
    if (every) {
      every.checked = picked > 0 && picked === all.length;
      every.indeterminate = picked > 0 && picked < all.length;
    }
    if (find("picked")) find("picked").textContent = many ? `${many.toLocaleString("en")} chosen` : "";
    if (match) match.hidden = whole || picked < all.length || Number(match.dataset.matching) <= picked;
  }

  // Whatever is chosen one by one is not all that match any more.
  function chose(box) {
    last = box;
    find("all").value = "";
    count();
  }

  function stretch(box) {
    const all = boxes();
    const from = all.indexOf(last);
    const to = all.indexOf(box);
    box.checked = true;
    if (from < 0) return;
    for (const one of all.slice(Math.min(from, to), Math.max(from, to) + 1)) one.checked = true;
  }

  function clickOnRow(event, row) {
    const box = row.querySelector("input[name=id]");
    if (!box || event.target.closest("a, button")) return;
    const onBox = event.target === box;
    if (!onBox && event.target.closest(".pick")) return; // its label passes the click to the box
    if (event.shiftKey) {
      stretch(box);
      getSelection().removeAllRanges();
    } else if (!onBox && getSelection().toString()) {
      return; // somebody has marked text, to copy it
    } else if (!onBox && (event.ctrlKey || event.metaKey)) {
      box.checked = !box.checked;
    } else if (!onBox) {
      const alone = box.checked && boxes().filter((one) => one.checked).length === 1;
      for (const one of boxes()) one.checked = false;
      box.checked = !alone;
    }
    chose(box);
  }

  document.addEventListener("click", (event) => {
    const row = event.target.closest(".tokens tbody tr");
    if (event.target.id === "match") {
      find("all").value = "1";
      count();
      document.querySelector("[data-takes=some]").focus(); // the button itself is gone now
    } else if (event.target.id === "every") {
      for (const box of boxes()) box.checked = event.target.checked;
      chose(null);
    } else if (row) {
      clickOnRow(event, row);
    }
  });
  document.addEventListener("keydown", (event) => {
    const step = {ArrowDown: 1, ArrowUp: -1}[event.key];
    if (!step || !event.shiftKey || !event.target.matches(".tokens tbody input[name=id]")) return;
    const all = boxes();
    const next = all[all.indexOf(event.target) + step];
    event.preventDefault();
    event.target.checked = true;
    if (next) {
      next.checked = true;
      next.focus();
    }
    chose(next || event.target);
  });
  document.addEventListener("htmx:afterSettle", count);
  addEventListener("pageshow", count);
  const address = new URL(location.href);
  if (address.searchParams.has("removed")) { // said once
    address.searchParams.delete("removed");
    history.replaceState(null, "", address);
  }
  count();
})();
