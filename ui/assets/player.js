// Whatever carries data-seek, or a timeline, plays its moment. One player serves the page.
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-seek]");
  const timeline = event.target.closest("svg.timeline[data-media]");
  if (button) return play(button.dataset, Number(button.dataset.seek));
  if (!timeline) return;
  const box = timeline.getBoundingClientRect();
  const { start, end } = timeline.dataset;
  const share = (event.clientX - box.left) / box.width;
  play(timeline.dataset, Number(start) + share * (Number(end) - Number(start)));
});

function play({ media, name }, seconds) {
  const box = document.querySelector(".player");
  if (!media || !box) return;
  let audio = box.querySelector("audio");
  if (!audio) {
    box.replaceChildren(document.createElement("span"), document.createElement("audio"));
    audio = box.querySelector("audio");
    audio.controls = true;
  }
  if (audio.getAttribute("src") !== media) {
    audio.setAttribute("src", media);
    box.querySelector("span").textContent = name;
  }
  const go = () => { audio.currentTime = seconds; audio.play().catch(() => {}); };
  if (audio.readyState >= 1) return go();
  audio.addEventListener("loadedmetadata", go, { once: true });
  audio.load();
}
