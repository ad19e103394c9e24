// On every page of the desk: the socket, whether one is online, customers who are offered, one's own chats, who is typing. Other
// scripts hear of the socket by the events ramah:nudge and ramah:reconnected. Nothing here takes the focus away from whoever writes.
(() => {
  "use strict";
  const $ = (selector, root = document) => root.querySelector(selector);
  const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];
  const htmx = window.htmx;
  const box = $("#offers");
  if (!box) return;
  const { url, socket: path, offline: words } = box.dataset;
  // At once, and then at most once in `pause`.
  const paced = (act, pause) => {
    let timer = 0;
    let again = false;
    const run = () => {
      if (timer) return void (again = true);
      act();
      timer = setTimeout(() => {
        timer = 0;
        if (again) run();
        again = false;
      }, pause);
    };
    return run;
  };

  // A part that cannot be fetched now is fetched again at the next nudge, and at the latest after a while.
  const fetchPart = (...asked) => htmx.ajax(...asked).catch(() => {});

  // Presence, offers and own chats come as one fragment. Without a socket asking for it says that the page is open.
  const isOpen = () => socket?.readyState === 1;
  const refresh = paced(() => {
    const swap = $("#presence-menu:popover-open") ? "none" : "innerHTML";
    fetchPart(isOpen() ? "GET" : "POST", url, { target: "#presence", swap });
  }, 1000);
  for (const failure of ["htmx:responseError", "htmx:sendError", "htmx:timeout"]) {
    // What is fetched by itself fails in silence; a button that was pressed says so.
    addEventListener(failure, (event) => event.detail.elt?.closest?.("#presence, #own-chats, #visitor") && !event.detail.elt.closest("form") && event.stopImmediatePropagation(), true);
  }

  // Offers: put in and taken out one by one, so that the ring runs on and a focused button stays.
  const tick = () => {
    for (const offer of $$(".offer", box)) {
      const left = Math.ceil((Number(offer.dataset.ends) - Date.now()) / 1000);
      $("[data-seconds]", offer).textContent = String(Math.max(0, left));
      $(".ring :last-child", offer).setAttribute("stroke-dasharray", `${Math.max(0, Math.min(100, (100 * left) / Number(offer.dataset.of)))} 100`);
      if (left <= 0) offer.remove();
      if (left <= 0) refresh();
    }
    mark();
  };
  const mark = () => {
    const bare = document.title.replace(/^● /, "");
    const title = box.childElementCount ? `● ${bare}` : bare;
    if (title !== document.title) document.title = title;
  };
  const merge = (fresh) => {
    const wanted = new Map(fresh.map((offer) => [offer.id, offer]));
    for (const offer of $$(".offer", box)) wanted.delete(offer.id) || offer.remove();
    for (const offer of wanted.values()) {
      const added = document.importNode(offer, true);
      added.dataset.ends = String(Date.now() + Number(added.dataset.left) * 1000);
      box.append(added);
      htmx.process(added);
    }
    tick();
  };
  document.addEventListener("htmx:oobBeforeSwap", (event) => {
    if (event.detail.target !== box) return;
    event.detail.shouldSwap = false;
    merge([...event.detail.fragment.querySelectorAll(".offer")]);
  });
  setInterval(() => box.childElementCount && tick(), 1000);

  // Whoever takes a chat wants to write in it.
  let taken = false;
  document.addEventListener("htmx:beforeRequest", ({ detail }) => (taken ||= Boolean(detail.elt.matches?.("[action$='/offer/take/']"))));
  document.addEventListener("htmx:afterRequest", ({ detail }) => {
    if (detail.elt.matches?.("[action$='/offer/take/'], [action$='/offer/pass/']")) refresh();
    if (taken && !detail.xhr.getResponseHeader("HX-Location") && detail.elt.matches?.("[action$='/offer/take/']")) taken = false;
    if (detail.elt.id === "presence-menu") $("#presence-button")?.focus();
  });

  // What the own chats and the open one show.
  const open = () => $("#thread")?.dataset.conversation || "";
  const refreshVisitor = paced(() => {
    const line = $("#visitor");
    if (line) fetchPart("GET", line.dataset.url, { target: line, swap: "outerHTML" });
  }, 1000);
  const refreshWaiting = paced(() => {
    const line = $("#waiting");
    if (line && !line.contains(document.activeElement)) fetchPart("GET", line.dataset.url, { target: line, swap: "innerHTML" });
  }, 1000);
  const markOpen = () => {
    for (const link of $$("[data-chat]")) {
      if (link.dataset.chat === open()) link.setAttribute("aria-current", "true");
      else link.removeAttribute("aria-current");
    }
  };

  // Who is typing. It is said once, and goes away by itself.
  let typingEnds = 0;
  const showTyping = (text) => {
    const line = $("#typing");
    clearTimeout(typingEnds);
    if (line && line.textContent !== text) line.textContent = text;
    if (text) typingEnds = setTimeout(() => showTyping(""), 6000);
  };
  const hearTyping = ({ typing, colleague }) => {
    const name = colleague ? typing : box.dataset.customer;
    showTyping((colleague ? box.dataset.writing : box.dataset.typing).replace("%NAME%", name));
  };
  let typedAt = 0;
  document.addEventListener("input", (event) => {
    const area = event.target;
    if (area.id !== "reply-text" || !open() || $("#reply [name=kind]:checked")?.value === "note") return;
    if (!area.value.trim() || Date.now() - typedAt < 3000) return;
    typedAt = Date.now();
    tell({ type: "typing", conversation: open() });
  });

  // The socket. Lost, it comes back after pauses that grow up to a minute, each a little different, and everything is fetched anew.
  let socket = null;
  let tries = 0;
  let pill = null;
  let watched = "";
  const tell = (frame) => isOpen() && socket.send(JSON.stringify(frame));
  const watch = () => {
    if (!isOpen() || watched === open()) return;
    watched = open();
    tell({ type: "watch", conversation: watched });
  };
  const showOffline = (on) => {
    if (on && !pill) {
      pill = document.createElement("p");
      pill.className = "pill offline";
      pill.dataset.tone = "risk";
      pill.setAttribute("role", "status");
      pill.textContent = words;
      document.body.append(pill);
    } else if (!on && pill) {
      pill.remove();
      pill = null;
    }
  };
  // Whom the agent has taken by phone: their thread opens, unless something is being written.
  const openCall = (conversation) => {
    if (conversation === open() || document.visibilityState !== "visible") return;
    if ($$("textarea, input[type=text], input[type=search]").some((field) => field.value !== field.defaultValue)) return;
    location.assign(new URL(path.replace("socket/", `c/${conversation}/`), location.href));
  };
  const say = (name, detail) => document.dispatchEvent(new CustomEvent(name, { detail }));
  const hear = (frame) => {
    // Answered here and not by a timer: browsers slow down the timers of pages that are not looked at.
    if (frame.ask) return tell({ type: "alive" });
    const { conversation, typing, kind } = frame;
    if (typing) return void (conversation === open() && hearTyping(frame));
    if (kind === "typing") return;
    if (frame.offer || frame.presence || (conversation && $(`[data-chat="${CSS.escape(conversation)}"]`))) refresh();
    if (frame.call === "in_progress") openCall(conversation);
    if (["visitor", "queue"].includes(kind)) return refreshVisitor();
    if (frame.line && conversation === open()) showTyping("");
    if (conversation) refreshWaiting();
    say("ramah:nudge", frame);
  };
  const connect = () => {
    socket = new WebSocket(new URL(path, location.href.replace(/^http/, "ws")));
    watched = "";
    socket.addEventListener("open", () => {
      const missed = tries > 0;
      tries = 0;
      watch();
      showOffline(false);
      if (missed) refresh();
      if (missed) say("ramah:reconnected");
    });
    socket.addEventListener("message", (event) => [JSON.parse(event.data)].flat().forEach(hear));
    socket.addEventListener("close", (event) => {
      if (event.code === 4403) return;
      tries += 1;
      if (tries > 1 || !navigator.onLine) showOffline(true);
      setTimeout(connect, Math.min(60_000, 1000 * 2 ** Math.min(tries, 6)) * (0.5 + Math.random() / 2));
    });
  };
  if (path && "WebSocket" in window) connect();
  document.addEventListener("htmx:afterSettle", (event) => {
    if (event.target.id === "main") {
      watch();
      if (taken) $("#reply-text")?.focus();
      taken = false;
      showTyping("");
    }
    markOpen();
    mark();
  });
  document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && refresh());
  setInterval(() => (isOpen() ? document.visibilityState === "visible" && Math.random() < 0.25 && refresh() : refresh()), 15_000);
})();
