// The list of recordings: sorted, filtered, several chosen at once; what is deleted can be had back.
const Library = (() => {
  const { api, make, clock, size } = Base;
  const COLUMNS = [["name", "Name"], ["seconds", "Length"], ["added", "Added"], ["tags", "Tags"], ["speakers", "Speakers"], ["state", "State"]];
  const STATES = { new: "not heard yet", ingesting: "getting ready", ready: "ready", failed: "failed" };
  let root = null, all = { recordings: [], binned: 0, room: {} }, chosen = new Set();
  let order = ["added", -1], query = "", tag = "";

  async function load() {
    all = await api("/recordings");
    document.body.dataset.recordings = all.recordings.length;
    const ids = new Set(all.recordings.map((row) => row.id));
    chosen = new Set([...chosen].filter((id) => ids.has(id)));
    show();
  }

  function lay(element) {
    root = element;
    const filter = make("input", { type: "search", placeholder: "Filter by name, tag or speaker", "aria-label": "Filter the recordings",
      oninput: () => { query = filter.value; show(); } });
    root.replaceChildren(make("div", { class: "tools" }, filter, make("span", { class: "tags" })),
      make("div", { class: "actions", role: "toolbar", "aria-label": "What to do with the chosen recordings" }),
      make("div", { class: "scroller", tabindex: "0", role: "region", "aria-label": "Recordings" },
        make("table", {}, make("thead"), make("tbody"))),
      make("p", { class: "room" }));
    show();
  }

  function rows() {
    const wanted = query.trim().toLowerCase(), [by, way] = order;
    const text = (row) => [row.name, ...row.tags, ...row.speakers].join(" ").toLowerCase();
    const key = (row) => Array.isArray(row[by]) ? row[by].join(" ") : row[by] ?? 0;
    return all.recordings
      .filter((row) => text(row).includes(wanted) && (!tag || row.tags.includes(tag)))
      .sort((a, b) => way * (typeof key(a) === "number" ? key(a) - key(b) : String(key(a)).localeCompare(String(key(b)))));
  }

  function show() {
    if (!root) return;
    const shown = rows(), tags = [...new Set(all.recordings.flatMap((row) => row.tags))].sort();
    root.querySelector(".tags").replaceChildren(...tags.map((one) => make("button", {
      type: "button", class: "tag", "aria-pressed": String(one === tag), onclick: () => { tag = tag === one ? "" : one; show(); },
    }, one)));
    const every = make("input", { type: "checkbox", "aria-label": "Choose all", onchange: () => {
      chosen = every.checked ? new Set(shown.map((row) => row.id)) : new Set();
      show();
    } });
    every.checked = shown.length > 0 && shown.every((row) => chosen.has(row.id));
    root.querySelector("thead").replaceChildren(make("tr", {}, make("th", { scope: "col" }, every), ...COLUMNS.map(([name, label]) => {
      const sorted = order[0] === name ? (order[1] > 0 ? "ascending" : "descending") : "none";
      return make("th", { scope: "col", "aria-sort": sorted }, make("button", { type: "button", class: "quiet", onclick: () => {
        order = [name, order[0] === name ? -order[1] : 1];
        show();
      } }, label, make("span", { "aria-hidden": "true" }, { ascending: " ▲", descending: " ▼", none: "" }[sorted])));
    })));
    root.querySelector("tbody").replaceChildren(...shown.map(line));
    root.querySelector(".actions").replaceChildren(...actions());
    const { heard = 0, limit = 0, media = 0 } = all.room;
    root.querySelector(".room").textContent =
      `${all.recordings.length === 1 ? "1 recording" : `${all.recordings.length} recordings`}. On disk: what was heard ${size(heard)} of at most ${size(limit)}, files kept here ${size(media)}.`;
  }

  function line(row) {
    const box = make("input", { type: "checkbox", "aria-label": `Choose ${row.name}`, onchange: () => {
      box.checked ? chosen.add(row.id) : chosen.delete(row.id);
      show();
    } });
    box.checked = chosen.has(row.id);
    const task = Work.of(row.id);
    const state = task && !task.error
      ? `${task.stage}${task.fraction === null ? "" : ` ${Math.round(100 * task.fraction)}%`}`
      : row.state === "ready" && row.written ? "ready, written down" : STATES[row.state];
    return make("tr", { "data-id": row.id },
      make("td", {}, box),
      make("td", {}, make("button", { type: "button", class: "open", onclick: () => Base.choose(row.id) }, row.name),
        row.note && row.state === "failed" ? make("p", { class: "note" }, row.note) : null),
      make("td", {}, row.seconds === null ? "" : clock(row.seconds)),
      make("td", {}, new Date(row.added).toLocaleDateString(undefined, { dateStyle: "medium" })),
      make("td", {}, row.tags.join(", ")), make("td", {}, row.speakers.join(", ")), make("td", { class: "state" }, state));
  }

  function actions() {
    const ids = [...chosen], one = ids.length === 1;
    const button = (label, run, off = false) => make("button", { type: "button", onclick: run, disabled: off }, label);
    const bin = all.binned ? [button(`Restore ${all.binned} from the bin`, () => restore([]))] : [];
    if (!ids.length) return [make("span", {}, "Choose recordings to tag, save or delete them."), ...bin];
    return [
      make("span", { role: "status" }, `${ids.length} chosen`),
      button("Rename", () => rename(ids[0]), !one), button("Tag", () => label(ids)),
      button("Get ready", () => prepare(ids)), formats(ids), button("Delete", () => remove(ids)), ...bin,
    ];
  }

  const formats = (ids) => {
    const choice = make("select", { "aria-label": "Save transcripts as", onchange: () => {
      ids.forEach((id, n) => setTimeout(() => make("a", {
        href: `/page/recordings/${id}/export?format=${choice.value}`, download: "" }).click(), 300 * n));
    } }, make("option", { value: "" }, "Save as…"),
    ...root.dataset.formats.split(" ").map((format) => make("option", { value: format }, format.toUpperCase())));
    return choice;
  };

  // Asks for one line of text.
  function ask(title, value, then) {
    const box = make("input", { value, "aria-label": title });
    const dialog = make("dialog", { class: "sheet", "aria-label": title }, make("h2", {}, title),
      make("form", { onsubmit: (event) => { event.preventDefault(); dialog.close(); then(box.value); } },
        box, make("button", {}, "Save")),
      make("form", { method: "dialog" }, make("button", { class: "quiet" }, "Close")));
    dialog.addEventListener("close", () => dialog.remove());
    document.body.append(dialog);
    dialog.showModal();
    box.select();
  }

  const of = (id) => all.recordings.find((row) => row.id === id);
  const changed = () => document.dispatchEvent(new CustomEvent("changed"));
  const rename = (id) => ask("New name", of(id).name, async (name) => {
    await api(`/recordings/${id}/name`, { method: "PUT", body: { name } });
    changed();
    if (View.current()?.id === id) View.again();
  });
  function label(ids) {
    const before = of(ids[0]).tags;
    ask("Tags, with commas between them", before.join(", "), async (text) => {
      const wanted = text.split(",").map((one) => one.trim()).filter(Boolean);
      const gone = before.filter((one) => !wanted.includes(one));
      await api("/tags", { method: "POST", body: { ids, add: wanted, remove: gone } });
      changed();
    });
  }
  async function prepare(ids) {
    for (const id of ids) await api(`/recordings/${id}/prepare`, { method: "POST" });
    Work.watch();
  }
  async function remove(ids) {
    await api("/bin", { method: "POST", body: { ids } });
    chosen.clear();
    changed();
    Base.say(`${ids.length === 1 ? "It is" : `${ids.length} are`} in the bin for 30 days.`, { label: "Undo", run: () => restore(ids) });
  }
  async function restore(ids) {
    await api("/restore", { method: "POST", body: { ids } });
    changed();
  }

  // Gradio's menu of recordings is told, too.
  document.addEventListener("changed", () => { load(); Base.type("#changed", String(Date.now())); });
  document.addEventListener("work", show);
  load();
  return { lay, load };
})();
Base.root("library", Library.lay);
Base.root("reader", Reader.lay);
