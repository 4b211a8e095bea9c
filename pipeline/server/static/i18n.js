// Chinese and English words of the page.
"use strict";
import { remembered } from "./dom.js";

const WORDS = {
  title: ["paste a page, see its facts", "粘贴版面，看见事实"],
  skip: ["Skip to the content", "跳到正文"],
  nav_open: ["Open", "打开"], nav_documents: ["Documents", "文档"], nav_corpus: ["Corpus", "语料"],
  language: ["中文", "English"], theme: ["Light or dark", "明暗"], help: ["Keys", "快捷键"],
  open_title: ["Who holds which post, read off the page", "读版面，看任职"],
  open_lead: ["Paste the text of a page as it is, torn lines and all, or drop a file. It stays on this machine.",
    "把版面文字原样贴进来，断行错字都不要紧；也可以拖入文件。内容不离开这台机器。"],
  open_place: ["Paste a page here, or drop a text, PDF, HTML or Word file, or a table of pages (JSONL, CSV, Parquet)…", "在这里粘贴版面文字，或拖入文本、PDF、HTML、Word 文件，或多篇文档的表格（JSONL、CSV、Parquet）……"],
  page_text: ["Text of the page", "版面文字"],
  issue_date: ["Issue date", "出版日期"], home_place: ["Home place", "所在地"], newspaper: ["Newspaper", "报纸"],
  read: ["Read the page", "开始阅读"], reading: ["Reading…", "正在阅读……"], choose_file: ["Choose a file", "选择文件"], sample: ["Try a sample", "试一段例文"],
  token: ["Token", "令牌"], token_needed: ["This service asks for a token", "此服务需要令牌"], go_on: ["Go on", "继续"],
  no_server: ["The service cannot be reached", "无法连接服务"],
  raw: ["Raw", "原文"], repaired: ["Repaired", "修复后"], page: ["Page", "版面"], show_as: ["Show the page", "版面显示"],
  facts: ["Facts", "事实"], graph: ["Graph of the facts", "关系图"], fit: ["Fit", "适应窗口"],
  all_relations: ["All relations", "全部关系"], relation: ["Relation", "关系"], score_from: ["Score from", "分数不低于"], score: ["score", "分数"],
  by_place: ["As on the page", "按版面顺序"], by_doubt: ["Least certain first", "最不确定在前"], order: ["Order", "排序"],
  labels_shown: ["Labels shown", "显示标签"],
  no_facts: ["No fact here.", "这里没有事实。"], filtered: ["The filters hide every fact.", "筛选条件隐藏了所有事实。"],
  accept: ["Accept", "确认"], reject: ["Reject", "否定"], change: ["Change", "修改"], undo: ["Undo", "撤销"],
  checked: ["Checked", "已核对"], mark_checked: ["Mark as checked", "标为已核对"], export: ["Export", "导出"],
  export_this: ["This document, gold JSONL", "本文档，JSONL"], export_all: ["All corrections", "全部更正"],
  undone: ["Taken back", "已撤销"], saved: ["Saved", "已保存"],
  who: ["Your name", "你的名字"], who_needed: ["Corrections are signed. What is your name?", "更正需要署名，请问你的名字？"],
  corrected_by: ["last corrected by", "最近更正："], rule: ["rule", "规则"],
  state_accepted: ["accepted", "已确认"], state_rejected: ["rejected", "已否定"], state_changed: ["changed", "已修改"], state_added: ["added", "新增"],
  mark_as: ["Mark as", "标为"], label: ["Label", "标签"], use_selection: ["Use the selected characters", "改用选中的文字"],
  start_earlier: ["Begin one character earlier", "起点前移一字"], start_later: ["Begin one character later", "起点后移一字"],
  end_earlier: ["End one character earlier", "终点前移一字"], end_later: ["End one character later", "终点后移一字"],
  relate: ["Draw a relation from here", "从这里连出关系"], pick_other: ["Now choose the other mention on the page (Esc leaves)", "请点选版面上的另一个实体（Esc 取消）"],
  relation_to: ["Relation", "关系"], no_relation: ["No relation joins these two", "这两者之间没有可用的关系"],
  organisation: ["Organisation", "机构"], status: ["Status", "状态"], date: ["Date", "日期"], from: ["From", "起"], until: ["Until", "止"],
  save: ["Save", "保存"], close: ["Close", "关闭"], found_by: ["found by", "来源"], since: ["since", "自"], till: ["until", "至"],
  documents_title: ["Documents on the workbench", "工作台上的文档"], documents_none: ["Nothing has been opened yet.", "还没有打开过文档。"],
  table_title: ["Opened documents", "打开的文档"], rows_failed: ["rows gave no document", "行没有得到文档"],
  n_facts: ["facts", "条事实"], n_edits: ["corrections", "处更正"], remove: ["Forget", "删除"],
  remove_sure: ["Forget this document and its corrections?", "删除这份文档及其更正？"],
  earlier: ["Earlier", "上一页"], later: ["Later", "下一页"], of: ["of", "／共"],
  corpus_title: ["Corpus", "语料"], corpus_lead: ["Search what a corpus run has found; the least certain facts come first.", "检索语料结果；最不确定的排在最前。"],
  corpus_search: ["A name, a post, a place…", "人名、职务、地点……"], search: ["Search", "检索"], in_field: ["In", "范围"],
  field_any: ["Everything", "全部"], field_person: ["Person", "人物"], field_post: ["Post", "职务"], field_organisation: ["Organisation", "机构"], field_place: ["Place", "地点"], field_programme: ["Programme", "活动·文件"],
  by_date: ["Newest issue first", "最新在前"], by_name: ["By name", "按名称"], documents_found: ["documents", "份文档"], indexing: ["the index is being made", "正在建立索引"], no_hits: ["Nothing found.", "没有结果。"],
  keys_title: ["Keys", "快捷键"], k_next: ["next, previous fact", "下一条、上一条事实"], k_mention: ["next, previous mention", "下一个、上一个实体"],
  k_accept: ["accept", "确认"], k_reject: ["reject", "否定"], k_change: ["change", "修改"], k_undo: ["undo", "撤销"], k_raw: ["raw or repaired", "原文或修复后"], k_help: ["these keys", "本帮助"],
};
const LABELS = { PER: ["person", "人名"], ROLE: ["post", "职务"], ORG: ["organisation", "机构"], LOC: ["place", "地点"], PROGRAMME: ["programme", "活动·文件"] };
const RELATIONS = {
  holds_post: ["holds the post", "任"], affiliated_with: ["belongs to", "属于"], post_of: ["is a post of", "设于"],
  part_of: ["is part of", "隶属"], located_in: ["is in", "位于"], organises: ["organises", "组织"],
  participates_in: ["takes part in", "参加"], held_at: ["takes place at", "举办于"], comments_on: ["speaks about", "谈到"],
  succeeds: ["succeeds", "接替"], alias_of: ["is short for", "即"],
};
const VERBS = {
  current: ["is", "任"], former: ["was", "曾任"], appointed: ["becomes", "被任命为"],
  removed: ["is relieved as", "被免去"], acting: ["is acting", "代理"], proposed: ["is proposed as", "拟任"],
};
const STATUS = { current: ["current", "现任"], former: ["former", "曾任"], appointed: ["appointed", "任命"], removed: ["removed", "免职"], acting: ["acting", "代理"], proposed: ["proposed", "拟任"] };

export let language = remembered.get("language") || (navigator.language.startsWith("zh") ? "zh" : "en");
const pick = (pair, key) => (pair ? pair[language === "zh" ? 1 : 0] : key);

export const t = (key) => pick(WORDS[key], key);
export const labelName = (label) => pick(LABELS[label], label);
export const relationName = (relation) => pick(RELATIONS[relation], relation);
export const statusName = (status) => pick(STATUS[status], status);
export const STATUSES = Object.keys(STATUS);

export function verb(triple) {
  if (triple.relation === "holds_post") return pick(VERBS[triple.qualifiers.status ?? "current"], triple.relation);
  return relationName(triple.relation);
}

export function setLanguage(to) {
  language = to;
  remembered.set("language", to);
}
