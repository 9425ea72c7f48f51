// Sends files, shows how they are cut, publishes. Whatever comes from a file is written as text.
"use strict";

(() => {
  const LOOK = 1000; // milliseconds between two looks at a change that is under way
  const words = JSON.parse(document.body.dataset.words);
  const byId = (id) => document.getElementById(id);
  const say = (text, failed = false) => {
    byId("status").textContent = text;
    byId("status").classList.toggle("failed", failed);
  };
  const make = (tag, text = "") => Object.assign(document.createElement(tag), { textContent: text });
  const filled = (text, values) => text.replace(/\{(\w+)\}/g, (_, name) => values[name]);

  const call = async (method, path, body, type = "application/json") => {
    const headers = { "Accept-Language": document.documentElement.lang };
    if (body !== undefined) headers["Content-Type"] = type;
    let response;
    try {
      response = await fetch(`api/v1/admin/${path}`, { method, headers, body });
    } catch {
      throw new Error(words.admin_unreachable);
    }
    const given = await response.json().catch(() => null);
    if (!response.ok) throw new Error(given?.error?.message || words.admin_unreachable);
    return given;
  };
  // One thing at a time: its button rests until it is done.
  const doing = async (button, work) => {
    if (button) button.disabled = true;
    try {
      await work();
    } catch (error) {
      say(error.message, true);
    }
    if (button) button.disabled = false;
  };

  let held = [];
  const row = (...cells) => {
    const line = make("tr");
    for (const cell of cells) {
      const td = make("td", typeof cell === "string" ? cell : "");
      if (typeof cell !== "string") td.append(cell);
      line.append(td);
    }
    return line;
  };
  const removal = (document) => {
    const button = make("button", words.admin_remove);
    button.type = "button";
    button.setAttribute("aria-label", `${words.admin_remove}: ${document.title}`);
    button.addEventListener("click", () => {
      if (!confirm(filled(words.admin_remove_sure, { title: document.title }))) return;
      doing(button, async () => {
        await call("DELETE", `documents/${encodeURIComponent(document.id)}`);
        await refresh();
        say(words.admin_removed);
      });
    });
    return button;
  };
  const titled = (document) => {
    const link = make("a", document.title);
    link.href = `clause/${encodeURIComponent(document.id)}`;
    return link;
  };
  const refresh = async () => {
    held = await call("GET", "documents");
    byId("documents").replaceChildren(...held.map((one) => row(titled(one), one.zone, one.source, removal(one))));
    const records = await call("GET", "audit?limit=100");
    const told = (one) => [...(one.files || []).map((file) => file.name), ...(one.documents || []), one.replaced && `← ${one.replaced}`, one.reason].filter(Boolean).join("\n");
    const lines = records.map((one) => row(one.at, one.person, one.action, told(one)));
    byId("audit").replaceChildren(...(lines.length ? lines : [row(words.admin_no_records, "", "", "")]));
    for (const select of document.querySelectorAll(".draft select")) offer(select, select.value);
  };
  const offer = (select, chosen) => {
    const options = [["", words.admin_replaces_none], ...held.map((one) => [one.id, one.title])];
    select.replaceChildren(...options.map(([value, text]) => Object.assign(make("option", text), { value })));
    select.value = options.some(([value]) => value === chosen) ? chosen : "";
  };

  const show = (draft) => {
    const card = byId("draft").content.cloneNode(true).firstElementChild;
    const find = (selector) => card.querySelector(selector);
    find("h3").textContent = draft.documents.map((one) => one.title).join(" · ");
    find(".remarks").append(...draft.remarks.map((one) => make("li", one.message)));
    const shown = draft.total > draft.clauses.length ? filled(words.admin_more, { shown: draft.clauses.length }) : "";
    find(".counts").textContent = `${draft.name} · ${filled(words.admin_units, { total: draft.total })} ${shown}`;
    find("tbody").append(...draft.clauses.map((one) => row(one.label, one.text)));
    find(".scroll").setAttribute("aria-label", draft.name);
    find(".replaces").textContent = words.admin_replaces;
    offer(find("select"), "");
    const publish = find(".publish");
    publish.textContent = words.admin_publish;
    publish.addEventListener("click", () =>
      doing(publish, async () => {
        const replaces = find("select").value || null;
        await call("POST", `drafts/${encodeURIComponent(draft.id)}/publish`, JSON.stringify({ replaces }));
        card.remove();
        await refresh();
        say(words.admin_published);
      }),
    );
    const discard = find(".discard");
    discard.textContent = words.admin_discard;
    discard.addEventListener("click", () =>
      doing(discard, async () => {
        card.remove();
        await call("DELETE", `drafts/${encodeURIComponent(draft.id)}`);
      }),
    );
    byId("drafts").prepend(card);
  };
  const send = async (files) => {
    for (const file of files) {
      say(filled(words.admin_reading, { name: file.name }));
      await doing(null, async () => {
        show(await call("POST", `drafts?name=${encodeURIComponent(file.name)}`, file, "application/octet-stream"));
        say("");
      });
    }
  };

  // The change of the index under way, whoever makes it; what ended before the page was opened is not told.
  let known;
  const phase = (change) => {
    if (change.state !== "running") return change.state;
    if (!change.total) return "preparing";
    return change.embedded < change.total ? "embedding" : "writing";
  };
  const tell = (change) => {
    const key = change && `${change.started} ${change.state}`;
    if (known === undefined && change?.state !== "running") known = key;
    if (!change || key === known) return;
    const values = { ...change, doing: words[`admin_doing_${change.action}`] || change.action };
    byId("change").hidden = false;
    byId("change").classList.toggle("failed", change.state === "failed" || change.state === "interrupted");
    byId("change-text").textContent = filled(words[`admin_change_${phase(change)}`], values);
    byId("change-bar").hidden = change.state !== "running";
    byId("change-bar").max = change.total || 1;
    if (change.total) byId("change-bar").value = change.embedded;
    else byId("change-bar").removeAttribute("value");
    if (change.state === "running") known = "";
    else {
      known = key;
      doing(null, refresh);
    }
  };
  const watch = async () => {
    if (!document.hidden) {
      try {
        tell(await call("GET", "progress"));
      } catch {
        // The next look may reach the server.
      }
    }
    setTimeout(watch, LOOK);
  };

  const drop = byId("drop");
  byId("file").addEventListener("change", async (event) => {
    await send([...event.target.files]);
    event.target.value = "";
  });
  for (const name of ["dragover", "dragleave", "drop"])
    drop.addEventListener(name, (event) => {
      event.preventDefault();
      drop.classList.toggle("over", name === "dragover");
      if (name === "drop") send([...event.dataTransfer.files]);
    });
  byId("rollback").addEventListener("click", () => {
    if (confirm(words.admin_rollback_sure))
      doing(byId("rollback"), async () => {
        await call("POST", "rollback");
        await refresh();
        say(words.admin_rolled_back);
      });
  });
  doing(null, refresh);
  watch();
})();
