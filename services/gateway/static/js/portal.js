// What script adds to pages that work without it.
"use strict";

for (const button of document.querySelectorAll("[data-reveal]")) {
  const input = document.getElementById(button.dataset.reveal);
  button.addEventListener("click", () => {
    const shown = input.type === "password";
    input.type = shown ? "text" : "password";
    button.setAttribute("aria-pressed", String(shown));
    button.querySelector("[data-off]").hidden = shown;
    button.querySelector("[data-on]").hidden = !shown;
  });
}

for (const input of document.querySelectorAll("[data-rules]")) {
  const rules = document.getElementById(input.dataset.rules);
  const email = document.getElementById("email");
  const met = {
    length: (password) => [...password].length >= 12,
    address: (password) => {
      const name = (email?.value ?? "").split("@")[0].toLowerCase();
      return password !== "" && (name.length < 4 || !password.toLowerCase().includes(name));
    },
  };
  const tick = () => {
    for (const rule of rules.querySelectorAll("[data-rule]")) {
      rule.classList.toggle("is-met", met[rule.dataset.rule](input.value));
    }
  };
  input.addEventListener("input", tick);
  email?.addEventListener("input", tick);
}

// A menu closes when the focus or a click goes elsewhere, and with Escape.
for (const menu of document.querySelectorAll("details.menu")) {
  document.addEventListener("click", (event) => menu.contains(event.target) || (menu.open = false));
  menu.addEventListener("focusout", (event) => {
    if (event.relatedTarget && !menu.contains(event.relatedTarget)) menu.open = false;
  });
  menu.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && menu.open) {
      menu.open = false;
      menu.querySelector("summary").focus();
    }
  });
}

// A second click on a button does not send its form twice.
for (const form of document.querySelectorAll("form[method=post]")) {
  form.addEventListener("submit", (event) => {
    if (form.dataset.sent) event.preventDefault();
    form.dataset.sent = "yes";
  });
}
window.addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
});

// A button whose time has not come counts down to it. The server judges by its own clock.
for (const button of document.querySelectorAll("[data-not-before]")) {
  const words = button.textContent;
  const count = () => {
    const seconds = Math.ceil(button.dataset.notBefore - Date.now() / 1000);
    button.disabled = seconds > 0;
    button.textContent = seconds > 0 ? `${words} (${seconds} s)` : words;
    if (seconds > 0) setTimeout(count, 1000);
  };
  count();
}

// « gmial.com » is most often « gmail.com »; the page says which domains are common.
function distance(one, other) {
  let row = [...Array(other.length + 1).keys()];
  for (let i = 1; i <= one.length; i++) {
    const next = [i];
    for (let j = 1; j <= other.length; j++) {
      next[j] = Math.min(row[j] + 1, next[j - 1] + 1, row[j - 1] + (one[i - 1] === other[j - 1] ? 0 : 1));
    }
    row = next;
  }
  return row[other.length];
}

for (const input of document.querySelectorAll("[data-domains]")) {
  const note = document.querySelector("[data-suggestion]");
  const button = note.querySelector("button");
  const domains = input.dataset.domains.split(" ");
  const suggest = () => {
    const [name, domain = ""] = input.value.trim().toLowerCase().split("@");
    const near = domain && !domains.includes(domain) && domains.find((known) => distance(domain, known) <= 2);
    note.hidden = !near;
    if (near) button.textContent = `${name}@${near}`;
  };
  input.addEventListener("change", suggest);
  button.addEventListener("click", () => {
    input.value = button.textContent;
    note.hidden = true;
    input.focus();
  });
}

// The page of an access request opens by itself: it is loaded anew once what it shows has changed. Hidden, it
// listens to nothing: browsers open a few connections to a site only, and one may wait for many companies.
for (const place of document.querySelectorAll("[data-events]")) {
  let events;
  const tell = (event) => {
    if (event.lastEventId === place.dataset.revision) return;
    const typing = [...document.querySelectorAll("textarea")].some((area) => area.value !== area.defaultValue);
    // Words that are being written are worth more than news, unless it has ended.
    if (typing && JSON.parse(event.data).state === "pending") return;
    events.close();
    location.replace(place.dataset.page);
  };
  const listen = () => {
    events?.close();
    if (document.hidden) return;
    events = new EventSource(place.dataset.events);
    events.addEventListener("access_request", tell);
  };
  document.addEventListener("visibilitychange", listen);
  listen();
}
