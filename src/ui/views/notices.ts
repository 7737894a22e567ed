import { html } from "htm/preact";
import { t } from "../models/i18n.ts";
import type { Notices } from "../models/notices.ts";
import { Icon } from "./icon.ts";

/** What the program has to say once, until it is put away. */
export function NoticesView({ notices }: { notices: Notices }) {
  return html`<div class="notices" role="status">
    ${notices.list.value.map(
      (notice) => html`<div class="notice" key=${notice.key}>
        <p>${t(notice.key, notice.values)}</p>
        <button
          type="button"
          class="icon-button"
          aria-label=${t("do.dismiss")}
          onClick=${() => notices.dismiss(notice)}
        >
          <${Icon} name="close" />
        </button>
      </div>`,
    )}
  </div>`;
}
