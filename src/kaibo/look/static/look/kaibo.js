/* The few gestures a page has without being asked: menus close, rows open. Everything works without this file. */
"use strict";

// Escape or a click elsewhere closes an open menu
document.addEventListener("click", (event) => {
  for (const menu of document.querySelectorAll("details.menu[open], .tabs details[open]")) {
    if (!menu.contains(event.target)) menu.open = false;
  }
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const menu of document.querySelectorAll("details.menu[open], .tabs details[open]")) {
    menu.open = false;
    menu.querySelector("summary").focus();
  }
});

// <form data-autosubmit>: choosing is enough; without script its button does it
document.addEventListener("change", (event) => {
  const form = event.target.closest("form[data-autosubmit]");
  if (form) form.requestSubmit();
});

// <input type="checkbox" data-tick-all hidden> in the head of a table ticks all boxes of its rows; without script each is ticked
document.querySelectorAll("input[data-tick-all]").forEach((all) => {
  const boxes = () => [...all.closest("table").querySelectorAll("tbody input[type=checkbox]:not(:disabled)")];
  all.hidden = false;
  all.addEventListener("change", () => boxes().forEach((box) => { box.checked = all.checked; }));
  all.closest("table").addEventListener("change", (event) => {
    if (event.target === all) return;
    all.checked = boxes().every((box) => box.checked);
    all.indeterminate = !all.checked && boxes().some((box) => box.checked);
  });
});

// <select data-shows>: what is chosen shows other fields at once; without script the button beside it does it
document.addEventListener("change", (event) => {
  const button = event.target.matches("select[data-shows]") && event.target.form?.querySelector('button[name="show"][value="1"]');
  if (button) event.target.form.requestSubmit(button);
});

// a date field writes its day as the browser's language does, 11/12 or 12/11: below it stands the day in words
const inWords = new Intl.DateTimeFormat(document.documentElement.lang || undefined, {
  year: "numeric", month: "long", day: "numeric", weekday: "short", timeZone: "UTC",
});
document.querySelectorAll(".field input[type=date]").forEach((input) => {
  const words = document.createElement("output");
  words.className = "hint";
  words.htmlFor = input.id;
  input.after(words);
  const say = () => { words.textContent = input.value ? inWords.format(new Date(`${input.value}T00:00Z`)) : ""; };
  input.addEventListener("input", say);
  say();
});

// <button data-copy="#id">: copies the text of an element and says so
document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button) return;
  const source = document.querySelector(button.dataset.copy);
  const text = "value" in source ? source.value : source.innerText;
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    // pages served in a local network without https have no clipboard: select it for the hand
    getSelection().selectAllChildren(source);
    if (source.select) source.select();
    document.execCommand("copy");
  }
  const said = button.querySelector("[data-said]") || button;
  const before = said.textContent;
  said.textContent = button.dataset.copied || before;
  setTimeout(() => { said.textContent = before; }, 2000);
});

// arrow keys move inside [data-arrows] (path columns, ribbon lanes)
document.addEventListener("keydown", (event) => {
  if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
  const group = event.target.closest("[data-arrows]");
  if (!group) return;
  const stops = [...group.querySelectorAll("a[href], button")];
  const next = stops[stops.indexOf(document.activeElement) + (event.key === "ArrowDown" ? 1 : -1)];
  if (next) { next.focus(); event.preventDefault(); }
});

// "/" goes to the page's search, also one that is folded away; where there is none, to the search for people
const searched = () => document.querySelector("main input[type=search]");
const seek = (field) => {
  for (let fold = field.closest("details"); fold; fold = fold.parentElement.closest("details")) fold.open = true;
  field.focus();
  field.select();
};
document.querySelectorAll("main input[type=search]").forEach((field, place) => {
  if (!place) field.setAttribute("aria-keyshortcuts", "/");
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  if (event.target.closest("input, textarea, select, [contenteditable]")) return;
  const field = searched(), elsewhere = document.querySelector("a[data-search]");
  if (!field && !elsewhere) return;
  event.preventDefault();
  if (field) seek(field); else elsewhere.click();
});
if (location.hash === "#search" && searched()) seek(searched());

// a form that was refused opens at the first thing to mend
const wrong = document.querySelector("main [aria-invalid='true']");
if (wrong) { wrong.focus({ preventScroll: true }); wrong.scrollIntoView({ block: "center" }); }
