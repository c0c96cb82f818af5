// A recording at a glance: its name, and a waveform with speakers, sounds and the heat of an answer.
const View = (() => {
  const { api, make, clock } = Base;
  // Told apart by colour-blind readers (Okabe and Ito); each speaker has a row of their own, too.
  const COLOURS = ["#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00", "#8a7a00", "#6b6b6b"];
  const WAVE = 72, ROW = 9, ROWS = 6; // heights in pixels, and rows at most
  let data = null, heat = null, root = null, canvas = null, head = null;

  const colour = (label) => COLOURS[Math.max(0, data.speakers.findIndex((s) => s.label === label)) % COLOURS.length];

  async function open(id) {
    if (!id) return;
    const found = await api(`/recordings/${id}`);
    const other = data?.id !== found.id;
    data = found;
    if (other) heat = null;
    if (!Player.playing()) Player.load(data.id, data.name);
    show();
    if (other) latest();
    Reader.open(data, other);
    suggest();
  }

  const again = () => data && open(data.id);

  function show() {
    if (!root || !data) return;
    const about = [clock(data.seconds), ...data.tags.map((tag) => `#${tag}`)].join(" · ");
    canvas = make("canvas", { "aria-hidden": "true" });
    head = make("div", { class: "head" });
    const wave = make("div", {
      class: "wave", role: "slider", tabindex: "0", "aria-label": `Position in ${data.name}`,
      "aria-valuemin": "0", "aria-valuemax": Math.round(data.seconds), "aria-valuenow": "0", "aria-valuetext": "0:00",
      onclick: (event) => seek(event), onkeydown: keys,
      onmousemove: (event) => { wave.title = clock(at(event)); },
    }, canvas, head);
    root.replaceChildren(
      make("div", { class: "title" },
        make("h2", {}, data.name), make("button", { type: "button", class: "quiet", onclick: rename }, "Rename"),
        make("span", { class: "about" }, about)),
      ...(data.note ? [make("p", { class: "note" }, data.note)] : []),
      wave, legend());
    draw();
  }

  function legend() {
    const people = data.speakers.map((s) => make("button", {
      type: "button", class: "person", style: `--colour: ${colour(s.label)}`,
      title: "Name, or join with another", onclick: () => Reader.person(s.label),
    }, `${s.name} ${clock(s.seconds)}`));
    const sounds = data.sounds.slice(0, 60).map(([start, , name]) => make("button", {
      type: "button", class: "moment", "data-seek": start, "data-media": `/media/${data.id}`, "data-name": data.name,
    }, `${name} ${clock(start)}`));
    return make("div", { class: "legend" },
      people.length ? make("div", { role: "group", "aria-label": "Who speaks" }, ...people) : null,
      sounds.length ? make("details", { class: "sounds", open: sounds.length <= 6 },
        make("summary", {}, `Sounds (${data.sounds.length})`), ...sounds) : null);
  }

  const at = (event) => {
    const box = canvas.getBoundingClientRect();
    return Math.min(1, Math.max(0, (event.clientX - box.left) / box.width)) * data.seconds;
  };
  const seek = (event) => go(at(event));
  function go(seconds) {
    Player.play(data.id, data.name, seconds);
    Reader.reveal(seconds);
  }
  function keys(event) {
    const steps = { ArrowLeft: -5, ArrowRight: 5, PageUp: 60, PageDown: -60, ArrowUp: 60, ArrowDown: -60 };
    const here = Player.id() === data.id ? Player.now() : 0;
    const to = event.key === "Home" ? 0 : event.key === "End" ? data.seconds - 1 : here + steps[event.key];
    if (Number.isNaN(to)) return;
    event.preventDefault();
    go(Math.min(data.seconds, Math.max(0, to)));
  }

  function rename() {
    const heading = root.querySelector("h2"), box = make("input", { "aria-label": "Name of the recording", value: data.name });
    let ended = false;
    const end = async (keep) => {
      if (ended) return;
      ended = true; // taking it away takes its focus, which ends it again
      const name = box.value.trim();
      box.replaceWith(heading);
      if (!keep || !name || name === data.name) return;
      data.name = (await api(`/recordings/${data.id}/name`, { method: "PUT", body: { name } })).name;
      heading.textContent = data.name;
      document.dispatchEvent(new CustomEvent("changed"));
    };
    box.addEventListener("keydown", (event) => {
      if (event.key === "Enter") end(true);
      if (event.key === "Escape") end(false);
    });
    box.addEventListener("blur", () => end(true));
    heading.replaceWith(box);
    box.select();
  }

  // -- drawing

  function draw() {
    if (!canvas?.isConnected || !data) return;
    const rows = data.speakers.slice(0, ROWS).map((s) => s.label);
    const lanes = rows.length * ROW + (data.sounds.length ? ROW + 2 : 0);
    const width = canvas.parentElement.clientWidth, height = WAVE + lanes + 4, scale = devicePixelRatio || 1;
    canvas.style.height = `${height}px`;
    canvas.width = width * scale;
    canvas.height = height * scale;
    const pen = canvas.getContext("2d"), style = getComputedStyle(canvas);
    pen.scale(scale, scale);
    const x = (seconds) => seconds / (data.seconds || 1) * width;
    const ink = (name) => style.getPropertyValue(name).trim();
    if (heat) {
      pen.fillStyle = ink("--heat");
      const [start, end] = heat.scope, most = Math.max(...heat.bins, 1e-9), step = (end - start) / heat.bins.length;
      heat.bins.forEach((weight, n) => {
        if (!weight) return;
        pen.globalAlpha = 0.15 + 0.6 * weight / most;
        pen.fillRect(x(start + n * step), 0, Math.max(1, x(step)), WAVE);
      });
      pen.globalAlpha = 1;
    }
    pen.fillStyle = ink("--wave");
    const bar = width / (data.outline.length || 1);
    data.outline.forEach((level, n) => pen.fillRect(n * bar, (1 - level) * WAVE / 2, Math.max(1, bar), Math.max(1, level * WAVE)));
    if (heat) {
      pen.strokeStyle = ink("--ink");
      pen.lineWidth = 2;
      for (const [start, end] of heat.moments) pen.strokeRect(x(start), 1, Math.max(3, x(end - start)), WAVE - 2);
    }
    for (const [start, end, label] of data.turns) {
      const row = rows.indexOf(label);
      if (row < 0) continue;
      pen.fillStyle = colour(label);
      pen.fillRect(x(start), WAVE + 3 + row * ROW, Math.max(1, x(end - start)), ROW - 2);
    }
    pen.fillStyle = ink("--sound");
    for (const [start, end] of data.sounds)
      pen.fillRect(x(start), WAVE + 4 + rows.length * ROW, Math.max(2, x(end - start)), ROW - 2);
  }

  Player.watch((id, seconds) => {
    if (!head || !data || id !== data.id) return;
    head.style.left = `${100 * seconds / (data.seconds || 1)}%`;
    const wave = head.parentElement, whole = Math.floor(seconds);
    if (wave.getAttribute("aria-valuenow") !== String(whole)) {
      wave.setAttribute("aria-valuenow", whole);
      wave.setAttribute("aria-valuetext", clock(whole));
    }
  });

  // -- the answer whose heat is drawn: the latest, or the one that was clicked

  function warm(evidence) {
    if (!evidence?.dataset.heat || evidence.dataset.recording !== data?.id) return;
    heat = JSON.parse(evidence.dataset.heat);
    draw();
  }
  const latest = () => warm([...document.querySelectorAll("#chat .evidence")].at(-1));
  let count = 0;
  new MutationObserver(() => {
    const shown = document.querySelectorAll("#chat .evidence").length;
    if (shown !== count) { count = shown; latest(); }
  }).observe(document.documentElement, { childList: true, subtree: true });
  document.addEventListener("click", (event) => warm(event.target.closest("#chat .evidence")));
  document.addEventListener("moment", ({ detail }) => {
    if (data && detail.id !== data.id) Base.choose(detail.id);
    else Reader.reveal(detail.seconds);
  });

  // -- questions that fit the recording

  function suggest() {
    const place = document.getElementById("suggestions");
    if (!place || !data) return;
    place.replaceChildren(...data.suggestions.map((text) => make("button", { type: "button", onclick: () => {
      const box = Base.type("#question", text);
      setTimeout(() => box.closest("#question").querySelector(".submit-button")?.click(), 50);
    } }, text)));
  }

  Base.root("view", (element) => { root = element; show(); });
  Base.root("suggestions", suggest);
  addEventListener("resize", draw);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);
  return { open, again, go, colour, current: () => data };
})();
