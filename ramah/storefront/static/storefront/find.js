// Suggestions below the search field: arrows walk through the links, Escape puts them away. Without this, Tab does.
// A list that was asked for by its button comes into view, the choices fold away (on a phone they stand before it).
(() => {
  "use strict";
  document.addEventListener("keydown", (event) => {
    const form = event.target.closest?.("[data-find]");
    if (!form) return;
    const field = form.querySelector("input[type=search]");
    const box = form.querySelector(".suggested");
    const links = [...box.querySelectorAll("a")];
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step && links.length) {
      event.preventDefault();
      const stops = [field, ...links];
      const at = stops.indexOf(document.activeElement);
      stops[(at + step + stops.length) % stops.length].focus();
    } else if (event.key === "Escape" && box.firstChild) {
      event.preventDefault();
      box.replaceChildren();
      field.focus();
    }
  });
  document.addEventListener("submit", (event) => {
    if (!event.target.matches(".browse")) return;
    event.target.querySelector(".narrow-by")?.removeAttribute("open");
    event.target.querySelector("#found")?.scrollIntoView({ block: "start" });
  });
})();
