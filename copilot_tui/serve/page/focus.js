// The keyboard belongs to the app as soon as it is shown, without a click.
window.addEventListener("load", () => {
  const shown = new MutationObserver(() => {
    const keyboard = document.querySelector(".xterm-helper-textarea");
    if (keyboard && document.body.classList.contains("-first-byte")) {
      shown.disconnect();
      keyboard.focus();
    }
  });
  shown.observe(document.body, { attributes: true, childList: true, subtree: true });
});
