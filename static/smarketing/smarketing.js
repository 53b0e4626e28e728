// What the pages do in the browser. Everything listens on the document, so that what HTMX brings in works at once.
// Nothing here is needed to read a page or to post a form.

const root = document.documentElement;
const $ = (selector, within = document) => within.querySelector(selector);
const $$ = (selector, within = document) => [...within.querySelectorAll(selector)];
const on = (type, handler, options) => document.addEventListener(type, handler, options);
const element = (tag, attributes = {}, ...children) => {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) if (value !== null) made.setAttribute(name, value);
  made.append(...children);
  return made;
};

// Time -------------------------------------------------------------------------------------------------------
// The server's clock counts: a reader's may be wrong by minutes.

const MINUTE = 60_000;
const skew = Date.parse(root.dataset.now) - Date.now() || 0;
const now = () => Date.now() + (Math.abs(skew) < 5000 ? 0 : skew);
const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const DAYS = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];

function local(instant, zone) {
  const parts = new Intl.DateTimeFormat("en-GB", {
    timeZone: zone, year: "numeric", month: "numeric", day: "numeric", hour: "2-digit", minute: "2-digit", hourCycle: "h23",
  }).formatToParts(instant);
  const part = Object.fromEntries(parts.map(({ type, value }) => [type, Number(value)]));
  return { ...part, ordinal: Date.UTC(part.year, part.month - 1, part.day) / 86_400_000 };
}

export function countdownWords(due, at, zone) {
  const left = due - at;
  if (left <= 0) return "overdue";
  if (left < 8 * 60 * MINUTE) {
    const minutes = Math.floor(left / MINUTE);
    if (minutes < 1) return "under 1 min";
    if (minutes < 60) return `${minutes} min`;
    const rest = minutes % 60;
    return rest ? `${Math.floor(minutes / 60)} h ${String(rest).padStart(2, "0")}` : `${minutes / 60} h`;
  }
  const then = local(due, zone);
  const today = local(at, zone);
  const distance = then.ordinal - today.ordinal;
  const clock = `${String(then.hour).padStart(2, "0")}:${String(then.minute).padStart(2, "0")}`;
  if (distance < 2) return `${distance ? "tomorrow" : "today"} ${clock}`;
  if (distance < 7) return `${DAYS[new Date(then.ordinal * 86_400_000).getUTCDay()]} ${clock}`;
  return `${then.day} ${MONTHS[then.month - 1]}${then.year === today.year ? "" : ` ${then.year}`} ${clock}`;
}

export function countdownTone(due, at, warn) {
  if (due - at < 30 * MINUTE) return "broken";
  return at >= (warn || due - 120 * MINUTE) ? "risk" : "";
}

export function leftWords(end, at) {
  return end > at ? `${countdownWords(end, at, root.dataset.zone)} left` : "over time";
}

export function leftTone(end, at) {
  return end <= at ? "broken" : end - at <= 5 * MINUTE ? "risk" : "";
}

function tick() {
  const at = now();
  for (const clock of $$("time[data-countdown]")) {
    const due = Date.parse(clock.dateTime);
    const left = "left" in clock.dataset;
    const words = left ? leftWords(due, at) : countdownWords(due, at, root.dataset.zone);
    if (clock.textContent !== words) clock.textContent = words;
    const tone = left ? leftTone(due, at) : countdownTone(due, at, Date.parse(clock.dataset.warn));
    if (tone) clock.dataset.tone = tone;
    else delete clock.dataset.tone;
  }
}
setInterval(tick, 10_000);
on("visibilitychange", () => document.visibilityState === "visible" && tick());

// Toasts -----------------------------------------------------------------------------------------------------

const SHOWN_FOR = 7000;
const closer = () => element("button", { class: "icon-button", type: "button", "aria-label": "Dismiss", title: "Dismiss", "data-toast-close": "" }, "×");

function watch(toast) {
  if ("watched" in toast.dataset) return;
  toast.dataset.watched = "";
  if (toast.matches(".problem")) toast.append(closer());
  if (toast.dataset.tone === "broken" || toast.dataset.tone === "risk") return;
  let timer;
  const start = () => { timer = setTimeout(() => toast.remove(), SHOWN_FOR); };
  for (const type of ["mouseenter", "focusin"]) toast.addEventListener(type, () => clearTimeout(timer));
  for (const type of ["mouseleave", "focusout"]) toast.addEventListener(type, start);
  start();
}

export function toast(message, tone = "") {
  const made = element("div", { class: "toast", "data-tone": tone || null, role: tone === "broken" ? "alert" : "status" },
    element("div", { class: "toast-text" }, message), closer());
  $("#toasts")?.append(made);
  watch(made);
}

new MutationObserver(() => [...$("#toasts").children].forEach(watch)).observe($("#toasts"), { childList: true });
[...$("#toasts").children].forEach(watch);

// Dialogs ----------------------------------------------------------------------------------------------------

function show(dialog) {
  if (dialog && !dialog.open) dialog.showModal();
}

// What a question is about stays on the page until it is answered: a part that keeps itself up to date would take it
// away meanwhile, and the answer with it.
let askedAbout = null;
const stays = (event) => { if (askedAbout && event.detail.target?.contains(askedAbout)) event.detail.shouldSwap = false; };
on("htmx:beforeSwap", stays);
on("htmx:oobBeforeSwap", stays);

function ask(question, about) {
  const dialog = $("#confirm");
  if (!dialog) return Promise.resolve(window.confirm(question));
  $("#confirm-question").textContent = question;
  const yes = $("[data-confirm-yes]", dialog);
  const word = about.textContent.trim();
  yes.textContent = about.dataset.confirmWord || (about.dataset.key ? word.replace(/\s+\S$/, "") : word) || "Yes";
  yes.dataset.kind = about.dataset.kind === "danger" ? "danger" : "primary";
  dialog.returnValue = "";
  askedAbout = about;
  show(dialog);
  $("[data-confirm-no]", dialog).focus();
  return new Promise((resolve) => dialog.addEventListener("close", () => {
    resolve(dialog.returnValue === "yes");
    // After whoever asked has acted on it.
    setTimeout(() => { askedAbout = null; });
  }, { once: true }));
}

on("htmx:afterSwap", ({ detail }) => {
  if (detail.target?.id !== "dialog-body") return;
  const dialog = $("#dialog");
  const body = $("[data-dialog-size]", dialog);
  if (body) dialog.dataset.size = body.dataset.dialogSize;
  else delete dialog.dataset.size;
  if (!detail.target.textContent.trim()) { dialog.close(); return; }
  show(dialog);
  if (detail.requestConfig?.verb === "get") putBackInDialog();
  $("[data-focus], [autofocus], form :is(input:not([type=hidden]), select, textarea)", dialog)?.focus();
});
let fromDialog = false;
on("dialog-close", () => { fromDialog = true; forgetInDialog(); $("#dialog")?.close(); });
// An answer that is another page, or this one anew: the reader goes on there.
const GO_ON = "go-on";
on("htmx:beforeOnLoad", ({ detail }) => {
  if (!detail.elt.closest("#dialog") || !detail.xhr.getResponseHeader("HX-Redirect")) return;
  forgetInDialog();
  sessionStorage.setItem(GO_ON, dialogFrom);
});
function goOnAfterLoading() {
  const from = sessionStorage.getItem(GO_ON);
  sessionStorage.removeItem(GO_ON);
  if (from && document.activeElement === document.body) (reachable(openerOf(from)) ?? $("#main"))?.focus({ preventScroll: true });
}

// What opened the dialog is where the reader goes on when it is closed. It may be another copy by then.
const OPENERS = "[hx-get][aria-haspopup=dialog]";
let dialogFrom = null;
on("htmx:beforeRequest", ({ detail }) => {
  if (!detail.elt.matches(OPENERS)) return;
  dialogFrom = detail.elt.getAttribute("hx-get");
  reachable(detail.elt)?.focus({ preventScroll: true });
});
const openerOf = (address) => $$(OPENERS).find((one) => one.getAttribute("hx-get") === address);
// A line of a menu that is closed cannot have the focus; the menu's button can.
function reachable(opener) {
  const menu = opener?.closest("[popover]");
  const one = menu ? $(`[popovertarget="${CSS.escape(menu.id)}"]`) : opener;
  return one && visible(one) ? one : null;
}
function goOn() {
  if (!dialogFrom || document.activeElement !== document.body || $("dialog[open]")) return;
  const landing = reachable(openerOf(dialogFrom)) ?? $("main h2") ?? $("#main");
  if (landing && !landing.matches("a, button, [tabindex]")) landing.tabIndex = -1;
  landing?.focus({ preventScroll: true });
}

// Text that was typed into a dialog is not lost with it: it is back when the same dialog is opened again in this tab.
const KEPT = "kept:";
let typedInDialog = false;
$("#dialog")?.addEventListener("input", () => { typedInDialog = true; });
$("#dialog")?.addEventListener("close", ({ target }) => {
  const form = $("form[method=post]", target);
  if (typedInDialog && form && me && dialogFrom) sessionStorage.setItem(KEPT + dialogFrom, JSON.stringify({ me, typed: typedIn(form) }));
  typedInDialog = false;
  // Once what changed by it stands in its place.
  setTimeout(() => { goOn(); fromDialog = false; }, 60);
});
function putBackInDialog() {
  typedInDialog = false;
  const kept = JSON.parse(sessionStorage.getItem(KEPT + dialogFrom) ?? "null");
  const form = $("#dialog form[method=post]");
  if (kept?.me !== me || !form) return;
  putBack(form, kept.typed);
  typedInDialog = true;
}
function forgetInDialog() {
  typedInDialog = false;
  sessionStorage.removeItem(KEPT + dialogFrom);
}

// A second click while the first is under way would ask twice.
const underWay = new WeakSet();
on("htmx:beforeSend", ({ detail }) => underWay.add(detail.elt));
on("htmx:afterRequest", ({ detail }) => underWay.delete(detail.elt));

on("htmx:confirm", (event) => {
  if (event.detail.verb !== "get" && underWay.has(event.detail.elt)) { event.preventDefault(); return; }
  const question = event.detail.question || event.detail.elt.dataset.confirm;
  if (!question) return;
  event.preventDefault();
  const { elt } = event.detail;
  ask(question, elt).then((yes) => yes && event.detail.issueRequest(true));
});

// Where style sheets cannot yet place a menu beside its button.
if (!CSS.supports("position-area", "end")) on("toggle", ({ target, newState }) => {
  if (newState !== "open" || !target.matches(".menu-list")) return;
  const button = target.parentElement.getBoundingClientRect();
  const box = target.getBoundingClientRect();
  target.style.left = `${Math.max(8, button.right - box.width)}px`;
  target.style.top = `${button.bottom + box.height > innerHeight ? button.top - box.height - 4 : button.bottom + 4}px`;
}, true);

// Clicks -----------------------------------------------------------------------------------------------------

on("click", (event) => {
  const target = event.target;
  const close = target.closest("[data-dialog-close]");
  if (close) close.closest("dialog")?.close();
  if (target.matches("dialog.dialog") && event.detail && !(typedInDialog && target.id === "dialog")) {
    const box = target.getBoundingClientRect();
    if (event.clientX < box.left || event.clientX > box.right || event.clientY < box.top || event.clientY > box.bottom) target.close();
  }
  const opener = target.closest("[data-dialog-open]");
  if (opener) { event.preventDefault(); show($(opener.dataset.dialogOpen)); }
  target.closest("[data-toast-close]")?.closest("#toasts > *").remove();
  if (target.closest("[data-palette-open]")) openPalette();
  if (target.closest("[data-shortcuts-open]")) openShortcuts();
  if (target.closest(".menu-list .menu-item")) target.closest(".menu-list").hidePopover();

  const filters = target.closest("[data-filters-toggle]");
  if (filters) filters.setAttribute("aria-expanded", String(filters.form.toggleAttribute("data-open")));

  const copy = target.closest("[data-copy]");
  if (copy) navigator.clipboard?.writeText(copy.dataset.copy).then(() => toast("Copied."));

  const asked = target.closest("button[data-confirm], a[data-confirm]");
  if (asked && !asked.matches("[hx-get], [hx-post], [hx-put], [hx-patch], [hx-delete]") && !asked.form?.matches("[hx-post]") && !asked.dataset.sure) {
    event.preventDefault();
    ask(asked.dataset.confirm, asked).then((yes) => {
      if (!yes) return;
      asked.dataset.sure = "1";
      asked.click();
      delete asked.dataset.sure;
    });
  }
});

// A second click while the first is under way would post twice.
on("submit", (event) => {
  const form = event.target;
  if (form.method === "dialog" || event.defaultPrevented) return;
  if (form.dataset.sent) { event.preventDefault(); return; }
  if (form.method === "post" && !form.matches("[hx-post], [data-theme-form]")) {
    form.dataset.sent = "1";
    event.submitter?.setAttribute("aria-busy", "true");
  }
});
addEventListener("pageshow", (event) => {
  if (event.persisted) for (const form of $$("form[data-sent]")) { delete form.dataset.sent; $$("[aria-busy]", form).forEach((busy) => busy.removeAttribute("aria-busy")); }
});

// What was typed outlives a session that ended meanwhile: it waits in this tab until its form is there again. Whoever
// signs in as somebody else does not get it.
const UNSENT = "unsent";
const KEEPABLE = ":is(input:not([type=hidden], [type=password], [type=file], [type=submit]), select, textarea)[name]";
const me = root.dataset.person ?? "";

const typedIn = (form) => $$(KEEPABLE, form).filter((field) => !/radio|checkbox/.test(field.type) || field.checked).map(({ name, value }) => [name, value]);
function putBack(form, typed) {
  for (const field of $$(KEEPABLE, form)) {
    const values = typed.filter(([name]) => name === field.name).map(([, value]) => value);
    if (/radio|checkbox/.test(field.type)) field.checked = values.includes(field.value);
    else if (values.length) field.value = values[0];
  }
}

function keepTyped(form) {
  if (!me || form.method !== "post" || form.matches("[data-theme-form]")) return;
  const typed = typedIn(form);
  if (typed.length) sessionStorage.setItem(UNSENT, JSON.stringify({ me, action: new URL(form.action).pathname, opened: form.closest("#dialog") && dialogFrom, typed }));
}

function bringBack() {
  const kept = JSON.parse(sessionStorage.getItem(UNSENT) ?? "null");
  if (!kept) return;
  if (!me) { sessionStorage.setItem(UNSENT, JSON.stringify({ ...kept, signIn: true })); return; }
  if (!kept.signIn || kept.me !== me) { sessionStorage.removeItem(UNSENT); return; }
  const form = $$("form[method=post]").find((one) => new URL(one.action).pathname === kept.action && $(KEEPABLE, one));
  if (!form) { openAgain(kept.opened); return; }
  sessionStorage.removeItem(UNSENT);
  putBack(form, kept.typed);
  if (form.closest("#dialog")) typedInDialog = true;
  toast("You had to sign in again. What you had typed is back; send it once more.");
}
// A form that stood in the dialog: whatever opens it on this page does so again, once the page can.
function openAgain(address) {
  const opener = openerOf(address);
  if (!opener || $("#dialog")?.open) return;
  if (document.readyState === "complete") opener.click();
  else addEventListener("load", () => opener.click(), { once: true });
}
on("submit", ({ target }) => keepTyped(target), true);
on("htmx:afterRequest", ({ detail }) => {
  if (detail.requestConfig?.verb === "post" && !detail.xhr?.getResponseHeader("HX-Redirect")) sessionStorage.removeItem(UNSENT);
});
on("htmx:afterSettle", ({ detail }) => detail.elt?.closest?.("#dialog") && bringBack());

// Colours: at once here, kept by the server.
on("submit", (event) => {
  if (!event.target.matches("[data-theme-form]")) return;
  event.preventDefault();
  const theme = event.submitter?.value ?? "";
  if (theme) root.dataset.theme = theme;
  else delete root.dataset.theme;
  for (const choice of $$("[name=theme]", event.target)) choice.setAttribute("aria-pressed", String(choice.value === theme));
  const body = new FormData(event.target);
  body.set("theme", theme);
  fetch(event.target.action, { method: "POST", body, redirect: "manual" }).catch(() => toast("The choice could not be saved. It holds until you leave.", "risk"));
  document.dispatchEvent(new CustomEvent("theme-change"));
});
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => document.dispatchEvent(new CustomEvent("theme-change")));

// Forms and lists --------------------------------------------------------------------------------------------

let waiting;
on("input", (event) => {
  const form = event.target.form;
  if (!form?.matches("[data-autosubmit]")) return;
  clearTimeout(waiting);
  waiting = setTimeout(() => form.requestSubmit(), event.target.matches("[type=search], [type=text], [type=number]") ? 400 : 0);
});
// A choice that depends on another one of its form offers only what fits it.
function narrow(select) {
  const chosen = select.form?.elements[select.dataset.fits]?.value;
  const options = [...select.options];
  options.forEach((one) => { one.hidden = one.disabled = !!one.dataset.fit && !one.dataset.fit.split(" ").includes(chosen); });
  if (select.selectedOptions[0]?.disabled) select.value = options.find((one) => !one.disabled)?.value ?? "";
}
const narrowAll = (scope) => $$("select[data-fits]", scope).forEach(narrow);
on("change", (event) => event.target.form && narrowAll(event.target.form));
on("htmx:load", ({ target }) => narrowAll(target));
narrowAll(document);

on("submit", (event) => {
  // An empty filter has no place in an address that people share.
  if (!event.target.matches("form[data-autosubmit]:not([hx-get])")) return;
  const empty = [...event.target.elements].filter((field) => field.name && !field.value && !field.disabled);
  empty.forEach((field) => { field.disabled = true; });
  setTimeout(() => empty.forEach((field) => { field.disabled = false; }));
});

on("change", (event) => {
  const box = event.target;
  const scope = box.closest("form, .bulk-scope");
  if (!scope || !box.matches("[data-select], [data-select-all]")) return;
  const boxes = $$("[data-select]", scope);
  if (box.matches("[data-select-all]")) boxes.forEach((one) => { one.checked = box.checked; });
  const chosen = boxes.filter((one) => one.checked).length;
  for (const all of $$("[data-select-all]", scope)) { all.checked = chosen > 0 && chosen === boxes.length; all.indeterminate = chosen > 0 && chosen < boxes.length; }
  for (const count of $$("[data-selected-count]", scope)) count.textContent = chosen;
});

for (const type of ["dragover", "dragleave", "drop"]) on(type, (event) => {
  if (event.target.matches?.("input[type=file]")) event.target.classList.toggle("dragging", type === "dragover");
});

// A table that shows all of itself is no stop for the keyboard; one that scrolls has to be.
function stops() {
  for (const wrap of $$(".table-wrap")) {
    if (wrap.scrollWidth > wrap.clientWidth) wrap.tabIndex = 0;
    else wrap.removeAttribute("tabindex");
  }
}
addEventListener("resize", stops);

function settle(scope = document) {
  $("[data-focus]", scope)?.focus();
  tick();
  stops();
}

// Keyboard ---------------------------------------------------------------------------------------------------

const ROWS = "[data-list] > li, [data-list] > .item, [data-list] > tbody > tr, [data-list] > [data-row]";
const typing = (target) => target.isContentEditable || target.matches("input:not([type=checkbox], [type=radio], [type=button]), textarea, select");
const visible = (node) => node.checkVisibility?.({ visibilityProperty: true }) ?? node.offsetParent !== null;
const currentRow = () => document.activeElement?.closest(ROWS) ?? $(`:is(${ROWS})[aria-current], :is(${ROWS}):has([aria-current=true])`);

function walk(step) {
  const rows = $$(ROWS).filter((row) => visible(row) && $("a[href], button", row));
  if (!rows.length) return;
  const at = rows.indexOf(currentRow());
  const row = rows[at < 0 ? (step > 0 ? 0 : rows.length - 1) : Math.min(rows.length - 1, Math.max(0, at + step))];
  const link = $("a[data-row-link], .item-title, a.cell-title", row) ?? $("a[href], button", row);
  link.focus();
  row.scrollIntoView({ block: "nearest" });
  // Beside an open detail, walking opens; in a plain list it only moves.
  if (row.closest("[data-follow]") && at >= 0 && row !== rows[at]) link.click();
}

function press(key) {
  const dialog = $("dialog[open]");
  const row = dialog ? null : currentRow();
  const found = [dialog, row, document].filter(Boolean).flatMap((scope) => $$(`[data-key="${CSS.escape(key)}"]`, scope)).find((one) => visible(one) && !one.disabled);
  if (!found) return false;
  // Whatever it opens or changes, the reader goes on from it, as after a click.
  found.focus({ preventScroll: !found.matches("input, textarea, select") });
  if (!found.matches("input, textarea, select")) found.click();
  return true;
}

on("keydown", (event) => {
  if ((event.metaKey || event.ctrlKey) && !event.altKey && event.key.toLowerCase() === "k") { event.preventDefault(); openPalette(); return; }
  if (event.metaKey || event.ctrlKey || event.altKey || event.isComposing || typing(event.target)) return;
  const dialog = $("dialog[open]");
  if (!dialog && (event.key === "j" || event.key === "k")) { event.preventDefault(); walk(event.key === "j" ? 1 : -1); return; }
  if (!dialog && event.key === "?") { event.preventDefault(); openShortcuts(); return; }
  if (!dialog && event.key === "/") {
    const field = $$("main input[type=search]").find(visible);
    event.preventDefault();
    if (field) field.focus(); else openPalette();
    return;
  }
  if (event.key.length === 1 && press(event.key)) event.preventDefault();
});

function openShortcuts() {
  const dialog = $("#shortcuts");
  if (!dialog) return;
  const command = isApple ? "⌘ K" : "Ctrl K";
  const lines = new Map([[command, "Search or jump to a page"], ["/", "Search in this page"], ["?", "Show this sheet"]]);
  if ($(ROWS)) { lines.set("j", "Next row"); lines.set("k", "Previous row"); lines.set("Enter", "Open the row"); }
  for (const one of $$("[data-key]")) if (visible(one) && !lines.has(one.dataset.key)) lines.set(one.dataset.key, one.dataset.keyLabel || label(one));
  $("dl", dialog).replaceChildren(...[...lines].flatMap(([key, words]) => [
    element("dt", {}, ...key.split(" ").map((part) => element("kbd", {}, part))), element("dd", {}, words),
  ]));
  $("#account-menu")?.hidePopover?.();
  show(dialog);
}

function label(node) {
  const copy = node.cloneNode(true);
  $$("kbd, svg, .nav-count", copy).forEach((part) => part.remove());
  return copy.textContent.trim() || node.getAttribute("aria-label") || "";
}

const isApple = /Mac|iPhone|iPad/.test(navigator.platform);
for (const hint of $$("[data-command-key]")) hint.textContent = isApple ? "⌘ K" : "Ctrl K";

// Command palette --------------------------------------------------------------------------------------------

const palette = $("#palette");
let found = [];
let searching;

function openPalette() {
  if (!palette || palette.open) return;
  $$("[popover]").forEach((open) => open.matches(":popover-open") && open.hidePopover());
  const input = $("input", palette);
  input.value = "";
  found = [];
  fill("");
  show(palette);
  input.focus();
}

function commands() {
  const pages = $$("#nav a.nav-item").map((link) => ({ group: "Go to", label: label(link), url: link.href }));
  const doing = $$("main [data-key], .topbar [data-key]").filter(visible).map((node) => ({ group: "On this page", label: label(node), key: node.dataset.key, run: () => node.click() }));
  const account = $$("#account-menu a.menu-item").map((link) => ({ group: "Account", label: label(link), url: link.href }));
  return [...doing, ...pages, ...account];
}

function fill(text) {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  const fits = commands().filter((command) => words.every((word) => command.label.toLowerCase().includes(word)));
  const list = $("#palette-list");
  list.replaceChildren();
  let group = "";
  [...fits, ...found].forEach((command, index) => {
    if (command.group !== group) list.append(element("div", { class: "palette-group", role: "presentation" }, (group = command.group)));
    const line = element("div", { class: "menu-item", role: "option", id: `palette-${index}`, "aria-selected": "false" }, command.label);
    if (command.note) line.append(element("span", { class: "menu-note" }, command.note));
    if (command.key) line.append(element("kbd", {}, command.key));
    line.addEventListener("click", () => choose(command));
    list.append(line);
  });
  if (!list.children.length) list.append(element("div", { class: "palette-empty", role: "option", "aria-disabled": "true" }, words.length ? `Nothing is called “${text.trim()}”.` : "Type to search."));
  point(0);
}

function point(index) {
  const lines = $$("[role=option]:not([aria-disabled])", palette);
  lines.forEach((line, at) => line.setAttribute("aria-selected", String(at === index)));
  const input = $("input", palette);
  if (lines[index]) { lines[index].scrollIntoView({ block: "nearest" }); input.setAttribute("aria-activedescendant", lines[index].id); }
  else input.removeAttribute("aria-activedescendant");
}

function choose(command) {
  palette.close();
  if (command.run) command.run();
  else location.assign(command.url);
}

palette?.addEventListener("input", (event) => {
  const text = event.target.value;
  fill(text);
  clearTimeout(searching);
  if (!palette.dataset.search || text.trim().length < 2) { found = []; return; }
  searching = setTimeout(async () => {
    const answer = await fetch(`${palette.dataset.search}?q=${encodeURIComponent(text.trim())}`, { headers: { Accept: "application/json" } }).catch(() => null);
    if (!answer?.ok || $("input", palette).value !== text) return;
    // {"results": [{"label", "note", "url", "group"}]}; only addresses of this site are followed.
    const { results = [] } = await answer.json().catch(() => ({}));
    found = results.filter((one) => /^\/(?!\/)/.test(one.url)).map((one) => ({ group: one.group || "Found", label: one.label, note: one.note, url: one.url }));
    fill(text);
  }, 180);
});
palette?.addEventListener("keydown", (event) => {
  const lines = $$("[role=option]:not([aria-disabled])", palette);
  const at = lines.findIndex((line) => line.getAttribute("aria-selected") === "true");
  if (event.key === "ArrowDown" || event.key === "ArrowUp") {
    event.preventDefault();
    point((at + (event.key === "ArrowDown" ? 1 : -1) + lines.length) % (lines.length || 1));
  } else if (event.key === "Enter") { event.preventDefault(); lines[at]?.click(); }
  // A search field would take the first Escape to empty itself.
  else if (event.key === "Escape") { event.preventDefault(); palette.close(); }
});

// HTMX -------------------------------------------------------------------------------------------------------

// A refusal (409, 422) appears in the form that was refused, else as a toast; the row it came from stays.
on("htmx:beforeSwap", ({ detail }) => {
  if (detail.xhr.getResponseHeader("X-Problem") === null) return;
  const source = detail.requestConfig?.elt;
  const slot = source && $("[data-problems]", source.closest("form") ?? source.closest("dialog") ?? source);
  if (!slot) return;
  detail.target = slot;
  detail.swapOverride = "innerHTML";
});
on("htmx:afterSwap", ({ detail }) => {
  for (const named of $$("[data-problem-field]", detail.target)) {
    const form = named.closest("form");
    const found = form?.elements.namedItem(named.dataset.problemField);
    // Of several buttons of one name the words are those of their group.
    const field = found instanceof RadioNodeList ? found[0].closest("fieldset") : found;
    const words = field?.matches("fieldset") ? $("legend", field) : field?.id && $(`label[for="${CSS.escape(field.id)}"]`, form);
    if (words) named.textContent = words.firstChild.textContent.trim();
  }
  // The reader may be two screens below.
  if (detail.target?.matches("[data-problems]")) $(".problem", detail.target)?.focus();
});
const REFUSALS = {
  403: "You may not do that. Ask a manager or an administrator.",
  404: "That is no longer there. Reload the page to see how it stands.",
  429: "That was too often in a short time. Wait a moment and try again.",
};
on("htmx:responseError", ({ detail }) => {
  toast(REFUSALS[detail.xhr.status] ?? "The server could not do that. Nothing was changed; try again in a moment.", "broken");
});
on("htmx:sendError", ({ detail }) => {
  // A poll that fails is tried again by itself; only what a person asked for is worth a word.
  if (detail.requestConfig?.triggeringEvent) toast("The server cannot be reached. Nothing was changed; check the connection and try again.", "broken");
});
// The button that was pressed may be gone with what it changed: the reader goes on at the new part, not at the top of the page.
let left = null;
// Another part that comes in before this one has settled does not take that from it.
on("htmx:beforeSwap", ({ detail }) => { if (document.activeElement !== document.body && detail.target?.contains(document.activeElement)) left = detail.target.id; });
on("htmx:afterSettle", ({ detail }) => {
  settle(detail.elt ?? document);
  drawCharts();
  const part = left && document.getElementById(left);
  left = null;
  if (!part || document.activeElement !== document.body) return;
  const opener = fromDialog && reachable(openerOf(dialogFrom));
  const landing = opener || ($("[data-landing]", part) ?? $("h2", part) ?? part);
  if (!opener && !landing.hasAttribute("tabindex")) landing.tabIndex = -1;
  landing.focus({ preventScroll: true });
});

// Charts -----------------------------------------------------------------------------------------------------

let charts;
function drawCharts() {
  const waitingCanvas = $$("[data-figure]").filter((canvas) => canvas.dataset.state === "waiting");
  if (!waitingCanvas.length) return;
  charts ??= import(waitingCanvas[0].dataset.module);
  charts.then(({ draw }) => waitingCanvas.forEach(draw)).catch(() => waitingCanvas.forEach((canvas) => { canvas.dataset.state = "failed"; }));
}

settle();
drawCharts();
goOnAfterLoading();
bringBack();
