// A document on the workbench: the page, its facts, their graph, and corrections to them.
"use strict";
import * as api from "./api.js";
import { h, notice, remembered } from "./dom.js";
import { Facts } from "./facts.js";
import { Graph } from "./graph.js";
import { STATUSES, labelName, relationName, statusName, t } from "./i18n.js";
import * as popover from "./pop.js";
import { PageText } from "./text.js";

const LABELS = ["PER", "ROLE", "ORG", "LOC", "PROGRAMME"];
const JOINS = { // the labels that each relation joins, as pipeline/annotations/markup.py has them
  holds_post: ["PER>ROLE"], affiliated_with: ["PER>ORG"], post_of: ["ROLE>ORG"], part_of: ["ORG>ORG"],
  located_in: ["ORG>LOC", "LOC>LOC"], organises: ["PER>PROGRAMME", "ORG>PROGRAMME"],
  participates_in: ["PER>PROGRAMME", "ORG>PROGRAMME", "ROLE>PROGRAMME"], held_at: ["PROGRAMME>LOC", "PROGRAMME>ORG"],
  comments_on: ["PER>PROGRAMME"], succeeds: ["PER>PER"], alias_of: ["ORG>ORG", "PROGRAMME>PROGRAMME"],
};

async function signed() {
  const known = remembered.get("who");
  if (known) return known;
  const input = h("input", { name: "who", required: true, maxLength: 80, autocomplete: "name", "aria-label": t("who") });
  const dialog = h("dialog", { "aria-label": t("who") }, h("h2", {}, t("who_needed")),
    h("form", { method: "dialog" }, input, h("button", { class: "primary" }, t("go_on"))));
  document.body.append(dialog);
  dialog.showModal();
  await new Promise((resolve) => dialog.addEventListener("close", resolve));
  dialog.remove();
  const who = input.value.trim();
  if (who) remembered.set("who", who);
  return who;
}

export class DocumentView {
  constructor(view) {
    this.view = view;
    this.labels = new Set(LABELS);
    this.raw = true;
    this.current = null; // the fact that was chosen
    this.mention = null; // the mention that was chosen
    this.linking = null; // the mention that a relation is being drawn from
    this.text = new PageText({
      onpick: (ids, run) => this.pickMention(ids, run),
      onhover: (ids) => this.hover(null, ids),
      onselect: (start, end, rect) => this.offerLabels(start, end, rect),
    });
    this.facts = new Facts({
      onpick: (id) => this.pickFact(id),
      onhover: (id) => this.hover(id, []),
      onjudge: (op, target) => this.edit({ op, target }),
      onchange: (id, anchor) => this.changeFact(id, anchor),
      onfilter: () => this.update(),
    });
    this.graph = new Graph({
      onfact: (id) => this.pickFact(id),
      onentity: (ids) => this.text.scrollTo(ids),
      onhover: (fact, ids) => this.hover(fact, ids),
    });
    this.onkey = (event) => this.key(event);
    this.build();
  }

  build() {
    const toggle = (raw, word) => h("button", { type: "button", "aria-pressed": String(this.raw === raw), "data-raw": String(raw), onclick: () => this.showRaw(raw) }, t(word));
    this.rawToggle = h("div", { class: "seg", role: "group", "aria-label": t("show_as") }, toggle(true, "raw"), toggle(false, "repaired"));
    const chip = (label) => h("button", { type: "button", class: label, "aria-pressed": "true", onclick: (event) => {
      if (this.labels.has(label)) this.labels.delete(label); else this.labels.add(label);
      event.currentTarget.setAttribute("aria-pressed", String(this.labels.has(label)));
      this.update();
    } }, labelName(label));
    this.undoButton = h("button", { type: "button", onclick: () => this.undo() }, t("undo"));
    this.doneButton = h("button", { type: "button", onclick: () => this.edit({ op: this.view.done ? "reopen" : "done" }) });
    const exportButton = h("button", { type: "button", "aria-haspopup": "dialog", onclick: (event) => this.exports(event.currentTarget) }, t("export"));
    const { newspaper, issue_date: date, home_place: place } = this.view.meta;
    this.by = h("span", { class: "dim" });
    this.text.node.setAttribute("aria-label", t("page_text"));
    this.node = h("div", { class: "document" },
      h("div", { class: "strip" },
        h("h1", { title: this.view.name }, this.view.name),
        h("span", { class: "dim" }, [newspaper, date, place].filter(Boolean).join(" · ")),
        h("div", { class: "end" }, this.by, this.undoButton, this.doneButton, exportButton)),
      h("div", { class: "panes" },
        h("section", { class: "pane", "aria-label": t("page") },
          h("div", { class: "head" }, this.rawToggle, h("div", { class: "chips", role: "group", "aria-label": t("labels_shown") }, LABELS.map(chip))),
          this.text.scroller),
        h("section", { class: "pane", "aria-label": t("facts") }, this.facts.head, this.facts.list, this.graph.node)));
  }

  attach(parent) {
    parent.replaceChildren(this.node);
    document.addEventListener("keydown", this.onkey);
    this.update();
  }

  detach() {
    document.removeEventListener("keydown", this.onkey);
    popover.close();
    CSS.highlights?.clear();
  }

  update() {
    const { view } = this;
    this.rows = this.facts.visible(view, this.labels);
    this.text.render(view, { raw: this.raw, labels: this.labels });
    this.facts.render(view, this.rows, this.current);
    this.graph.render(view, this.rows.filter((triple) => triple.live && triple.state !== "rejected"));
    this.undoButton.disabled = view.log.length === 0;
    this.doneButton.textContent = view.done ? `✓ ${t("checked")}` : t("mark_checked");
    this.doneButton.setAttribute("aria-pressed", String(view.done));
    const last = view.log.at(-1);
    this.by.textContent = last ? `${t("corrected_by")} ${last.who}, ${new Date(last.at).toLocaleString()}` : "";
    this.hover(null, []);
  }

  triple(id) { return this.view.triples.find((triple) => triple.id === id); }
  mentionOf(id) { return this.view.mentions.find((mention) => mention.id === id); }

  hover(factId, mentionIds) {
    const triple = this.triple(factId ?? (mentionIds.length ? null : this.current));
    const ids = triple ? [triple.head, triple.tail] : mentionIds;
    this.text.light(ids);
    this.text.point(triple ? triple.spans : [], triple ? triple.cues : []);
    this.graph.light(triple ? triple.id : null, ids);
    if (!triple) {
      const same = new Set(mentionIds.map((id) => this.mentionOf(id)?.entity));
      for (const row of this.facts.list.querySelectorAll(".fact")) {
        const one = this.triple(row.dataset.fact);
        row.classList.toggle("here", mentionIds.length ? [one.head, one.tail].some((id) => mentionIds.includes(id) || (same.has(this.mentionOf(id).entity) && this.mentionOf(id).entity !== null)) : false);
      }
    } else this.facts.here(triple.id);
  }

  pickFact(id) {
    this.current = id;
    this.hover(id, []);
    const triple = this.triple(id);
    if (triple) this.text.scrollTo([triple.head, triple.tail]);
    this.facts.rowOf(id)?.scrollIntoView({ block: "nearest" });
  }

  showRaw(raw) {
    this.raw = raw;
    for (const button of this.rawToggle.children) button.setAttribute("aria-pressed", String(button.dataset.raw === String(raw)));
    this.update();
    if (this.current && this.triple(this.current)) this.text.scrollTo([this.triple(this.current).head]);
  }

  async edit(edit) {
    popover.close();
    const who = await signed();
    if (!who) return;
    await this.take(() => api.correct(this.view.key, who, edit));
  }

  async undo() {
    const who = this.view.log.length && await signed();
    if (who && await this.take(() => api.undo(this.view.key, who))) notice(t("undone"));
  }

  async take(request) {
    try {
      this.view = await request();
      this.update();
      return true;
    } catch (error) {
      notice(error.message);
      return false;
    }
  }

  offerLabels(start, end, rect) {
    const chars = Array.from(this.view.raw).slice(start, end).join("").replace(/\s+/g, "");
    if (!chars || chars.length > 120) return;
    const changing = this.mention && this.mentionOf(this.mention);
    popover.pop(rect, chars.length > 26 ? `${chars.slice(0, 26)}…` : chars,
      h("span", { class: "dim" }, t("mark_as")),
      h("div", { class: "row" }, LABELS.map((label) =>
        h("button", { type: "button", class: label, onclick: () => this.edit({ op: "add_mention", start, end, label }) }, labelName(label)))),
      changing && h("div", { class: "row" }, h("button", { type: "button", onclick: () => {
        this.mention = null;
        this.edit({ op: "change_mention", target: changing.id, start, end, label: changing.label });
      } }, `${t("use_selection")}: ${labelName(changing.label)} ${changing.name}`)));
  }

  pickMention(ids, run) {
    if (this.linking) {
      const from = this.linking;
      this.linking = null;
      this.node.querySelectorAll(".picked").forEach((one) => one.classList.remove("picked"));
      const to = ids.find((id) => this.possible(from, id).length) ?? ids[0];
      this.drawRelation(from, to, run);
      return;
    }
    const [id, ...others] = ids;
    this.openMention(id, run, others);
  }

  openMention(id, anchor, others = []) {
    const mention = this.mentionOf(id);
    this.mention = id;
    const about = [mention.score === null ? null : `${t("score")} ${mention.score.toFixed(2)}`,
      mention.origin && `${t("found_by")} ${mention.origin}`, mention.state === "machine" ? null : t(`state_${mention.state}`)];
    popover.pop(anchor, mention.text === mention.name ? mention.name : `${mention.text.replace(/\s+/g, "")} → ${mention.name}`,
      h("span", { class: "dim" }, [labelName(mention.label), ...about].filter(Boolean).join(" · ")),
      h("div", { class: "row" },
        h("button", { type: "button", onclick: () => this.edit({ op: "accept", target: id }) }, `✓ ${t("accept")}`),
        h("button", { type: "button", onclick: () => this.edit({ op: "reject", target: id }) }, `✕ ${t("reject")}`),
        h("button", { type: "button", onclick: () => this.startLink(id) }, `→ ${t("relate")}`)),
      h("div", { class: "row" }, h("span", { class: "dim" }, t("label")), LABELS.filter((label) => label !== mention.label).map((label) =>
        h("button", { type: "button", class: label, onclick: () => this.edit({ op: "change_mention", target: id, start: mention.start, end: mention.end, label }) }, labelName(label)))),
      this.edges(mention),
      others.length > 0 && h("div", { class: "row" }, others.map((other) =>
        h("button", { type: "button", class: this.mentionOf(other).label, onclick: () => this.openMention(other, anchor, [id]) }, `${labelName(this.mentionOf(other).label)} ${this.mentionOf(other).text.replace(/\s+/g, "")}`))),
    ).querySelector("button").focus({ preventScroll: true });
  }

  // Moves the ends of a mention over the characters that repair keeps; nothing is said before Save.
  edges(mention) {
    const kept = this.view.kept.flatMap(([start, end]) => Array.from({ length: end - start }, (_, at) => start + at));
    const chars = Array.from(this.view.raw);
    const given = { first: kept.indexOf(mention.start), last: kept.indexOf(mention.end - 1) };
    const now = { ...given };
    const shown = h("span", { class: "surface", lang: "zh" }, mention.text);
    const save = h("button", { type: "button", disabled: true, onclick: () =>
      this.edit({ op: "change_mention", target: mention.id, start: kept[now.first], end: kept[now.last] + 1, label: mention.label }) }, t("save"));
    const move = (end, by, sign, word) => h("button", { type: "button", "aria-label": t(word), title: t(word), onclick: () => {
      const to = { ...now, [end]: now[end] + by };
      if (to.first < 0 || to.last >= kept.length || to.first > to.last || to.last - to.first > 120) return;
      Object.assign(now, to);
      shown.textContent = kept.slice(now.first, now.last + 1).map((at) => chars[at]).join("");
      save.disabled = now.first === given.first && now.last === given.last;
      this.text.point([[kept[now.first], kept[now.last] + 1]], []);
    } }, sign);
    return h("div", { class: "row edges" },
      move("first", -1, "‹", "start_earlier"), move("first", 1, "›", "start_later"), shown,
      move("last", -1, "‹", "end_earlier"), move("last", 1, "›", "end_later"), save);
  }

  startLink(id) {
    popover.close();
    this.linking = id;
    this.text.runsOf([id]).forEach((run) => run.classList.add("picked"));
    notice(t("pick_other"));
  }

  possible(from, to) {
    if (from === to) return [];
    const head = this.mentionOf(from).label, tail = this.mentionOf(to).label;
    const forward = Object.keys(JOINS).filter((relation) => JOINS[relation].includes(`${head}>${tail}`)).map((relation) => ({ head: from, relation, tail: to }));
    const backward = Object.keys(JOINS).filter((relation) => head !== tail && JOINS[relation].includes(`${tail}>${head}`)).map((relation) => ({ head: to, relation, tail: from }));
    return [...forward, ...backward];
  }

  drawRelation(from, to, anchor) {
    const choices = this.possible(from, to);
    const name = (id) => this.mentionOf(id).name;
    popover.pop(anchor, `${name(from)} — ${name(to)}`,
      choices.length ? h("span", { class: "dim" }, t("relation_to")) : h("span", {}, t("no_relation")),
      h("div", { class: "row" }, choices.map((choice) => h("button", { type: "button", "data-relation": choice.relation,
        onclick: () => this.edit({ op: "add_triple", ...choice, qualifiers: choice.relation === "holds_post" ? { status: "current" } : {} }) },
      `${name(choice.head)} ${relationName(choice.relation)} ${name(choice.tail)}`))))
      .querySelector("button")?.focus({ preventScroll: true });
  }

  changeFact(id, anchor) {
    const triple = this.triple(id), said = triple.qualifiers;
    const head = this.mentionOf(triple.head), tail = this.mentionOf(triple.tail);
    const fits = Object.keys(JOINS).filter((relation) => JOINS[relation].includes(`${head.label}>${tail.label}`));
    const relation = h("select", { id: "f-relation" }, fits.map((one) => h("option", { value: one }, `${relationName(one)} · ${one}`)));
    relation.value = triple.relation;
    const status = h("select", { id: "f-status" }, h("option", { value: "" }, "—"), STATUSES.map((one) => h("option", { value: one }, statusName(one))));
    status.value = said.status ?? "";
    const field = (key) => h("input", { id: `f-${key}`, value: said[key] ?? "", maxLength: 200, ...(key === "org" ? {} : { placeholder: "2014-04-25", pattern: "\\d{4}(-\\d{2}(-\\d{2})?)?" }) });
    const fields = { org: field("org"), date: field("date"), start: field("start"), end: field("end") };
    const line = (word, input) => [h("label", { for: input.id }, t(word)), input];
    const post = triple.relation === "holds_post";
    const form = h("form", { class: "grid", onsubmit: (event) => {
      event.preventDefault();
      const qualifiers = {};
      if (relation.value === "holds_post") {
        for (const [key, input] of Object.entries(fields)) if (input.value.trim()) qualifiers[key] = input.value.trim();
        if (status.value) qualifiers.status = status.value;
      }
      this.edit({ op: "change_triple", target: id, relation: relation.value, qualifiers });
    } },
    ...line("relation", relation),
    ...(post ? [...line("organisation", fields.org), ...line("status", status), ...line("date", fields.date), ...line("from", fields.start), ...line("until", fields.end)] : []),
    h("span"), h("button", { class: "primary" }, t("save")));
    popover.pop(anchor, `${head.name} — ${tail.name}`, form).querySelector("select").focus({ preventScroll: true });
  }

  exports(anchor) {
    const all = (format, suffix) => h("button", { type: "button", onclick: () => this.save(`/v1/export?format=${format}`, `renzhi-gold-${format}${suffix}`) }, format);
    popover.pop(anchor, t("export"),
      h("div", { class: "row" }, h("button", { type: "button", onclick: () => this.save(`/v1/documents/${this.view.key}/gold`, `${this.view.key}.jsonl`) }, t("export_this"))),
      h("span", { class: "dim" }, t("export_all")),
      h("div", { class: "row" }, all("native", ".jsonl"), all("doccano", ".jsonl"), all("label-studio", ".json"), all("brat", ".zip")));
  }

  async save(path, name) {
    popover.close();
    try { await api.download(path, name); } catch (error) { notice(error.message); }
  }

  step(by) {
    const ids = this.rows.map((triple) => triple.id);
    if (!ids.length) return;
    const at = ids.indexOf(this.current);
    this.pickFact(ids[at < 0 ? (by > 0 ? 0 : ids.length - 1) : Math.min(ids.length - 1, Math.max(0, at + by))]);
  }

  stepMention(by) {
    const shown = this.view.mentions.filter((mention) => mention.state !== "rejected" && this.labels.has(mention.label)).sort((a, b) => a.start - b.start);
    if (!shown.length) return;
    const at = shown.findIndex((mention) => mention.id === this.mention);
    const next = shown[at < 0 ? (by > 0 ? 0 : shown.length - 1) : Math.min(shown.length - 1, Math.max(0, at + by))];
    const run = this.text.scrollTo([next.id]);
    if (this.linking) { this.mention = next.id; this.text.light([next.id]); return; }
    if (run) this.openMention(next.id, run);
    this.text.light([next.id]);
  }

  key(event) {
    if (event.key === "Escape") {
      if (this.linking) {
        this.linking = null;
        this.node.querySelectorAll(".picked").forEach((one) => one.classList.remove("picked"));
      }
      popover.close();
      return;
    }
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input, textarea, select, dialog")) return;
    const fact = this.current && this.triple(this.current);
    const actions = {
      j: () => this.step(1), k: () => this.step(-1), n: () => this.stepMention(1), p: () => this.stepMention(-1),
      u: () => this.undo(), r: () => this.showRaw(!this.raw),
      a: () => fact && this.edit({ op: "accept", target: fact.id }),
      x: () => fact && this.edit({ op: "reject", target: fact.id }),
      e: () => fact && this.changeFact(fact.id, this.facts.rowOf(fact.id)),
      Enter: () => this.linking && this.mention && this.mention !== this.linking && this.pickMention([this.mention], this.text.runsOf([this.mention])[0]),
    };
    const action = actions[event.key];
    if (!action || (event.key === "Enter" && !this.linking)) return;
    event.preventDefault();
    action();
  }
}
