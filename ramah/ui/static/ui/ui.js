// Behavior of the look. No dependencies, no eval, no inline handlers (strict content security policy). Everything hangs on data
// attributes (docs/guides/look.md), so fragments that htmx brings later work without being set up.
(() => {
  "use strict";
  const $ = (selector, root = document) => root.querySelector(selector);
  const words = (selector) => $("#words")?.content.querySelector(selector);
  const cookie = (name, value) => {
    const secure = location.protocol === "https:" ? "; secure" : "";
    document.cookie = `${name}=${value}; path=/; max-age=31536000; samesite=lax${secure}`;
  };

  // Time zone: the server writes times for this viewer from the next page on.
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone || "";
  if (zone && !document.cookie.split("; ").includes(`ramah_tz=${zone}`)) cookie("ramah_tz", zone);

  // Theme: the server keeps the choice, the page shows it at once.
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (!form.matches("[data-theme-form]") || !event.submitter) return;
    event.preventDefault();
    const { value } = event.submitter;
    if (value === "system") delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = value;
    for (const button of form.querySelectorAll("[name=theme]")) {
      if (button === event.submitter) button.setAttribute("aria-current", "true");
      else button.removeAttribute("aria-current");
    }
    form.closest("[popover]")?.hidePopover();
    fetch(form.action, { method: "POST", body: new FormData(form, event.submitter), headers: { "HX-Request": "true" } }).catch(() => {});
  });

  // Toasts leave by themselves; one that is pointed at or focused stays.
  const leave = (toast) => {
    const go = () => (toast.matches(":hover, :focus-within") ? setTimeout(go, 2000) : toast.remove());
    setTimeout(go, Math.max(5000, toast.textContent.length * 80));
  };
  const toast = (text) => {
    const box = document.createElement("div");
    box.className = "toast";
    const line = document.createElement("span");
    line.className = "grow";
    line.textContent = text;
    box.append(line);
    $("#toasts")?.append(box);
    leave(box);
  };
  document.querySelectorAll(".toast").forEach((box) => $("#toasts")?.contains(box) && leave(box));
  document.addEventListener("ramah:toast", (event) => toast(event.detail.text));

  // Questions before what cannot be undone.
  const confirm = (question, { note = "", yes = "", danger = false } = {}) =>
    new Promise((resolve) => {
      const dialog = $("#confirm");
      const button = $("button[value=yes]", dialog);
      const noteLine = $("p", dialog);
      $("h2", dialog).textContent = question;
      noteLine.textContent = note;
      noteLine.hidden = !note;
      button.textContent = yes || dialog.dataset.yes;
      button.dataset.kind = danger ? "danger" : "primary";
      dialog.returnValue = "";
      dialog.addEventListener("close", () => resolve(dialog.returnValue === "yes"), { once: true });
      dialog.showModal();
    });
  const ask = (element, question) =>
    confirm(question || element.dataset.confirm, {
      note: element.dataset.confirmNote,
      yes: element.dataset.confirmYes || (element.matches("button, a") ? element.textContent.trim() : ""),
      danger: element.dataset.kind === "danger",
    });
  const confirmed = new WeakSet();
  document.addEventListener(
    "click",
    (event) => {
      const element = event.target.closest("[data-confirm]:not(form)");
      if (!element || confirmed.delete(element)) return;
      event.preventDefault();
      event.stopImmediatePropagation();
      ask(element).then((yes) => {
        if (!yes) return;
        confirmed.add(element);
        element.click();
      });
    },
    true,
  );
  document.addEventListener(
    "submit",
    (event) => {
      const form = event.target;
      if (!form.matches("form[data-confirm]") || confirmed.delete(form)) return;
      event.preventDefault();
      event.stopImmediatePropagation();
      const { submitter } = event;
      ask(form).then((yes) => {
        if (!yes) return;
        confirmed.add(form);
        form.requestSubmit(submitter);
      });
    },
    true,
  );
  document.addEventListener("htmx:confirm", (event) => {
    if (!event.detail.question) return;
    event.preventDefault();
    ask(event.detail.elt, event.detail.question).then((yes) => yes && event.detail.issueRequest(true));
  });

  // A form goes once: its button is busy until the answer comes.
  const busy = (button, on) => {
    if (!button) return;
    if (on) button.setAttribute("aria-busy", "true");
    else button.removeAttribute("aria-busy");
  };
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (event.defaultPrevented || form.method === "dialog" || form.target) return;
    if (form.dataset.sent) return event.preventDefault();
    form.dataset.sent = "1";
    busy(event.submitter, true);
    // A form that answers with a file leaves the page standing: it may be sent again after a while.
    setTimeout(() => (delete form.dataset.sent, busy(event.submitter, false)), 15000);
  });
  addEventListener("pageshow", () => {
    for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
    for (const button of document.querySelectorAll(".btn[aria-busy]:not([data-stays])")) busy(button, false);
  });
  const submitterOf = (event) => event.detail.requestConfig?.triggeringEvent?.submitter;
  document.addEventListener("htmx:beforeRequest", (event) => {
    busy(submitterOf(event) || (event.detail.elt.matches(".btn") && event.detail.elt), true);
    $(".bar")?.setAttribute("data-on", "");
  });
  document.addEventListener("htmx:afterRequest", (event) => {
    busy(submitterOf(event) || (event.detail.elt.matches(".btn") && event.detail.elt), false);
    $(".bar")?.removeAttribute("data-on");
  });

  // Trouble with htmx requests, in plain words with the next step.
  const clearTrouble = () => $("#trouble")?.replaceChildren();
  const showTrouble = (status, text, again) => {
    const known = words(`[data-status="${status}"]`) || words(`[data-status="${status >= 500 ? 500 : 400}"]`);
    const note = document.createElement("div");
    note.className = "note";
    note.dataset.tone = "broken";
    if (text) {
      const own = new DOMParser().parseFromString(text, "text/html").body.firstElementChild;
      if (own) note.append(own);
    }
    if (!note.childElementCount) {
      const line = document.createElement("div");
      line.className = "grow";
      line.append(...known.cloneNode(true).childNodes);
      note.append(line);
    }
    if (again && known.hasAttribute("data-retry")) {
      const button = words("[data-do=retry]").cloneNode(true);
      button.addEventListener("click", () => {
        clearTrouble();
        again();
      });
      note.append(button);
    }
    note.append(words("[data-do=dismiss]").cloneNode(true));
    $("#trouble").replaceChildren(note);
    $("#trouble").dataset.status = status;
  };
  const retryOf = (detail) => {
    const { elt, requestConfig } = detail;
    const cause = requestConfig?.triggeringEvent;
    if (!elt?.isConnected) return null;
    if (elt.matches("form")) return () => elt.requestSubmit(cause?.submitter?.isConnected ? cause.submitter : undefined);
    return () => (cause?.type === "click" ? elt.click() : window.htmx.trigger(elt, cause?.type || "load"));
  };
  document.addEventListener("htmx:responseError", ({ detail }) => {
    const own = detail.xhr.getResponseHeader("X-Ramah-Trouble") ? detail.xhr.responseText : "";
    showTrouble(detail.xhr.status, own, retryOf(detail));
  });
  for (const failure of ["htmx:sendError", "htmx:timeout"]) {
    document.addEventListener(failure, ({ detail }) => showTrouble(0, "", retryOf(detail)));
  }
  document.addEventListener("htmx:afterOnLoad", ({ detail }) => {
    if (detail.successful && $("#trouble")?.dataset.status === "0") clearTrouble();
  });

  // Small things to click.
  document.addEventListener("click", (event) => {
    const opener = event.target.closest("[data-opens]");
    if (opener) {
      event.preventDefault();
      document.getElementById(opener.dataset.opens)?.showModal();
    }
    const doing = event.target.closest("[data-do]")?.dataset.do;
    if (doing === "dismiss") event.target.closest(".note, .toast")?.remove();
    if (doing === "keys") showKeys();
    const link = event.target.closest("[data-pane-link]");
    if (link && !event.ctrlKey && !event.metaKey) {
      event.preventDefault();
      showPane(link.dataset.paneLink);
    }
  });

  // Panes of the desk on a phone.
  const showPane = (name) => {
    const desk = $(".desk");
    if (!desk) return;
    desk.dataset.pane = name;
    markPane();
  };
  const markPane = () => {
    const pane = $(".desk")?.dataset.pane;
    for (const link of document.querySelectorAll("[data-pane-link]")) {
      if (link.dataset.paneLink === pane) link.setAttribute("aria-current", "page");
      else link.removeAttribute("aria-current");
    }
  };
  markPane();

  // Keys: elements say theirs with data-key. Single keys can be turned off (WCAG 2.1.4).
  const OFF = "ramah-keys-off";
  const stored = () => {
    try {
      return localStorage.getItem(OFF) === "1";
    } catch {
      return false;
    }
  };
  // On a Cyrillic layout the key that says r gives к: go by its place then.
  const keyOf = (event) => (/^[^\x00-\x7f]$/.test(event.key) && event.code.startsWith("Key") ? event.code[3].toLowerCase() : event.key);
  const typing = (element) => element.closest("input, textarea, select, [contenteditable]");
  const visible = (element) => element.checkVisibility?.() ?? element.offsetParent !== null;
  const bound = (key) => [...document.querySelectorAll(`[data-key="${CSS.escape(key)}"]`)].find((e) => visible(e) && !e.disabled);
  const says = (e) => e.dataset.keySays || e.getAttribute("aria-label") || e.textContent.trim();
  const walk = (step) => {
    const list = $("[data-keys-list]");
    const links = list ? [...list.querySelectorAll("a[href]")].filter((e) => visible(e)) : [];
    if (!links.length) return false;
    const now = links.indexOf(document.activeElement.closest?.("a"));
    const from = now >= 0 ? now : links.findIndex((e) => e.hasAttribute("aria-current"));
    links[Math.min(links.length - 1, Math.max(0, from + step))].focus();
    return true;
  };
  const showKeys = () => {
    const dialog = $("#keys");
    const list = $("dl", dialog);
    list.replaceChildren();
    const line = (keys, text) => {
      const term = document.createElement("dt");
      for (const key of keys) {
        const cap = document.createElement("kbd");
        cap.textContent = key;
        term.append(cap, " ");
      }
      const means = document.createElement("dd");
      means.textContent = text;
      list.append(term, means);
    };
    if ($("[data-keys-list]")) line(["j", "k"], dialog.dataset.walk);
    const seen = new Set();
    for (const element of document.querySelectorAll("[data-key]")) {
      if (seen.has(element.dataset.key)) continue;
      seen.add(element.dataset.key);
      line([element.dataset.key], says(element));
    }
    line(["?"], $("h2", dialog).textContent);
    $("#keys-off").checked = stored();
    if (!dialog.open) dialog.showModal();
  };
  $("#keys-off")?.addEventListener("change", (event) => {
    try {
      localStorage.setItem(OFF, event.target.checked ? "1" : "0");
    } catch {
      // Storage is closed in some private windows; the keys then stay as they are.
    }
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      const form = event.target.closest("form[data-submit-keys]");
      if (form) {
        event.preventDefault();
        form.requestSubmit();
      }
      return;
    }
    if (event.key === "Escape" && typing(event.target)) return event.target.blur();
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || typing(event.target)) return;
    if ($("dialog[open]") || stored()) return;
    const key = keyOf(event);
    if (key === "?") return showKeys();
    if ((key === "j" && walk(1)) || (key === "k" && walk(-1))) return event.preventDefault();
    const element = bound(key);
    if (!element) return;
    event.preventDefault();
    if (typing(element)) element.focus();
    else element.click();
  });

  // Text areas that grow, where the browser cannot do it by itself.
  if (!CSS.supports("field-sizing", "content")) {
    const grow = (area) => {
      area.style.blockSize = "auto";
      area.style.blockSize = `${area.scrollHeight + 2}px`;
    };
    document.addEventListener("input", (event) => event.target.matches("textarea[data-grow]") && grow(event.target));
  }

  // A mail in its frame, as high as it is; it may hold no script, so its document can be measured.
  const fit = (frame) => {
    const page = frame.contentDocument?.documentElement;
    if (page?.scrollHeight) frame.style.blockSize = `${page.scrollHeight + 8}px`;
  };
  document.addEventListener("load", (event) => event.target.matches?.("iframe[data-fit]") && fit(event.target), true);
  document.querySelectorAll("iframe[data-fit]").forEach(fit);

  // A thread opens at its end.
  const toEnd = (root) => root.querySelectorAll?.("[data-at-end]").forEach((box) => (box.scrollTop = box.scrollHeight));
  toEnd(document);
  document.addEventListener("htmx:afterSettle", (event) => {
    toEnd(event.target);
    markPane();
  });

  window.ramah = Object.freeze({ toast, confirm, showPane, showTrouble });
})();
