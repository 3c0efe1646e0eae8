// Two clips side by side: one clock for both. The longer one leads; the other waits at its end.
let pair = null;

class Pair {
  constructor(root) {
    this.clips = [...root.querySelectorAll('video')];
    this.button = root.querySelector('[data-do=play]');
    this.seek = root.querySelector('[data-do=seek]');
    this.told = root.querySelector('output');
    this.fps = Number(root.querySelector('.lr-two').dataset.fps);
    this.playing = false;
    this.clips.forEach((clip) => clip.addEventListener('loadedmetadata', () => this.ready()));
    this.seek.addEventListener('input', () => { this.pause(); this.show(Number(this.seek.value)); });
    root.addEventListener('click', (event) => this.act(event.target.closest('[data-do]')?.dataset.do));
  }

  get leader() {
    return this.clips.reduce((a, b) => (b.duration > a.duration ? b : a));
  }

  get frames() {
    return Math.max(1, Math.round(this.leader.duration * this.fps));
  }

  get frame() {
    return Math.min(Math.floor(this.leader.currentTime * this.fps + 0.01), this.frames - 1);
  }

  ready() {
    if (this.clips.some((clip) => !(clip.duration > 0))) return;
    this.seek.max = this.frames - 1;
    this.play();
  }

  act(what) {
    if (what === 'play') this.playing ? this.pause() : this.play();
    if (what === 'back' || what === 'forward') {
      this.pause();
      const step = what === 'back' ? -1 : 1;
      this.show((this.frame + step + this.frames) % this.frames);
    }
    if (what === 'close') { this.pause(); trigger('clear'); }
  }

  // The middle of a frame: its beginning may still show the one before.
  show(frame) {
    const time = (frame + 0.5) / this.fps;
    this.clips.forEach((clip) => {
      clip.currentTime = Math.min(time, Math.max(0, clip.duration - 0.5 / this.fps));
    });
    this.tell(frame);
  }

  tell(frame) {
    this.seek.value = frame;
    this.told.textContent = `${frame + 1} / ${this.frames}`;
  }

  play() {
    this.playing = true;
    this.button.setAttribute('aria-pressed', 'true');
    const time = this.leader.currentTime;
    this.clips.forEach((clip) => {
      if (time < clip.duration) { clip.currentTime = time; clip.play().catch(() => this.pause()); }
    });
    requestAnimationFrame(() => this.tick());
  }

  pause() {
    this.playing = false;
    this.button.setAttribute('aria-pressed', 'false');
    this.clips.forEach((clip) => clip.pause());
  }

  tick() {
    if (!this.playing || !this.seek.isConnected) return;
    const leader = this.leader;
    if (leader.ended) {
      this.clips.forEach((clip) => { clip.currentTime = 0; clip.play().catch(() => {}); });
    } else {
      this.clips.forEach((clip) => {
        const apart = Math.abs(clip.currentTime - leader.currentTime);
        if (clip !== leader && !clip.ended && apart > 1 / this.fps) {
          clip.currentTime = Math.min(leader.currentTime, clip.duration);
        }
      });
    }
    this.tell(this.frame);
    requestAnimationFrame(() => this.tick());
  }
}

watch('value', () => {
  pair?.pause();
  const root = element.querySelector('.lr-pair-view');
  pair = root ? new Pair(root) : null;
  root?.scrollIntoView({ block: 'nearest', behavior: 'smooth' });
});
