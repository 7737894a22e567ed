import { html } from "htm/preact";
import { useId } from "preact/hooks";
import type { App } from "../models/app.ts";
import { t } from "../models/i18n.ts";
import type { Start } from "../models/start.ts";
import { LanguageChoice } from "./choice.ts";
import { Icon } from "./icon.ts";
import { ProblemText } from "./problem.ts";
import { Roof } from "./roof.ts";

/** What a double click opens: host here, or join somebody. */
export function StartView({ app }: { app: App }) {
  const { start } = app;
  const busy = start.busy.value;
  return html`<main class="arrival">
    <div class="arrival-head">
      <${Roof} />
      <h1>${t("app.name")}</h1>
      <p class="claim">${t("app.claim")}</p>
    </div>
    ${app.taking.state.value.state === "waiting" && html`<p class="arrival-note" role="status">${t("start.carried")}</p>`}
    <div class="choices">
      <section class="card">
        <div>
          <h2>${t("start.host.title")}</h2>
          <p class="quiet">${t("start.host.what")}</p>
        </div>
        <button type="button" class="button main wide" aria-disabled=${busy !== null} onClick=${() => start.host()}>
          ${busy === "host" ? t("start.host.busy") : t("start.host")}
        </button>
      </section>
      <section class="card">
        <div>
          <h2>${t("start.join.title")}</h2>
          <p class="quiet">${t("start.join.what")}</p>
        </div>
        <${JoinForm} start=${start} />
        <${Remembered} start=${start} />
      </section>
    </div>
    ${
      start.problem.value &&
      html`<div class="arrival-problem" role="alert"><${ProblemText} problem=${start.problem.value} /></div>`
    }
    <footer class="arrival-foot"><${LanguageChoice} settings=${app.settings} /></footer>
  </main>`;
}

function JoinForm({ start }: { start: Start }) {
  const id = useId();
  const busy = start.busy.value;
  return html`<form
    class="join"
    onSubmit=${(event: Event) => {
      event.preventDefault();
      start.join();
    }}
  >
    <div class="field">
      <label for=${id}>${t("start.address")}</label>
      <input
        id=${id}
        value=${start.address}
        placeholder=${t("start.address.example")}
        inputmode="url"
        autocomplete="off"
        autocapitalize="off"
        spellcheck=${false}
        onInput=${(event: InputEvent) => {
          start.address.value = (event.currentTarget as HTMLInputElement).value;
        }}
      />
    </div>
    <button type="submit" class="button" aria-disabled=${busy !== null}>
      ${busy === "join" ? t("start.join.busy") : t("start.join")}
    </button>
  </form>`;
}

/** Where one has been before: a press goes there again. */
function Remembered({ start }: { start: Start }) {
  const addresses = start.remembered.value;
  if (addresses.length === 0) return null;
  return html`<ul class="remembered" aria-label=${t("start.remembered")}>
    ${addresses.map(
      (address) => html`<li key=${address}>
        <button
          type="button"
          class="remembered-go"
          onClick=${() => {
            start.address.value = address;
            start.join();
          }}
        >
          <span>${address}</span><${Icon} name="go" />
        </button>
        <button
          type="button"
          class="icon-button"
          aria-label=${t("start.forget", { address })}
          onClick=${() => start.forget(address)}
        >
          <${Icon} name="close" />
        </button>
      </li>`,
    )}
  </ul>`;
}
