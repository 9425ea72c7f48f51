// One line in a page of another site puts the chat there:
// <script src="https://host/embed.js" data-title="…"></script>. Its attributes: docs/embedding.md
(() => {
  "use strict";
  const script = document.currentScript;
  if (!script || !/^https?:$/.test(new URL(script.src).protocol)) return;
  const base = new URL("./", script.src);
  const given = (name, longest) => (script.getAttribute(`data-${name}`) || "").trim().slice(0, longest);
  const oneOf = (name, allowed) => (allowed.includes(given(name, 20)) ? given(name, 20) : allowed[0]);

  const wanted = given("lang", 20) || document.documentElement.lang || navigator.language || "";
  const lang = /^zh/i.test(wanted) ? "zh" : "en";
  const words = {
    zh: { title: "政策问答", close: "关闭", slow: "问答没有在这里打开。", open: "在新标签页打开" },
    en: { title: "Policy questions", close: "Close", slow: "The chat did not open here.", open: "Open it in a new tab" },
  }[lang];
  const inline = given("mode", 20) === "inline" || given("target", 1) !== "";
  const theme = oneOf("theme", ["auto", "light", "dark"]);
  const position = oneOf("position", ["bottom-right", "bottom-left", "top-right", "top-left"]);
  const title = given("title", 80) || words.title;
  const colour = /^#([0-9a-f]{3}|[0-9a-f]{6})$/i.test(given("color", 9))
    ? given("color", 9).replace(/^#(.)(.)(.)$/, "#$1$1$2$2$3$3").toLowerCase()
    : "";
  const height = /^\d{3,4}$/.test(given("height", 5)) ? given("height", 5) : "640";

  const address = new URL("embed", base);
  const wishes = { lang, theme, title, color: colour, question: given("question", 1000), zone: given("zone", 500) };
  for (const [name, value] of Object.entries(wishes)) if (value) address.searchParams.set(name, value);
  if (!inline) address.searchParams.set("head", "0");

  const make = (tag, properties = {}, ...children) => {
    const element = Object.assign(document.createElement(tag), properties);
    element.append(...children);
    return element;
  };

  // Black or white, whichever reads better on the colour (relative luminance, WCAG 2.2).
  const inkOn = (hex) => {
    const [r, g, b] = [1, 3, 5].map((at) => (parseInt(hex.slice(at, at + 2), 16) / 255) ** 2.2);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b > 0.179 ? "#000" : "#fff";
  };

  const STYLE = `
    :host { all: initial !important; }
    .box { --paper: #fffdf9; --ink: #22252b; --line: #d8d1c2; --accent: #99331f; --on: #fffaf4;
      color-scheme: light; font: 16px/1.4 -apple-system, "Segoe UI", Roboto, "PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", sans-serif; color: var(--ink); }
    .box.dark { --paper: #1f2125; --ink: #e9e6df; --line: #45484f; --accent: #e5937c; --on: #221410; color-scheme: dark; }
    @media (prefers-color-scheme: dark) {
      .box.auto { --paper: #1f2125; --ink: #e9e6df; --line: #45484f; --accent: #e5937c; --on: #221410; color-scheme: dark; }
    }
    * { box-sizing: border-box; }
    :focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; box-shadow: 0 0 0 2px var(--paper); }
    iframe { display: block; flex: 1; width: 100%; min-height: 0; border: 0; background: var(--paper); }
    .inline { position: relative; display: flex; height: var(--height); border: 1px solid var(--line); border-radius: 10px; overflow: hidden; background: var(--paper); }
    .slow { position: absolute; inset: auto 16px 16px; margin: 0; padding: 10px 14px; border: 1px solid var(--line); border-radius: 8px; background: var(--paper); font-size: 14px; }
    .slow a { color: inherit; }
    [hidden] { display: none !important; }
    .launcher { position: fixed; z-index: 2147483000; display: flex; align-items: center; gap: 9px; max-width: calc(100vw - 40px); min-height: 48px; margin: 0; padding: 11px 20px;
      border: 0; border-radius: 999px; background: var(--accent); color: var(--on); font: inherit; font-weight: 600; font-size: 15px; cursor: pointer; box-shadow: 0 4px 16px rgb(0 0 0 / 0.28); }
    .launcher span { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
    .launcher::before { content: ""; flex: none; width: 15px; height: 12px; border: 2px solid; border-radius: 5px 5px 5px 0; }
    .right { right: 20px; } .left { left: 20px; } .bottom { bottom: 20px; } .top { top: 20px; }
    dialog { position: fixed; margin: 0; padding: 0; width: min(460px, calc(100vw - 40px)); height: min(720px, calc(100dvh - 40px)); max-width: none; max-height: none;
      flex-direction: column; border: 1px solid var(--line); border-radius: 12px; overflow: hidden; background: var(--paper); color: var(--ink); box-shadow: 0 12px 48px rgb(0 0 0 / 0.35); }
    dialog[open] { display: flex; }
    dialog.right { left: auto; } dialog.left { right: auto; } dialog.bottom { top: auto; } dialog.top { bottom: auto; }
    dialog::backdrop { background: rgb(0 0 0 / 0.25); }
    .bar { display: flex; flex: none; align-items: center; gap: 12px; padding: 8px 8px 8px 16px; border-top: 3px solid var(--accent); border-bottom: 1px solid var(--line); }
    .bar h2 { flex: 1; min-width: 0; margin: 0; overflow: hidden; font-size: 16px; font-weight: 600; text-overflow: ellipsis; white-space: nowrap; }
    .close { width: 40px; height: 40px; margin: 0; padding: 0; border: 0; border-radius: 8px; background: none; color: inherit; font: 24px/1 sans-serif; cursor: pointer; }
    .close:hover { background: var(--line); }
    @media (max-width: 640px) {
      dialog { inset: 0 !important; width: 100vw; height: 100dvh; border: 0; border-radius: 0; }
    }
    @media (prefers-reduced-motion: no-preference) {
      dialog[open] { animation: rise 0.18s ease-out; }
      .launcher { transition: transform 0.15s; }
      .launcher:hover { transform: translateY(-2px); }
    }
    @keyframes rise { from { opacity: 0; transform: translateY(12px); } }`;

  const dress = (root, box) => {
    if (colour) {
      box.style.setProperty("--accent", colour);
      box.style.setProperty("--on", inkOn(colour));
    }
    try {
      // Allowed where the page's content policy forbids inline styles.
      const sheet = new CSSStyleSheet();
      sheet.replaceSync(STYLE);
      root.adoptedStyleSheets = [sheet];
    } catch {
      root.append(make("style", { textContent: STYLE }));
    }
    root.append(box);
  };

  const makeFrame = () => {
    const frame = make("iframe", { title, allow: "clipboard-write", referrerPolicy: "no-referrer" });
    const link = make("a", { href: base.href, target: "_blank", rel: "noopener", textContent: words.open });
    const slow = make("p", { className: "slow", hidden: true }, `${words.slow} `, link);
    slow.setAttribute("role", "status");
    return { frame, slow };
  };
  const load = ({ frame, slow }, onReady, onClose) => {
    const late = setTimeout(() => (slow.hidden = false), 15000);
    addEventListener("message", (event) => {
      if (event.source !== frame.contentWindow || event.origin !== base.origin) return;
      if (event.data?.policyqa === "ready") {
        clearTimeout(late);
        slow.hidden = true;
        frame.dataset.ready = "yes";
        onReady?.();
      } else if (event.data?.policyqa === "close") onClose?.();
    });
    frame.src = address.href;
  };

  const host = make("div", { lang: lang === "zh" ? "zh-CN" : "en" });
  const root = host.attachShadow({ mode: "closed" });
  const box = make("div", { className: `box ${theme}` });

  const placeInline = () => {
    let place = script;
    if (given("target", 200)) {
      try {
        place = document.querySelector(given("target", 200));
      } catch {
        place = null;
      }
    }
    if (!place) return console.warn("policyqa: data-target matches nothing in this page");
    const parts = makeFrame();
    const card = make("div", { className: "inline" }, parts.frame, parts.slow);
    card.style.setProperty("--height", `${height}px`);
    box.append(card);
    dress(root, box);
    if (place === script) script.after(host);
    else place.append(host);
    load(parts);
  };

  const placeLauncher = () => {
    const sides = position.replace("-", " ");
    const parts = makeFrame();
    const { frame, slow } = parts;
    const launcher = make("button", { type: "button", className: `launcher ${sides}` }, make("span", { textContent: title }));
    const close = make("button", { type: "button", className: "close", textContent: "×", ariaLabel: words.close });
    const heading = make("h2", { id: "title", textContent: title });
    const edge = (onFocus) => make("div", { tabIndex: 0, onfocus: onFocus }); // where the focus would leave
    const dialog = make("dialog", { className: sides }, edge(() => frame.focus()),
      make("div", { className: "bar" }, heading, close), frame, slow, edge(() => close.focus()));
    dialog.setAttribute("aria-labelledby", "title");
    dialog.setAttribute("aria-modal", "true");
    launcher.setAttribute("aria-haspopup", "dialog");
    launcher.setAttribute("aria-expanded", "false");
    launcher.onclick = () => {
      if (!frame.src) load(parts, () => root.activeElement === close && frame.focus(), () => dialog.close());
      dialog.showModal();
      launcher.setAttribute("aria-expanded", "true");
      (frame.dataset.ready ? frame : close).focus(); // a frame that is still loading would lose it
    };
    close.onclick = () => dialog.close();
    dialog.onclick = (event) => event.target === dialog && dialog.close(); // beside the panel
    dialog.onclose = () => {
      launcher.setAttribute("aria-expanded", "false");
      launcher.focus();
    };
    box.append(launcher, dialog);
    dress(root, box);
    document.body.append(host);
  };

  const place = inline ? placeInline : placeLauncher;
  if (document.readyState === "loading" && !(inline && !given("target", 1))) addEventListener("DOMContentLoaded", place, { once: true });
  else place();
})();
