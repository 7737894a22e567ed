import type { Signal } from "@preact/signals";
import { html } from "htm/preact";
import { useId } from "preact/hooks";
import { t } from "../models/i18n.ts";
import type { Settings } from "../models/settings.ts";

/** One of a few, side by side. */
function Choice<T extends string>(props: {
  label: string;
  value: Signal<T>;
  /** The value, its text, and the language of the text when it is not the page's. */
  options: [value: T, text: string, lang?: string][];
}) {
  const { label, value, options } = props;
  const name = useId();
  return html`<fieldset class="choice">
    <legend>${label}</legend>
    <div class="choice-options">
      ${options.map(
        ([option, text, lang]) => html`<label key=${option} lang=${lang}>
          <input
            type="radio"
            name=${name}
            checked=${value.value === option}
            onChange=${() => {
              value.value = option;
            }}
          />
          <span>${text}</span>
        </label>`,
      )}
    </div>
  </fieldset>`;
}

/** Each language is called by its own name, for those who cannot read the other. */
export function LanguageChoice({ settings }: { settings: Settings }) {
  return html`<${Choice}
    label=${t("settings.language")}
    value=${settings.language}
    options=${[["en", "English", "en"], ["id", "Bahasa Indonesia", "id"]]}
  />`;
}

export function ThemeChoice({ settings }: { settings: Settings }) {
  return html`<${Choice}
    label=${t("settings.theme")}
    value=${settings.theme}
    options=${[
      ["system", t("settings.theme.system")],
      ["light", t("settings.theme.light")],
      ["dark", t("settings.theme.dark")],
    ]}
  />`;
}
