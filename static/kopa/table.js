// The table of one's own courses: one box ticks all rows of the page. Without this file they are ticked one by one.
const place = document.querySelector("[data-kopa-tick-all]");
const boxes = [...document.querySelectorAll('input[name="row"][form="together"]')];
if (place && boxes.length) {
  const all = document.createElement("input");
  all.type = "checkbox";
  all.className = "ds-input";
  all.setAttribute("aria-label", place.textContent);
  place.replaceWith(all);
  const follow = () => {
    const ticked = boxes.filter((box) => box.checked).length;
    all.checked = ticked === boxes.length;
    all.indeterminate = ticked > 0 && ticked < boxes.length;
  };
  all.addEventListener("change", () => boxes.forEach((box) => { box.checked = all.checked; }));
  boxes.forEach((box) => box.addEventListener("change", follow));
  follow();
}
