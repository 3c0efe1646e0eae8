/* Runs once when the page has loaded: what Gradio's own elements lack for assistive technology. */
() => {
  // A message's heading holds its close button, so it cannot be a button itself.
  const repair = () => document.querySelectorAll(".toast-header[role=button]").forEach((header) => {
    header.removeAttribute("role");
    header.removeAttribute("tabindex");
  });
  new MutationObserver(repair).observe(document.body, { childList: true, subtree: true });
}
