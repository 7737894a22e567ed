import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";

/** Whether an element has come near the view: what it needs of the server is asked for then, and not before. */
export function useSeen(element: { current: Element | null }): boolean {
  const isSeen = useSignal(false);
  useEffect(() => {
    const { current } = element;
    if (!current || isSeen.peek()) return;
    const observer = new IntersectionObserver(
      (entries) => {
        if (!entries.some((entry) => entry.isIntersecting)) return;
        isSeen.value = true;
        observer.disconnect();
      },
      { rootMargin: "200px" },
    );
    observer.observe(current);
    return () => observer.disconnect();
  }, []);
  return isSeen.value;
}
