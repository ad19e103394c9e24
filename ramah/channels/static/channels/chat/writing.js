// The composer: the field, files before they go, emoji. What is written is kept as a draft until it is sent.
(() => {
  "use strict";
  const EMOJI = "😀 😁 😂 🙂 😉 😍 🥰 😘 🤔 😅 😮 😢 😭 😡 🙏 👍 👎 👌 👏 🙌 💪 👀 ❤️ 💛 💚 💙 🎉 🎁 ✨ 🔥 ⭐ ✅ ❌ ❓ 📦 🚚 🛒 👕 👗 👟".split(" ");
  const $ = (id) => document.getElementById(id);
  const make = window.chatElement;

  window.chatWriting = ({ setup, say, store, submit, typing }) => {
    let chosen = [];

    const grow = () => {
      // Set by script, so it needs no style attribute; new browsers grow the field by themselves.
      if (CSS.supports("field-sizing", "content")) return;
      $("text").style.setProperty("block-size", "auto");
      $("text").style.setProperty("block-size", `${$("text").scrollHeight + 2}px`);
    };
    const fault = (text) => {
      $("fault").textContent = text;
    };
    const sendWhatIsThere = () => {
      const text = $("text").value.trim();
      fault("");
      if ([...text].length > setup.characters) return fault(say("too_long", { count: setup.characters }));
      if (chosen.length) submit(text, chosen);
      else if (text) submit(text);
      else return;
      chosen = [];
      showChosen();
      $("text").value = "";
      store.drop("draft");
      grow();
    };
    $("compose").addEventListener("submit", (event) => {
      event.preventDefault();
      sendWhatIsThere();
      $("text").focus();
    });
    $("text").addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
      event.preventDefault();
      sendWhatIsThere();
    });
    $("text").addEventListener("input", () => {
      grow();
      store.put("draft", $("text").value);
      fault([...$("text").value].length > setup.characters ? say("too_long", { count: setup.characters }) : "");
      if (!$("text").value) return;
      typing();
    });

    // Files: chosen, dropped or pasted, and named before they go
    const showChosen = () => {
      $("chosen").hidden = !chosen.length;
      $("chosen").replaceChildren(...chosen.map((file) => {
        const drop = make("button", { class: "btn", type: "button", "data-kind": "icon", "aria-label": say("remove_file", { name: file.name }) }, window.chatIcon("x"));
        drop.addEventListener("click", () => {
          chosen = chosen.filter((other) => other !== file);
          showChosen();
          $("text").focus();
        });
        return make("li", { class: "file" }, window.chatIcon("file"), make("b", { dir: "auto" }, file.name), drop);
      }));
    };
    const choose = (files) => {
      fault("");
      for (const file of files) {
        if (!file.size) fault(say("empty_file", { name: file.name }));
        else if (file.size > setup.file_bytes) fault(say("too_big", { name: file.name, size: setup.file_bytes / 1048576 }));
        else if (chosen.length >= setup.files) fault(say("too_many_files", { count: setup.files }));
        else chosen.push(file);
      }
      showChosen();
      $("text").focus();
    };
    $("attach").addEventListener("click", () => $("files").click());
    $("files").addEventListener("change", () => {
      choose([...$("files").files]);
      $("files").value = "";
    });
    $("text").addEventListener("paste", (event) => {
      const files = [...(event.clipboardData?.files || [])];
      if (!files.length) return;
      event.preventDefault();
      choose(files);
    });
    for (const name of ["dragover", "dragleave", "drop"]) {
      document.addEventListener(name, (event) => {
        event.preventDefault();
        document.body.toggleAttribute("data-drop", name === "dragover");
        if (name === "drop" && event.dataTransfer?.files.length) choose([...event.dataTransfer.files]);
      });
    }

    // Emoji: one stop for Tab, arrows inside
    const showEmoji = (shows) => {
      $("emoji").hidden = !shows;
      $("smile").setAttribute("aria-expanded", String(shows));
      if (!shows) return;
      if (!$("emoji").firstChild) {
        $("emoji").append(...EMOJI.map((sign, at) => make("button", { type: "button", tabindex: at ? "-1" : "0" }, sign)));
      }
      $("emoji").firstChild.focus();
    };
    $("smile").addEventListener("click", () => showEmoji($("emoji").hidden));
    $("emoji").addEventListener("click", (event) => {
      const sign = event.target.closest("button")?.textContent;
      if (!sign) return;
      const field = $("text");
      field.setRangeText(sign, field.selectionStart, field.selectionEnd, "end");
      showEmoji(false);
      field.focus();
      field.dispatchEvent(new Event("input"));
    });
    $("emoji").addEventListener("keydown", (event) => {
      const signs = [...$("emoji").children];
      const row = signs.filter((sign) => sign.offsetTop === signs[0].offsetTop).length;
      const ahead = getComputedStyle(document.documentElement).direction === "rtl" ? -1 : 1;
      const step = { ArrowRight: ahead, ArrowLeft: -ahead, ArrowDown: row, ArrowUp: -row }[event.key];
      if (!step) return;
      event.preventDefault();
      const next = signs[signs.indexOf(document.activeElement) + step];
      if (!next) return;
      for (const sign of signs) sign.tabIndex = sign === next ? 0 : -1;
      next.focus();
    });

    $("text").value = store.get("draft");
    grow();
    return {
      // Answers whether the emoji were open.
      shutEmoji: () => {
        if ($("emoji").hidden) return false;
        showEmoji(false);
        $("text").focus();
        return true;
      },
    };
  };
})();
