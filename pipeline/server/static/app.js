// The workbench: routes, language, theme.
"use strict";
import * as api from "./api.js";
import { DocumentView } from "./document.js";
import { h, notice, remembered } from "./dom.js";
import { language, setLanguage, t } from "./i18n.js";
import { showCorpus, showDocuments } from "./lists.js";
import { showOpen } from "./open.js";

const main = document.getElementById("main");
let shown = null; // the document on the workbench
let about = null;

function chrome() {
  document.documentElement.lang = language;
  document.title = `renzhi (任职): ${t("title")}`;
  document.getElementById("skip").textContent = t("skip");
  const route = location.hash.split("/")[1] ?? "";
  const link = (hash, word, here) => h("a", { href: hash, "aria-current": here ? "page" : null }, t(word));
  document.getElementById("nav").replaceChildren(
    link("#/", "nav_open", route === ""), link("#/documents", "nav_documents", route === "documents" || route === "d"),
    ...(about?.results ? [link("#/corpus", "nav_corpus", route === "corpus")] : []));
  document.getElementById("tools").replaceChildren(
    h("button", { type: "button", class: "plain", onclick: help }, t("help")),
    h("button", { type: "button", class: "plain", onclick: turn, "aria-label": t("theme"), title: t("theme") }, "◐"),
    h("button", { type: "button", class: "plain", lang: language === "zh" ? "en" : "zh", onclick: () => { setLanguage(language === "zh" ? "en" : "zh"); show(); } }, t("language")));
}

function turn() {
  const dark = remembered.get("theme") ? remembered.get("theme") === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  remembered.set("theme", dark ? "light" : "dark");
  paint();
}

function paint() {
  const theme = remembered.get("theme");
  if (theme) document.documentElement.dataset.theme = theme;
  shown?.graph.repaint();
}

function help() {
  const keys = [["j k", "k_next"], ["n p", "k_mention"], ["a", "k_accept"], ["x", "k_reject"], ["e", "k_change"], ["u", "k_undo"], ["r", "k_raw"], ["?", "k_help"]];
  const dialog = h("dialog", { "aria-label": t("keys_title") }, h("h2", {}, t("keys_title")),
    h("dl", { class: "keys" }, keys.flatMap(([key, word]) => [h("dt", {}, key.split(" ").flatMap((one) => [h("kbd", {}, one), " "])), h("dd", {}, t(word))])),
    h("form", { method: "dialog" }, h("button", {}, t("close"))));
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
}

async function show() {
  const [, route, key] = location.hash.split("/");
  shown?.detach();
  const before = shown?.view;
  shown = null;
  chrome();
  try {
    if (route === "d" && /^[0-9a-f]{24}$/.test(key)) {
      shown = new DocumentView(before?.key === key ? before : await api.getDocument(key));
      shown.attach(main);
    } else if (route === "documents") await showDocuments(main);
    else if (route === "corpus") await showCorpus(main);
    else {
      showOpen(main, (view) => {
        shown = { view, detach() {} };
        location.hash = `#/d/${view.key}`;
      });
    }
  } catch (error) {
    main.replaceChildren(h("p", { class: "empty" }, error.message));
    notice(error.message);
  }
}

window.addEventListener("hashchange", show);
document.addEventListener("keydown", (event) => {
  if (event.key === "?" && !event.target.closest("input, textarea, select, dialog")) help();
});
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", paint);
paint();
show();
try {
  about = await api.info();
  chrome();
} catch (error) {
  notice(error.message);
}
