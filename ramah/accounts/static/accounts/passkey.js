/* Shows what passkeys need where the browser has them, and says so when one was not used. */
(() => {
  // A passkey belongs to a name; browsers refuse bare IP addresses.
  const named = !/^[\d.]+$|^\[/.test(location.hostname);
  const possible = Boolean(window.isSecureContext && window.PublicKeyCredential && named);
  const show = (selector, on) => document.querySelectorAll(selector).forEach((part) => { part.hidden = !on; });
  document.addEventListener("DOMContentLoaded", () => {
    show("[data-needs-passkeys]", possible);
    show("[data-lacks-passkeys]", !possible);
  });
  document.addEventListener("allauth.error", (event) => {
    event.preventDefault();
    show("#passkey_failed", true);
  });
})();
