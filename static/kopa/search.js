// Comforts of the search page on top of htmx. Without this file its links and buttons load the page anew.
const form = document.querySelector("[data-kopa-search]");
const results = document.getElementById("results");
const refresh = (control) => control.dispatchEvent(new Event("change", { bubbles: true }));

// A narrow field within a broad one narrows it: the broad one's own tick goes, a dash stays.
function showWithin() {
  for (const broad of form.querySelectorAll("input[name=field]:not([data-within])")) {
    const narrow = [...form.querySelectorAll(`[data-within="${broad.id}"]`)];
    broad.indeterminate = !broad.checked && narrow.some((one) => one.checked);
  }
}
form.addEventListener("change", (event) => {
  const ticked = event.target;
  if (ticked.name !== "field") return;
  if (ticked.dataset.within) {
    if (ticked.checked) document.getElementById(ticked.dataset.within).checked = false;
  } else {
    for (const narrow of form.querySelectorAll(`[data-within="${ticked.id}"]`)) narrow.checked = false;
  }
  showWithin();
}, { capture: true });
showWithin();

// What is chosen in a list that adds goes among the values that the form carries on, and the list is free again.
form.addEventListener("change", (event) => {
  const added = event.target;
  if (!added.matches("[data-kopa-add]") || !added.value) return;
  const kept = document.createElement("input");
  kept.type = "hidden";
  kept.name = added.name;
  kept.value = added.value;
  if (![...form.querySelectorAll("input[type=hidden]")].some((one) => one.name === kept.name && one.value === kept.value)) results.prepend(kept);
  added.value = "";
}, { capture: true });

// Removing a chip unticks its control, so that both say the same and nothing is loaded anew.
results.addEventListener("click", (event) => {
  const chip = event.target.closest("[data-kopa-chip]");
  if (!chip || event.ctrlKey || event.metaKey || event.shiftKey) return;
  const { kopaChip: name, value } = chip.dataset;
  const control = [...form.elements].find((one) => one.name === name && (one.type === "text" || one.type === "search" || one.type === "date" || one.value === value));
  if (!control) return;
  event.preventDefault();
  if (control.type === "checkbox") control.checked = false;
  else if (control.type === "radio") form.querySelector(`[name="${name}"][value=""]`).checked = true;
  else if (control.type === "hidden") control.remove();
  else control.value = "";
  showWithin();
  focusAfter = [...results.querySelectorAll("[data-kopa-chip]")].indexOf(chip);
  refresh(control.isConnected && control.id !== "q" ? control : document.getElementById("sort"));
});

// The chip that had the focus is gone: the next one gets it, else the list of results.
let focusAfter = -1;
document.addEventListener("htmx:afterSettle", (event) => {
  showWithin();
  if (event.target !== results || focusAfter < 0) return;
  const chips = results.querySelectorAll("[data-kopa-chip]");
  (chips[Math.min(focusAfter, chips.length - 1)] ?? results).focus();
  focusAfter = -1;
});

// The facet in which the reader stands is the same after its own choice (its counts leave that choice out), so it
// stays as it is; the others are replaced, and what was unfolded in them stays unfolded.
document.addEventListener("htmx:oobBeforeSwap", (event) => {
  const { target, fragment } = event.detail;
  if (target.localName !== "fieldset") return;
  if (target.contains(document.activeElement)) event.detail.shouldSwap = false;
  for (const folded of target.querySelectorAll("details[open]")) fragment.querySelector(`#${folded.id}`)?.setAttribute("open", "");
});

// An answer to a question that has changed meanwhile is passed over: the newer one is asked next, or when the reader
// leaves the box that is being filled in.
let question = "";
const asksNow = () => new URLSearchParams(new FormData(form)).toString();
document.addEventListener("htmx:beforeRequest", () => { question = asksNow(); });
document.addEventListener("htmx:beforeSwap", (event) => {
  if (event.detail.target === results && question !== asksNow()) event.detail.shouldSwap = false;
});

// On a phone the filters cover the results: the button folds them and leads there.
const folded = form.querySelector("[data-kopa-filters]");
form.querySelector("[data-kopa-show-results]").addEventListener("click", () => {
  if (!matchMedia("(max-width: 56.25rem)").matches) return;
  folded.open = false;
  results.scrollIntoView();
  results.focus({ preventScroll: true });
});
