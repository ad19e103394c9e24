// The page in the frame: head, sheets, reading, and the talk with the page that holds the frame. Stands alone as well
// (opened as a page of its own it is always open). Connects only once there is something to say or to hear: whoever merely looks
// in leaves nothing behind.
(() => {
  "use strict";
  const $ = (id) => document.getElementById(id);
  const setup = JSON.parse($("frame").textContent);
  const root = document.documentElement;
  const isAlone = window.parent === window;
  const say = window.chatWords(setup.words);
  const make = window.chatElement;
  const store = window.chatStore(setup.key);
  const RECENT = 3 * 86400 * 1000; // after that a chat is looked up only when it is opened

  let port = null;
  let isOpen = isAlone;
  let page = null;
  let identity = setup.identity;
  let state = null;
  let agent = "";
  let isOnline = false;
  let newestHeard = 0; // the newest line of the shop
  let read = Number(store.get("read")) || 0;
  let unread = new Set();
  let asked = false;
  let email = false;
  let ended = null; // the line that says that the chat is over

  const tell = (message) => port?.postMessage(message);
  const thread = window.chatThread({
    log: $("log"),
    shop: setup.shop,
    language: setup.language,
    say,
    retry: (id) => client.retry(id),
    remove: (id) => {
      client.remove(id);
      $("text").focus();
    },
  });
  const write = (place, text) => {
    if (place.textContent !== text) place.textContent = text;
  };

  // Head: who answers, how soon, until when
  const minutes = (seconds) => Math.max(1, Math.ceil(seconds / 60));
  const showState = () => {
    if (!state) return;
    const names = (state.agents || []).join(", ");
    let text = state.opens ? say("closed", { when: state.opens }) : say("closed_unknown");
    if (agent) text = say("with_you", { name: agent });
    else if (state.open && state.wait_seconds) text = say(names ? "open_wait" : "open_wait_nobody", { names, minutes: minutes(state.wait_seconds) });
    else if (state.open) text = say(names ? "open_named" : "open_nobody", { names });
    if (state.open && state.closes) text = say("until", { text, time: state.closes });
    write($("who"), text);
    const hello = [state.greeting, state.open ? "" : state.offline].filter(Boolean);
    let box = document.querySelector("[data-greeting]");
    if (!hello.length) box?.remove();
    else {
      if (!box) $("log").prepend((box = make("article", { class: "msg", "data-from": "shop", "data-greeting": true })));
      const text = hello.join("\n\n");
      if (box.dataset.text !== text) box.replaceChildren(...hello.map((part) => make("p", { class: "text", dir: "auto" }, String(part))), make("footer", {}, make("span", {}, setup.shop)));
      box.dataset.text = text;
    }
    showQuick();
    showAsks();
  };
  const showQuick = () => {
    const last = [...$("log").querySelectorAll("[data-line]:not(.act)")].at(-1)?.answers || [];
    const first = $("log").querySelector("[data-from=me]") ? [] : state?.quick_replies || [];
    const texts = client.queue.length ? [] : last.length ? last : first;
    $("quick").hidden = !texts.length;
    if (String([...$("quick").children].map((button) => button.textContent)) === String(texts)) return;
    $("quick").replaceChildren(...texts.map((text) => {
      const button = make("button", { class: "btn", type: "button", "data-size": "s" }, String(text));
      button.addEventListener("click", () => {
        submit(String(text));
        $("text").focus();
      });
      return button;
    }));
  };
  const isAnonymous = () => setup.anonymous || Boolean(state?.anonymous);
  const showAsks = () => {
    for (const part of document.querySelectorAll("[data-known]")) part.hidden = isAnonymous();
    const begun = client.isKnown();
    $("note").hidden = isAnonymous() || email || !begun;
    $("transcript").hidden = !email || isAnonymous();
    document.querySelector("[data-opens=rating]").hidden = !begun || !state?.rating;
    $("more").hidden = isAnonymous() && !begun;
  };
  const askRating = () => {
    const isFresh = ended && Date.now() - new Date(ended.at) < 86400 * 1000;
    if (isFresh && state?.rating && Number(store.get("rated") || 0) < ended.id) openSheet("rating", false);
  };
  const showPlace = (told) => {
    $("place").hidden = !told.place;
    if (told.place) write($("place"), say(told.wait_seconds ? "place_wait" : "place", { place: told.place, minutes: minutes(told.wait_seconds || 0) }));
  };
  const quietly = { until: 0, timer: 0 };
  const showTyping = (name) => {
    clearTimeout(quietly.timer);
    write($("typing"), name ? say("typing", { name }) : "");
    if (name) quietly.timer = setTimeout(showTyping, 6000);
  };
  let troubled = 0;
  const strip = (text) => write($("strip"), text);

  // What is new counts as read only when it is before somebody's eyes.
  const look = () => {
    const isSeen = isOpen && document.visibilityState === "visible";
    if (isSeen && newestHeard > read) {
      read = newestHeard;
      store.put("read", String(read));
      client.read(read);
    }
    for (const id of unread) if (id <= read) unread.delete(id);
    tell({ type: "unread", count: unread.size });
    $("newer").hidden = thread.atEnd() || !$("newer").dataset.new;
    client.slow(!isSeen);
  };

  const client = window.chatClient({
    base: new URL("../../", location.href.split(/[?#]/)[0]),
    key: setup.key,
    store,
    greet: () => ({ language: setup.language, identity, page: page || undefined }),
    on: {
      welcome: (told) => {
        email = told.email;
        if (told.name) $("name").value = told.name;
        thread.seen(told.read_by_agent || 0);
        state = told.state || state;
        showPlace({ place: told.place });
        showState();
        look();
        $("log").setAttribute("aria-live", "polite");
      },
      lines: (lines) => {
        for (const line of lines) {
          if (line.from === "me" || thread.has(line.id)) continue;
          newestHeard = Math.max(newestHeard, line.id);
          if (line.from !== "act" && line.id > read) unread.add(line.id);
          if (line.from === "agent") showTyping("");
          if (line.act === "status_resolved") ended = line;
          else if (line.from === "agent") ended = null;
        }
        const stuck = thread.put(lines);
        if (!stuck && lines.some((line) => line.from !== "me")) $("newer").dataset.new = "1";
        store.put("at", String(Date.now()));
        showQuick();
        askRating();
        look();
      },
      queue: (items) => {
        thread.queue(items, isOnline);
        showQuick();
      },
      progress: thread.progress,
      stored: thread.stored,
      status: (now) => {
        isOnline = ["online", "polling"].includes(now);
        thread.queue(client.queue, isOnline);
        clearTimeout(troubled);
        if (isOnline) strip("");
        else if (now === "gone" || now === "refused") {
          strip(say("gone"));
          if (!client.queue.length) tell({ type: "gone" });
        } else troubled = setTimeout(() => strip(say("offline")), 2500); // a short break is nobody's worry
      },
      typing: (told) => showTyping(String(told.name || setup.shop)),
      read: (told) => thread.seen(told.upto),
      place: showPlace,
      agent: (told) => {
        agent = String(told.name || "");
        showPlace({ place: null });
        showState();
      },
      state: (told) => {
        state = { ...state, ...told };
        showState();
      },
      refused: (told) => told.text && strip(told.text),
      forgotten: () => {
        thread.clear();
        unread = new Set();
        showState();
      },
    },
  });

  const submit = (text, files = null) => {
    client.start();
    client.say(text, files);
    thread.toEnd();
  };
  const writing = window.chatWriting({
    setup,
    say,
    store,
    submit,
    typing: () => {
      client.start();
      client.typing();
    },
  });

  // Sheets: details and rating, over the composer
  let opener = null;
  const openSheet = (name, focus = true) => {
    for (const sheet of document.querySelectorAll(".sheet")) sheet.hidden = sheet.id !== name;
    if (!focus) return;
    opener = document.activeElement?.closest("#menu") ? $("more") : document.activeElement;
    $("menu").hidePopover?.();
    $(name).querySelector("input").focus();
  };
  const shutSheet = () => {
    const sheet = document.querySelector(".sheet:not([hidden])");
    if (!sheet) return false;
    const isInside = sheet.contains(document.activeElement);
    sheet.hidden = true;
    if (isInside) (opener?.isConnected && !opener.closest("[hidden]") ? opener : $("text")).focus();
    return true;
  };
  const ask = async (what, body, place) => {
    try {
      const { ok, told } = await client.ask(what, body);
      if (ok && told.type !== "refused") return true;
      write(place, told.text || say("try_again"));
    } catch {
      write(place, say("try_again"));
    }
    return false;
  };
  $("details").addEventListener("submit", async (event) => {
    event.preventDefault();
    const wish = { name: $("name").value.trim(), email: isAnonymous() ? "" : $("email").value.trim() };
    write($("details-fault"), "");
    if (wish.email && !/^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(wish.email)) {
      write($("details-fault"), say("email_first"));
      $("email").setAttribute("aria-invalid", "true");
      return $("email").focus();
    }
    $("email").removeAttribute("aria-invalid");
    client.start();
    await known();
    if (!(await ask("details", wish, $("details-fault")))) return;
    email = email || Boolean(wish.email);
    strip(wish.email ? say("saved", { email: wish.email }) : say("saved_name"));
    shutSheet();
    showAsks();
  });
  // Resolves once the shop knows this visitor: only then there is somebody whose details they are.
  const known = async () => {
    for (let tries = 0; tries < 50 && !client.isKnown(); tries++) await new Promise((done) => setTimeout(done, 200));
  };
  $("rating").addEventListener("submit", async (event) => {
    event.preventDefault();
    const score = Number(new FormData($("rating")).get("score"));
    write($("rating-fault"), score ? "" : say("rate_first"));
    if (!score || !(await ask("rating", { score, text: $("why").value.trim() }, $("rating-fault")))) return;
    store.put("rated", String(newestHeard));
    strip(say("thanks"));
    shutSheet();
  });
  for (const button of document.querySelectorAll("[data-opens]")) button.addEventListener("click", () => openSheet(button.dataset.opens));
  for (const button of document.querySelectorAll("[data-shuts]")) {
    button.addEventListener("click", () => {
      if (button.closest("#rating")) store.put("rated", String(newestHeard));
      shutSheet();
    });
  }
  $("transcript").addEventListener("click", async () => {
    $("menu").hidePopover?.();
    if (await ask("transcript", {}, $("strip"))) strip(say("mailed"));
  });
  $("forget").addEventListener("click", () => {
    $("menu").hidePopover?.();
    client.forget();
    thread.clear();
    [newestHeard, read, email, agent, ended] = [0, 0, false, "", null];
    unread = new Set();
    $("details").reset();
    $("text").value = "";
    showState();
    strip(say("forgotten"));
    look();
    $("text").focus();
  });

  // Open and closed
  const opened = (focus) => {
    isOpen = true;
    remember("1");
    $("close").hidden = isAlone;
    if (client.isKnown() || identity) client.start();
    else refresh();
    if (!thread.atEnd() && !$("newer").dataset.new) thread.toEnd();
    look();
    // A finger does not want the keyboard over half of the screen before there was something to read.
    askRating();
    if (focus) (matchMedia("(pointer: coarse)").matches ? $("shop") : $("text")).focus({ preventScroll: true });
  };
  const refresh = async () => {
    if (asked) return;
    asked = true;
    try {
      state = await client.state();
      strip("");
      showState();
    } catch {
      strip(say("offline"));
      setTimeout(refresh, 5000);
    }
    asked = false;
  };
  // Where nothing is kept, the chat is closed on the next page.
  const kept = (act) => {
    try {
      return act(sessionStorage, `ramah.chat.${setup.key}.open`);
    } catch {
      return null;
    }
  };
  const remember = (value) => kept((storage, name) => storage.setItem(name, value));
  const wasOpen = () => kept((storage, name) => storage.getItem(name) === "1") || false;
  const closed = () => {
    isOpen = false;
    remember("");
    look();
  };
  const shut = () => {
    closed();
    tell({ type: "close" });
  };
  $("close").addEventListener("click", shut);
  $("newer").addEventListener("click", () => {
    thread.toEnd();
    $("log").focus();
  });
  $("log").addEventListener("scroll", () => {
    if (thread.atEnd()) delete $("newer").dataset.new;
    $("newer").hidden = !$("newer").dataset.new;
  }, { passive: true });
  document.addEventListener("visibilitychange", look);
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || event.isComposing || document.querySelector(":popover-open")) return;
    if (!writing.shutEmoji() && !shutSheet() && !isAlone) shut();
  });

  // The page that holds the frame
  const colors = () => {
    const style = getComputedStyle(root);
    const names = ["--accent", "--accent-strong", "--on-accent", "--broken", "--on-broken", "--focus", "--line", "--surface", "--bar"];
    return Object.fromEntries(names.map((name) => [name, style.getPropertyValue(name).trim()]));
  };
  const wish = ({ theme, identity: token }) => {
    if (["light", "dark"].includes(theme)) root.dataset.theme = theme;
    if (typeof token === "string" && token && token !== identity) {
      identity = token;
      if (isOpen || client.isKnown()) client.start();
      client.again();
    }
    tell({ type: "look", look: colors() });
  };
  const asPage = (told) => (told && typeof told.url === "string" && typeof told.title === "string" ? { url: told.url.slice(0, 500), title: told.title.slice(0, 200) } : null);
  const heard = {
    open: (told) => opened(told.focus !== false),
    close: closed,
    wishes: wish,
    page: (told) => {
      page = asPage(told.page) || page;
      if (page) client.page(page);
    },
  };
  const introduce = (event) => {
    // Only the page around us, only from a site that may hold us, only once.
    const isOurs = event.origin === location.origin || setup.origins.includes(event.origin);
    if (port || event.source !== window.parent || !isOurs || event.data?.ramah !== "chat" || !event.ports[0]) return;
    port = event.ports[0];
    page = asPage(event.data.page);
    wish(event.data);
    port.onmessage = ({ data }) => Object.hasOwn(heard, data?.type) && heard[data.type](data);
    tell({ type: "ready", words: { title: say("title"), open: say("open"), unread: say("unread") }, look: colors(), unread: unread.size, opened: wasOpen() });
  };
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => tell({ type: "look", look: colors() }));

  showAsks();
  if (isAlone) opened(false);
  else {
    addEventListener("message", introduce);
    window.parent.postMessage({ ramah: "chat" }, "*");
  }
  if (client.queue.length) {
    client.start();
    thread.queue(client.queue, false);
  } else if (client.isKnown() && Date.now() - Number(store.get("at")) < RECENT) client.start();
})();
