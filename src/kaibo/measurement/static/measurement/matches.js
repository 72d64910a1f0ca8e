/* Keys for the list of doubts: j k move, 1–9 choose and mark, x marks, a or Enter settles, u takes back. */
"use strict";
(() => {
  const form = document.querySelector("form[data-doubts]");
  const undo = document.querySelector("form[data-undo]");
  const rows = form ? [...form.querySelectorAll("[data-item]")] : [];
  const box = (row) => row.querySelector("input[name='mark']");
  let at = -1;

  const told = form && form.querySelector("[data-count]");
  const count = () => {
    const marked = rows.filter((row) => box(row).checked).length;
    if (told) told.textContent = marked ? ` ${marked}` : "";
  };

  function go(to) {
    if (!rows.length) return;
    if (rows[at]) rows[at].classList.remove("here");
    at = Math.max(0, Math.min(rows.length - 1, to));
    rows[at].classList.add("here");
    box(rows[at]).focus({ preventScroll: true });
    rows[at].scrollIntoView({ block: "center" });
  }

  function settle() {
    const why = form.querySelector("[name='ready']");
    if (!why.value && !form.querySelector("[name='reason']").value.trim()) return why.focus();
    form.requestSubmit();
  }

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const into = event.target;
    const typing = into.closest("select, textarea, input:not([type='checkbox']):not([type='radio'])");
    if (typing) return;
    if (event.key === "u" && undo) undo.requestSubmit();
    if (!form) return;
    const number = Number(event.key);
    if (event.key === "j") go(at + 1);
    else if (event.key === "k") go(at - 1);
    else if (event.key === "x" && rows[at]) box(rows[at]).checked = !box(rows[at]).checked;
    else if (number >= 1 && rows[at]) {
      const choice = rows[at].querySelectorAll(".doubt-choice input")[number - 1];
      if (!choice) return;
      choice.checked = true;
      box(rows[at]).checked = true;
    } else if (event.key === "a" || (event.key === "Enter" && !into.closest("a, button, summary"))) settle();
    else return;
    event.preventDefault();
    count();
  });

  if (!form) return;
  // choosing marks: the bar then says how many
  form.addEventListener("change", (event) => {
    const row = event.target.closest("[data-item]");
    if (row && event.target.type === "radio") box(row).checked = true;
    count();
  });
  form.addEventListener("focusin", (event) => {
    const row = event.target.closest("[data-item]");
    if (row && rows[at] !== row) {
      if (rows[at]) rows[at].classList.remove("here");
      at = rows.indexOf(row);
      row.classList.add("here");
    }
  });
  const all = form.querySelector("[data-mark-all]");
  all.hidden = false;
  all.addEventListener("click", () => {
    const every = rows.every((row) => box(row).checked);
    for (const row of rows) box(row).checked = !every;
    count();
  });
  count();
})();
