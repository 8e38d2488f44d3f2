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

// A key that is the browser's, with a modifier, is never ours, whatever has the focus.
function isTyping(event) {
  const target = event.target;
  if (event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return true;
  if (target.type === "checkbox") return false;
  return target.isContentEditable || ["INPUT", "TEXTAREA", "SELECT"].includes(target.tagName);
}

// On a case its actions; in a list those of the case whose row is marked.
function toActions() {
  const actions = document.getElementById("actions");
  if (actions) {
    (actions.querySelector("a") ?? actions).focus();
    return;
  }
  const link = here()?.querySelector("[data-open-row]");
  if (!link?.pathname.startsWith("/cases/")) return;
  const address = new URL(link.href);
  address.hash = "actions";
  location.assign(address);
}

function shutMenu() {
  const menu = document.querySelector("details.menu[open]");
  if (!menu) return;
  menu.open = false;
  menu.querySelector("summary").focus();
}

const keys = {
  j: () => go(1),
  k: () => go(-1),
  x: () => here()?.querySelector("input[type=checkbox]")?.click(),
  a: toActions,
  "/": () => document.getElementById("search")?.focus(),
  "?": () => document.getElementById("keys")?.showModal(),
};

document.addEventListener("keydown", (event) => {
  if (document.querySelector("dialog[open]")) return; // what lies behind it rests
  if (event.key === "Escape") shutMenu();
  if (event.key === "Enter" && !event.target.closest("a, button, summary, input, select, textarea")) {
    here()?.querySelector("[data-open-row]")?.click();
    return;
  }
  const act = keys[event.key.toLowerCase()];
  if (!act || isTyping(event)) return;
  event.preventDefault();
  act();
});

// One box ticks all rows of its table; without scripts it is not there. How many are ticked is told.
const showBoxes = () => document.querySelectorAll("[data-tick-all]").forEach((box) => { box.hidden = false; });
function tellTicked() {
  const number = document.querySelectorAll("td.tick input:checked").length;
  document.querySelectorAll("[data-ticked]").forEach((place) => {
    place.textContent = number ? place.dataset.ticked.replace("#", number) : "";
  });
}
document.addEventListener("DOMContentLoaded", showBoxes);
document.addEventListener("htmx:afterSettle", () => {
  showBoxes();
  tellTicked();
  // htmx gives the focus back to what has the same id; what is gone must not leave it nowhere.
  if (document.activeElement === document.body) document.getElementById("main").focus({ preventScroll: true });
});
document.addEventListener("change", (event) => {
  if (event.target.matches("[data-tick-all]")) {
    event.target.closest("table").querySelectorAll("td input[type=checkbox]")
      .forEach((box) => { box.checked = event.target.checked; });
  }
  tellTicked();
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
  // A download leaves the page where it is: its form rests for a moment, and can be sent again.
  if (form.dataset.download !== undefined) setTimeout(() => delete form.dataset.sent, 1000);
});

window.addEventListener("pageshow", () => {
  document.querySelectorAll("form[data-sent]").forEach((form) => delete form.dataset.sent);
  tellTicked();
  document.querySelectorAll(".keys-open, [data-print]").forEach((button) => { button.hidden = false; });
});
