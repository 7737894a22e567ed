import { useSignal } from "@preact/signals";
import { html } from "htm/preact";
import { useEffect, useRef } from "preact/hooks";
import type { FileCard } from "../models/file-card.ts";
import { filePath, zipPath } from "../models/file-card.ts";
import type { Problem } from "../models/problem.ts";
import type { Ticket } from "../models/tickets.ts";
import { ProblemText } from "./problem.ts";

/**
 * A file's name as a link that takes it. A permit is at hand before it is pressed, so that it is a link like any
 * other: to be copied, opened elsewhere, or dragged out.
 */
export function FileLink({ card }: { card: FileCard }) {
  useEffect(() => card.download.watch(), [card]);
  const path = card.folder ? zipPath : filePath;
  const name = card.folder ? `${card.name}.zip` : card.name;
  return html`<${TicketLink}
    class="file-link"
    ticket=${card.download}
    path=${(ticket: string) => path(card, ticket)}
    name=${name}
    text=${card.name}
  />`;
}

/**
 * A link that needs a permit; one that has grown old is renewed between the press and the download. Why there is none
 * is said below it.
 */
export function TicketLink(props: {
  class: string;
  ticket: Ticket;
  path: (ticket: string) => string;
  /** Under what it is stored. */
  name: string;
  text: string;
}) {
  const { ticket, path, name, text } = props;
  const link = useRef<HTMLAnchorElement>(null);
  // Set when the link is pressed anew by this code, so that it is not held up twice.
  const isRenewed = useRef(false);
  const problem = useSignal<Problem | null>(null);

  useEffect(() => {
    problem.value = null;
  }, [ticket.value.value]);

  async function onClick(event: MouseEvent) {
    if (isRenewed.current || ticket.isGood()) {
      isRenewed.current = false;
      problem.value = null;
      return;
    }
    event.preventDefault();
    problem.value = await ticket.ask();
    if (problem.value) return;
    isRenewed.current = true;
    link.current?.setAttribute("href", path(ticket.value.peek() ?? ""));
    link.current?.click();
  }
  return html`<a
      ref=${link}
      class=${props.class}
      href=${path(ticket.value.value ?? "-")}
      download=${name}
      dir="auto"
      onClick=${onClick}
      >${text}</a
    >
    ${problem.value && html`<div role="alert"><${ProblemText} problem=${problem.value} /></div>`}`;
}
