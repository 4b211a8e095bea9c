// One pop-over at a time, beside what it is about.
"use strict";
import { h } from "./dom.js";

let open = null;
let back = null;

export function close() {
  if (!open) return false;
  open.remove();
  open = null;
  if (back && back.isConnected) back.focus({ preventScroll: true });
  return true;
}

export function pop(anchor, title, ...children) {
  close();
  back = document.activeElement;
  open = h("div", { class: "pop", role: "dialog", "aria-label": title }, h("h3", { lang: "zh" }, title), ...children);
  document.body.append(open);
  const box = anchor.getBoundingClientRect ? anchor.getBoundingClientRect() : anchor;
  const { offsetWidth: width, offsetHeight: height } = open;
  const below = box.bottom + 8 + height < window.innerHeight;
  open.style.left = `${Math.max(8, Math.min(box.left, window.innerWidth - width - 8))}px`;
  open.style.top = `${Math.max(8, below ? box.bottom + 8 : box.top - height - 8)}px`;
  return open;
}

document.addEventListener("mousedown", (event) => {
  if (open && !open.contains(event.target)) close();
});
