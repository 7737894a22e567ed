import { html } from "htm/preact";
import { t } from "../models/i18n.ts";
import type { Room } from "../models/room.ts";

/** Who is writing just now. Its place is kept when nobody is, so that nothing moves. */
export function Typing({ room }: { room: Room }) {
  const [first, second, third] = room.typing.value;
  if (!first) return html`<p class="typing"></p>`;
  const names = { a: first.name.value, b: second?.name.value ?? "" };
  return html`<p class="typing">
    <span class="typing-dots" aria-hidden="true"><i></i><i></i><i></i></span>
    ${third ? t("room.typing.many") : second ? t("room.typing.two", names) : t("room.typing.one", names)}
  </p>`;
}
