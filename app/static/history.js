// What the person asked before: listed, opened, deleted. Everything that was kept is written as text.
"use strict";

(() => {
  const ADDRESS = "api/v1/history";
  const dialog = () => document.querySelector("dialog.pq-history");
  const part = (name) => dialog().querySelector(`.pq-history-${name}`);
  const filled = (text, values) => text.replace(/\{(\w+)\}/g, (_, name) => values[name]);
  const make = (tag, kind, text = "") => Object.assign(document.createElement(tag), { className: kind, textContent: text });
  const button = (kind, text) => Object.assign(make("button", kind, text), { type: "button" });
  const say = (text) => (part("said").textContent = text);
  const when = (stamp) =>
    new Date(stamp).toLocaleString(document.documentElement.lang, { dateStyle: "medium", timeStyle: "short" });

  const call = async (method, id) => {
    const response = await fetch(id ? `${ADDRESS}/${encodeURIComponent(id)}` : ADDRESS, { method });
    // What has been deleted elsewhere meanwhile is deleted.
    if (!response.ok && !(method === "DELETE" && response.status === 404)) throw new Error(response.status);
    return response.json();
  };

  let total = 0;
  const show = async () => {
    const words = dialog().dataset;
    let history;
    try {
      history = await call("GET");
    } catch {
      say(words.failed);
      return;
    }
    total = history.total;
    const shown = history.conversations.length;
    part("list").replaceChildren(...history.conversations.map(row));
    part("all").hidden = !total;
    say(total > shown ? filled(words.more, { shown, total }) : total ? "" : words.none);
  };

  const row = (conversation) => {
    const words = dialog().dataset;
    const line = make("li", "");
    const facts = `${when(conversation.last)} · ${filled(words.questions, { count: conversation.questions })}`;
    const open = button("pq-history-one");
    open.append(make("span", "pq-history-question", conversation.question), make("span", "pq-history-facts", facts));
    open.addEventListener("click", () => reopen(conversation.id));
    const remove = button("pq-history-delete", words.delete);
    remove.setAttribute("aria-label", `${words.delete}: ${conversation.question}`);
    remove.addEventListener("click", () => ask(remove, words.sure, () => call("DELETE", conversation.id)));
    line.append(open, remove);
    return line;
  };

  const reopen = (id) => {
    const opener = document.querySelector("#pq-reopen");
    if (opener.disabled) return say(dialog().dataset.busy);
    window.policyqa.chosen = id;
    dialog().close();
    opener.click();
  };

  // The question whether it is meant takes the button's place; frames of other sites may not use confirm().
  const ask = (asking, text, deletion) => {
    const words = dialog().dataset;
    const box = make("div", "pq-history-sure");
    const yes = button("pq-history-yes", words.delete);
    const no = button("pq-history-no", words.keep);
    box.setAttribute("role", "group");
    box.setAttribute("aria-label", text);
    box.append(make("span", "", text), yes, no);
    const back = () => {
      box.remove();
      asking.hidden = false;
      asking.focus();
    };
    yes.addEventListener("click", async () => {
      yes.disabled = no.disabled = true;
      try {
        await deletion();
      } catch {
        back();
        say(words.failed);
        return;
      }
      back();
      await show();
      if (!dialog().contains(document.activeElement)) part("close").focus();
    });
    no.addEventListener("click", back);
    asking.hidden = true;
    asking.after(box);
    no.focus();
  };

  document.addEventListener("click", (event) => {
    if (event.target.closest(".pq-history-open")) {
      dialog().querySelector(".pq-history-end .pq-history-sure")?.remove();
      part("list").replaceChildren();
      part("all").hidden = true;
      say("");
      dialog().showModal();
      show();
    } else if (event.target === dialog() || event.target.closest(".pq-history-close")) dialog().close();
    else if (event.target.closest(".pq-history-all")) {
      const text = filled(dialog().dataset.allSure, { total });
      ask(part("all"), text, () => call("DELETE"));
    }
  });
})();
