// The REST service as functions. A refused request throws an Error whose message is its reason.
"use strict";
import { h } from "./dom.js";
import { t } from "./i18n.js";

let token = "";
try { token = sessionStorage.getItem("renzhi.token") ?? ""; } catch { /* asked for again */ }

async function askToken() {
  const input = h("input", { type: "password", name: "token", required: true, autocomplete: "off", "aria-label": t("token") });
  const dialog = h("dialog", { "aria-label": t("token") },
    h("h2", {}, t("token_needed")),
    h("form", { method: "dialog" }, input, h("button", { class: "primary" }, t("go_on"))));
  document.body.append(dialog);
  dialog.showModal();
  await new Promise((resolve) => dialog.addEventListener("close", resolve));
  dialog.remove();
  token = input.value;
  try { sessionStorage.setItem("renzhi.token", token); } catch { /* asked for again */ }
  return token !== "";
}

async function call(path, init = {}) {
  for (;;) {
    const headers = { ...(init.headers ?? {}) };
    if (token) headers.authorization = `Bearer ${token}`;
    let response;
    try {
      response = await fetch(path, { ...init, headers });
    } catch {
      throw new Error(t("no_server"));
    }
    if (response.status === 401 && await askToken()) continue;
    if (response.ok) return response;
    let reason = response.statusText;
    try {
      const { detail } = await response.json();
      reason = Array.isArray(detail) ? detail[0].msg : detail;
    } catch { /* not JSON: the status text has to do */ }
    throw new Error(reason);
  }
}

const get = async (path) => (await call(path)).json();
const post = async (path, value) => (await call(path, {
  method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(value),
})).json();

export const info = () => get("/v1/info");
export const openText = (text, meta) => post("/v1/documents", { text, meta });
export async function openFile(file, meta) {
  const body = new FormData();
  body.set("meta", JSON.stringify(meta));
  body.set("file", file, file.name);
  return (await call("/v1/documents", { method: "POST", body })).json();
}
export const documents = (offset, limit) => get(`/v1/documents?offset=${offset}&limit=${limit}`);
export const getDocument = (key) => get(`/v1/documents/${key}`);
export const removeDocument = (key) => call(`/v1/documents/${key}`, { method: "DELETE" });
export const correct = (key, who, edit) => post(`/v1/documents/${key}/edits`, { who, edit });
export const undo = (key, who) => post(`/v1/documents/${key}/undo`, { who });
export const search = (parameters) => get(`/v1/results?${new URLSearchParams(parameters)}`);
export const openResult = (number) => post(`/v1/results/${number}/open`, {});

export async function download(path, name) {
  const blob = await (await call(path)).blob();
  const link = h("a", { href: URL.createObjectURL(blob), download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10000);
}
