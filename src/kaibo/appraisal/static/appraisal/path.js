/* Keeps what is chosen in view inside its column, on arrival and after each swap. The page works without it. */
"use strict";

function showChosen() {
  for (const row of document.querySelectorAll(".line-columns .path-rows [aria-current]")) {
    const column = row.closest(".path-rows");
    const above = row.getBoundingClientRect().top - column.getBoundingClientRect().top;
    if (above < 0 || above + row.offsetHeight > column.clientHeight) {
      column.scrollTop += above - column.clientHeight / 3;
    }
  }
}
document.addEventListener("DOMContentLoaded", showChosen);
// rows are as high as their font makes them
document.fonts.ready.then(showChosen);
document.addEventListener("htmx:afterSettle", () => {
  showChosen();
  // the link that was followed is gone with the swap: whoever uses the keyboard goes on from its successor
  const rows = document.querySelectorAll("#path a.path-row");
  const followed = [...rows].find((row) => row.getAttribute("href") === location.search);
  if (followed) followed.focus({ preventScroll: true });
});
