// Passkeys: the browser answers a question of the server, and the answer goes off with the form.
// A form that needs it, <form data-kopa-passkey="get|create">, stays hidden where the browser cannot.
const toBytes = (text) =>
  Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (letter) => letter.charCodeAt(0));
const toText = (buffer) =>
  btoa(String.fromCharCode(...new Uint8Array(buffer))).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");

function read({ publicKey }) {
  const asked = { ...publicKey, challenge: toBytes(publicKey.challenge) };
  if (asked.user) asked.user = { ...asked.user, id: toBytes(asked.user.id) };
  for (const list of ["allowCredentials", "excludeCredentials"])
    if (asked[list]) asked[list] = asked[list].map((one) => ({ ...one, id: toBytes(one.id) }));
  return { publicKey: asked };
}

function written({ id, rawId, type, response }) {
  const said = {};
  for (const part of ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"])
    if (response[part]) said[part] = toText(response[part]);
  return JSON.stringify({ id, rawId: toText(rawId), type, response: said, clientExtensionResults: {} });
}

async function question(form) {
  if (form.dataset.question) return JSON.parse(form.dataset.question);
  const answer = await fetch(form.dataset.questionAt, { method: "POST", body: new FormData(form) });
  return answer.json();
}

async function ask(form) {
  const failed = form.querySelector("[data-kopa-failed]");
  failed.hidden = true;
  try {
    const made = await navigator.credentials[form.dataset.kopaPasskey](read(await question(form)));
    form.elements.answer.value = written(made);
    form.submit();
  } catch {
    failed.hidden = false;
  }
}

if (window.PublicKeyCredential) {
  for (const one of document.querySelectorAll("[data-kopa-no-passkeys]")) one.hidden = true;
  for (const form of document.querySelectorAll("form[data-kopa-passkey]")) {
    form.hidden = false;
    form.addEventListener("submit", (event) => {
      // Without the name that the form asks for it goes off as it is, and the page says so.
      if (form.elements.name?.value.trim() === "") return;
      event.preventDefault();
      ask(form);
    });
  }
}
