// The line to the shop: a socket, and plain requests where sockets do not get through. Promises that what the visitor sends is kept
// on the device until the shop has said that it is stored, is repeated under the same id until then, and is never shown twice.
// Knows nothing of the page: it tells what happens by `on`, a map of functions by kind.
(() => {
  "use strict";
  const SECOND = 1000;
  const PATIENCE = 10 * SECOND; // for an answer to what was sent
  const PING = 25 * SECOND;
  const LONGEST = 60 * SECOND; // between two attempts
  const POLL = 3 * SECOND;
  const RETRY_SOCKET = 120 * SECOND;
  const FAILURES = 3; // of the socket, before plain requests are tried
  const FINAL = { 4403: "refused", 4404: "gone" };
  const GONE = [401, 410]; // of a request: the shop does not know the token
  const AGAIN = { too_fast: 5, too_many: 60, paused: 30, try_again: 5 }; // seconds, where the shop does not say how long

  // Storage of this site, or of this page where the browser keeps none for frames.
  window.chatStore = (key) => {
    const prefix = `ramah.chat.${key}.`;
    let kept;
    try {
      kept = window.localStorage;
      kept.setItem(`${prefix}try`, "1");
      kept.removeItem(`${prefix}try`);
    } catch {
      const rows = new Map();
      kept = { getItem: (name) => rows.get(name) ?? null, setItem: (name, value) => rows.set(name, value), removeItem: (name) => rows.delete(name), keys: () => [...rows.keys()] };
    }
    const names = () => (kept.keys ? kept.keys() : Object.keys(kept)).filter((name) => name.startsWith(prefix)).map((name) => name.slice(prefix.length));
    const put = (name, value) => {
      try {
        kept.setItem(prefix + name, value);
      } catch {
        // Full: what is in memory is still sent.
      }
    };
    const drop = (name) => kept.removeItem(prefix + name);
    return { get: (name) => kept.getItem(prefix + name) ?? "", put, drop, names, clear: () => names().forEach(drop) };
  };

  window.chatClient = ({ base, key, store, greet, on }) => {
    const address = (what) => new URL(`${key}/${what}`, base).href;
    let token = store.get("token");
    let socket = null;
    let isReady = false; // the shop knows us; what waits may go
    let isOn = false;
    let mode = "idle";
    let failures = 0;
    let attempts = 0;
    let newest = 0; // the newest line that came in order; an acknowledged one of ours may be ahead of others
    let unanswered = 0;
    let flying = null;
    let typed = 0;
    let pace = POLL;
    const timers = {};
    const later = (name, pause, act) => {
      clearTimeout(timers[name]);
      timers[name] = setTimeout(act, pause);
    };

    // What waits to be sent. One entry each, so that two windows of one visitor do not write over each other.
    const queue = [];
    const keep = (item) => !item.files && store.put(`say.${item.id}`, JSON.stringify({ text: item.text, at: item.at, failed: item.failed }));
    const fresh = () => Array.from(crypto.getRandomValues(new Uint8Array(12)), (byte) => byte.toString(16).padStart(2, "0")).join("");
    const settle = (id) => {
      const at = queue.findIndex((item) => item.id === id);
      if (flying === id) flying = null;
      store.drop(`say.${id}`);
      return at < 0 ? null : queue.splice(at, 1)[0];
    };
    const recall = () => {
      for (const name of store.names().filter((name) => name.startsWith("say."))) {
        try {
          queue.push({ id: name.slice(4), ...JSON.parse(store.get(name)) });
        } catch {
          store.drop(name);
        }
      }
      queue.sort((a, b) => a.at - b.at);
    };

    const status = (now) => {
      if (mode === now) return;
      mode = now;
      on.status(now);
    };
    const send = (frame) => socket?.readyState === WebSocket.OPEN && socket.send(JSON.stringify(frame));
    const hello = (after) => ({ type: "hello", token, after, ...greet() });

    const post = async (what, body) => {
      const form = body instanceof FormData;
      const headers = { Authorization: `Bearer ${token}`, ...(form ? {} : { "Content-Type": "application/json" }) };
      const answer = await fetch(address(what), { method: "POST", headers, body: form ? body : JSON.stringify(body), signal: AbortSignal.timeout(20 * SECOND) });
      const told = await answer.json().catch(() => ({}));
      if (answer.status >= 500 && !told.type) throw new Error(`${answer.status}`);
      return { ok: answer.ok, status: answer.status, told };
    };

    // One message at a time, so that the order of the visitor is the order of the shop.
    const pump = () => {
      const item = queue.find((row) => !row.failed);
      if (!isReady || flying || !item) return;
      const pause = (item.until || 0) - Date.now();
      if (pause > 0) return later("pump", pause, pump);
      item.until = 0;
      flying = item.id;
      on.queue(queue);
      if (item.files) upload(item);
      else if (socket) {
        send({ type: "say", id: item.id, text: item.text });
        later("answer", PATIENCE, () => {
          // No answer: the line may be dead without knowing it. The same id again is harmless.
          flying = null;
          if (socket) socket.close(4000);
          else pump();
        });
      } else sayByRequest(item);
    };
    const sayByRequest = async (item) => {
      try {
        const { status: code, told } = await post("say", { type: "say", id: item.id, text: item.text });
        if (GONE.includes(code)) {
          forgotten();
          return lost();
        }
        heed(told);
        if (flying !== item.id) return;
        heed({ type: "refused", id: item.id, why: "try_again" });
      } catch {
        lost();
      }
    };
    const upload = (item) => {
      const form = new FormData();
      const request = new XMLHttpRequest();
      form.append("id", item.id);
      form.append("text", item.text);
      for (const file of item.files) form.append("files", file);
      item.request = request;
      request.upload.onprogress = (event) => {
        item.progress = event.lengthComputable ? event.loaded / event.total : 0;
        on.progress(item);
      };
      request.onload = () => {
        let told = null;
        try {
          told = JSON.parse(request.responseText);
        } catch {
          told = null;
        }
        if (GONE.includes(request.status)) {
          forgotten();
          socket ? socket.close(4000) : lost();
        } else if (told && ["ack", "refused"].includes(told.type)) heed({ ...told, id: item.id });
        else heed({ type: "refused", id: item.id, why: request.status < 500 ? "unknown" : "try_again", text: "" });
      };
      request.onerror = () => heed({ type: "refused", id: item.id, why: "try_again" });
      request.open("POST", address("files"));
      request.setRequestHeader("Authorization", `Bearer ${token}`);
      request.send(form);
    };

    const take = (lines) => {
      for (const line of lines) if (line.client_id) settle(line.client_id);
      if (lines.length) on.lines(lines);
    };
    const takeInOrder = (told, more) => {
      const lines = (Array.isArray(told) ? told : []).filter((line) => Number.isInteger(line?.id));
      take(lines);
      for (const line of lines) newest = Math.max(newest, line.id);
      return more && lines.length > 0;
    };
    const heard = {
      welcome: (told) => {
        if (told.token) store.put("token", (token = told.token));
        [failures, attempts] = [0, socket ? 0 : attempts];
        isReady = true;
        const more = takeInOrder(told.lines, told.more);
        on.welcome(told);
        if (told.refused) on.refused(told.refused);
        status(socket ? "online" : "polling");
        if (more) socket ? send(hello(newest)) : poll();
        flying = null;
        on.queue(queue);
        pump();
      },
      ack: (told) => {
        clearTimeout(timers.answer);
        const item = settle(told.id);
        if (told.line) take([told.line]);
        else if (item) on.stored(item);
        on.queue(queue);
        pump();
      },
      refused: (told) => {
        const item = queue.find((row) => row.id === told.id);
        if (!item) return on.refused(told);
        clearTimeout(timers.answer);
        if (flying === item.id) flying = null;
        if (told.wait || told.why in AGAIN) item.until = Date.now() + Math.min(3600, told.wait || AGAIN[told.why]) * SECOND;
        else item.failed = told.text || "-";
        keep(item);
        on.queue(queue);
        pump();
      },
      lines: (told) => {
        if (takeInOrder(told.lines, told.more) && socket) send(hello(newest));
        on.queue(queue);
      },
      pong: () => {},
      bye: () => {},
    };
    const heed = (told) => {
      if (!told || typeof told !== "object") return;
      if (Object.hasOwn(heard, told.type)) heard[told.type](told);
      else if (["typing", "read", "place", "agent", "state"].includes(told.type)) on[told.type](told);
    };

    const lost = () => {
      isReady = false;
      flying = null;
      clearTimeout(timers.answer);
      clearTimeout(timers.poll);
      clearTimeout(timers.probe);
      if (!isOn) return;
      status("offline");
      on.queue(queue);
      // Not all at once: a shop that comes back is not met by everybody in the same second.
      const pause = Math.min(LONGEST, SECOND * 2 ** attempts++) * (0.5 + Math.random() / 2);
      later("connect", pause, connect);
    };
    const ended = (code) => {
      const gone = FINAL[code];
      socket = null;
      unanswered = 0;
      if (!isReady) failures++;
      if (code === 4410) forgotten();
      if (code === 4429) attempts = Math.max(attempts, 5);
      if (gone) {
        isOn = isReady = false;
        status(gone);
        return;
      }
      lost();
    };
    const forgotten = () => {
      store.drop("token");
      token = "";
      newest = 0;
      on.forgotten();
    };

    const openSocket = (then) => {
      const line = new WebSocket(new URL(`socket/${key}/`, base).href.replace(/^http/, "ws"));
      socket = line;
      later("welcome", 2 * PATIENCE, () => line.close(4000));
      line.onopen = () => send(hello(newest));
      line.onmessage = (event) => {
        if (socket !== line) return;
        unanswered = 0;
        let told = null;
        try {
          told = JSON.parse(event.data);
        } catch {
          return;
        }
        if (told?.type === "welcome") clearTimeout(timers.welcome);
        heed(told);
      };
      line.onclose = (event) => {
        clearTimeout(timers.welcome);
        if (socket === line) then(event.code);
      };
    };
    const connect = () => {
      clearTimeout(timers.connect);
      if (!isOn || socket || isReady) return;
      token = store.get("token") || token; // another window may have got one meanwhile
      if (mode !== "offline") status("connecting");
      if (failures >= FAILURES) startByRequest();
      else openSocket(ended);
    };

    // Plain requests, for where sockets do not get through; now and then a socket is tried again.
    const startByRequest = async () => {
      try {
        const { status: code, told } = await post("start", hello(newest));
        if (code === 404) return ended(4404);
        if (code === 403) return ended(4403);
        if (GONE.includes(code)) forgotten();
        else if (told.type === "refused") on.refused(told);
        if (told.type !== "welcome") return lost();
        heed(told);
        attempts = 0;
        later("poll", pace, poll);
        later("probe", RETRY_SOCKET, () => {
          isReady = false;
          failures = FAILURES - 1;
          clearTimeout(timers.poll);
          connect();
        });
      } catch {
        failures = 0; // nothing gets through: sockets are not to blame
        lost();
      }
    };
    const poll = async () => {
      if (socket || !isReady) return;
      try {
        const answer = await fetch(`${address("lines")}?after=${newest}`, { headers: { Authorization: `Bearer ${token}` }, signal: AbortSignal.timeout(20 * SECOND) });
        if (GONE.includes(answer.status)) forgotten();
        if (!answer.ok) return lost();
        const told = await answer.json();
        heed({ ...told, type: "lines" });
        for (const kind of ["read", "place", "typing", "state"]) if (told[kind] && typeof told[kind] === "object") on[kind](told[kind]);
        later("poll", told.more ? 0 : pace, poll);
      } catch {
        lost();
      }
    };

    // A line that looks open may be dead: after sleep, behind a router that forgot it.
    const check = (patience) => {
      if (!socket || !isReady) return;
      unanswered = 1;
      send({ type: "ping" });
      later("pong", patience, () => unanswered && socket?.close(4000));
    };
    const beat = () => {
      later("beat", PING, beat);
      check(PATIENCE);
    };
    const now = () => {
      if (!isOn) return;
      if (isReady) check(4 * SECOND);
      else if (!socket) {
        attempts = 0;
        connect();
      }
    };
    addEventListener("online", now);
    addEventListener("pageshow", now);
    document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && now());

    recall();
    return {
      start: () => {
        if (isOn) return;
        isOn = true;
        beat();
        connect();
      },
      again: () => socket?.close(4000), // says hello anew
      isKnown: () => Boolean(token),
      queue,
      say: (text, files = null) => {
        const item = { id: fresh(), text, at: Date.now(), ...(files ? { files } : {}) };
        queue.push(item);
        typed = 0;
        keep(item);
        on.queue(queue);
        pump();
      },
      retry: (id) => {
        const item = queue.find((row) => row.id === id);
        if (item) Object.assign(item, { failed: "", until: 0 });
        if (item) keep(item);
        on.queue(queue);
        pump();
      },
      remove: (id) => {
        settle(id)?.request?.abort();
        on.queue(queue);
        pump();
      },
      typing: () => {
        if (!isReady || Date.now() - typed < 3 * SECOND) return;
        typed = Date.now();
        send({ type: "typing" });
      },
      read: (upto) => isReady && (socket ? send({ type: "read", upto }) : post("read", { upto }).catch(() => {})),
      page: (page) => isReady && send({ type: "page", ...page }),
      ask: (what, body) => post(what, body),
      state: () => fetch(address(`state?language=${encodeURIComponent(greet().language)}`), { signal: AbortSignal.timeout(20 * SECOND) }).then((answer) => (answer.ok ? answer.json() : Promise.reject(new Error(`${answer.status}`)))),
      slow: (isSlow) => (pace = isSlow ? 5 * POLL : POLL),
      forget: () => {
        isOn = isReady = false;
        Object.values(timers).forEach(clearTimeout);
        const line = socket;
        socket = null;
        line?.close();
        store.clear();
        [token, newest, queue.length, flying, failures, attempts] = ["", 0, 0, null, 0, 0];
        mode = "idle";
        on.queue(queue);
      },
    };
  };
})();
