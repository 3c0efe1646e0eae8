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
    // A table's tick is a checkbox, not a button around one; its lock is a picture with a name.
    document.querySelectorAll(":is(.bool-cell, .select-all-checkbox)[role=button]").forEach((cell) => {
      cell.removeAttribute("role");
      cell.querySelector("input").setAttribute("aria-label", "✓");
    });
    document.querySelectorAll(".lr-rows .wrapper[aria-label]:not([role])").forEach((lock) => {
      lock.setAttribute("role", "img");
    });
  };

  // What ran and runs no more is told to who has left the page: in its title and, where the user
  // asked for it, in a notification. A run of several jobs is over when no further one follows.
  const FOLLOWS = 1500;
  const TELL = 'lookreel-tell';
  const title = document.title;
  const words = () => document.querySelector('.lr-header')?.dataset ?? {};
  const mayTell = () => 'Notification' in window && Notification.permission === 'granted';
  const wanted = () => mayTell() && localStorage.getItem(TELL) === 'yes';
  let running = new Map();
  const tell = (block) => {
    if (!document.hidden || !block.isConnected || block.querySelector('.lr-running')) return;
    const done = block.querySelector('.lr-done') !== null;
    if (!done && !block.querySelector('.lr-notice')) return;
    const said = done ? words().done : words().failed;
    document.title = `${said} · ${title}`;
    if (!wanted()) return;
    try {
      const note = new Notification('Lookreel', { body: said, tag: 'lookreel' });
      note.onclick = () => { window.focus(); note.close(); };
    } catch { /* phones show none from a page; the title has it */ }
  };
  const watch = () => {
    const cards = [...document.querySelectorAll('.lr-running[data-job]')];
    const now = new Map(cards.map((card) => [card.dataset.job, card.closest('.block')]));
    running.forEach((block, job) => { if (!now.has(job)) setTimeout(tell, FOLLOWS, block); });
    running = now;
    document.querySelectorAll('.lr-tell').forEach((button) => {
      button.setAttribute('aria-pressed', String(wanted()));
    });
  };
  document.addEventListener('visibilitychange', () => {
    if (!document.hidden) document.title = title;
  });
  document.addEventListener('click', async (event) => {
    const button = event.target instanceof Element ? event.target.closest('.lr-tell') : null;
    if (!button) return;
    const asks = !wanted();
    if (asks && 'Notification' in window) await Notification.requestPermission();
    localStorage.setItem(TELL, asks && mayTell() ? 'yes' : 'no');
    button.dataset.words ??= button.textContent;
    button.textContent = asks && !mayTell() ? words().denied : button.dataset.words;
    watch();
  });
  new MutationObserver(() => { repair(); watch(); })
    .observe(document.body, { childList: true, subtree: true });
}
