// One player serves the page. Whatever carries data-seek, or a timeline, plays its moment.
const Player = (() => {
  const audio = () => document.querySelector("#player audio");
  const listeners = [];
  let frame = 0;

  // Loads a recording without playing it; what plays already goes on.
  function load(id, name) {
    const box = audio(), media = `/media/${id}`;
    if (!box || box.getAttribute("src") === media) return;
    box.setAttribute("src", media);
    box.setAttribute("aria-label", name);
    document.querySelector("#player .name").textContent = name;
    document.querySelector("#player").classList.add("loaded");
  }

  function play(id, name, seconds) {
    const box = audio();
    if (!box) return;
    load(id, name);
    const go = () => { box.currentTime = seconds; box.play().catch(() => {}); };
    if (box.readyState >= 1) return go();
    box.addEventListener("loadedmetadata", go, { once: true });
    box.load();
  }

  const playing = () => { const box = audio(); return box && !box.paused; };
  const now = () => audio()?.currentTime || 0;
  const id = () => (audio()?.getAttribute("src") || "").replace("/media/", "");
  const toggle = () => { const box = audio(); if (box?.src) box.paused ? box.play().catch(() => {}) : box.pause(); };
  const pause = () => audio()?.pause();
  const move = (by) => { const box = audio(); if (box?.src) box.currentTime = Math.max(0, box.currentTime + by); };

  // Calls back with the moment whenever it changes: each frame while it plays.
  const watch = (listener) => listeners.push(listener);
  const tell = () => listeners.forEach((listener) => listener(id(), now()));
  function run() { tell(); frame = playing() ? requestAnimationFrame(run) : 0; }

  Base.root("player", () => {
    const box = audio();
    for (const event of ["play", "seeked", "pause", "loadedmetadata"])
      box.addEventListener(event, () => { if (!frame) run(); });
  });

  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-seek]");
    const line = event.target.closest("svg.timeline[data-media]");
    const data = (button || line)?.dataset;
    if (!data?.media) return;
    let seconds = Number(data.seek);
    if (!button) {
      const box = line.getBoundingClientRect(), share = (event.clientX - box.left) / box.width;
      seconds = Number(data.start) + share * (Number(data.end) - Number(data.start));
    }
    const wanted = data.media.replace("/media/", "");
    play(wanted, data.name, seconds);
    document.dispatchEvent(new CustomEvent("moment", { detail: { id: wanted, seconds, from: button } }));
  });

  return { load, play, pause, toggle, move, watch, now, id, playing };
})();

// Keys: none while something is typed, or with a key of the system's held.
const KEYS = [
  ["Space, K", "Play or pause", [" ", "k"], () => Player.toggle()],
  ["J, L", "10 seconds back, on", ["j"], () => Player.move(-10)],
  ["", "", ["l"], () => Player.move(10)],
  ["← →", "5 seconds back, on", ["arrowleft"], () => Player.move(-5)],
  ["", "", ["arrowright"], () => Player.move(5)],
  ["/", "Search the transcript", ["/"], () => document.querySelector("#reader input[type=search]")?.focus()],
  ["A", "Ask a question; Enter sends it", ["a"], () => document.querySelector("#question textarea")?.focus()],
  ["E", "Mend the word that is lit", ["e"], () => Reader.edit()],
  ["?", "This list", ["?"], () => help()],
];
document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
  const on = event.target;
  if (on.closest?.("input, textarea, select, [contenteditable], dialog, audio, [role=tab], [role=slider]")) return;
  const key = event.key.toLowerCase();
  if (key === " " && on.closest?.("button, a, summary, label")) return;
  const known = KEYS.find(([, , keys]) => keys.includes(key));
  if (!known) return;
  event.preventDefault();
  known[3]();
});
function help() {
  const rows = KEYS.filter(([keys]) => keys).map(([keys, what]) =>
    Base.make("tr", {}, Base.make("th", { scope: "row" }, keys), Base.make("td", {}, what)));
  const dialog = Base.make("dialog", { class: "sheet", "aria-label": "Keys" },
    Base.make("h2", {}, "Keys"), Base.make("table", {}, Base.make("tbody", {}, ...rows)),
    Base.make("form", { method: "dialog" }, Base.make("button", {}, "Close")));
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
}
