/* Keeps what is chosen in view inside its column, on arrival and after each swap. The page works without it. */
"use strict";

function showChosen() {
  for (const row of document.querySelectorAll(".line-columns .path-rows [aria-current]")) {
    const column = row.closest(".path-rows");
    const top = row.offsetTop - column.offsetTop;
    if (top < column.scrollTop || top + row.offsetHeight > column.scrollTop + column.clientHeight) {
      column.scrollTop = top - column.clientHeight / 3;
    }
  }
}
document.addEventListener("DOMContentLoaded", showChosen);
document.addEventListener("htmx:afterSettle", showChosen);
