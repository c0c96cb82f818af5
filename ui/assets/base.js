// What the page's scripts share: requests, elements, times, and roots that Gradio puts in late.
const Base = (() => {
  // Asks the server; what it refuses is a sentence, which is shown and thrown.
  async function api(path, options = {}) {
    const { body, ...rest } = options;
    const headers = body === undefined ? {} : { "content-type": "application/json" };
    const answer = await fetch(`/page${path}`, { headers, body: body && JSON.stringify(body), ...rest })
      .catch(() => null);
    const told = answer && await answer.json().catch(() => null);
    if (answer && answer.ok) return told;
    const message = told?.error || (answer
      ? "That did not work: load the page again." : "The program does not answer: is it still running?");
    say(message);
    throw new Error(message);
  }

  // An element: tag, attributes and properties, children.
  function make(tag, attributes = {}, ...children) {
    const element = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) {
      if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
      else if (value === true) element.setAttribute(name, "");
      else if (value !== false && value != null) element.setAttribute(name, value);
    }
    element.append(...children.filter((child) => child != null && child !== false));
    return element;
  }

  function clock(seconds) {
    const whole = Math.max(0, Math.floor(seconds));
    const [h, m, s] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
    const two = (n) => String(n).padStart(2, "0");
    return h ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`;
  }

  const size = (bytes) => bytes < 1e9 ? `${(bytes / 1e6).toFixed(0)} MB` : `${(bytes / 1e9).toFixed(1)} GB`;

  // A message that goes by itself; with an action, such as undo, it stays longer.
  function say(text, action = null) {
    document.querySelector(".toast")?.remove();
    const toast = make("div", { class: "toast", role: "status" }, make("span", {}, text));
    if (action) toast.append(make("button", { type: "button", onclick: () => {
      toast.remove();
      action.run();
    } }, action.label));
    document.body.append(toast);
    setTimeout(() => toast.remove(), action ? 15000 : 6000);
  }

  // Calls `fill` with the element of that id now or when Gradio puts it in, and again whenever it
  // puts in another.
  const roots = new Map();
  function root(id, fill) { roots.set(id, { fill, seen: null }); look(); }
  function look() {
    for (const [id, known] of roots) {
      const element = document.getElementById(id);
      if (element && element !== known.seen) { known.seen = element; known.fill(element); }
    }
  }
  new MutationObserver(look).observe(document.documentElement, { childList: true, subtree: true });

  // Gives one of Gradio's text boxes a value, as if it had been typed.
  function type(selector, value) {
    const box = document.querySelector(`${selector} textarea, ${selector} input`);
    if (!box) return null;
    const kind = box.tagName === "TEXTAREA" ? HTMLTextAreaElement : HTMLInputElement;
    Object.getOwnPropertyDescriptor(kind.prototype, "value").set.call(box, value);
    box.dispatchEvent(new Event("input", { bubbles: true }));
    return box;
  }

  // Makes a recording the one that is asked about, and shows its view.
  const choose = (id) => type("#wanted", `${id} ${Date.now()}`);

  // Light or dark as chosen here before, or in the address; else as the system is.
  const system = matchMedia("(prefers-color-scheme: dark)");
  function theme(name) {
    if (name) localStorage.setItem("theme", name);
    const asked = new URL(location).searchParams.get("__theme");
    const wanted = name || asked || localStorage.getItem("theme") || "system";
    document.body.classList.toggle("dark", wanted === "dark" || (wanted === "system" && system.matches));
    dispatchEvent(new Event("resize")); // what is drawn takes its colours from the theme
  }
  document.addEventListener("DOMContentLoaded", () => setTimeout(() => theme(), 0));

  return { api, make, clock, size, say, root, type, choose, theme };
})();
