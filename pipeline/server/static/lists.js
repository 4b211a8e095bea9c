// The documents that are kept, and the results of a corpus run.
"use strict";
import * as api from "./api.js";
import { h, notice } from "./dom.js";
import { relationName, t } from "./i18n.js";

const PAGE = 50;

function pager(offset, total, go) {
  if (total <= PAGE) return null;
  return h("div", { class: "pager" },
    h("button", { type: "button", disabled: offset === 0, onclick: () => go(Math.max(0, offset - PAGE)) }, t("earlier")),
    h("span", { class: "dim num" }, `${offset + 1}–${Math.min(total, offset + PAGE)} ${t("of")} ${total}`),
    h("button", { type: "button", disabled: offset + PAGE >= total, onclick: () => go(offset + PAGE) }, t("later")));
}

const documentRow = (one, ...side) => h("li", {},
  h("a", { class: "title", href: `#/d/${one.key}` }, one.name),
  h("span", { class: "what" }, [`${one.triples} ${t("n_facts")}`, one.edits && `${one.edits} ${t("n_edits")}`, one.done && `✓ ${t("checked")}`, new Date(one.changed ?? one.opened).toLocaleString()].filter(Boolean).join(" · ")),
  h("span", { class: "side" }, side));

// What an uploaded table of documents gave.
export function showTable(place, { documents, failed }) {
  place.replaceChildren(h("div", { class: "list" }, h("h1", {}, t("table_title")),
    documents.length ? h("ul", { class: "rows" }, documents.map((one) => documentRow(one))) : h("p", { class: "dim" }, t("no_hits")),
    failed.length > 0 && h("section", { class: "failed" }, h("h2", {}, `${failed.length} ${t("rows_failed")}`),
      h("ul", {}, failed.map((one) => h("li", {}, `${one.line}: ${one.detail}`))))));
}

export async function showDocuments(place, offset = 0) {
  const { total, documents } = await api.documents(offset, PAGE);
  const again = (to) => showDocuments(place, to);
  const row = (one) => documentRow(one, h("button", { type: "button", class: "plain", onclick: async () => {
    if (!window.confirm(t("remove_sure"))) return;
    try { await api.removeDocument(one.key); await again(offset); } catch (error) { notice(error.message); }
  } }, t("remove")));
  place.replaceChildren(h("div", { class: "list" }, h("h1", {}, t("documents_title")),
    total ? h("ul", { class: "rows" }, documents.map(row)) : h("p", { class: "dim" }, t("documents_none")),
    pager(offset, total, again)));
}

export async function showCorpus(place) {
  const query = { q: "", field: "any", sort: "doubt", offset: 0 };
  const found = h("div", {});
  const choose = (key, words) => h("select", { "aria-label": t(key === "field" ? "in_field" : "order"), onchange: (event) => { query[key] = event.target.value; run(0); } },
    Object.entries(words).map(([value, word]) => h("option", { value }, t(word))));
  const input = h("input", { type: "search", placeholder: t("corpus_search"), "aria-label": t("search"), maxLength: 100 });
  place.replaceChildren(h("div", { class: "list" }, h("h1", {}, t("corpus_title")), h("p", { class: "dim" }, t("corpus_lead")),
    h("form", { class: "searchbar", role: "search", onsubmit: (event) => { event.preventDefault(); run(0); } },
      input,
      choose("field", { any: "field_any", person: "field_person", post: "field_post", organisation: "field_organisation", place: "field_place", programme: "field_programme" }),
      choose("sort", { doubt: "by_doubt", date: "by_date", name: "by_name" }),
      h("button", { class: "primary" }, t("search"))),
    found));

  async function open(number) {
    try {
      const view = await api.openResult(number);
      location.hash = `#/d/${view.key}`;
    } catch (error) { notice(error.message); }
  }

  let asked = 0; // searches may be answered in another order
  async function run(offset) {
    Object.assign(query, { q: input.value.trim(), offset });
    found.setAttribute("aria-busy", "true");
    const mine = asked += 1;
    let answer;
    try { answer = await api.search({ ...query, limit: PAGE }); } catch (error) { notice(error.message); }
    if (mine !== asked) return;
    found.setAttribute("aria-busy", "false");
    if (!answer) return;
    const row = (one) => h("li", {},
      h("button", { type: "button", class: "title", onclick: () => open(one.number) }, one.title || one.source),
      h("span", { class: "what", lang: "zh" }, [one.source, one.newspaper, one.issue_date, `${one.triples} ${t("n_facts")}`, one.least && `${one.least[0]} ${relationName(one.least[1])} ${one.least[2]}`].filter(Boolean).join(" · ")),
      h("span", { class: "side num dim" }, one.score === null ? "" : one.score.toFixed(2)));
    found.replaceChildren(
      h("p", { class: "dim num" }, `${answer.total} ${t("documents_found")}${answer.indexing ? ` · ${t("indexing")}` : ""}`),
      answer.documents.length ? h("ul", { class: "rows" }, answer.documents.map(row)) : h("p", { class: "empty" }, t("no_hits")),
      pager(offset, answer.total, run) ?? "");
  }
  await run(0);
}
