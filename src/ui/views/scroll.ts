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
  #list: HTMLElement;
  #isAtEnd: Signal<boolean>;
  #place: Place | null = null;
  #observer: ResizeObserver;
  /** Where settle() has put the scroller last. */
  #put = -1;
  /** The run that is laid out wherever it is, because the reader's line is in it. */
  #laidOut: HTMLElement | null = null;

  /**
   * @param content  All that is scrolled: whenever it grows or shrinks, the reader is put back.
   * @param list     The rows in it; lines in a row have data-key.
   * @param isAtEnd  Written when the reader scrolls; read when something moves.
   */
  constructor(scroller: HTMLElement, content: HTMLElement, list: HTMLElement, isAtEnd: Signal<boolean>) {
    this.#scroller = scroller;
    this.#list = list;
    this.#isAtEnd = isAtEnd;
    this.#observer = new ResizeObserver(() => this.settle());
    this.#observer.observe(scroller);
    this.#observer.observe(content);
  }

  /** Where the reader is; null at the end. */
  get place(): Place | null {
    return this.#isAtEnd.peek() ? null : this.#place;
  }

  /** Notes where the reader is; call at each scroll event. */
  measure(): void {
    const { scrollHeight, scrollTop, clientHeight } = this.#scroller;
    // Our own doing. What is in sight may not be laid out yet, so it says nothing new.
    if (Math.abs(scrollTop - this.#put) < 1) return;
    this.#put = -1;
    this.#isAtEnd.value = scrollHeight - scrollTop - clientHeight < END_PX;
    this.#place = this.#firstVisible();
  }

  /** Puts the reader back to where they were; call when something was drawn. */
  settle(): void {
    const scroller = this.#scroller;
    if (this.#isAtEnd.peek()) {
      scroller.scrollTop = scroller.scrollHeight;
      this.#put = scroller.scrollTop;
      return;
    }
    if (!this.#place) return;
    const element = this.find(this.#place.key);
    if (!element) return;
    this.#layOut(element.closest<HTMLElement>(".run"));
    const moved = this.#topOf(element) - this.#place.top;
    if (Math.abs(moved) < 1) return;
    scroller.scrollTop += moved;
    this.#put = scroller.scrollTop;
  }

  /** Goes to a line, and stays with it. */
  goTo(place: Place): void {
    this.#isAtEnd.value = false;
    this.#place = place;
    this.settle();
  }

  find(key: string): Element | null {
    return this.#list.querySelector(`[data-key="${CSS.escape(key)}"]`);
  }

  stop(): void {
    this.#observer.disconnect();
  }

  /**
   * A run that was made anew is not as high as its lines before the browser has seen it near the view, and the
   * reader's line would be out of reach below it.
   */
  #layOut(run: HTMLElement | null): void {
    if (run === this.#laidOut) return;
    this.#laidOut?.style.removeProperty("content-visibility");
    run?.style.setProperty("content-visibility", "visible");
    this.#laidOut = run;
  }

  #topOf(element: Element): number {
    return element.getBoundingClientRect().top - this.#scroller.getBoundingClientRect().top;
  }

  /**
   * Halves its way to the first row that reaches into the view, then takes the first such line. A line, because a
   * day or event row may be made anew when older ones come before it.
   */
  #firstVisible(): Place | null {
    const top = this.#scroller.getBoundingClientRect().top;
    const rows = this.#list.children;
    let from = 0;
    let to = rows.length;
    while (from < to) {
      const middle = (from + to) >> 1;
      const bottom = rows[middle]?.getBoundingClientRect().bottom ?? 0;
      if (bottom <= top) from = middle + 1;
      else to = middle;
    }
    for (; from < rows.length; from++) {
      for (const line of rows[from]?.querySelectorAll("[data-key]") ?? []) {
        const box = line.getBoundingClientRect();
        if (box.bottom > top) return { key: line.getAttribute("data-key") ?? "", top: box.top - top };
      }
    }
    return null;
  }
}
