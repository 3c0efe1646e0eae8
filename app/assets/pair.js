// Clips side by side: one clock for all. The longest one leads; the others wait at their ends.
let pair = null;
const SEEK = 1; // seconds apart from which a clip is set, not sped up: setting it takes a while, too

class Pair {
  constructor(root) {
    this.clips = [...root.querySelectorAll('video')];
    this.button = root.querySelector('[data-do=play]');
    this.seek = root.querySelector('[data-do=seek]');
    this.told = root.querySelector('output');
    this.fps = Number(root.querySelector('.lr-two').dataset.fps);
    this.playing = this.begun = false;
    this.listening = new AbortController(); // the next pair may be shown by the same elements
    const on = (one, name, react) => one.addEventListener(name, react, this.listening);
    this.clips.forEach((clip) => on(clip, 'loadedmetadata', () => this.ready()));
    on(this.seek, 'input', () => { this.pause(); this.show(Number(this.seek.value)); });
    on(root, 'click', (event) => this.act(event.target.closest('[data-do]')?.dataset.do));
    this.ready();
  }

  leave() {
    this.listening.abort();
    this.pause();
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
    if (this.begun || this.clips.some((clip) => !(clip.duration > 0))) return;
    this.begun = true;
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
      this.clips.forEach((clip) => {
        clip.playbackRate = 1;
        clip.currentTime = 0;
        clip.play().catch(() => {});
      });
    } else if (!leader.seeking) {
      this.clips.filter((clip) => clip !== leader).forEach((clip) => this.keepUp(clip));
    }
    this.tell(this.frame);
    requestAnimationFrame(() => this.tick());
  }

  // Who lags goes a little faster, who is ahead a little slower. Setting the time instead would
  // leave a busy machine behind again by the time that this takes, and so never end.
  keepUp(clip) {
    if (clip.ended || clip.seeking) return;
    const behind = Math.min(this.leader.currentTime, clip.duration) - clip.currentTime;
    if (Math.abs(behind) > SEEK) clip.currentTime += behind;
    else clip.playbackRate = 1 + behind / 2;
  }
}

function begin() {
  pair?.leave();
  const root = element.querySelector('.lr-pair-view');
  pair = root ? new Pair(root) : null;
  root?.scrollIntoView({ block: 'nearest', behavior: 'smooth' });
}

watch('value', begin);
begin(); // the value may have come before its tab was opened
