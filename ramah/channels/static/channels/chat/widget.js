// The chat on any page, by one line: <script src="https://shop.example/chat/widget.js" data-inbox="KEY" async></script>
// Optional: data-identity (a signed token), data-language (en, id, uk), data-theme (light, dark). Here is only what must stand in
// the page of others: a button and a frame inside a closed shadow. What is said and shown lives in the frame, at the shop's own
// origin. Styles are constructed and set by script, so a policy without 'unsafe-inline' is enough:
// script-src and frame-src with the shop's address.
(() => {
  "use strict";
  const script = document.currentScript || document.querySelector('script[data-inbox][src*="/chat/widget.js"]');
  const key = script?.dataset.inbox;
  // Browsers without constructed styles (before 2023) show nothing: the shop's contact page is their way.
  if (!key || window.ramahChat || !("adoptedStyleSheets" in Document.prototype)) return;
  const home = new URL(script.src).origin;
  const wishes = { language: script.dataset.language || "", theme: script.dataset.theme || "", identity: script.dataset.identity || "" };
  const phone = matchMedia("(max-width: 30rem)");
  let port = null; // to the frame, once it has said that it is there
  let wanted = false;
  let isOpen = false;
  let told = "";

  const LOOK = `
    :host { all: initial !important; position: fixed !important; z-index: 2147483000 !important; inset-block-end: 0 !important; inset-inline-end: 0 !important; inline-size: 0 !important; block-size: 0 !important; overflow: visible !important; }
    * { box-sizing: border-box; margin: 0; }
    button { position: fixed; inset-block-end: calc(20px + env(safe-area-inset-bottom)); inset-inline-end: calc(20px + env(safe-area-inset-right)); inline-size: 56px; block-size: 56px; padding: 0; display: grid; place-items: center; border: 0; border-radius: 50%; background: var(--accent); color: var(--on-accent); box-shadow: 0 2px 12px rgb(0 0 0 / .28); cursor: pointer; touch-action: manipulation; }
    button:hover { background: var(--accent-strong); }
    button:focus-visible { outline: 3px solid var(--focus); outline-offset: 3px; }
    svg { inline-size: 28px; block-size: 28px; fill: none; stroke: currentColor; stroke-width: 1.75; stroke-linejoin: round; }
    span { position: absolute; inset-block-start: -4px; inset-inline-end: -4px; min-inline-size: 22px; padding-inline: 6px; border-radius: 11px; background: var(--broken); color: var(--on-broken); font: 700 13px/22px system-ui, sans-serif; text-align: center; }
    div { position: fixed; inset-block-end: max(20px, env(safe-area-inset-bottom)); inset-inline-end: max(20px, env(safe-area-inset-right)); inline-size: 376px; block-size: min(672px, 100vh - 40px); overflow: hidden; border: 1px solid var(--line); border-radius: 16px; background: var(--surface); box-shadow: 0 20px 56px rgb(0 0 0 / .3); visibility: hidden; opacity: 0; translate: 0 16px; }
    div[data-open] { visibility: visible; opacity: 1; translate: none; transition: opacity 120ms, translate 120ms; }
    iframe { display: block; inline-size: 100%; block-size: 100%; border: 0; color-scheme: normal; }
    [hidden] { display: none; }
    @media (max-width: 30rem) {
      div { inset: 0; inline-size: auto; block-size: auto; border: 0; border-radius: 0; padding: env(safe-area-inset-top) env(safe-area-inset-right) env(safe-area-inset-bottom) env(safe-area-inset-left); background: var(--bar); }
    }
    @media (prefers-reduced-motion: reduce) { div[data-open] { transition: none; } }
    @media print { :host { display: none !important; } }`;

  const make = (name, ...inside) => {
    const element = document.createElement(name);
    element.append(...inside);
    return element;
  };
  const drawing = () => {
    const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
    svg.setAttribute("viewBox", "0 0 24 24");
    svg.setAttribute("aria-hidden", "true");
    path.setAttribute("d", "M5 5h14a1 1 0 0 1 1 1v9a1 1 0 0 1-1 1h-7l-5 4v-4H5a1 1 0 0 1-1-1V6a1 1 0 0 1 1-1z");
    svg.append(path);
    return svg;
  };

  const host = document.createElement("div");
  const badge = make("span");
  const button = make("button", drawing(), badge);
  const frame = make("iframe");
  const panel = make("div", frame);
  // A landmark, so that the button is not lost outside of all of them.
  const place = make("aside", button, panel);
  button.type = "button";
  button.hidden = badge.hidden = true;
  badge.setAttribute("aria-hidden", "true");
  button.setAttribute("aria-expanded", "false");
  frame.setAttribute("allow", "clipboard-read; clipboard-write");

  const frameAddress = () => {
    const address = new URL(`frame/${encodeURIComponent(key)}/`, script.src);
    const language = wishes.language || document.documentElement.lang;
    if (language) address.searchParams.set("language", language);
    return address.href;
  };
  // Where the visitor is, without what may be secret in an address: neither query nor fragment.
  const page = () => ({ url: `${location.origin}${location.pathname}`.slice(0, 500), title: document.title.slice(0, 200) });
  const tell = (message) => port?.postMessage(message);
  const tellPage = () => {
    const now = page();
    if (told === JSON.stringify(now)) return;
    told = JSON.stringify(now);
    tell({ type: "page", page: now });
  };

  // The keyboard of a phone covers the lower half of the page: the panel keeps to what is still seen.
  const fit = () => {
    const view = window.visualViewport;
    const covered = isOpen && phone.matches && view && view.scale < 1.05;
    panel.style.setProperty("block-size", covered ? `${view.height}px` : "");
    panel.style.setProperty("inset-block", covered ? `${view.offsetTop}px auto` : "");
  };
  const open = (focus = true) => {
    wanted = focus;
    if (!port || isOpen) return;
    isOpen = true;
    button.hidden = true;
    panel.toggleAttribute("data-open", true);
    fit();
    tellPage();
    if (focus) frame.focus();
    tell({ type: "open", focus });
  };
  const close = () => {
    wanted = false;
    if (!isOpen) return;
    isOpen = false;
    panel.toggleAttribute("data-open", false);
    button.hidden = false;
    fit();
    tell({ type: "close" });
    button.focus({ preventScroll: true });
  };

  let words = {};
  const showUnread = (count) => {
    badge.hidden = !count;
    badge.textContent = count > 9 ? "9+" : String(count);
    button.setAttribute("aria-label", count ? String(words.unread).replace("%(count)s", count) : words.open);
  };
  const paint = (look) => {
    for (const [name, color] of Object.entries(look || {})) if (/^--[a-z-]+$/.test(name)) place.style.setProperty(name, String(color));
  };
  const heard = {
    ready: (message) => {
      words = message.words;
      frame.title = words.title;
      place.setAttribute("aria-label", words.title);
      paint(message.look);
      showUnread(message.unread);
      button.hidden = isOpen;
      if (isOpen) tell({ type: "open", focus: false });
      else if (wanted) open();
      else if (message.opened && !phone.matches) open(false);
    },
    look: (message) => paint(message.look),
    unread: (message) => showUnread(message.count),
    close,
    gone: () => host.remove(),
  };
  // The frame speaks first and to anyone; we answer only ours, with a line of its own that nobody else in the page can use.
  addEventListener("message", (event) => {
    if (event.origin !== home || event.source !== frame.contentWindow || event.data?.ramah !== "chat") return;
    const line = new MessageChannel();
    port = line.port1;
    port.onmessage = ({ data }) => Object.hasOwn(heard, data?.type) && heard[data.type](data);
    told = JSON.stringify(page());
    frame.contentWindow.postMessage({ ramah: "chat", theme: wishes.theme, identity: wishes.identity, page: page() }, home, [line.port2]);
  });

  button.addEventListener("click", () => open());
  for (const name of ["resize", "scroll"]) window.visualViewport?.addEventListener(name, fit);
  phone.addEventListener("change", fit);
  addEventListener("popstate", tellPage);
  window.navigation?.addEventListener("navigatesuccess", tellPage);

  // What a page may ask of us; for instance after somebody has signed in without a reload.
  window.ramahChat = Object.freeze({
    open: () => open(),
    close,
    set: (changes) => {
      const { language = wishes.language, theme = wishes.theme, identity = wishes.identity } = changes || {};
      const reload = language !== wishes.language;
      Object.assign(wishes, { language, theme, identity });
      if (reload) frame.src = frameAddress();
      else tell({ type: "wishes", theme, identity });
    },
  });

  const start = () => {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(LOOK);
    const shadow = host.attachShadow({ mode: "closed" });
    shadow.adoptedStyleSheets = [sheet];
    shadow.append(place);
    // Said twice, here beyond the reach of any style sheet of the page.
    const firm = { all: "initial", display: "block", position: "fixed", "z-index": "2147483000", "inset-block-end": "0", "inset-inline-end": "0" };
    for (const [name, value] of Object.entries(firm)) host.style.setProperty(name, value, "important");
    frame.src = frameAddress();
    // Beside the body: pages that exchange or move their body keep the chat.
    document.documentElement.append(host);
  };
  const idle = () => (window.requestIdleCallback ? requestIdleCallback(start, { timeout: 2000 }) : setTimeout(start, 200));
  if (document.readyState === "complete") idle();
  else addEventListener("load", idle, { once: true });
})();
