// The transcript: read, lit while it plays, searched, mended. Lines out of sight are not laid out
// (content-visibility), so three hours scroll like three minutes.
const Reader = (() => {
  const { api, make, clock } = Base;
  const FOLLOW = 4000; // milliseconds that a reader who scrolled is left alone
  let root = null, list = null, count = null, progress = null;
  let recording = null, called = "", lines = [], starts = new Float64Array(0), firsts = [];
  let lit = null, litAt = -1, scrolled = 0, hits = [], hit = -1;

  async function open(data, other) {
    recording = data;
    if (other) { lines = []; fill(); }
    standing();
    const found = await api(`/recordings/${data.id}/lines`);
    if (recording?.id !== data.id) return; // another was opened meanwhile
    const names = JSON.stringify(data.speakers.map((s) => [s.label, s.name]));
    if (other || names !== called || JSON.stringify(found) !== JSON.stringify(lines)) {
      lines = found;
      called = names;
      fill();
    }
  }

  function lay(element) {
    root = element;
    list = make("div", { class: "lines", tabindex: "0", role: "region", "aria-label": "What was said", onclick: click, ondblclick: mend });
    count = make("span", { role: "status", class: "count" });
    progress = make("div", { class: "written" });
    const search = make("input", { type: "search", placeholder: "Search in it", "aria-label": "Search the transcript",
      oninput: () => find(search.value), onkeydown: (event) => {
        if (event.key === "Enter") { event.preventDefault(); step(event.shiftKey ? -1 : 1); }
        if (event.key === "Escape") { search.value = ""; find(""); list.focus(); }
      } });
    const formats = make("select", { "aria-label": "Save the transcript as", onchange: () => save(formats) },
      make("option", { value: "" }, "Save as…"),
      ...root.dataset.formats.split(" ").map((format) => make("option", { value: format }, format.toUpperCase())));
    root.replaceChildren(
      make("h3", {}, "Transcript"),
      make("div", { class: "tools" }, search, count, make("button", { type: "button", onclick: copy }, "Copy"), formats),
      progress, list);
    for (const event of ["wheel", "touchmove", "keydown"])
      list.addEventListener(event, () => { scrolled = Date.now(); }, { passive: true });
    fill();
  }

  const escape = (text) => text.replace(/[&<>"]/g, (c) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" })[c]);
  const named = (label) => recording.speakers.find((s) => s.label === label)?.name ?? `Speaker ${label}`;

  function fill() {
    if (!list || !recording) return;
    firsts = [];
    const flat = [];
    list.innerHTML = lines.map((line, n) => {
      firsts.push(flat.length);
      for (const word of line.words) flat.push(word[0]);
      const who = line.speaker === null ? ""
        : `<button type="button" class="who" style="--colour: ${View.colour(line.speaker)}">${escape(named(line.speaker))}</button>`;
      const words = line.words.map(([, , text, spaced]) => `${spaced ? " " : ""}<span>${escape(text)}</span>`).join("");
      return `<p class="line" data-n="${n}"><button type="button" class="time">${clock(line.words[0][0])}</button>${who}<span class="words">${words}</span></p>`;
    }).join("");
    starts = Float64Array.from(flat);
    lit = null; litAt = -1; hits = []; hit = -1;
    standing();
    const query = root.querySelector("input[type=search]").value;
    if (query) find(query);
    if (Player.id() === recording.id) light(Player.now());
  }

  // The last place whose value is at most x; -1 before all.
  function upTo(values, x) {
    let low = 0, high = values.length;
    while (low < high) { const mid = (low + high) >> 1; values[mid] <= x ? low = mid + 1 : high = mid; }
    return low - 1;
  }
  const lineOf = (word) => upTo(firsts, word);
  const span = (word) => {
    const n = lineOf(word);
    return list.children[n]?.lastElementChild.children[word - firsts[n]];
  };
  const place = (element) => {
    const line = element.closest(".line"), n = Number(line.dataset.n);
    return { n, at: [...element.parentElement.children].indexOf(element) };
  };

  function light(seconds) {
    const word = upTo(starts, seconds + 0.02);
    if (word === litAt) return;
    lit?.classList.remove("now");
    lit?.closest(".line")?.classList.remove("here");
    litAt = word;
    lit = word < 0 ? null : span(word);
    lit?.classList.add("now");
    lit?.closest(".line")?.classList.add("here");
    if (lit && Player.playing() && Date.now() - scrolled > FOLLOW) into(lit);
  }

  const FRAMES = 6;
  // Scrolls the list only, never the page under the reader's hands.
  function into(element) {
    const box = element.getBoundingClientRect(), frame = list.getBoundingClientRect();
    if (box.top < frame.top + 8 || box.bottom > frame.bottom - 40)
      list.scrollTop += box.top - frame.top - frame.height / 3;
  }

  function reveal(seconds) {
    if (!list || !starts.length) return;
    light(seconds);
    settle(FRAMES);
  }
  // Heights of lines that were never laid out are guesses. What comes into sight corrects them: at
  // once in Chromium, over a few frames in Firefox.
  function settle(frames) {
    if (!lit) return;
    into(lit);
    if (frames) requestAnimationFrame(() => settle(frames - 1));
  }

  function click(event) {
    const { target } = event;
    if (target.classList.contains("time")) return View.go(lines[Number(target.parentElement.dataset.n)].words[0][0]);
    if (target.classList.contains("who")) {
      const n = Number(target.parentElement.dataset.n);
      return person(lines[n].speaker, n);
    }
    if (!target.matches(".words > span") || getSelection().toString()) return;
    const { n, at } = place(target);
    View.go(lines[n].words[at][0]);
  }

  // -- searching

  const plain = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
  function find(query) {
    for (const old of list.querySelectorAll(".found")) old.classList.remove("found");
    hits = []; hit = -1;
    const wanted = plain(query.trim()), terms = wanted.split(/\s+/);
    if (wanted) lines.forEach((line, n) => {
      const said = plain(line.words.map((word) => (word[3] ? " " : "") + word[2]).join(""));
      if (!said.includes(wanted)) return;
      hits.push(n);
      line.words.forEach((word, at) => {
        if (terms.some((term) => plain(word[2]).includes(term)))
          list.children[n].lastElementChild.children[at].classList.add("found");
      });
    });
    count.textContent = !wanted ? "" : hits.length ? `${hits.length} found` : "Nothing found";
    if (hits.length) step(1);
  }
  function step(by) {
    if (!hits.length) return;
    hit = (hit + by + hits.length) % hits.length;
    count.textContent = `${hit + 1} of ${hits.length}`;
    const line = list.children[hits[hit]];
    line.scrollIntoView({ block: "nearest" });
    into(line);
  }

  // -- mending

  const edit = () => { if (lit) change(lit); };
  const mend = (event) => { if (event.target.matches(".words > span")) change(event.target); };
  function change(element) {
    Player.pause();
    const { n, at } = place(element), word = lines[n].words[at];
    const box = make("input", { class: "mend", "aria-label": `Mend “${word[2]}”`, value: word[2], size: Math.max(4, word[2].length) });
    let ended = false;
    const end = async (keep) => {
      if (ended) return;
      ended = true; // taking it away takes its focus, which ends it again
      const text = box.value.trim();
      box.replaceWith(element);
      list.focus({ preventScroll: true });
      if (!keep || text === word[2]) return;
      await api(`/recordings/${recording.id}/words`, { method: "PUT", body: { start: word[0], text } });
      if (!text) return View.again();
      word[2] = element.textContent = text;
      Base.say(`Now: ${text}`);
    };
    box.addEventListener("keydown", (event) => {
      event.stopPropagation();
      if (event.key === "Enter") end(true);
      if (event.key === "Escape") end(false);
    });
    box.addEventListener("blur", () => end(true));
    element.replaceWith(box);
    box.select();
  }

  // Who somebody is: a name.
  function person(label, line = null) {
    People.open(recording, label, line === null ? null : lines[line]);
  }

  // -- taking it away

  function text() {
    return lines.map((line) => {
      const who = line.speaker === null ? "" : ` ${named(line.speaker)}:`;
      return `[${clock(line.words[0][0])}]${who}${line.words.map((word) => (word[3] ? " " : "") + word[2]).join("")}`;
    }).join("\n");
  }
  async function copy() {
    await navigator.clipboard.writeText(text());
    Base.say("Copied.");
  }
  function save(formats) {
    const format = formats.value;
    formats.value = "";
    if (!lines.length) return Base.say("There is no transcript yet: write it down first.");
    make("a", { href: `/page/recordings/${recording.id}/export?format=${format}`, download: "" }).click();
  }

  // -- how far it is written down

  function standing() {
    if (!progress || !recording) return;
    const task = Work.of(recording.id);
    if (task) {
      const left = task.left ? `, ${clock(task.left)} left` : "";
      const text = task.stage === "waiting" ? `Waiting, ${task.place} before it` : `${task.stage}${task.fraction === null ? "" : `, ${Math.round(100 * task.fraction)}%`}${left}`;
      progress.replaceChildren(make("p", {}, task.error || `${text}…`),
        task.error ? again() : make("progress", { max: "1", value: task.fraction, "aria-label": "How far it is" }));
    } else if (recording.written < 0.99 && recording.seconds) {
      progress.replaceChildren(make("p", {}, recording.written > 0.01
        ? `${Math.round(100 * recording.written)}% of it is written down.` : "Nothing of it is written down yet."), again());
    } else if (!lines.length && recording.seconds) progress.replaceChildren(make("p", {}, "Nobody says anything."));
    else progress.replaceChildren();
  }
  const again = () => make("button", { type: "button", onclick: async () => {
    await api(`/recordings/${recording.id}/prepare`, { method: "POST" });
    Work.watch();
  } }, "Write it down");

  Player.watch((id, seconds) => { if (recording && id === recording.id) light(seconds); });
  document.addEventListener("work", standing);
  return { lay, open, reveal, edit, person };
})();
