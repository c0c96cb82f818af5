// The browser's microphone: every sample is sent, in order, and sent again until it has arrived.
// (Gradio's own streaming drops pieces when the server is slower than they come.)
const Microphone = (() => {
  const WORKLET = `registerProcessor("tap", class extends AudioWorkletProcessor {
    process(inputs) { if (inputs[0][0]) this.port.postMessage(inputs[0][0].slice()); return true; }
  })`;
  const PIECE = 0.25, RETRY = 500; // seconds of sound in a piece, milliseconds between attempts
  let running = null;

  async function begin(address) {
    const audio = { echoCancellation: false, noiseSuppression: false, autoGainControl: false };
    const stream = await navigator.mediaDevices.getUserMedia({ audio });
    const named = document.getElementById("microphone");
    if (named) named.textContent = `Recording from: ${stream.getAudioTracks()[0].label}`;
    const context = new AudioContext();
    const module = URL.createObjectURL(new Blob([WORKLET], { type: "text/javascript" }));
    await context.audioWorklet.addModule(module);
    const tap = new AudioWorkletNode(context, "tap");
    const waiting = [];
    let piece = [], frames = 0;
    const flush = () => { if (frames) waiting.push(joined(piece, frames)); piece = []; frames = 0; };
    tap.port.onmessage = ({ data }) => {
      piece.push(data);
      frames += data.length;
      if (frames >= PIECE * context.sampleRate) flush();
    };
    context.createMediaStreamSource(stream).connect(tap);
    running = { stream, context, flush, ended: false };
    running.sent = send(address, context.sampleRate, waiting, running);
  }

  async function send(address, rate, waiting, state) {
    let number = 0;
    while (!state.ended || waiting.length) {
      if (!waiting.length) { await sleep(50); continue; }
      const answer = await fetch(`${address}?rate=${rate}&number=${number}`,
        { method: "POST", body: waiting[0] }).catch(() => null);
      if (answer && answer.ok) { waiting.shift(); number += 1; }
      else if (answer && answer.status === 404) return; // the recording was ended elsewhere
      else await sleep(RETRY);
    }
  }

  async function end() {
    if (!running) return;
    const { stream, context, flush, sent } = running;
    stream.getTracks().forEach((track) => track.stop());
    flush();
    running.ended = true;
    await sent;
    await context.close();
    const named = document.getElementById("microphone");
    if (named) named.textContent = "";
    running = null;
  }

  function joined(blocks, frames) {
    const samples = new Int16Array(frames);
    let at = 0;
    for (const block of blocks) for (const value of block)
      samples[at++] = Math.max(-1, Math.min(1, value)) * 32767;
    return samples.buffer;
  }

  const sleep = (milliseconds) => new Promise((done) => setTimeout(done, milliseconds));
  return { begin, end };
})();
