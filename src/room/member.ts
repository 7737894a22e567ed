import type { Bucket } from "./bucket.ts";

/** Somebody who is connected: one key, one name, any number of connections. */
export class Member {
  /** The id on the wire. */
  readonly wireId: string;
  connections = 0;

  constructor(
    readonly id: number,
    public name: string,
    public isHost: boolean,
    readonly bucket: Bucket,
  ) {
    this.wireId = `m${id}`;
  }
}
