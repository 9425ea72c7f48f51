// What the chat's page does by itself: language, citations, copying, exporting.
"use strict";

(() => {
  const LANGUAGE = "policyqa-language";
  const ORIGIN = "policyqa-origin:";
  const byId = (id) => document.getElementById(id);

  const remembered = () => {
    try {
      return localStorage.getItem(LANGUAGE);
    } catch {
      return null; // storage is forbidden in some frames
    }
  };
  const remember = (language) => {
    try {
      localStorage.setItem(LANGUAGE, language);
    } catch {
      // the choice then holds for this page only
    }
  };
  const language = () =>
    new URLSearchParams(location.search).get("lang") || remembered() || navigator.languages?.join(",") || navigator.language;

  // Citations: [n] shows its turn's clauses and goes to the card.
  const showTurn = (turn) => {
    for (const group of document.querySelectorAll(".pq-group")) group.hidden = group.dataset.turn !== turn;
  };
  const openSource = (link) => {
    const card = byId(link.dataset.source);
    if (!card) return;
    showTurn(card.closest(".pq-group").dataset.turn);
    for (const other of document.querySelectorAll(".pq-source.pq-chosen")) other.classList.remove("pq-chosen");
    card.classList.add("pq-chosen");
    card.scrollIntoView({ block: "nearest", behavior: reducedMotion() ? "auto" : "smooth" });
    card.focus({ preventScroll: true });
  };
  const backToAnswer = (anchor) => {
    const link = document.querySelector(`.pq-turns [data-source="${anchor}"]`);
    link?.scrollIntoView({ block: "center", behavior: reducedMotion() ? "auto" : "smooth" });
    link?.focus({ preventScroll: true });
  };
  const reducedMotion = () => matchMedia("(prefers-reduced-motion: reduce)").matches;

  // Copy and export
  const withAddresses = (markdown) => markdown.replaceAll(ORIGIN, new URL("./", location.href.split(/[?#]/)[0]).href);
  const copy = async (text) => {
    try {
      await navigator.clipboard.writeText(text);
    } catch {
      // not a secure context, as on an intranet's plain http
      const area = Object.assign(document.createElement("textarea"), { value: text });
      document.body.append(area);
      area.select();
      document.execCommand("copy");
      area.remove();
    }
  };
  const copyAnswer = async (button) => {
    await copy(withAddresses(button.dataset.markdown));
    const name = button.textContent;
    button.textContent = button.dataset.done;
    setTimeout(() => (button.textContent = name), 1600);
  };
  const exportAll = () => {
    const answers = [...document.querySelectorAll(".pq-copy")].map((button) => button.dataset.markdown);
    if (!answers.length) return;
    const text = withAddresses(`# ${document.title}\n\n${answers.join("\n---\n\n")}`);
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([text], { type: "text/markdown;charset=utf-8" }));
    link.download = `policyqa-${new Date().toISOString().slice(0, 10)}.md`;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 1000);
  };

  document.addEventListener("click", (event) => {
    const link = event.target.closest("[data-source]");
    if (link) {
      event.preventDefault();
      openSource(link);
    } else if (event.target.closest("[data-back]")) {
      event.preventDefault();
      backToAnswer(event.target.closest("[data-back]").dataset.back);
    } else if (event.target.closest(".pq-copy")) copyAnswer(event.target.closest(".pq-copy"));
    else if (event.target.closest("#pq-export")) exportAll();
    else if (event.target.closest("#pq-switch")) switching = true;
  });

  // The page's language follows what the server last rendered.
  let switching = false;
  const followLanguage = () => {
    const masthead = document.querySelector(".pq-masthead");
    if (!masthead) return;
    const zones = document.querySelector("#pq-zones input");
    if (zones && zones.placeholder !== masthead.dataset.allZones) {
      zones.placeholder = masthead.dataset.allZones;
      zones.setAttribute("aria-label", masthead.dataset.zonesLabel);
    }
    if (document.documentElement.lang === masthead.lang) return;
    document.documentElement.lang = masthead.lang;
    document.title = masthead.dataset.title;
    if (switching) remember(masthead.lang);
    switching = false;
  };

  // A new question goes to the top of what is seen.
  let seen = "";
  const followTurns = () => {
    const items = document.querySelectorAll(".pq-turn");
    const now = `${items.length} ${byId("pq-welcome")?.checkVisibility() ?? false}`;
    if (now === seen) return;
    seen = now;
    document.body.classList.toggle("pq-talking", items.length > 0);
    items[items.length - 1]?.scrollIntoView({ block: "start", behavior: "instant" });
  };

  // The question box takes the focus once it stands. Gradio's own way would take it out of the page around a frame.
  let boxed = false;
  const focusBox = () => {
    const box = !boxed && document.hasFocus() && document.querySelector("#pq-box textarea");
    if (!box) return;
    boxed = true;
    if (document.activeElement === document.body) box.focus({ preventScroll: true });
  };
  addEventListener("focus", focusBox); // of a page that was opened in the background

  new MutationObserver(() => {
    followLanguage();
    followTurns();
    focusBox();
  }).observe(document.documentElement, { childList: true, subtree: true, attributes: true, attributeFilter: ["lang"] });

  // What an embedding page wishes of a new conversation.
  const wish = (name) => (document.documentElement.classList.contains("pq-embed") && new URLSearchParams(location.search).get(name)) || "";
  window.policyqa = { language, zones: () => wish("zone"), question: () => wish("question") };
})();
