// The workspace kept up to date: nudges (live.js has the socket), fragments over HTTP, drafts, ticks, mentions. Nothing here is
// needed to read, answer or organize; nothing here takes the focus or the text away from whoever is writing.
(() => {
  "use strict";
  const $ = (selector, root = document) => root.querySelector(selector);
  const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];
  const htmx = window.htmx;
  const soon = (act, pause) => {
    let timer = 0;
    return (...rest) => {
      clearTimeout(timer);
      timer = setTimeout(() => act(...rest), pause);
    };
  };

  // After `pause`, however often it is asked for meanwhile.
  const within = (act, pause) => {
    let timer = 0;
    return () => {
      timer ||= setTimeout(() => {
        timer = 0;
        act();
      }, pause);
    };
  };

  // The thread
  const thread = () => $("#thread");
  const atEnd = (box) => box.scrollHeight - box.scrollTop - box.clientHeight < 80;
  const lastLine = () => Math.max(0, ...$$("#lines [data-line]").map((line) => Number(line.dataset.line)));
  const noteSeen = () => {
    // What is new counts as seen only when the page is looked at and the end of the thread is in sight.
    const seen = $("#reply [name=seen]");
    const box = thread();
    if (seen && box && document.visibilityState === "visible" && atEnd(box)) seen.value = String(Math.max(Number(seen.value), lastLine()));
  };
  const told = new Set();
  const tellSeen = () => {
    const box = thread();
    if (!box || document.visibilityState !== "visible" || told.has(`${box.dataset.conversation}:${lastLine()}`)) return;
    const key = `${box.dataset.conversation}:${lastLine()}`;
    told.add(key);
    htmx.ajax("POST", box.dataset.seen, { source: box, swap: "none", values: { upto: lastLine() } }).catch(() => told.delete(key));
    $(`.conv[href*="${box.dataset.conversation}"]`)?.removeAttribute("data-unread");
  };
  // A customer who is there right now waits for nothing: the thread is fetched at once, and then at most four times a second.
  let fetchedAt = 0;
  const changedLines = new Set();
  let fetchAgain = false;
  let wantsHead = false;
  const fetchThread = () => {
    const box = thread();
    if (!box || $("#last") === null) return;
    fetchedAt = Date.now();
    const states = "live" in box.dataset ? ["queued", "sending", "sent", "delivered"] : ["queued", "sending"];
    const watch = $$(states.map((state) => `[data-delivery=${state}]`).join()).slice(-20).map((line) => line.dataset.message);
    const lines = [...changedLines].slice(-20);
    const query = new URLSearchParams([["after", $("#last").value], ...watch.map((id) => ["watch", id]), ...lines.map((id) => ["line", id])]);
    if (fetchAgain) query.set("again", "1");
    if (!wantsHead) query.set("only", "lines");
    changedLines.clear();
    fetchAgain = false;
    wantsHead = false;
    // Not fetched: the trouble is shown, and what was missed is fetched when the socket is back.
    htmx.ajax("GET", `${box.dataset.lines}?${query}`, { source: box, swap: "none" }).catch(() => {});
  };
  const fetchSoon = within(fetchThread, 250);
  const refreshThread = (what = "all") => {
    wantsHead ||= what === "all";
    const live = thread() && "live" in thread().dataset;
    if (live && Date.now() - fetchedAt > 250) fetchThread();
    else fetchSoon();
  };

  // Before new lines come in: remember whether the end was in sight; afterwards stay there, or stay where the reader was.
  // Whoever has just sent something wants to see it.
  let stick = false;
  let height = 0;
  document.addEventListener("htmx:oobBeforeSwap", (event) => {
    const { target } = event.detail;
    if (target.id === "lines") stick = atEnd(thread()) || Boolean($("#reply")?.dataset.sending);
    // A head in use (a menu is open, a button has the focus) is not pulled away from under the hand.
    if (target.id === "head" && ($(":popover-open", target) || target.contains(document.activeElement))) event.detail.shouldSwap = false;
  });
  document.addEventListener("htmx:beforeSwap", (event) => {
    if (event.target.closest?.("#lines")) height = thread().scrollHeight;
  });
  document.addEventListener("htmx:afterSettle", (event) => {
    dropDoubles();
    if (event.target.closest?.("#lines") && height && thread()) {
      thread().scrollTop += thread().scrollHeight - height; // earlier lines came in above
      height = 0;
    }
    if (stick && thread()) thread().scrollTop = thread().scrollHeight;
    stick = false;
    markFresh();
    noteSeen();
    if (thread() && "live" in thread().dataset && atEnd(thread())) tellSeen();
    if (event.target.id === "main") opened();
  });
  document.addEventListener("htmx:oobAfterSwap", (event) => event.detail.target.id === "toasts" && leaveSoon());
  const dropDoubles = () => {
    const known = new Set();
    for (const line of $$("#lines [data-line]")) known.has(line.id) ? line.remove() : known.add(line.id);
  };
  const markFresh = () => {
    const after = $("#reply")?.dataset.freshAfter;
    if (!after) return;
    const fresh = $$("#lines .msg").filter((line) => Number(line.dataset.line) > Number(after));
    fresh.forEach((line) => line.setAttribute("data-fresh", ""));
    fresh[0]?.scrollIntoView({ block: "nearest" });
  };
  const leaveSoon = () => {
    const toast = $("#toasts > .toast:last-child");
    const go = () => toast?.isConnected && (toast.matches(":hover, :focus-within") ? setTimeout(go, 2000) : toast.remove());
    setTimeout(go, 8000);
  };

  // A conversation was opened in the pane: mark its row, show its pane on a phone.
  const opened = () => {
    const id = thread()?.dataset.conversation;
    for (const link of $$("a.conv")) {
      if (id && link.getAttribute("href").includes(id)) link.setAttribute("aria-current", "true");
      else link.removeAttribute("aria-current");
    }
    if (id) window.ramah?.showPane("thread");
    tellSeen();
  };
  document.addEventListener("scroll", (event) => event.target.id === "thread" && noteSeen(), true);
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState !== "visible") return;
    noteSeen();
    tellSeen();
    catchUp();
  });
  document.addEventListener("htmx:afterRequest", ({ detail }) => {
    if (detail.successful && detail.elt.closest?.("#actions") && !detail.target?.closest?.("#actions")) $("#actions")?.close();
    if (detail.elt.matches?.("form.menu") && detail.successful) detail.elt.matches(":popover-open") && detail.elt.hidePopover();
  });
  // What could not be done is said in the dialog, also when it was asked for outside of it.
  document.addEventListener("htmx:afterSwap", ({ detail }) => {
    const dialog = $("#actions");
    if (detail.target.id === "actions-body" && dialog && !dialog.open) dialog.showModal();
  });
  document.addEventListener("click", (event) => {
    const link = event.target.closest("[data-images]");
    const frame = link?.parentElement.querySelector("iframe");
    if (!frame) return;
    event.preventDefault();
    frame.src = link.href;
    link.remove();
  });

  // The list: fetched anew where that disturbs nobody, at most every two seconds.
  const listUrl = () => {
    const box = $("#list");
    const url = new URL(box.dataset.url, location.href);
    url.searchParams.set("current", thread()?.dataset.conversation || "");
    return url.pathname + url.search;
  };
  let stale = false;
  const inUse = (box) => $(":checked[name=c]", box) || $(":popover-open", box) || $("#bulk :focus", box) || $$(".conv-row", box).length > 25;
  const refreshList = within(() => {
    const box = $("#list");
    if (!box) return;
    stale = Boolean(inUse(box));
    if (stale) return;
    const body = $("[data-rows]", box);
    const top = body?.scrollTop || 0;
    const focused = document.activeElement?.matches("a.conv") ? document.activeElement.getAttribute("href") : "";
    htmx.ajax("GET", listUrl(), { target: box, swap: "innerHTML" }).then(() => {
      const rows = $("[data-rows]", box);
      if (rows) rows.scrollTop = top;
      if (focused) $(`a.conv[href="${CSS.escape(focused)}"]`, box)?.focus({ preventScroll: true });
    }).catch(() => {});
  }, 2000);
  const refreshNav = within(() => {
    const nav = $("#nav");
    if (nav && !nav.contains(document.activeElement)) htmx.ajax("GET", nav.dataset.url, { target: nav, swap: "innerHTML" }).catch(() => {});
  }, 5000);
  const catchUp = () => {
    refreshThread();
    refreshList();
    refreshNav();
  };

  // Ticks
  document.addEventListener("change", (event) => {
    if (!event.target.matches("[name=c]")) return;
    const count = $$("[name=c]:checked").length;
    const label = $("[data-ticked]");
    if (label) label.textContent = count ? String(count) : "";
    if (!count && stale) refreshList();
  });

  // What the socket says. The open thread is told of line by line; the nudge of its inbox, which follows, brings the head.
  const refreshThreadLater = within(() => refreshThread(), 1500);
  document.addEventListener("ramah:nudge", ({ detail }) => {
    if (detail.conversation && detail.conversation === thread()?.dataset.conversation) {
      if (detail.line && detail.line <= Number($("#last")?.value)) changedLines.add(String(detail.line));
      if (detail.line) refreshThread("lines");
      else if ("line" in detail || detail.kind) refreshThread();
      else refreshThreadLater();
    }
    refreshList();
    refreshNav();
  });
  document.addEventListener("ramah:reconnected", () => {
    fetchAgain = true;
    catchUp();
  });
  addEventListener("online", catchUp);
  setInterval(() => document.visibilityState === "visible" && catchUp(), 60_000);

  // Drafts: kept on the server while the agent types, and at the latest when the page is left.
  const drafts = new Map();
  const saveDraft = (form, { leaving = false } = {}) => {
    const text = form.elements.text.value;
    const body = new FormData();
    for (const name of ["kind", "text", "cc"]) body.set(name, form.elements[name]?.value ?? "");
    const known = drafts.get(form.dataset.draft);
    const now = `${body.get("kind")}\n${body.get("cc")}\n${text}`;
    if (known === now) return;
    drafts.set(form.dataset.draft, now);
    body.set("csrfmiddlewaretoken", form.elements.csrfmiddlewaretoken.value);
    fetch(form.dataset.draft, { method: "POST", body, keepalive: leaving && text.length < 30_000, headers: { "HX-Request": "true" } })
      .then((answer) => {
        const saved = $(".saved", form);
        if (answer.ok && saved) saved.textContent = text.trim() ? saved.dataset.saved : "";
        if (!answer.ok) drafts.delete(form.dataset.draft);
      })
      .catch(() => drafts.delete(form.dataset.draft));
  };
  const saveSoon = soon((form) => form.isConnected && !form.dataset.sending && saveDraft(form), 800);
  document.addEventListener("input", (event) => {
    const form = event.target.form;
    if (form?.id !== "reply") return;
    if (event.target.type === "file") {
      $("[data-chosen]", form).textContent = [...event.target.files].map((file) => file.name).join(", ");
    } else saveSoon(form);
  });
  const saveNow = (how) => {
    const form = $("#reply[data-draft]");
    if (form && !form.dataset.sending && form.elements.text.value !== form.elements.text.defaultValue) saveDraft(form, how);
  };
  addEventListener("pagehide", () => saveNow({ leaving: true }));
  document.addEventListener("htmx:beforeSwap", (event) => event.target.id === "main" && saveNow());
  document.addEventListener("htmx:beforeRequest", ({ detail }) => {
    if (detail.elt.id === "reply") detail.elt.dataset.sending = "1";
  });
  document.addEventListener("htmx:afterRequest", ({ detail }) => {
    if (detail.elt.id === "reply") delete detail.elt.dataset.sending;
  });

  // What is typed while a message is on its way stays, and begins the next one.
  let sent = "";
  let rest = "";
  document.addEventListener("htmx:beforeRequest", ({ detail }) => {
    if (detail.elt.id === "reply") sent = $("#reply-text")?.value || "";
  });
  document.addEventListener("htmx:beforeSwap", ({ detail }) => {
    if (detail.target.id !== "reply") return;
    const now = $("#reply-text")?.value || "";
    if (detail.xhr.status !== 200) rest = now === sent ? "" : now;
    else rest = now.startsWith(sent) ? now.slice(sent.length).trimStart() : now;
  });
  document.addEventListener("htmx:afterSettle", () => {
    const area = $("#reply-text");
    // What was typed since the new box is there comes after it.
    if (rest && area) area.value = rest + area.value.slice(area.defaultValue.length);
    if (rest && area) area.dispatchEvent(new Event("input", { bubbles: true }));
    rest = "";
    showEnter();
  });

  // In a live chat Enter sends, unless this browser was told otherwise; Shift and Enter begin a new line.
  const ENTER = "ramah-enter-sends";
  const enterSends = () => {
    try {
      const kept = localStorage.getItem(ENTER);
      if (kept !== null) return kept === "1";
    } catch {
      // Storage is closed in some private windows; then as below.
    }
    return !matchMedia("(pointer: coarse)").matches; // a phone's keyboard has no Shift and Enter
  };
  const showEnter = () => {
    const box = $("[data-enter-sends]");
    if (box) box.checked = enterSends();
  };
  document.addEventListener("change", (event) => {
    if (!event.target.matches("[data-enter-sends]")) return;
    try {
      localStorage.setItem(ENTER, event.target.checked ? "1" : "0");
    } catch {
      // As above.
    }
  });
  document.addEventListener("keydown", (event) => {
    const form = event.target.id === "reply-text" ? event.target.form : null;
    if (!form || !("live" in form.dataset) || event.key !== "Enter" || event.defaultPrevented || event.isComposing) return;
    if (event.shiftKey || event.ctrlKey || event.metaKey || event.altKey || !enterSends()) return;
    if ($("[name=kind]:checked", form)?.value === "note") return;
    event.preventDefault();
    if (!form.dataset.sending && (event.target.value.trim() || form.elements.uploads?.files.length)) form.requestSubmit();
  });

  // How much of a message is used, where a channel has a limit.
  document.addEventListener("input", (event) => {
    const most = Number(event.target.dataset?.longest);
    const count = $("#reply-way [data-count]");
    if (!most || !count) return;
    const length = event.target.value.trim().length;
    count.textContent = length > most * 0.8 ? `${length} / ${most}` : "";
    count.toggleAttribute("data-over", length > most);
  });

  // r and n choose the kind and put the cursor into the text.
  document.addEventListener("click", (event) => {
    if (event.target.closest(".kinds > label")) $("#reply-text")?.focus();
  });

  // @ in a note offers colleagues; typing on narrows, Tab or Enter or a click takes one.
  const names = new Map();
  const menu = () => $("#mentions");
  const begun = (area) => area.value.slice(0, area.selectionStart).match(/(?:^|\s)@([^\s@][^@\n]{0,40})?$/u);
  const closeMenu = () => menu()?.matches(":popover-open") && menu().hidePopover();
  const take = (area, name) => {
    const start = area.value.slice(0, area.selectionStart).lastIndexOf("@");
    area.setRangeText(`@${name} `, start, area.selectionStart, "end");
    area.dispatchEvent(new Event("input", { bubbles: true }));
    closeMenu();
    area.focus();
  };
  const offer = (area, all) => {
    const found = begun(area);
    const wanted = (found?.[1] || "").toLowerCase();
    const fitting = found ? all.filter((name) => name.toLowerCase().startsWith(wanted)).slice(0, 6) : [];
    if (!fitting.length) return closeMenu();
    menu().replaceChildren(
      ...fitting.map((name, index) => {
        const button = document.createElement("button");
        button.type = "button";
        button.tabIndex = -1;
        button.setAttribute("role", "option");
        button.setAttribute("aria-selected", String(index === 0));
        button.textContent = name;
        button.addEventListener("click", () => take(area, name));
        return button;
      }),
    );
    if (!menu().matches(":popover-open")) menu().showPopover();
  };
  document.addEventListener("input", (event) => {
    const area = event.target;
    if (area.id !== "reply-text" || $("#reply [name=kind]:checked")?.value !== "note") return;
    if (!begun(area)) return closeMenu();
    const url = area.form.dataset.colleagues;
    if (names.has(url)) return offer(area, names.get(url));
    fetch(url, { headers: { "HX-Request": "true" } })
      .then((answer) => (answer.ok ? answer.json() : { names: [] }))
      .then((told) => {
        names.set(url, told.names);
        offer(area, told.names);
      })
      .catch(() => {});
  });
  document.addEventListener(
    "keydown",
    (event) => {
      if (event.target.id !== "reply-text" || !menu()?.matches(":popover-open")) return;
      const options = $$("[role=option]", menu());
      const now = options.findIndex((option) => option.getAttribute("aria-selected") === "true");
      const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
      if (step) {
        options.forEach((option, index) => option.setAttribute("aria-selected", String(index === (now + step + options.length) % options.length)));
      } else if (["Tab", "Enter"].includes(event.key) && !event.ctrlKey && !event.metaKey) options[now].click();
      else if (event.key === "Escape") closeMenu();
      else return;
      event.preventDefault();
      event.stopPropagation();
    },
    true,
  );

  // A panel that cannot be loaded keeps its link; the rest of the page does not suffer for it.
  for (const failure of ["htmx:responseError", "htmx:sendError", "htmx:timeout"]) {
    addEventListener(failure, (event) => event.target.closest?.("#panels, #nav, #list") && event.stopImmediatePropagation(), true);
  }

  // Panels stay open or closed as this browser left them.
  const restorePanels = () => {
    for (const panel of $$("[data-panel]")) {
      let kept = null;
      try {
        kept = localStorage.getItem(`ramah-panel-${panel.dataset.panel}`);
      } catch {
        return; // storage is closed in some private windows; panels then open as they come
      }
      if (kept !== null) panel.open = kept === "1";
    }
  };
  document.addEventListener("htmx:oobAfterSwap", (event) => event.detail.target.id === "panels" && restorePanels());
  document.addEventListener("toggle", (event) => {
    const key = event.target.dataset?.panel;
    if (!key) return;
    try {
      localStorage.setItem(`ramah-panel-${key}`, event.target.open ? "1" : "0");
    } catch {
      // As above.
    }
  }, true);

  restorePanels();
  showEnter();
  if (thread()) opened();
})();
