// The home municipality as a combobox over the plain select that stands in the page. The server knows the names in
// both languages, earlier names and other spellings; the select keeps the answer and sends it with the form. Words that
// are not yet, or not plainly, a municipality are sent as they stand: the server understands them or says why not.
// Pattern: WAI-ARIA combobox with a list box; focus stays in the box, aria-activedescendant names the option.

const WAIT = 150;

function enhance(field) {
  const select = field.querySelector("select");
  const label = field.querySelector("label");
  if (!select || !field.dataset.suggest) return;

  const box = document.createElement("input");
  box.className = "ds-input";
  box.id = `${select.id}-text`;
  box.type = "text";
  box.autocomplete = "off";
  box.spellcheck = false;
  box.placeholder = select.options[0].text;
  for (const [name, value] of Object.entries({ role: "combobox", "aria-autocomplete": "list", "aria-expanded": "false", "aria-controls": `${select.id}-list` })) box.setAttribute(name, value);
  for (const name of ["aria-describedby", "aria-required"]) if (select.hasAttribute(name)) box.setAttribute(name, select.getAttribute(name));
  const list = document.createElement("ul");
  list.id = `${select.id}-list`;
  list.className = "k-combo__list";
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", label.textContent);
  list.hidden = true;
  const clear = document.createElement("button");
  clear.type = "button";
  clear.className = "k-combo__clear";
  clear.setAttribute("aria-label", field.dataset.clear);
  clear.textContent = "×";
  const status = document.createElement("p");
  status.className = "ds-sr-only";
  status.setAttribute("role", "status");
  const combo = document.createElement("div");
  combo.className = "k-combo";
  combo.append(box, clear, list);
  select.after(combo, status);
  const parameter = select.name;
  select.hidden = true;
  label.htmlFor = box.id;

  let options = [];
  let active = -1;
  let timer = 0;
  let asked = 0;
  let drawn = ""; // the words whose suggestions stand in the list
  let moved = false; // the reader has picked among them by the arrows
  let settled = ""; // the words that have been found to mean no single municipality

  const isOpen = () => box.value.trim() !== "" && box.value.trim() !== chosenName();
  const chosenName = () => (select.value ? select.selectedOptions[0].text : "");

  function show() {
    box.value = chosenName();
    clear.hidden = !select.value;
    say("");
    send();
  }

  // Either the words or the choice are sent under the one name.
  function send() {
    box.name = isOpen() ? parameter : "";
    select.name = isOpen() ? "" : parameter;
  }

  function say(fault) {
    status.textContent = fault;
    status.className = fault ? "ds-validation-message k-combo__fault" : "ds-sr-only";
    box.setAttribute("aria-invalid", String(fault !== ""));
    if (!fault) settled = "";
  }

  function close() {
    clearTimeout(timer);
    asked += 1;
    active = -1;
    list.hidden = true;
    box.setAttribute("aria-expanded", "false");
    box.removeAttribute("aria-activedescendant");
    if (!settled) say("");
  }

  function mark(index) {
    active = index;
    list.querySelectorAll("[role=option]").forEach((option, at) => option.setAttribute("aria-selected", String(at === index)));
    const option = list.querySelector("[aria-selected=true]");
    if (option) {
      box.setAttribute("aria-activedescendant", option.id);
      option.scrollIntoView({ block: "nearest" });
    } else {
      box.removeAttribute("aria-activedescendant");
    }
  }

  function choose(key) {
    const changed = select.value !== key || settled !== "";
    settled = "";
    select.value = key;
    close();
    show();
    if (changed) select.dispatchEvent(new Event("change", { bubbles: true }));
  }

  function draw(found, words) {
    drawn = words;
    moved = false;
    options = found.filter((one) => [...select.options].some((option) => option.value === one.key));
    list.replaceChildren(...options.map((one, at) => {
      const option = document.createElement("li");
      option.id = `${list.id}-${at}`;
      option.setAttribute("role", "option");
      const name = document.createElement("span");
      name.textContent = one.name;
      const detail = document.createElement("small");
      detail.textContent = one.detail;
      option.append(name, " ", detail);
      option.addEventListener("mousedown", (event) => event.preventDefault());
      option.addEventListener("click", () => choose(one.key));
      return option;
    }));
    list.hidden = options.length === 0;
    box.setAttribute("aria-expanded", String(options.length > 0));
    if (options.length) {
      say("");
      status.textContent = field.dataset.many.replace("{number}", options.length);
    } else {
      say(field.dataset.none);
    }
    mark(options.length ? 0 : -1);
  }

  async function suggest() {
    const words = box.value.trim();
    if (!words) return close();
    const mine = (asked += 1);
    const found = await ask(words);
    if (found && mine === asked) draw(found.results, words);
  }

  async function ask(words) {
    const address = new URL(field.dataset.suggest, location.href);
    address.searchParams.set("q", words);
    const answer = await fetch(address, { headers: { Accept: "application/json" } }).catch(() => null);
    return answer?.ok ? answer.json() : null;
  }

  // Words that mean one municipality become it; others stay, with the reason, and the search is told of them.
  async function settle() {
    const words = box.value.trim();
    close();
    if (!isOpen() || words === settled) return;
    const mine = asked;
    const found = await ask(words);
    if (!found || mine !== asked || box.value.trim() !== words) return;
    if (found.meant.length === 1 && [...select.options].some((option) => option.value === found.meant[0])) {
      choose(found.meant[0]);
    } else {
      refuse(words, found.meant.length ? field.dataset.several : field.dataset.none);
      box.dispatchEvent(new CustomEvent("change", { bubbles: true, detail: "settled" }));
    }
  }

  function refuse(words, fault) {
    select.value = "";
    say(fault);
    settled = words;
    send();
  }

  // What is typed is not yet a choice: the surrounding form must not refresh for it.
  box.addEventListener("change", (event) => {
    if (event.detail !== "settled") event.stopPropagation();
  });
  box.addEventListener("input", () => {
    clearTimeout(timer);
    clear.hidden = !box.value;
    say("");
    send();
    timer = setTimeout(suggest, WAIT);
  });
  box.addEventListener("focus", () => box.select());
  // A press on a button below the list must find it where it stood: the list goes after the press.
  box.addEventListener("blur", () => afterPress(() => {
    if (document.activeElement === box) return;
    if (!box.value.trim()) choose("");
    else settle();
  }));
  box.addEventListener("keydown", (event) => {
    const open = !list.hidden;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      moved = true;
      if (!open) suggest();
      else mark((active + (event.key === "ArrowDown" ? 1 : -1) + options.length) % options.length);
    } else if (event.key === "Enter" && open && active >= 0 && (moved || drawn === box.value.trim())) {
      event.preventDefault();
      choose(options[active].key);
    } else if (event.key === "Enter" && !box.value.trim()) {
      choose("");
    } else if (event.key === "Enter") {
      settle();
    } else if (event.key === "Escape" && (open || box.value !== chosenName())) {
      event.preventDefault();
      close();
      show();
    } else if (event.key === "Tab" && open && active >= 0 && moved && isOpen()) {
      choose(options[active].key);
    }
  });
  clear.addEventListener("click", () => {
    box.value = "";
    choose("");
    box.focus();
  });
  show();
  box.setAttribute("aria-invalid", select.getAttribute("aria-invalid") ?? "false");
  const typed = field.dataset.typed;
  if (typed) {
    box.value = typed;
    clear.hidden = false;
    refuse(typed, field.dataset.none);
    ask(typed).then((found) => {
      if (settled === typed && found?.meant.length) refuse(typed, field.dataset.several);
    });
  }
}

let pressed = false;
for (const [name, state] of [["pointerdown", true], ["pointerup", false], ["pointercancel", false]]) {
  document.addEventListener(name, () => { pressed = state; }, { capture: true });
}

function afterPress(act) {
  const soon = () => setTimeout(act, 50);
  if (!pressed) soon();
  else document.addEventListener("pointerup", soon, { once: true });
}

for (const field of document.querySelectorAll("[data-kopa-home]")) enhance(field);
