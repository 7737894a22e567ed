import { useSignal } from "@preact/signals";
import { html } from "htm/preact";
import { useEffect } from "preact/hooks";

/** Modules of light around the code, without which cameras do not find it (ISO 18004). */
const QUIET = 4;

/** A text as a QR code: dark on light in every theme, because many cameras read no other. */
export function Qr({ text, label }: { text: string; label: string }) {
  const drawn = useSignal<{ size: number; path: string } | null>(null);
  useEffect(() => {
    void draw(text).then((code) => {
      drawn.value = code;
    });
  }, [text]);
  const code = drawn.value;
  // Its place is there before it is.
  if (!code) return html`<div class="qr"></div>`;
  const side = code.size + 2 * QUIET;
  return html`<svg class="qr" role="img" aria-label=${label} viewBox="${-QUIET} ${-QUIET} ${side} ${side}">
    <path d=${code.path} />
  </svg>`;
}

async function draw(text: string): Promise<{ size: number; path: string }> {
  const { encode } = await import("uqr");
  const { size, data } = encode(text, { ecc: "M", border: 0 });
  const path = data.flatMap((row, y) => row.flatMap((isDark, x) => (isDark ? `M${x} ${y}h1v1h-1z` : [])));
  return { size, path: path.join("") };
}
