// Keys for those who work all day; everything can be done without them, and without this file.
"use strict";

const rows = () => [...document.querySelectorAll("[data-keys] [data-row]")];
const here = () => document.querySelector("[data-row].here");

function go(step) {
  const all = rows();
  if (!all.length) return;
  const at = all.indexOf(here());
  const next = all[Math.min(Math.max(at + step, 0), all.length - 1)];
  all.forEach((row) => row.classList.toggle("here", row === next));
  next.scrollIntoView({ block: "nearest" });
  const link = next.querySelector("[data-open-row]");
  if (link) link.focus({ preventScroll: true });
}

function isTyping(event) {
  const target = event.target;
  if (target.type === "checkbox") return false;
  return event.isComposing || event.ctrlKey || event.metaKey || event.altKey ||
    target.isContentEditable || ["INPUT", "TEXTAREA", "SELECT"].includes(target.tagName);
}

const keys = {
  j: () => go(1),
  k: () => go(-1),
  x: () => here()?.querySelector("input[type=checkbox]")?.click(),
  a: () => (document.querySelector("#actions a") ?? document.getElementById("actions"))?.focus(),
  "/": () => document.getElementById("search")?.focus(),
  "?": () => document.getElementById("keys")?.showModal(),
};

document.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && !event.target.closest("a, button, summary, input, select, textarea, dialog[open]")) {
    here()?.querySelector("[data-open-row]")?.click();
    return;
  }
  const act = keys[event.key.toLowerCase()];
  if (!act || isTyping(event)) return;
  event.preventDefault();
  act();
});

// One box ticks all rows of its table; without scripts it is not there.
const showBoxes = () => document.querySelectorAll("[data-tick-all]").forEach((box) => { box.hidden = false; });
document.addEventListener("DOMContentLoaded", showBoxes);
document.addEventListener("htmx:afterSettle", showBoxes);
document.addEventListener("change", (event) => {
  if (!event.target.matches("[data-tick-all]")) return;
  event.target.closest("table").querySelectorAll("td input[type=checkbox]")
    .forEach((box) => { box.checked = event.target.checked; });
});

document.addEventListener("click", (event) => {
  if (event.target.closest("[data-print]")) window.print();
  const opener = event.target.closest("[data-open]");
  if (opener) document.getElementById(opener.dataset.open)?.showModal();
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    if (!menu.contains(event.target)) menu.open = false;
  }
});

// A form that was sent once is not sent twice while its answer is on the way.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.method !== "post" || event.defaultPrevented) return;
  if (form.dataset.sent) event.preventDefault();
  form.dataset.sent = "1";
});

window.addEventListener("pageshow", () => {
  document.querySelectorAll("form[data-sent]").forEach((form) => delete form.dataset.sent);
  document.querySelectorAll(".keys-open, [data-print]").forEach((button) => { button.hidden = false; });
});
