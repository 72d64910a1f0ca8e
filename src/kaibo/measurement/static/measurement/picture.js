/* Turns the daily report's SVG into a PNG and downloads it. Without this file the link gives the SVG itself. */
"use strict";

document.addEventListener("click", async (event) => {
  const link = event.target.closest("a[data-picture]");
  if (!link) return;
  event.preventDefault();
  try {
    const answer = await fetch(link.href);
    if (!answer.ok) throw new Error(String(answer.status));
    const image = new Image();
    image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(await answer.text())}`;
    await image.decode();
    const canvas = document.createElement("canvas");
    // twice the size, so that it stays sharp on a phone
    canvas.width = image.width * 2;
    canvas.height = image.height * 2;
    canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
    const file = await new Promise((done) => { canvas.toBlob(done, "image/png"); });
    const save = document.createElement("a");
    save.href = URL.createObjectURL(file);
    save.download = link.dataset.picture;
    save.click();
    setTimeout(() => URL.revokeObjectURL(save.href), 10000);
  } catch {
    location.href = link.href;
  }
});
