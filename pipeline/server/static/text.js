// The page's text with its mentions marked through the repairs.
//
// Offsets count Unicode characters of the raw text, as everywhere in renzhi; a JavaScript string
// counts UTF-16 units, so both are mapped here and nowhere else.
"use strict";
import { h } from "./dom.js";
import { labelName } from "./i18n.js";

const LABEL_ORDER = ["PER", "ORG", "LOC", "PROGRAMME", "ROLE"];

export class PageText {
  // onpick(ids, element): a marked run was chosen. onselect(start, end, rect): characters were.
  constructor({ onpick, onhover, onselect }) {
    this.node = h("div", { class: "text", lang: "zh", id: "page-text", tabindex: "0", role: "region" });
    this.scroller = h("div", { class: "sheet" }, this.node);
    this.node.addEventListener("click", (event) => {
      const run = event.target.closest("[data-m]");
      if (run && document.getSelection().isCollapsed) onpick(run.dataset.m.split(" "), run);
    });
    this.node.addEventListener("mouseover", (event) => {
      const run = event.target.closest("[data-m]");
      onhover(run ? run.dataset.m.split(" ") : []);
    });
    this.node.addEventListener("mouseleave", () => onhover([]));
    const selected = () => {
      const range = this.selection();
      if (range) onselect(range.start, range.end, range.rect);
    };
    this.node.addEventListener("mouseup", () => setTimeout(selected));
    this.node.addEventListener("keyup", (event) => { if (event.shiftKey) selected(); });
  }

  render(view, { raw, labels }) {
    this.view = view;
    const chars = Array.from(view.raw);
    const cover = new Map(); // raw offset where coverage changes -> mentions that begin or end
    const at = (offset) => {
      if (!cover.has(offset)) cover.set(offset, { open: [], close: [] });
      return cover.get(offset);
    };
    for (const mention of view.mentions) {
      if (mention.state === "rejected" || !labels.has(mention.label)) continue;
      for (const [start, end] of mention.spans) {
        at(start).open.push(mention);
        at(end).close.push(mention);
      }
    }
    const keptEdges = new Map();
    for (const [start, end] of view.kept) {
      keptEdges.set(start, true);
      if (!keptEdges.has(end)) keptEdges.set(end, false);
    }
    const cuts = [...new Set([0, chars.length, ...cover.keys(), ...keptEdges.keys()])].sort((a, b) => a - b);
    const open = new Set();
    let kept = false;
    const runs = [];
    for (let index = 0; index + 1 < cuts.length; index += 1) {
      const start = cuts[index], end = cuts[index + 1];
      const change = cover.get(start);
      if (change) {
        change.close.forEach((mention) => open.delete(mention));
        change.open.forEach((mention) => open.add(mention));
      }
      if (keptEdges.has(start)) kept = keptEdges.get(start);
      if (!kept && !raw) continue;
      const text = chars.slice(start, end).join("");
      const run = h("span", { "data-start": String(start) }, text);
      if (!kept && text.trim()) run.className = "cut";
      if (kept && open.size) {
        const here = [...open].sort((a, b) => LABEL_ORDER.indexOf(a.label) - LABEL_ORDER.indexOf(b.label));
        run.className = here.map((mention) => mention.label).join(" ");
        run.dataset.m = here.map((mention) => mention.id).join(" ");
        run.title = here.map((mention) => `${labelName(mention.label)} ${mention.name}${mention.score === null ? "" : ` ${mention.score.toFixed(2)}`}`).join("; ");
      }
      runs.push(run);
    }
    this.node.replaceChildren(...runs);
    this.starts = runs.map((run) => Number(run.dataset.start));
    this.runs = runs;
  }

  runsOf(ids) {
    return this.runs.filter((run) => run.dataset.m && run.dataset.m.split(" ").some((id) => ids.includes(id)));
  }

  light(ids) {
    const on = new Set(this.runsOf(ids));
    for (const run of this.node.querySelectorAll(".on")) if (!on.has(run)) run.classList.remove("on");
    on.forEach((run) => run.classList.add("on"));
  }

  // Evidence and cues are shown without cutting the text anew.
  point(evidence, cues) {
    if (!CSS.highlights) return;
    CSS.highlights.set("evidence", new Highlight(...evidence.flatMap(([start, end]) => this.ranges(start, end))));
    CSS.highlights.set("cue", new Highlight(...cues.flatMap(([start, end]) => this.ranges(start, end))));
  }

  ranges(start, end) {
    const found = [];
    let low = 0, high = this.starts.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.starts[middle] <= start) low = middle + 1; else high = middle;
    }
    for (let index = Math.max(0, low - 1); index < this.runs.length && this.starts[index] < end; index += 1) {
      const node = this.runs[index].firstChild;
      const chars = Array.from(node.data);
      const from = Math.max(0, start - this.starts[index]), to = Math.min(chars.length, end - this.starts[index]);
      if (from >= to) continue;
      const range = new Range();
      range.setStart(node, chars.slice(0, from).join("").length);
      range.setEnd(node, chars.slice(0, to).join("").length);
      found.push(range);
    }
    return found;
  }

  scrollTo(ids) {
    const [first] = this.runsOf(ids);
    if (!first) return null;
    const box = first.getBoundingClientRect(), frame = this.scroller.getBoundingClientRect();
    if (box.top < frame.top + 30 || box.bottom > frame.bottom - 30) first.scrollIntoView({ block: "center" });
    return first;
  }

  selection() {
    const selection = document.getSelection();
    if (!selection.rangeCount || selection.isCollapsed) return null;
    const range = selection.getRangeAt(0);
    if (!this.node.contains(range.commonAncestorContainer)) return null;
    const start = this.offset(range.startContainer, range.startOffset);
    const end = this.offset(range.endContainer, range.endOffset);
    if (start === null || end === null || start >= end) return null;
    return { start, end, rect: range.getBoundingClientRect() };
  }

  offset(node, inside) {
    if (node.nodeType === Node.TEXT_NODE) {
      return Number(node.parentElement.dataset.start) + Array.from(node.data.slice(0, inside)).length;
    }
    if (node.dataset?.start !== undefined) {
      return Number(node.dataset.start) + (inside ? Array.from(node.textContent).length : 0);
    }
    if (node !== this.node || !this.runs.length) return null;
    if (inside < this.runs.length) return this.starts[inside];
    return this.starts.at(-1) + Array.from(this.runs.at(-1).textContent).length;
  }
}
