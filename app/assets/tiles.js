// The library's tiles: what they do before the server hears of it. `element`, `trigger` and `watch`
// come from Gradio. A tile plays while a mouse is on it or a keyboard has its focus there; a touch
// opens it. Two that are picked are compared.
const calm = matchMedia('(prefers-reduced-motion: reduce)');
let picked = [];
let opened = null;
let focused = null;

const tileOf = (node) => node instanceof Element ? node.closest('.lr-tile') : null;

function stop() {
  element.querySelectorAll('.lr-live').forEach((clip) => clip.remove());
}

function play(tile) {
  if (!tile || tile.querySelector('.lr-live')) return;
  stop();
  if (!tile.dataset.clip || calm.matches) return;
  const clip = document.createElement('video');
  Object.assign(clip, { className: 'lr-live', muted: true, loop: true, playsInline: true });
  clip.src = tile.dataset.clip;
  clip.setAttribute('aria-hidden', 'true');
  tile.querySelector('.lr-thumb').append(clip);
  clip.play().catch(() => clip.remove());
}

function mark() {
  element.querySelectorAll('.lr-tile').forEach((tile) => {
    tile.classList.toggle('lr-opened', tile.dataset.job === opened);
    tile.querySelector('.lr-pick')
      ?.setAttribute('aria-pressed', String(picked.includes(tile.dataset.job)));
  });
}

function pick(job) {
  picked = picked.includes(job) ? picked.filter((one) => one !== job) : [...picked, job].slice(-2);
  mark();
  if (picked.length === 2) trigger('submit', { jobs: picked });
}

element.addEventListener('click', (event) => {
  const tile = tileOf(event.target);
  if (!tile) return;
  const job = tile.dataset.job;
  const star = event.target.closest('.lr-star');
  if (star) {
    trigger('like', { job, favourite: star.getAttribute('aria-pressed') !== 'true' });
  } else if (event.target.closest('.lr-pick')) {
    pick(job);
  } else if (event.target.closest('.lr-open')) {
    opened = job;
    mark();
    trigger('select', { job });
  }
});
element.addEventListener('pointerover', (event) => {
  if (event.pointerType !== 'touch') play(tileOf(event.target));
});
element.addEventListener('pointerleave', stop);
element.addEventListener('focusin', (event) => {
  focused = [tileOf(event.target)?.dataset.job, event.target.className];
  if (event.target.matches(':focus-visible')) play(tileOf(event.target));
});
element.addEventListener('focusout', (event) => {
  if (event.relatedTarget) focused = null;
  if (tileOf(event.relatedTarget) !== tileOf(event.target)) stop();
});
document.addEventListener('pointerdown', () => { focused = null; });

// The tiles were drawn anew: what was marked is marked again, and the keyboard keeps its place.
watch('value', () => {
  mark();
  if (focused?.[0] && document.activeElement === document.body) {
    const tile = element.querySelector(`[data-job="${CSS.escape(focused[0])}"]`);
    tile?.querySelector(`.${focused[1].split(' ')[0]}`)?.focus();
  }
});
