// Small comforts. Every page works without this file.
document.documentElement.classList.add("js");

// Filters are folded on a phone; on a wide screen they stand open (style sheets do it where they can).
const filters = document.querySelector("[data-kopa-filters]");
if (filters && !matchMedia("(max-width: 56.25rem)").matches) filters.open = true;

// A search that refreshes in place changes the address; the links to the other languages follow it.
document.addEventListener("htmx:pushedIntoHistory", () => {
  for (const link of document.querySelectorAll(".k-lang a")) link.search = location.search;
});

// <button data-kopa-print>: the browser's own print dialog.
for (const button of document.querySelectorAll("[data-kopa-print]")) {
  button.hidden = false;
  button.addEventListener("click", () => print());
}
