import { html } from "htm/preact";
import { carryWords } from "../i18n/carry.ts";
import type { App } from "../models/app.ts";
import { language, t } from "../models/i18n.ts";
import { hueOf, initials } from "./avatar.ts";
import { LanguageChoice, ThemeChoice } from "./choice.ts";
import type { IconName } from "./icon.ts";
import { Icon } from "./icon.ts";
import type { DialogName } from "./opened.ts";
import { open } from "./opened.ts";
import { Popover } from "./popover.ts";

/** Oneself, and through it everything that can be set. */
export function MeBar({ app }: { app: App }) {
  const { me } = app;
  const name = me.name.value;
  return html`<div class="me">
    <button type="button" class="me-button" popovertarget="me-menu">
      <span class="avatar" data-hue=${hueOf(me.member.value ?? "")} aria-hidden="true">${initials(name)}</span>
      <span class="me-name">
        <span dir="auto">${name}</span>
        ${me.isHost.value && html`<span class="small quiet">${t("me.host")}</span>`}
      </span>
      <span class="for-readers">${t("me.menu")}</span>
      <${Icon} name="settings" />
    </button>
    <${Popover} id="me-menu" label=${t("me.menu")} draw=${() => html`<${MeMenu} app=${app} />`} />
  </div>`;
}

function MeMenu({ app }: { app: App }) {
  return html`<div class="menu">
      <${MenuItem} icon="person" text=${t("me.rename")} dialog="rename" />
      ${!app.bridge.value?.isLegacy && html`<${MenuItem} icon="device" text=${carryWords[language.value].title} dialog="carry" />`}
      ${app.me.isHost.value && html`<${MenuItem} icon="lock" text=${t("all.title")} dialog="all" />`}
      ${app.me.isHost.value && html`<${MenuItem} icon="key" text=${t("me.free")} dialog="free" />`}
      ${app.bridge.value?.canReset && html`<${MenuItem} icon="swap" text=${t("me.switch")} dialog="switch" />`}
      <${MenuItem} icon="keyboard" text=${t("me.shortcuts")} dialog="keys" />
    </div>
    <div class="menu-settings">
      <${ThemeChoice} settings=${app.settings} />
      <${LanguageChoice} settings=${app.settings} />
    </div>`;
}

/** A line of a menu that opens a dialog. */
function MenuItem(props: { icon: IconName; text: string; dialog: DialogName }) {
  const { icon, text, dialog } = props;
  return html`<button type="button" class="menu-item" onClick=${(event: Event) => open(dialog, event)}>
    <${Icon} name=${icon} /><span>${text}</span>
  </button>`;
}
