import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";

/** An address for bytes that are here, for as long as they are shown. */
export function useObjectUrl(blob: Blob | null): string | null {
  const url = useSignal<string | null>(null);
  useEffect(() => {
    if (!blob) return;
    const made = URL.createObjectURL(blob);
    url.value = made;
    return () => {
      URL.revokeObjectURL(made);
      url.value = null;
    };
  }, [blob]);
  return url.value;
}
