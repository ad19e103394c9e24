// The lines of the chat on the page: in the order of the shop, each once, what is on its way at the end. Whatever comes from outside is
// put in as text; addresses are followed only if they are of the web.
(() => {
  "use strict";
  const LINK = /\bhttps?:\/\/[^\s<>"]+[^\s<>".,;:!?'’”»)\]}]/g;

  window.chatWords = (words) => (name, values = {}) =>
    Object.entries(values).reduce((text, [key, value]) => text.replaceAll(`%(${key})s`, () => String(value)), words[name] ?? "");

  window.chatElement = (name, attributes = {}, ...inside) => {
    const element = document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) if (value !== null && value !== false) element.setAttribute(key, value === true ? "" : value);
    element.append(...inside.filter((part) => part !== null && part !== ""));
    return element;
  };
  const make = window.chatElement;
  window.chatIcon = (name) => {
    const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
    svg.setAttribute("class", "i");
    svg.setAttribute("aria-hidden", "true");
    use.setAttribute("href", `#i-${name}`);
    svg.append(use);
    return svg;
  };

  const webAddress = (text) => {
    try {
      const url = new URL(String(text), document.baseURI);
      return ["http:", "https:"].includes(url.protocol) ? url.href : "";
    } catch {
      return "";
    }
  };
  const withLinks = (text) => {
    const parts = [];
    let at = 0;
    for (const found of text.matchAll(LINK)) {
      const url = webAddress(found[0]);
      if (!url) continue;
      parts.push(text.slice(at, found.index), make("a", { href: url, target: "_blank", rel: "noopener noreferrer nofollow" }, found[0]));
      at = found.index + found[0].length;
    }
    return [...parts, text.slice(at)];
  };

  window.chatThread = ({ log, shop, language, say, retry, remove }) => {
    const shown = new Map(); // by line id
    const waiting = new Map(); // by client id
    let seenUpto = 0;
    const hour = new Intl.DateTimeFormat(language, { hour: "2-digit", minute: "2-digit" });
    const day = new Intl.DateTimeFormat(language, { weekday: "long", day: "numeric", month: "long" });
    const size = (bytes) => new Intl.NumberFormat(language, { maximumFractionDigits: 1 }).format(bytes / 1048576 || 0);

    const fileOf = (file) => {
      const url = webAddress(file.url);
      const name = make("b", { dir: "auto" }, String(file.name));
      if (!url) return make("span", { class: "file" }, window.chatIcon("file"), name);
      const picture = file.picture && new URL(url).origin === location.origin;
      const sign = picture ? make("img", { src: url, alt: "", loading: "lazy", width: 240, height: 160 }) : window.chatIcon("file");
      const about = file.size >= 52429 ? make("small", { class: "muted" }, `${size(file.size)} MB`) : "";
      return make("a", { class: "file", href: url, target: "_blank", rel: "noopener", "data-picture": picture }, sign, name, about);
    };
    const cardOf = (card) => {
      const url = webAddress(card.url);
      const picture = card.image && webAddress(card.image);
      const thumb = picture && new URL(picture).origin === location.origin ? make("img", { class: "thumb", src: picture, alt: "", loading: "lazy", width: 56, height: 56 }) : "";
      const words = make("span", { class: "grow" }, make("small", { class: "muted" }, say(card.kind === "order" ? "order" : "product")), make("b", { dir: "auto" }, String(card.title ?? "")));
      for (const text of [card.text, card.price, card.state]) if (text) words.append(make("span", { class: "small", dir: "auto" }, String(text)));
      return make(url ? "a" : "div", { class: "ctx row", "data-gap": "3", ...(url ? { href: url, target: "_blank", rel: "noopener" } : {}) }, thumb, words);
    };
    const timeOf = (line) => {
      const at = new Date(line.at);
      return Number.isNaN(at.getTime()) ? "" : make("time", { datetime: at.toISOString() }, hour.format(at));
    };
    const textOf = (text) => make("p", { class: "text", dir: "auto" }, ...withLinks(String(text)));

    const fill = (box, line) => {
      const mine = line.from === "me";
      const act = line.from === "act";
      box.className = act ? "act" : "msg";
      box.dataset.from = mine ? "me" : "shop";
      box.answers = Array.isArray(line.answers) ? line.answers : [];
      box.dataset.day = new Date(line.at).toDateString();
      if (act) return box.replaceChildren(make("span", { dir: "auto" }, String(line.text ?? "")));
      const who = make("span", { class: mine ? "vh" : "" }, mine ? say("me") : String(line.name || shop));
      const parts = line.deleted ? [make("p", { class: "muted" }, say("deleted"))] : [];
      if (!line.deleted && line.text) parts.push(textOf(line.text));
      if (!line.deleted && line.card && typeof line.card === "object") parts.push(cardOf(line.card));
      const files = line.deleted || !Array.isArray(line.files) ? [] : line.files;
      if (files.length) parts.push(make("div", { class: "files" }, ...files.map(fileOf)));
      box.replaceChildren(...parts, make("footer", {}, who, timeOf(line), mine ? make("span", { "data-state": true }) : ""));
    };
    // Before the first line that comes later; what waits to be sent stays at the end.
    const insert = (box, id) => {
      const later = [...log.children].find((other) => (Number(other.dataset.line) || (other.dataset.wait ? Infinity : 0)) > id);
      log.insertBefore(box, later ?? null);
    };
    const days = () => {
      for (const mark of log.querySelectorAll("[data-date]")) mark.remove();
      let last = new Date().toDateString();
      for (const box of log.querySelectorAll("[data-line]")) {
        const { day: now } = box.dataset;
        if (now !== last && now !== "Invalid Date") {
          const today = now === new Date().toDateString();
          box.before(make("div", { class: "act", "data-date": true }, make("span", {}, today ? say("today") : day.format(new Date(now)))));
          last = now;
        }
      }
    };
    // Said once under the last line that was seen, once under the last that was sent.
    const states = () => {
      let below = "";
      for (const box of [...log.querySelectorAll("[data-line][data-from=me].msg")].reverse()) {
        const state = Number(box.dataset.line) <= seenUpto ? "seen" : "sent";
        const place = box.querySelector("[data-state]");
        const text = state === below ? "" : say(state);
        if (place && place.textContent !== text) place.textContent = text;
        below = state;
      }
    };
    const atEnd = () => log.scrollHeight - log.scrollTop - log.clientHeight < 80;
    const toEnd = () => {
      log.scrollTop = log.scrollHeight;
    };
    // Whoever looks at the end keeps looking at it, also when a picture comes in or a sheet takes half of the room.
    let stuck = true;
    const stay = () => stuck && toEnd();
    log.addEventListener("scroll", () => (stuck = atEnd()), { passive: true });
    log.addEventListener("load", stay, true);
    new ResizeObserver(stay).observe(log);
    const keepingPlace = (change) => {
      stuck = atEnd();
      change();
      stay();
      return stuck;
    };

    const stateOf = (item, online) => {
      if (item.failed) return item.failed === "-" ? say("failed") : `${say("failed")} ${item.failed}`;
      if (item.until > Date.now()) return say("later", { seconds: Math.ceil((item.until - Date.now()) / 1000) });
      return say(online ? "sending" : "waiting");
    };
    const fillWaiting = (box, item, online) => {
      if (!box.firstChild) {
        const files = (item.files || []).map((file) => make("span", { class: "file" }, window.chatIcon("file"), make("b", { dir: "auto" }, file.name)));
        const names = (item.files || []).map((file) => file.name).join(", ");
        const bar = files.length ? make("progress", { max: 1, value: 0, "aria-label": say("uploading", { name: names }) }) : "";
        box.append(...(item.text ? [textOf(item.text)] : []), ...(files.length ? [make("div", { class: "files" }, ...files), bar] : []));
        box.append(make("footer", {}, make("span", { class: "vh" }, say("me")), make("span", { "data-state": true }), make("span", { class: "row", "data-gap": "2", "data-ask": true })));
      }
      const text = stateOf(item, online);
      const state = box.querySelector("[data-state]");
      if (state.textContent !== text) state.textContent = text;
      box.toggleAttribute("data-failed", Boolean(item.failed));
      for (const bar of box.querySelectorAll("progress")) bar.hidden = Boolean(item.failed);
      state.toggleAttribute("role", false);
      if (item.failed) state.setAttribute("role", "alert");
      const ask = box.querySelector("[data-ask]");
      if (Boolean(ask.firstChild) === Boolean(item.failed)) return;
      const button = (name, act) => {
        const made = make("button", { class: "btn", type: "button", "data-size": "s" }, say(name));
        made.addEventListener("click", () => act(item.id));
        return made;
      };
      ask.replaceChildren(...(item.failed ? [button("retry", retry), button("remove", remove)] : []));
    };

    return {
      atEnd,
      toEnd,
      has: (id) => shown.has(id),
      // Puts lines where they belong. Answers whether the end is (still) in sight.
      put: (lines) => keepingPlace(() => {
        for (const line of lines) {
          if (line.client_id) waiting.get(line.client_id)?.remove();
          if (line.client_id) waiting.delete(line.client_id);
          const known = shown.get(line.id);
          const said = JSON.stringify(line);
          if (known?.said === said) continue;
          const box = known?.box ?? make("article", { "data-line": line.id });
          fill(box, line);
          if (!known) insert(box, line.id);
          shown.set(line.id, { box, said });
        }
        days();
        states();
      }),
      queue: (items, online) => keepingPlace(() => {
        for (const [id, box] of waiting) {
          if (items.some((item) => item.id === id)) continue;
          box.remove();
          waiting.delete(id);
        }
        for (const item of items) {
          const known = waiting.get(item.id);
          const box = known ?? make("article", { class: "msg", "data-from": "me", "data-wait": item.id });
          fillWaiting(box, item, online);
          if (!known) log.append(box);
          waiting.set(item.id, box);
        }
      }),
      progress: (item) => {
        const bar = waiting.get(item.id)?.querySelector("progress");
        if (bar) bar.value = item.progress;
      },
      // Kept by the shop, but without a line of its own yet.
      stored: (item) => {
        const box = make("article", { class: "msg", "data-from": "me" });
        box.append(textOf(item.text), make("footer", {}, make("span", { class: "vh" }, say("me")), make("span", {}, say("sent"))));
        log.append(box);
      },
      seen: (upto) => {
        seenUpto = Math.max(seenUpto, upto);
        states();
      },
      clear: () => {
        shown.clear();
        waiting.clear();
        seenUpto = 0;
        log.replaceChildren();
      },
    };
  };
})();
