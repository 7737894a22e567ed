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
    /** Of messages. */
    readonly bucket: Bucket,
    /** Of requests that are answered from what the relay keeps. */
    readonly requests: Bucket,
    /** Of rooms that it makes. */
    readonly makings: Bucket,
  ) {
    this.wireId = `m${id}`;
  }

  /** Whether its rates are those of somebody new. */
  isRested(now: number): boolean {
    return [this.bucket, this.requests, this.makings].every((bucket) => bucket.isFull(now));
  }
}
