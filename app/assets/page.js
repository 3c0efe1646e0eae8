/* Runs once when the page has loaded: what Gradio's own elements lack for assistive technology. */
() => {
  // A message's heading holds its close button, so it cannot be a button itself.
  const repair = () => {
    document.querySelectorAll(".toast-header[role=button]").forEach((header) => {
      header.removeAttribute("role");
      header.removeAttribute("tabindex");
    });
    // A gallery's upload button holds the one that works, which has no name.
    document.querySelectorAll(".icon-button:has(button):not([role])").forEach((outer) => {
      outer.setAttribute("role", "group");
      outer.setAttribute("tabindex", "-1");
      outer.querySelector("button").setAttribute("aria-label", outer.getAttribute("aria-label"));
    });
  };
  new MutationObserver(repair).observe(document.body, { childList: true, subtree: true });
}
