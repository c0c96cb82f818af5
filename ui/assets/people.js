// Who a speaker is: a name, the same person as another, or in one line somebody else.
const People = (() => {
  const { api, make } = Base;

  function open(recording, label, line = null) {
    const speaker = recording.speakers.find((s) => s.label === label);
    if (!speaker) return;
    const given = speaker.name === `Speaker ${label}` ? "" : speaker.name;
    const name = make("input", { name: "name", value: given, placeholder: speaker.name, autocomplete: "off", maxlength: "60" });
    const close = () => dialog.close();
    const send = async (path, method, body = {}) => {
      await api(`/recordings/${recording.id}/speakers${path}`, { method, body });
      close();
      View.again();
      document.dispatchEvent(new CustomEvent("changed"));
    };
    const undo = { label: "Undo", run: () => send("/undo", "POST") };
    const others = recording.speakers.filter((s) => s.label !== label);
    const choice = (first) => make("select", {}, ...first,
      ...others.map((s) => make("option", { value: s.label }, s.name)));
    const same = choice([]), giver = choice([make("option", { value: "" }, "somebody new")]);
    const dialog = make("dialog", { class: "sheet", "aria-label": `Who is ${speaker.name}?` },
      make("h2", {}, `Who is ${speaker.name}?`),
      make("form", { onsubmit: (event) => {
        event.preventDefault();
        if (name.value.trim()) send(`/${label}`, "PUT", { name: name.value });
      } }, make("label", {}, "Name ", name), make("button", {}, "Save")),
      others.length ? make("form", { onsubmit: async (event) => {
        event.preventDefault();
        await send("/merge", "POST", { speakers: [same.value, label] });
        Base.say("They are one now.", undo);
      } }, make("label", {}, "The same person as ", same), make("button", {}, "Join")) : null,
      line ? make("form", { onsubmit: async (event) => {
        event.preventDefault();
        const [start, end] = [line.words[0][0], line.words.at(-1)[1]];
        await send("/split", "POST", { speaker: label, start, end, to: giver.value || null });
        Base.say("The line is another's now.", undo);
      } }, make("label", {}, `What is said at ${Base.clock(line.words[0][0])} is of `, giver), make("button", {}, "Move")) : null,
      make("form", { method: "dialog" }, make("button", { class: "quiet" }, "Close")));
    dialog.addEventListener("close", () => dialog.remove());
    document.body.append(dialog);
    dialog.showModal();
    name.select();
  }

  return { open };
})();
