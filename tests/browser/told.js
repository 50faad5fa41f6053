/** Test-only, before a page's own scripts: what its banners told is kept. */
window.__told = [];
const note = () => {
  for (const banner of document.querySelectorAll('[data-testid^="reconnect-"], [data-testid="join-failed"]')) {
    const words = banner.textContent.trim();
    if (banner.tagName !== "BUTTON" && !window.__told.includes(words)) window.__told.push(words);
  }
};
new MutationObserver(note).observe(document, { subtree: true, childList: true });
