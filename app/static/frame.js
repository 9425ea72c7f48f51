// Fits the chat into a frame (/embed): theme, colour, title and focus as the embedding page wishes; Escape goes to it.
"use strict";

(() => {
  if (!/\/embed$/.test(location.pathname)) return;
  const root = document.documentElement;
  const wishes = new URLSearchParams(location.search);
  const theme = ["light", "dark"].find((name) => name === wishes.get("theme"));
  const colour = /^#[0-9a-f]{6}$/i.exec(wishes.get("color") || "")?.[0];
  const title = (wishes.get("title") || "").trim().slice(0, 80);
  root.classList.add("pq-embed");
  root.classList.toggle("pq-headless", wishes.get("head") === "0");
  // A colour is kept as given where it can be read on the page, else made darker or lighter until it can.
  const channels = (hex) => [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16));
  const luminance = (rgb) => {
    const [r, g, b] = rgb.map((c) => (c / 255 <= 0.04045 ? c / 255 / 12.92 : ((c / 255 + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b; // relative luminance, WCAG 2.2
  };
  const contrast = (a, b) => {
    const [low, high] = [luminance(a), luminance(b)].sort((x, y) => x - y);
    return (high + 0.05) / (low + 0.05);
  };
  const hex = (rgb) => "#" + rgb.map((c) => Math.round(c).toString(16).padStart(2, "0")).join("");
  const readable = (rgb, tint, end) => {
    let shown = rgb;
    for (let step = 0; step < 20 && contrast(shown, tint) < 4.6; step++) {
      shown = shown.map((c, k) => c + (end[k] - c) * 0.12);
    }
    return shown;
  };
  const paint = () => {
    const dark = document.body.classList.contains("dark");
    const style = getComputedStyle(document.body);
    const tint = style.getPropertyValue("--pq-tint").trim();
    if (!/^#[0-9a-f]{6}$/i.test(tint)) return;
    const shown = readable(channels(colour), channels(tint), dark ? [255, 255, 255] : [0, 0, 0]);
    const on = contrast(shown, [255, 255, 255]) >= 4.5 ? "#ffffff" : "#111111";
    for (const element of [root, document.body]) {
      for (const [name, value] of [["accent", hex(shown)], ["accent-strong", hex(shown)], ["on-accent", on]]) {
        element.style.setProperty(`--pq-${name}`, value);
      }
    }
  };

  // Focus goes to the question box when the frame gets it and nothing in it has it.
  const box = () => document.querySelector("#pq-box textarea");
  addEventListener("focus", () => {
    if (!document.activeElement || document.activeElement === document.body) box()?.focus();
  });

  const tell = (word) => parent !== window && parent.postMessage({ policyqa: word }, "*"); // nothing of the person's
  addEventListener(
    "keydown",
    (event) => {
      const opened = event.target.closest?.("[aria-expanded=true]") || document.querySelector("#pq-zones ul.options, dialog[open]");
      if (event.key === "Escape" && !event.isComposing && !opened) tell("close");
    },
    true,
  );

  let ready = false;
  const follow = () => {
    // Gradio has chosen by the system's theme before this script came.
    if (theme && document.body?.classList.contains("dark") !== (theme === "dark")) {
      document.body.classList.toggle("dark", theme === "dark");
    }
    const heading = document.querySelector(".pq-masthead h1");
    if (title && heading && heading.textContent !== title) heading.textContent = title;
    if (colour && document.body) paint();
    if (!ready && heading && box()) {
      ready = true;
      tell("ready");
    }
  };
  new MutationObserver(follow).observe(root, { childList: true, subtree: true, attributes: true, attributeFilter: ["class"] });
})();
