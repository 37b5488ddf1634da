// A long form that saves itself while it is typed. Without this file its buttons save it.
const form = document.querySelector("[data-kopa-autosave]");
const status = document.getElementById("autosave");
const PAUSE = 2000; // after the last key
const AGAIN = 10000; // after a failure of the network
let sent = asTyped(); // as the server last took it
let timer = 0;
let isSending = false;
let isOver = false; // somebody else has saved, or the person is signed out: only the buttons help now

function asTyped() {
  const data = new FormData(form);
  for (const name of ["csrfmiddlewaretoken", "version", "created_from", "act"]) data.delete(name);
  return new URLSearchParams(data).toString();
}

function say(text, state) {
  if (status.textContent !== text) status.textContent = text;
  status.dataset.state = state;
}

function wait(milliseconds) {
  clearTimeout(timer);
  timer = setTimeout(save, milliseconds);
}

// A name that is chosen from a list counts when the person leaves its box: until then it is half a name.
const isName = (control) => control?.form === form && control.list;
form.addEventListener("focusin", (event) => { if (isName(event.target)) event.target.dataset.before = event.target.value; });
form.addEventListener("change", (event) => { if (isName(event.target)) event.target.dataset.before = event.target.value; });
const isHalfTyped = () => isName(document.activeElement) && document.activeElement.value !== document.activeElement.dataset.before;
form.addEventListener("input", (event) => {
  if (isOver) return;
  if (asTyped() !== sent) status.dataset.state = "unsaved";
  wait(PAUSE);
});
form.addEventListener("change", () => wait(PAUSE / 4));
addEventListener("online", () => wait(0));

// Leaving by one of the form's own buttons saves everything; leaving otherwise asks, where something is not saved.
let isLeaving = false;
form.addEventListener("submit", () => { isLeaving = true; clearTimeout(timer); });
addEventListener("pageshow", () => { isLeaving = false; });
addEventListener("beforeunload", (event) => {
  if (!isLeaving && asTyped() !== sent) event.preventDefault();
});

async function save() {
  clearTimeout(timer);
  if (isOver || isLeaving) return;
  if (isSending || isHalfTyped()) return wait(PAUSE);
  const typed = asTyped();
  if (typed === sent) return;
  isSending = true;
  const data = new FormData(form);
  data.set("act", "autosave");
  try {
    const answer = await fetch(form.getAttribute("action") || location.href, { method: "POST", body: new URLSearchParams(data), redirect: "manual" });
    if (answer.ok) take(new DOMParser().parseFromString(await answer.text(), "text/html").body.firstElementChild, typed);
    else if (answer.status === 403) stop(status.dataset.signedOut);
    else if (answer.status >= 500) { say(status.dataset.failed, "failed"); wait(AGAIN); }
    else stop(status.dataset.failed);
  } catch {
    say(status.dataset.offline, "failed");
    wait(AGAIN);
  } finally {
    isSending = false;
    if (!isOver && status.dataset.state !== "failed" && asTyped() !== sent) wait(PAUSE);
  }
}

function stop(text) {
  isOver = true;
  say(text, "failed");
}

function take(answer, typed) {
  const { state, version, address } = answer.dataset;
  if (state === "stopped") return stop(answer.querySelector("[data-said]").textContent);
  sent = typed;
  if (version) form.elements.version.value = version;
  if (address && form.elements.created_from) {
    // The blank form is a draft now, with an address of its own.
    form.elements.created_from.remove();
    form.action = address;
    history.replaceState(null, "", address);
  }
  for (const id of ["completeness", "figure"]) {
    const now = answer.querySelector(`#${id}`);
    const before = document.getElementById(id);
    if (now && before && !before.contains(document.activeElement)) before.replaceWith(now);
  }
  showErrors(answer);
  const beside = [...answer.querySelectorAll("[data-wrong-all]")].map((one) => one.textContent);
  say([answer.querySelector("[data-said]").textContent, ...beside].join(" "), state);
}

const boxOf = (id) => {
  const control = document.getElementById(id);
  return control?.matches("fieldset") ? control : control?.closest(".ds-field");
};

// What is wrong stands at its field, but not yet at the one in which the person is writing.
function showErrors(answer) {
  const wrong = new Map([...answer.querySelectorAll("[data-wrong]")].map((one) => [one.dataset.wrong, one.firstElementChild]));
  for (const old of form.querySelectorAll("[id$=_error]")) {
    const id = old.id.slice(0, -"_error".length);
    if (!wrong.has(id)) { old.remove(); mark(id, false); }
  }
  for (const [id, message] of wrong) {
    const box = boxOf(id);
    const old = document.getElementById(`${id}_error`);
    if (old) old.replaceWith(message);
    else if (box && !box.contains(document.activeElement)) { box.append(message); mark(id, true); }
  }
}

function mark(id, isWrong) {
  const box = boxOf(id);
  if (!box) return;
  const described = box.matches("fieldset") ? box : document.getElementById(id);
  const parts = new Set((described.getAttribute("aria-describedby") ?? "").split(" ").filter(Boolean));
  if (isWrong) parts.add(`${id}_error`); else parts.delete(`${id}_error`);
  if (parts.size) described.setAttribute("aria-describedby", [...parts].join(" ")); else described.removeAttribute("aria-describedby");
  for (const control of box.matches("fieldset") ? box.querySelectorAll("input, select") : [described]) {
    if (isWrong) control.setAttribute("aria-invalid", "true"); else control.removeAttribute("aria-invalid");
  }
}

if (!status.textContent.trim()) say(status.dataset.on, "on");
