// What the pages of the shop do beside ui.js. Everything works without it; see docs/guides/look.md.
(() => {
  "use strict";
  // One more, one less: never below one nor above what is there.
  document.addEventListener("click", (event) => {
    const button = event.target.closest(".stepper [data-step]");
    const field = button?.closest(".stepper").querySelector("input");
    if (!field) return;
    const most = Number(field.dataset.most || field.max || 999);
    const wanted = (Number.parseInt(field.value, 10) || 0) + Number(button.dataset.step);
    field.value = Math.min(Math.max(wanted, 1), most);
    field.dispatchEvent(new Event("change", { bubbles: true }));
  });
})();
