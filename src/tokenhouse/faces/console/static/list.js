"use strict";
// Choosing rows: a click on a row, Shift for a stretch, Ctrl for one more, and all that match.
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
    const whole = find("all").value === "1";
    const many = whole ? Number(match.dataset.matching) : picked;
    for (const button of form.querySelectorAll("[data-takes]")) {
      button.disabled = button.dataset.takes === "one" ? many !== 1 : many === 0;
    }
    if (every) {
      every.checked = picked > 0 && picked === all.length;
      every.indeterminate = picked > 0 && picked < all.length;
    }
    if (!match) return;
    find("picked").textContent = many ? `${many.toLocaleString("en")} chosen` : "";
    match.hidden = whole || picked < all.length || Number(match.dataset.matching) <= picked;
  }

  function stretch(box, checked) {
    const all = boxes();
    const from = all.indexOf(last);
    const to = all.indexOf(box);
    if (from < 0) return;
    for (const one of all.slice(Math.min(from, to), Math.max(from, to) + 1)) one.checked = checked;
  }

  document.addEventListener("click", (event) => {
    const row = event.target.closest(".tokens tbody tr");
    if (event.target.id === "match") { find("all").value = "1"; count(); return; }
    if (event.target.id === "every") {
      for (const box of boxes()) box.checked = event.target.checked;
      find("all").value = "";
      count();
      return;
    }
    if (!row || event.target.closest("a, button")) return;
    const box = row.querySelector("input[name=id]");
    if (!box) return;
    const onBox = event.target === box || event.target.closest(".pick");
    if (event.target.closest(".pick") && event.target !== box) return; // the box hears it itself
    if (!onBox && !event.shiftKey && !event.ctrlKey && !event.metaKey) {
      const alone = box.checked && boxes().filter((one) => one.checked).length === 1;
      for (const one of boxes()) one.checked = false;
      box.checked = !alone;
    } else if (!onBox && (event.ctrlKey || event.metaKey)) {
      box.checked = !box.checked;
    }
    if (event.shiftKey && last) {
      box.checked = true;
      stretch(box, true);
      getSelection().removeAllRanges();
    }
    last = box;
    find("all").value = "";
    count();
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
