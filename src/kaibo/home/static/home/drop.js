/* Dropping files anywhere on the drop area. Without this file the button chooses them and a second one sends them. */
"use strict";

for (const form of document.querySelectorAll("form[data-drop]")) {
  const input = form.querySelector("input[type=file]");
  const area = form.querySelector(".drop");
  const over = (event) => {
    event.preventDefault();
    area.classList.add("over");
  };
  area.addEventListener("dragover", over);
  area.addEventListener("dragenter", over);
  area.addEventListener("dragleave", (event) => {
    if (!area.contains(event.relatedTarget)) area.classList.remove("over");
  });
  area.addEventListener("drop", (event) => {
    event.preventDefault();
    area.classList.remove("over");
    if (!event.dataTransfer.files.length) return;
    input.files = event.dataTransfer.files;
    form.requestSubmit();
  });
  // with script, choosing is sending: the second button goes
  form.querySelector("[data-no-script]").hidden = true;
  input.addEventListener("change", () => { if (input.files.length) form.requestSubmit(); });
  form.addEventListener("submit", () => area.setAttribute("aria-busy", "true"));
}
