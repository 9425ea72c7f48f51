// What a person says of an answer: chosen, perhaps with a note, sent; it outlives the next rendering of the chat.
"use strict";

(() => {
  const said = new Map(); // by an answer's data: {verdict, note, sent, failed}
  const stateOf = (box) => {
    const key = box.dataset.feedback;
    if (!said.has(key)) said.set(key, { verdict: "", note: "", sent: false, failed: "" });
    return said.get(key);
  };

  const show = (box) => {
    const state = stateOf(box);
    for (const button of box.querySelectorAll("[data-verdict]")) {
      button.setAttribute("aria-pressed", String(button.dataset.verdict === state.verdict));
      button.disabled = state.sent;
    }
    const form = box.querySelector(".pq-note-form");
    form.hidden = !state.verdict || state.sent;
    const note = form.querySelector("textarea");
    if (note.value !== state.note) note.value = state.note;
    box.querySelector(".pq-said").textContent = state.sent ? box.dataset.thanks : state.failed;
    box.dataset.shown = "yes";
  };

  const send = async (box) => {
    const state = stateOf(box);
    const body = { ...JSON.parse(box.dataset.feedback), verdict: state.verdict, note: state.note };
    try {
      const response = await fetch("api/v1/feedback", {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify(body),
      });
      state.sent = response.ok;
    } catch {
      state.sent = false; // the server cannot be reached
    }
    state.failed = state.sent ? "" : box.dataset.failed;
    for (const other of document.querySelectorAll(".pq-feedback"))
      if (other.dataset.feedback === box.dataset.feedback) show(other);
  };

  document.addEventListener("click", (event) => {
    const box = event.target.closest(".pq-feedback");
    if (!box) return;
    const chosen = event.target.closest("[data-verdict]");
    if (chosen) {
      stateOf(box).verdict = chosen.dataset.verdict;
      show(box);
      box.querySelector("textarea").focus();
    } else if (event.target.closest(".pq-note-send")) send(box);
  });
  document.addEventListener("input", (event) => {
    const box = event.target.closest(".pq-feedback");
    if (box) stateOf(box).note = event.target.value;
  });
  new MutationObserver(() => {
    for (const box of document.querySelectorAll(".pq-feedback:not([data-shown])")) show(box);
  }).observe(document.documentElement, { childList: true, subtree: true });
})();
