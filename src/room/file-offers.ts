import type { ClientFrames } from "../wire/client-frames.ts";
import { Refusal } from "../wire/errors.ts";
import { safeFileName } from "../wire/file-name.ts";
import type { FileStore } from "./file-store.ts";
import type { Member } from "./member.ts";
import type { Room } from "./room.ts";
import type { Rooms, Telling } from "./rooms.ts";
import type { Seat } from "./seat.ts";
import type { StorageFull } from "./storage-errors.ts";

/** What is offered, as a frame says it. */
export type Offer = Omit<ClientFrames["offer"], "type" | "id" | "room">;
export type NamedSize = { name: string; size: number };

/** What offers need of the program around them. */
export type FileOffersOptions = {
  store: FileStore;
  rooms: Rooms;
  /** Milliseconds since 1970. */
  wallClock: () => number;
  /** A file's id: 16 random bytes in base64url. */
  newId: () => string;
  /** Most bytes of one file. */
  bytesMax: number;
  /** Bytes that new files must leave on the disk. */
  diskFreeMin: number;
  /** Most bytes of all files together: the oldest go to make place for new ones. No such limit when absent. */
  allBytesMax?: number;
};

/** How a file begins: with an entry that offers it, before any byte of it is there. */
export class FileOffers {
  constructor(private readonly options: FileOffersOptions) {}

  /**
   * Takes an offer. Its entry, coming back, is the answer, and has the file's id.
   *
   * @param onKept  Called with the id of a new file once its entry is kept, or with the reason why not.
   * @throws {Refusal} those of a post, "file-name-invalid", "file-too-large" or "disk-low".
   */
  take(seat: Seat, offer: Offer, onKept?: (id: string, error?: StorageFull) => void): void {
    const { rooms, newId } = this.options;
    const { device, n } = offer;
    const file = newId();
    const make = (): Telling => {
      this.#check(offer);
      return this.#offered(file, seat.member, offer);
    };
    rooms.number(seat, device, n, make, (error) => onKept?.(file, error));
  }

  /**
   * Begins a file whose bytes come another way than from the member's page. Its entry is numbered by a device, on
   * which nobody posts.
   *
   * @returns  The file's id, once its entry is kept: it may be opened, and put.
   * @throws {Refusal} "file-name-invalid", "file-too-large" or "disk-low".
   * @throws {StorageFull}
   */
  async begin(room: Room, member: Member, device: string, { name, size }: NamedSize): Promise<string> {
    this.#check({ name, size });
    const { rooms, newId } = this.options;
    const mark = room.marks.of(member.id, device);
    mark.n += 1;
    const file = newId();
    await rooms.tell(room.id, this.#offered(file, member, { device, n: mark.n, name, size }));
    return file;
  }

  /** What is told of a new file. */
  #offered(file: string, member: Member, { device, n, name, size, folder }: Offer): Telling {
    const fileName = safeFileName(name);
    const offered = { action: "offered", device, n, file, fileName, size } as const;
    const event = folder === undefined ? offered : { ...offered, folder };
    return {
      draft: { kind: "file", member: member.wireId, name: member.name, event },
      file: {
        do: "offer",
        at: this.options.wallClock(),
        id: file,
        memberId: member.id,
        name: fileName,
        size,
        folder,
      },
    };
  }

  #check({ name, size }: NamedSize): void {
    const { bytesMax, diskFreeMin, allBytesMax, store } = this.options;
    if (name.trim() === "") throw new Refusal("file-name-invalid", "Give the file a name: this one is empty");
    if (size > bytesMax) {
      throw new Refusal("file-too-large", `Send files of at most ${bytesMax} bytes: this one has ${size}`, {
        bytesMax,
      });
    }
    if (allBytesMax !== undefined && !store.makePlace(allBytesMax - size)) throw diskLow();
    if (store.freeBytes() - size < diskFreeMin) throw diskLow();
  }
}

export function diskLow(): Refusal {
  return new Refusal(
    "disk-low",
    "Try again later: the disk of the server has too little space for this file",
  );
}
