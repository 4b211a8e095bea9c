// The facts as a graph: one node an entity, one edge a fact.
"use strict";
import { h } from "./dom.js";
import { relationName, t } from "./i18n.js";

/* global cytoscape */

const nodeOf = (mention) => (mention.entity === null ? mention.id : `n${mention.entity}`);

export class Graph {
  constructor({ onfact, onentity, onhover }) {
    this.canvas = h("div", { role: "img", "aria-label": t("graph") });
    this.node = h("div", { class: "graph" }, this.canvas,
      h("button", { class: "fit", type: "button", onclick: () => this.fit() }, t("fit")));
    this.handlers = { onfact, onentity, onhover };
    this.shown = "";
  }

  colour(name) {
    return getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
  }

  style() {
    const colour = (name) => this.colour(name);
    const font = "system-ui, Noto Sans CJK SC, sans-serif";
    return [
      { selector: "node", style: {
        label: "data(label)", "font-family": font, "font-size": 15, color: colour("fg"), width: 24, height: 24,
        "background-color": (node) => colour(node.data("kind") === "ROLE" ? "card" : node.data("kind")),
        "border-width": (node) => (node.data("kind") === "ROLE" ? 2.5 : 1),
        "border-color": (node) => colour(node.data("kind") === "ROLE" ? "ROLE" : "faint"),
        "text-valign": "bottom", "text-margin-y": 5, "text-wrap": "wrap", "text-max-width": "150px", "text-overflow-wrap": "anywhere",
        "text-background-color": colour("bg"), "text-background-opacity": 0.85, "text-background-padding": 1 } },
      { selector: "edge", style: {
        label: "data(label)", "font-family": font, "font-size": 12, color: colour("dim"), "curve-style": "bezier",
        "target-arrow-shape": "triangle", "arrow-scale": 0.8, "line-color": colour("faint"), "target-arrow-color": colour("faint"),
        width: 1.3, "text-rotation": "autorotate", "text-background-color": colour("bg"), "text-background-opacity": 1 } },
      { selector: ".on", style: { "line-color": colour("accent"), "target-arrow-color": colour("accent"), color: colour("fg"), width: 2.4, "z-index": 9 } },
      { selector: "node.on", style: { width: 28, height: 28, "border-width": 2.5, "border-color": colour("accent") } },
    ];
  }

  render(view, triples) {
    const mentions = new Map(view.mentions.map((mention) => [mention.id, mention]));
    const nodes = new Map(), edges = [];
    for (const triple of triples) {
      for (const id of [triple.head, triple.tail]) {
        const mention = mentions.get(id), key = nodeOf(mention);
        if (!nodes.has(key)) nodes.set(key, { data: { id: key, label: mention.name, kind: mention.label } });
      }
      edges.push({ data: { id: triple.id, source: nodeOf(mentions.get(triple.head)), target: nodeOf(mentions.get(triple.tail)), label: relationName(triple.relation) } });
    }
    this.byNode = (key) => view.mentions.filter((mention) => nodeOf(mention) === key).map((mention) => mention.id);
    this.keyOf = (id) => (mentions.has(id) ? nodeOf(mentions.get(id)) : null);
    const elements = [...nodes.values(), ...edges];
    const shown = JSON.stringify(elements);
    if (shown === this.shown) return;
    this.shown = shown;
    if (!this.cy) {
      this.cy = cytoscape({ container: this.canvas, elements: [], style: this.style(), minZoom: 0.15, maxZoom: 3, boxSelectionEnabled: false });
      const { onfact, onentity, onhover } = this.handlers;
      this.cy.on("tap", "edge", (event) => onfact(event.target.id()));
      this.cy.on("tap", "node", (event) => onentity(this.byNode(event.target.id())));
      this.cy.on("mouseover", "edge", (event) => onhover(event.target.id(), []));
      this.cy.on("mouseover", "node", (event) => onhover(null, this.byNode(event.target.id())));
      this.cy.on("mouseout", "edge, node", () => onhover(null, []));
      new ResizeObserver(() => { this.cy.resize(); this.fit(); }).observe(this.canvas);
    }
    this.cy.elements().remove();
    this.cy.add(elements);
    this.cy.layout({ name: "cose", animate: false, randomize: true, nodeRepulsion: () => 14000, idealEdgeLength: () => 80, componentSpacing: 36, nodeDimensionsIncludeLabels: true, padding: 24 }).run();
    // The layout is square, the pane is not.
    const box = this.cy.elements().boundingBox({ includeLabels: false });
    const wider = Math.max(1, Math.min(2.2, (this.cy.width() / this.cy.height()) / (box.w / Math.max(1, box.h))));
    this.cy.nodes().positions((node) => ({ x: node.position("x") * wider, y: node.position("y") }));
    this.fit();
  }

  fit() {
    if (!this.cy) return;
    this.cy.fit(undefined, 28);
    if (this.cy.zoom() > 1.25) { this.cy.zoom(1.25); this.cy.center(); }
    // Names stay readable however small the graph is drawn.
    const size = Math.max(11, Math.min(52, 11.5 / this.cy.zoom()));
    this.cy.nodes().style({ "font-size": size, "text-max-width": `${size * 10}px` });
    this.cy.edges().style("font-size", size * 0.82);
  }

  light(factId, mentionIds) {
    if (!this.cy) return;
    this.cy.elements(".on").removeClass("on");
    const edge = factId ? this.cy.getElementById(factId) : null;
    if (edge && edge.length) edge.union(edge.connectedNodes()).addClass("on");
    for (const id of mentionIds) {
      const key = this.keyOf(id);
      if (key) this.cy.getElementById(key).addClass("on");
    }
  }

  repaint() {
    if (this.cy) this.cy.style(this.style());
  }
}
