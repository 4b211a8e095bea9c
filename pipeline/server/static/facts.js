// The facts as sentences, with filters.
"use strict";
import { h, svg } from "./dom.js";
import { relationName, statusName, t, verb } from "./i18n.js";

export class Facts {
  constructor({ onpick, onhover, onjudge, onchange, onfilter }) {
    this.on = { onpick, onhover, onjudge, onchange, onfilter };
    this.filter = { relation: "", score: 0, order: "place" };
    this.list = h("ul", { class: "facts", "aria-label": t("facts") });
    this.relation = h("select", { "aria-label": t("relation"), onchange: (event) => this.set("relation", event.target.value) });
    this.order = h("select", { "aria-label": t("order"), onchange: (event) => this.set("order", event.target.value) },
      h("option", { value: "place" }, t("by_place")), h("option", { value: "doubt" }, t("by_doubt")));
    this.shown = h("span", { class: "num dim" }, "0.00");
    this.slider = h("input", { type: "range", min: "0", max: "1", step: "0.05", value: "0", id: "score-from",
      oninput: (event) => { this.shown.textContent = Number(event.target.value).toFixed(2); this.set("score", Number(event.target.value)); } });
    this.count = h("span", { class: "dim num" });
    this.head = h("div", { class: "head" }, h("h2", {}, t("facts")), this.count, this.relation, this.order,
      h("span", { class: "cutoff" }, h("label", { for: "score-from" }, t("score_from")), this.slider, this.shown));
  }

  set(key, value) {
    this.filter[key] = value;
    this.on.onfilter();
  }

  // Facts that the filters let through, in their order; labels: those that are shown.
  visible(view, labels) {
    const mentions = new Map(view.mentions.map((mention) => [mention.id, mention]));
    const rows = view.triples.filter((triple) =>
      (!this.filter.relation || triple.relation === this.filter.relation)
      && (triple.score === null || triple.score >= this.filter.score)
      && labels.has(mentions.get(triple.head).label) && labels.has(mentions.get(triple.tail).label));
    const place = (triple) => triple.spans[0]?.[0] ?? 0;
    if (this.filter.order === "doubt") rows.sort((a, b) => (a.score ?? 2) - (b.score ?? 2));
    else {
      const rank = (triple) => ["holds_post", "post_of", "affiliated_with"].indexOf(triple.relation) + 1 || 9;
      rows.sort((a, b) => place(a) - place(b) || rank(a) - rank(b));
    }
    return rows;
  }

  render(view, rows, current) {
    const known = [...new Set(view.triples.map((triple) => triple.relation))].sort();
    this.relation.replaceChildren(h("option", { value: "" }, t("all_relations")),
      ...known.map((relation) => h("option", { value: relation }, `${relationName(relation)} · ${relation}`)));
    this.relation.value = this.filter.relation;
    const mentions = new Map(view.mentions.map((mention) => [mention.id, mention]));
    this.count.textContent = rows.length === view.triples.length ? String(rows.length) : `${rows.length} / ${view.triples.length}`;
    const empty = h("li", { class: "empty" }, t(view.triples.length ? "filtered" : "no_facts"));
    this.list.replaceChildren(...(rows.length ? rows.map((triple) => this.row(triple, mentions)) : [empty]));
    this.here(current);
  }

  row(triple, mentions) {
    const head = mentions.get(triple.head), tail = mentions.get(triple.tail), said = triple.qualifiers;
    const name = (mention) => h("span", { class: `name ${mention.label}`, lang: "zh" }, mention.name);
    const org = said.org ? [h("span", { class: "verb" }, "·"), h("span", { class: "name ORG", lang: "zh" }, said.org)] : [];
    const time = said.date ?? [said.start && `${t("since")} ${said.start}`, said.end && `${t("till")} ${said.end}`].filter(Boolean).join(" ");
    const meter = triple.score === null ? null : h("span", { class: `meter${triple.score < 0.7 ? " low" : ""}`, title: t("score") },
      svg("svg", { viewBox: "0 0 38 4", "aria-hidden": "true" }, svg("rect", { width: 38, height: 4 }), svg("rect", { width: 38 * triple.score, height: 4 })),
      triple.score.toFixed(2));
    const { onpick, onhover, onjudge, onchange } = this.on;
    const judged = triple.state !== "machine";
    const row = h("li", { class: `fact ${triple.state}${triple.live ? "" : " dead"}`, "data-fact": triple.id,
      onmouseenter: () => onhover(triple.id), onmouseleave: () => onhover(null) },
    h("button", { class: "say", type: "button", onclick: () => onpick(triple.id), onfocus: () => onhover(triple.id), onblur: () => onhover(null) },
      name(head), h("span", { class: "verb" }, verb(triple)), name(tail), ...org),
    h("div", { class: "under" },
      judged && h("span", { class: `tag ${triple.state}` }, t(`state_${triple.state}`)),
      said.status && h("span", { class: "tag" }, statusName(said.status)),
      time && h("span", { class: "num" }, time),
      meter,
      triple.rule && h("span", {}, `${t("rule")} ${triple.rule}`)),
    h("div", { class: "act" },
      h("button", { class: "yes", type: "button", "aria-label": t("accept"), title: `${t("accept")} (a)`, onclick: () => onjudge("accept", triple.id) }, "✓"),
      h("button", { class: "no", type: "button", "aria-label": t("reject"), title: `${t("reject")} (x)`, onclick: () => onjudge("reject", triple.id) }, "✕"),
      h("button", { type: "button", "aria-label": t("change"), title: `${t("change")} (e)`, onclick: (event) => onchange(triple.id, event.currentTarget) }, "✎")));
    return row;
  }

  here(id) {
    for (const row of this.list.querySelectorAll(".fact")) row.classList.toggle("here", row.dataset.fact === id);
  }

  rowOf(id) {
    return this.list.querySelector(`[data-fact="${CSS.escape(id)}"]`);
  }
}
