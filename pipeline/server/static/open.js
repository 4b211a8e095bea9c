// Opening a page: paste, drop or choose.
"use strict";
import * as api from "./api.js";
import { h, notice, remembered } from "./dom.js";
import { t } from "./i18n.js";
import { showTable } from "./lists.js";

// Written for this page; the people and their posts are made up.
const SAMPLE = "云云岭岭县县召召开开农农业业工工作作会会议议\n本报3月8日讯 (记者 陈小禾 )\n昨日，全县农业工作会议召开，县\n委书记周明远出席并讲话，县委副\n书记、县长林秋实主持会议。会上，\n县农业农村局局长何田通报了“千\n村增收”工程的进展，原县水利局\n局长吴海平作了经验介绍。会议决\n定，“千村增收”工程第二批 1 2 个\n村四月启动。";
const SAMPLE_META = { issue_date: "2019-03-08", home_place: "云岭县", newspaper: "云岭日报" };

export function showOpen(place, onopened) {
  const area = h("textarea", { placeholder: t("open_place"), "aria-label": t("page_text"), lang: "zh", spellcheck: false });
  const field = (key, props) => {
    const input = h("input", { id: `meta-${key}`, value: key === "issue_date" ? "" : remembered.get(`meta.${key}`), ...props });
    return { key, input, node: h("div", { class: "field" }, h("label", { for: input.id }, t(key)), input) };
  };
  const fields = [field("issue_date", { placeholder: "2014-04-25", pattern: "\\d{4}(-\\d{2}(-\\d{2})?)?" }), field("home_place", { lang: "zh" }), field("newspaper", { lang: "zh" })];
  const go = h("button", { class: "primary" }, t("read"));
  const chooser = h("input", { type: "file", class: "hidden", tabindex: "-1", "aria-hidden": "true", onchange: () => chooser.files[0] && read(() => api.openFile(chooser.files[0], meta())) });
  const meta = () => Object.fromEntries(fields.map(({ key, input }) => [key, input.value.trim()]).filter(([, value]) => value));

  async function read(request) {
    go.disabled = true;
    go.textContent = t("reading");
    for (const { key, input } of fields) remembered.set(`meta.${key}`, input.value.trim());
    try {
      const answer = await request();
      if (answer.documents) showTable(place, answer); else onopened(answer);
    } catch (error) {
      notice(error.message);
      go.disabled = false;
      go.textContent = t("read");
    }
  }

  const form = h("form", { class: "paste", onsubmit: (event) => {
    event.preventDefault();
    if (area.value.trim()) read(() => api.openText(area.value, meta()));
    else area.focus();
  } }, area, h("footer", {}, fields.map(({ node }) => node), h("div", { class: "go" },
    h("button", { type: "button", class: "plain", onclick: () => {
      area.value = SAMPLE;
      for (const { key, input } of fields) input.value = SAMPLE_META[key];
    } }, t("sample")),
    h("button", { type: "button", onclick: () => chooser.click() }, t("choose_file")), chooser, go)));
  form.addEventListener("dragover", (event) => { event.preventDefault(); form.classList.add("over"); });
  form.addEventListener("dragleave", () => form.classList.remove("over"));
  form.addEventListener("drop", (event) => {
    form.classList.remove("over");
    const [file] = event.dataTransfer.files;
    if (!file) return;
    event.preventDefault();
    read(() => api.openFile(file, meta()));
  });
  place.replaceChildren(h("div", { class: "open" }, h("h1", {}, t("open_title")), h("p", { class: "dim" }, t("open_lead")), form));
  area.focus();
}
