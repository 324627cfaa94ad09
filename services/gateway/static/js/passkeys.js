// Passkeys: the browser answers what a form asks, and the form takes the answer along.
"use strict";

const toBytes = (text) =>
  Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (letter) => letter.charCodeAt(0));
const toText = (buffer) =>
  btoa(String.fromCharCode(...new Uint8Array(buffer))).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");

function passkeyOptions(json) {
  const options = JSON.parse(json);
  options.challenge = toBytes(options.challenge);
  if (options.user) options.user.id = toBytes(options.user.id);
  for (const list of [options.excludeCredentials, options.allowCredentials]) {
    for (const known of list ?? []) known.id = toBytes(known.id);
  }
  return { publicKey: options };
}

function passkeyAnswer(credential) {
  const response = {};
  for (const part of ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"]) {
    if (credential.response[part]) response[part] = toText(credential.response[part]);
  }
  return JSON.stringify({ id: credential.id, rawId: toText(credential.rawId), type: credential.type, response });
}

for (const form of document.querySelectorAll("[data-passkey]")) {
  const answer = form.querySelector("[name=credential], [name=passkey_assertion]");
  const refused = form.querySelector("[data-passkey-refused]");
  form.addEventListener("submit", async (event) => {
    if (answer.value) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    refused.hidden = true;
    try {
      const credential = await navigator.credentials[form.dataset.passkey](passkeyOptions(form.dataset.options));
      answer.value = passkeyAnswer(credential);
    } catch {
      refused.hidden = false;
      refused.focus();
      return;
    }
    form.requestSubmit();
  });
  window.addEventListener("pageshow", () => (answer.value = ""));
}

// Codes to keep: copied or printed where there is script, selected by hand otherwise.
for (const button of document.querySelectorAll("[data-copy]")) {
  const codes = document.getElementById(button.dataset.copy);
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText([...codes.querySelectorAll("code")].map((code) => code.textContent).join("\n"));
    button.textContent = button.dataset.copied;
  });
}
for (const button of document.querySelectorAll("[data-print]")) {
  button.addEventListener("click", () => window.print());
}
