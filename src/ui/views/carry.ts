import { useSignal } from "@preact/signals";
import { html } from "htm/preact";
import { useEffect } from "preact/hooks";
import { carryWords } from "../i18n/carry.ts";
import type { App } from "../models/app.ts";
import type { CarryingState } from "../models/carrying.ts";
import { formatDuration, language, t } from "../models/i18n.ts";
import { CopyButton } from "./copy.ts";
import { closeDialog, Dialog } from "./dialog.ts";
import { Icon } from "./icon.ts";
import { ProblemText } from "./problem.ts";
import { Qr } from "./qr.ts";

/** Makes a link by which one goes on under the same name on another device. */
export function CarryDialog({ app }: { app: App }) {
  const { carrying } = app;
  useEffect(() => {
    carrying.open();
    return () => carrying.close();
  }, [carrying]);
  const words = carryWords[language.value];
  return html`<${Dialog} title=${words.title}>
    <div class="carry">${draw(app, carrying.state.value)}</div>
  <//>`;
}

function draw(app: App, state: CarryingState) {
  const words = carryWords[language.value];
  switch (state.state) {
    case "none":
    case "making":
      return html`<p class="quiet" role="status">${words.making}</p>
        <div class="qr"></div>`;
    case "made":
      return html`<p class="quiet">${words.what(t("login.carried"))}</p>
        <${Qr} text=${state.link} label=${words.qr} />
        <div class="carry-link">
          <code>${state.link}</code>
          <${CopyButton} text=${state.link} label=${words.copy} />
        </div>
        <p class="carry-only"><${Icon} name="alert" /><span>${words.only}</span></p>
        <p class="small quiet">
          <${Left} until=${state.until} />
          <button type="button" class="link" onClick=${() => app.carrying.make()}>${words.again}</button>
        </p>`;
    case "used":
      return html`<p class="carry-used" role="status">
          <${Icon} name="check" /><span>${words.used(app.me.name.value)}</span>
        </p>
        <div class="dialog-buttons">
          <button type="button" class="button main" onClick=${closeDialog}>${words.done}</button>
        </div>`;
    case "over":
      return html`<p role="status">${words.over}</p>
        <${Again} app=${app} />`;
    case "failed":
      return html`<div role="alert"><${ProblemText} problem=${state.problem} /></div>
        <${Again} app=${app} />`;
  }
}

function Again({ app }: { app: App }) {
  return html`<div class="dialog-buttons">
    <button type="button" class="button main" onClick=${() => app.carrying.make()}>
      ${carryWords[language.value].again}
    </button>
  </div>`;
}

/** Hidden from screen readers, which would read it out again and again. */
function Left({ until }: { until: number }) {
  const now = useSignal(Date.now());
  useEffect(() => {
    const timer = setInterval(() => {
      now.value = Date.now();
    }, 1000);
    return () => clearInterval(timer);
  }, [until]);
  const seconds = Math.max(1, Math.ceil((until - now.value) / 1000));
  return html`<span aria-hidden="true">${carryWords[language.value].left(formatDuration(seconds))} · </span>`;
}
