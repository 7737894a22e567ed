import type { Sink } from "./cursor.ts";
import { Cursor } from "./cursor.ts";
import type { Member } from "./member.ts";
import type { Room } from "./room.ts";

/** What a connection is to the rooms: a sink for lines that also takes frames of its own. */
export interface Connection extends Sink {
  /** Queues a frame: it leaves after whatever was taken before. */
  send(frame: object): void;
}

type Page = { cursor: Cursor; done: () => void; dropped: () => void };

/** A member's place in a room, through one connection. */
export class Seat {
  readonly cursor: Cursor;
  /** Set when signals were dropped for this connection: it gets the list of people anew. */
  missedSignals = false;
  /** Set once it was given up, also by others than its connection. */
  isOver = false;
  #pages: Page[] = [];

  /** @param from  Seq of the last entry that the connection has. */
  constructor(
    readonly room: Room,
    readonly member: Member,
    readonly connection: Connection,
    from: number,
  ) {
    this.cursor = new Cursor(room.log, connection, from);
  }

  /** Pages that the connection has not taken yet. */
  get pagesWaiting(): number {
    return this.#pages.length;
  }

  /**
   * Reads a stretch of the log besides the live one.
   *
   * @param after    Seq before the first entry wanted.
   * @param until    Seq of the last entry wanted.
   * @param done     Called once the connection has taken them all.
   * @param dropped  Called instead when the seat is left before.
   */
  addPage(after: number, until: number, done: () => void, dropped: () => void): void {
    this.#pages.push({ cursor: new Cursor(this.room.log, this.connection, after, until), done, dropped });
  }

  /** Gives up the pages that wait. */
  dropPages(): void {
    for (const page of this.#pages.splice(0)) page.dropped();
  }

  /**
   * Hands over what the connection takes now.
   *
   * @returns  Whether it wants to go on soon.
   */
  pump(): boolean {
    if (this.missedSignals && !this.connection.isFull) {
      this.missedSignals = false;
      this.room.sendPeople(this.connection);
    }
    for (let page = this.#pages[0]; page !== undefined; page = this.#pages[0]) {
      if (page.cursor.pump()) return true;
      if (!page.cursor.isDone) return false;
      this.#pages.shift();
      page.done();
    }
    return this.cursor.pump();
  }
}
