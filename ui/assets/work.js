// What is made ready in the background: looked at while there is something, told wherever one is.
const Work = (() => {
  const { api, make } = Base;
  const LOOK = 1000, LOAD = 6000; // milliseconds between looks, and between loads of a growing transcript
  let tasks = [], watching = false, loaded = 0, told = "";

  const of = (id) => tasks.find((task) => task.id === id);

  async function watch() {
    if (watching) return;
    watching = true;
    try {
      do {
        const before = tasks;
        tasks = await api("/work");
        changed(before);
        show();
        document.dispatchEvent(new CustomEvent("work"));
        if (tasks.some((task) => !task.error)) await new Promise((done) => setTimeout(done, LOOK));
      } while (tasks.some((task) => !task.error));
    } finally { watching = false; }
  }

  // Loads again what is on show where a stage of it ended, and now and then while it is written.
  function changed(before) {
    const stage = (list, id) => list.find((task) => task.id === id)?.stage;
    const ids = new Set([...before, ...tasks].map((task) => task.id));
    const ended = [...ids].filter((id) => stage(before, id) !== stage(tasks, id));
    const here = View.current()?.id;
    const grows = stage(tasks, here)?.startsWith("writing") && Date.now() - loaded > LOAD;
    if (ended.includes(here) || grows) { loaded = Date.now(); View.again(); }
    if (ended.length) document.dispatchEvent(new CustomEvent("changed"));
  }

  function show() {
    const strip = document.getElementById("work");
    if (!strip) return;
    const now = tasks.filter((task) => !task.error)[0], failed = tasks.filter((task) => task.error);
    const others = tasks.filter((task) => !task.error).length - 1;
    const rows = failed.map((task) => make("p", { class: "failed" }, `${task.name}: ${task.error} `,
      make("button", { type: "button", onclick: () => cancel(task.id) }, "Dismiss")));
    if (now) rows.unshift(make("p", {},
      `${now.name}: ${now.stage}${now.fraction === null ? "" : ` ${Math.round(100 * now.fraction)}%`}`
      + `${now.left ? `, ${Base.clock(now.left)} left` : ""}${others > 0 ? `, ${others} more to come` : ""} `,
      make("progress", { max: "1", value: now.fraction, "aria-label": `How far ${now.name} is` }),
      make("button", { type: "button", onclick: () => cancel(now.id) }, "Stop")));
    strip.replaceChildren(...rows);
    const words = now ? `${now.name}: ${now.stage}` : tasks.length ? "" : told && "Ready.";
    const live = document.getElementById("work-told");
    if (live && words !== told) live.textContent = told = words;
  }

  async function cancel(id) {
    await api(`/recordings/${id}/prepare`, { method: "DELETE" });
    watch();
  }

  Base.root("work", () => watch());
  return { watch, of, tasks: () => tasks };
})();
