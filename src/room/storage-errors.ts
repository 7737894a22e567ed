/** The disk has no space: nothing of the batch was kept, and trying again later makes sense. */
export class StorageFull extends Error {
  override readonly name = "StorageFull";
}

/** The disk failed in the middle of a write: what it has kept is not known, so nothing more must be written. */
export class StorageBroken extends Error {
  override readonly name = "StorageBroken";
}
