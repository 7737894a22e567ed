import type { Signal } from "@preact/signals";

// Nearer to the bottom than this counts as there: a trackpad rarely stops at the very last pixel.
const END_PX = 32;

/** A line on the screen and how far below the top of the scroller it is. */
export interface Place {
  key: string;
  top: number;
}

/**
 * Keeps a timeline where its reader is: at the end when they were at the end, otherwise with the line that they
 * look at where it is, whatever is added above, below, or grows when the browser lays it out at last.
 *
 * By hand, because Safari has no scroll anchoring and the others' lets go at scrollTop 0.
 */
export class ScrollKeeper {
  #scroller: HTMLElement;
  #content: HTMLElement;
  #isAtEnd: Signal<boolean>;
  #place: Place | null = null;
  #observer: ResizeObserver;

  /** @param isAtEnd  Written when the reader scrolls; read when something moves. */
  constructor(scroller: HTMLElement, content: HTMLElement, isAtEnd: Signal<boolean>) {
    this.#scroller = scroller;
    this.#content = content;
    this.#isAtEnd = isAtEnd;
    this.#observer = new ResizeObserver(() => this.settle());
    this.#observer.observe(scroller);
    this.#observer.observe(content);
  }

  /** Where the reader is; null at the end. */
  get place(): Place | null {
    return this.#isAtEnd.peek() ? null : this.#place;
  }

  /** Notes where the reader is; call when they scroll. */
  measure(): void {
    const { scrollHeight, scrollTop, clientHeight } = this.#scroller;
    this.#isAtEnd.value = scrollHeight - scrollTop - clientHeight < END_PX;
    this.#place = this.#firstVisible();
  }

  /** Puts the reader back to where they were; call when something was drawn. */
  settle(): void {
    const scroller = this.#scroller;
    if (this.#isAtEnd.peek()) {
      scroller.scrollTop = scroller.scrollHeight;
      return;
    }
    if (!this.#place) return;
    const element = this.find(this.#place.key);
    if (!element) return;
    const moved = this.#topOf(element) - this.#place.top;
    if (Math.abs(moved) >= 1) scroller.scrollTop += moved;
  }

  /** Goes to a line, and stays with it. */
  goTo(place: Place): void {
    this.#isAtEnd.value = false;
    this.#place = place;
    this.settle();
    this.measure();
  }

  find(key: string): Element | null {
    return this.#content.querySelector(`[data-key="${CSS.escape(key)}"]`);
  }

  stop(): void {
    this.#observer.disconnect();
  }

  #topOf(element: Element): number {
    return element.getBoundingClientRect().top - this.#scroller.getBoundingClientRect().top;
  }

  /** Halves its way to the first row that reaches into the view, then takes the first such line in it. */
  #firstVisible(): Place | null {
    const top = this.#scroller.getBoundingClientRect().top;
    const rows = this.#content.children;
    let from = 0;
    let to = rows.length;
    while (from < to) {
      const middle = (from + to) >> 1;
      const bottom = rows[middle]?.getBoundingClientRect().bottom ?? 0;
      if (bottom <= top) from = middle + 1;
      else to = middle;
    }
    const row = rows[from];
    if (!row) return null;
    const lines = row.matches("[data-key]") ? [row] : row.querySelectorAll("[data-key]");
    for (const line of lines) {
      const box = line.getBoundingClientRect();
      if (box.bottom > top) return { key: line.getAttribute("data-key") ?? "", top: box.top - top };
    }
    return null;
  }
}
