/* Moving shifts by hand. Everything it does, the form behind each shift does without it. */
"use strict";
(() => {
  const form = document.getElementById("move-form");
  if (!form) return;
  const said = document.getElementById("calendar-said");
  const MINUTE = 60000, STEP = 15;
  // an ISO text with its own offset, moved by minutes, as the clock on the wall of that offset shows it
  const moved = (iso, minutes) => {
    const wall = new Date(Date.parse(iso.slice(0, 19) + "Z") + minutes * MINUTE);
    return wall.toISOString().slice(0, 16);
  };
  const clock = (wall) => wall.slice(11, 16);
  const wall = (iso) => Date.parse(iso.slice(0, 19) + "Z") / MINUTE;

  const send = (shift, room, from, to) => {
    form.action = form.dataset.base + shift.dataset.shift + "/";
    form.elements.account.value = room;
    form.elements.account.disabled = !room;
    form.elements.start.value = moved(shift.dataset.start, from);
    form.elements.end.value = moved(shift.dataset.end, to);
    form.submit();
  };

  // week: a card is dropped on another day or room; its hours stay
  let card = null;
  document.addEventListener("dragstart", (event) => {
    card = event.target.closest?.(".plan-card[data-shift]");
    if (card) event.dataTransfer.setData("text/plain", card.innerText);
  });
  const field = (event) => card && event.target.closest?.("td[data-day]");
  document.addEventListener("dragover", (event) => {
    const over = field(event);
    for (const td of document.querySelectorAll("td.drop")) if (td !== over) td.classList.remove("drop");
    if (over) { event.preventDefault(); over.classList.add("drop"); }
  });
  document.addEventListener("drop", (event) => {
    const over = field(event);
    if (!over) return;
    event.preventDefault();
    const from = card.closest("td[data-day]");
    const days = Math.round((Date.parse(over.dataset.day) - Date.parse(from.dataset.day)) / 86400000);
    if (days || over !== from) send(card, over.dataset.room, days * 1440, days * 1440);
  });
  document.addEventListener("dragend", () => {
    card = null;
    for (const td of document.querySelectorAll("td.drop")) td.classList.remove("drop");
  });

  // day: along the hours, its end alone, or into another room
  const board = document.querySelector(".day-board");
  const minutes = board ? Number(board.dataset.minutes) : 0;
  const zero = board ? wall(board.dataset.start) : 0;
  const show = (shift, from, to) => {
    const start = wall(shift.dataset.start) + from, end = wall(shift.dataset.end) + to;
    shift.style.left = ((start - zero) / minutes * 100) + "%";
    shift.style.width = ((end - start) / minutes * 100) + "%";
    const text = clock(moved(shift.dataset.start, from)) + "–" + clock(moved(shift.dataset.end, to));
    const when = shift.querySelector(".when");
    if (when) when.textContent = text;
    if (said) said.textContent = text;
  };
  const length = (shift) => wall(shift.dataset.end) - wall(shift.dataset.start);
  let drag = null, swallow = false;
  board?.addEventListener("pointerdown", (event) => {
    const shift = event.target.closest(".shift[data-shift]");
    if (!shift || event.button !== 0 || event.pointerType === "touch") return;
    const box = shift.getBoundingClientRect();
    drag = { shift, x: event.clientX, from: 0, to: 0, end: box.right - event.clientX < 9, room: null };
    drag.track = shift.parentElement.getBoundingClientRect().width;
  });
  document.addEventListener("pointermove", (event) => {
    if (!drag) return;
    const by = Math.round((event.clientX - drag.x) / drag.track * minutes / STEP) * STEP;
    const room = document.elementFromPoint(event.clientX, event.clientY)?.closest(".day-room");
    if (!by && !drag.on && (!room || room.contains(drag.shift))) return;
    drag.on = true;
    event.preventDefault();
    drag.shift.classList.add("moving");
    drag.to = Math.max(by, drag.end ? STEP - length(drag.shift) : by);
    drag.from = drag.end ? 0 : by;
    for (const one of board.querySelectorAll(".day-room")) one.classList.toggle("drop", one === room && !room.contains(drag.shift));
    drag.room = room && !drag.end ? room.dataset.room : null;
    show(drag.shift, drag.from, drag.to);
  });
  document.addEventListener("pointerup", () => {
    if (!drag) return;
    const done = drag;
    drag = null;
    if (!done.on) return;
    swallow = true;
    setTimeout(() => { swallow = false; }, 0);
    done.shift.classList.remove("moving");
    const here = done.shift.closest(".day-room").dataset.room;
    if (done.from || done.to || (done.room && done.room !== here)) send(done.shift, done.room || here, done.from, done.to);
  });
  board?.addEventListener("dragstart", (event) => event.preventDefault());
  document.addEventListener("click", (event) => { if (swallow) event.preventDefault(); }, true);

  // keyboard: Alt with arrows moves the focused shift, with Shift its end; Enter saves, Escape puts it back
  const asked = new WeakMap();
  document.addEventListener("keydown", (event) => {
    const shift = event.target.closest?.("[data-shift]");
    if (!shift) return;
    const now = asked.get(shift) || { from: 0, to: 0 };
    const inDay = Boolean(board && board.contains(shift));
    if (event.altKey && (event.key === "ArrowLeft" || event.key === "ArrowRight")) {
      event.preventDefault();
      const by = (event.key === "ArrowRight" ? 1 : -1) * (inDay ? STEP : 1440);
      if (event.shiftKey && inDay) now.to = Math.max(now.to + by, STEP - length(shift) + now.from);
      else { now.from += by; now.to += by; }
      asked.set(shift, now);
      if (inDay) show(shift, now.from, now.to);
      else if (said) {
        const text = moved(shift.dataset.start, now.from).replace("T", " ");
        said.textContent = text;
        shift.querySelector(".when").textContent = text.slice(5);
      }
    } else if (event.key === "Enter" && asked.has(shift) && (now.from || now.to)) {
      event.preventDefault();
      send(shift, "", now.from, now.to);
    } else if (event.key === "Escape" && asked.has(shift)) {
      asked.delete(shift);
      if (inDay) show(shift, 0, 0);
      else shift.querySelector(".when").textContent = clock(shift.dataset.start) + "–" + clock(shift.dataset.end);
    }
  });
})();
