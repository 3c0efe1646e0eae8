// Painting over a photo what of it may change. `element`, `props` and `watch` come from Gradio. The
// value is JSON: `photo`, the address of what is painted on; `on`, which photo that is; `mask`, the
// paint as a PNG. Paint is opaque here: how much of the photo is seen through it, the page's style says.
const MOST_UNDONE = 20;
const box = element.querySelector('.lr-mask');
const photo = box.querySelector('img');
const canvas = box.querySelector('canvas');
const ring = box.querySelector('.lr-mask-ring');
const size = box.querySelector('input');
const paint = canvas.getContext('2d', { willReadFrequently: true });
const colour = canvas.dataset.paint;
let past = [];
let erasing = false;
let last = null;
let hand = null;

const value = () => JSON.parse(props.value || '{}');
const radius = () => (Number(size.value) / 200) * Math.max(canvas.width, canvas.height);

function remember() {
  past = [...past, paint.getImageData(0, 0, canvas.width, canvas.height)].slice(-MOST_UNDONE);
}

function tell() {
  props.value = JSON.stringify({ ...value(), mask: canvas.toDataURL('image/png') });
}

function stroke(from, to) {
  paint.globalCompositeOperation = erasing ? 'destination-out' : 'source-over';
  Object.assign(paint, { strokeStyle: colour, lineWidth: 2 * radius(), lineCap: 'round' });
  paint.beginPath();
  paint.moveTo(from.x, from.y);
  paint.lineTo(to.x + 0.01, to.y); // a line without length would leave nothing
  paint.stroke();
}

function place(event) {
  const at = canvas.getBoundingClientRect();
  return {
    x: ((event.clientX - at.left) * canvas.width) / at.width,
    y: ((event.clientY - at.top) * canvas.height) / at.height,
  };
}

function show(at) {
  const scale = canvas.clientWidth / canvas.width;
  const side = 2 * radius() * scale;
  Object.assign(ring.style, {
    width: `${side}px`, height: `${side}px`, left: `${at.x * scale}px`, top: `${at.y * scale}px`,
  });
}

function draw(paints) {
  paint.clearRect(0, 0, canvas.width, canvas.height);
  past = [];
  if (!paints) return;
  const picture = new Image();
  picture.onload = () => {
    paint.globalCompositeOperation = 'source-over';
    paint.drawImage(picture, 0, 0, canvas.width, canvas.height);
  };
  picture.src = paints;
}

function load() {
  const given = value();
  box.hidden = !given.photo;
  if (!given.photo) return;
  photo.onload = () => {
    Object.assign(canvas, { width: photo.naturalWidth, height: photo.naturalHeight });
    hand = { x: canvas.width / 2, y: canvas.height / 2 };
    draw(given.mask);
  };
  photo.src = given.photo;
}

function band(button) {
  paint.globalCompositeOperation = 'source-over';
  paint.fillStyle = colour;
  const [top, bottom] = [button.dataset.from, button.dataset.to].map((at) => at * canvas.height);
  paint.fillRect(0, Math.round(top), canvas.width, Math.round(bottom) - Math.round(top));
}

function act(button) {
  const what = button.dataset.do;
  if (what === 'paint' || what === 'erase') {
    erasing = what === 'erase';
    box.querySelectorAll('[aria-pressed]').forEach((one) => {
      one.setAttribute('aria-pressed', String(one === button));
    });
    return;
  }
  if (what === 'undo') {
    if (past.length) paint.putImageData(past.pop(), 0, 0);
  } else {
    remember();
    if (what === 'clear') paint.clearRect(0, 0, canvas.width, canvas.height);
    if (what === 'band') band(button);
  }
  tell();
}

const MOVES = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

function key(event) {
  const move = MOVES[event.key];
  if (!move && event.key !== ' ') return;
  event.preventDefault();
  if (move) {
    const step = Math.max(radius() / 2, 1);
    hand.x = Math.min(Math.max(hand.x + move[0] * step, 0), canvas.width);
    hand.y = Math.min(Math.max(hand.y + move[1] * step, 0), canvas.height);
  } else {
    remember();
    stroke(hand, hand);
    tell();
  }
  show(hand);
}

canvas.addEventListener('pointerdown', (event) => {
  if (event.button) return;
  canvas.setPointerCapture(event.pointerId);
  remember();
  last = place(event);
  stroke(last, last);
});
canvas.addEventListener('pointermove', (event) => {
  hand = place(event);
  show(hand);
  if (!last) return;
  stroke(last, hand);
  last = hand;
});
['pointerup', 'pointercancel'].forEach((name) => canvas.addEventListener(name, () => {
  if (last) tell();
  last = null;
}));
canvas.addEventListener('keydown', key);
canvas.addEventListener('focus', () => hand && show(hand));
box.addEventListener('click', (event) => {
  const button = event.target.closest('[data-do]');
  if (button) act(button);
});
watch('value', load);
load();
