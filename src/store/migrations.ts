/**
 * The database's schema, as the steps that lead to it: a database that has had n of them is at version n.
 * A step is never changed once it was released; a new one goes to the end.
 */
export const migrations: readonly string[] = [
  `
  CREATE TABLE server (
    one         INTEGER PRIMARY KEY CHECK (one = 1),
    id          TEXT NOT NULL,
    host_secret TEXT NOT NULL
  ) STRICT;

  CREATE TABLE members (
    id        INTEGER PRIMARY KEY AUTOINCREMENT,
    key       TEXT UNIQUE,
    is_host   INTEGER NOT NULL DEFAULT 0,
    -- A member without a name is one whose name the host has freed.
    name      TEXT NOT NULL DEFAULT '',
    name_fold TEXT UNIQUE
  ) STRICT;

  CREATE TABLE rooms (
    id    INTEGER PRIMARY KEY AUTOINCREMENT,
    fold  TEXT NOT NULL UNIQUE,
    name  TEXT NOT NULL,
    epoch TEXT NOT NULL
  ) STRICT;

  -- A member's device in a room: whoever numbers posts.
  CREATE TABLE authors (
    id     INTEGER PRIMARY KEY,
    room   INTEGER NOT NULL REFERENCES rooms (id) ON DELETE CASCADE,
    member INTEGER NOT NULL REFERENCES members (id),
    device TEXT NOT NULL,
    -- The high-water mark: the highest number posted with, which outlives the entries.
    mark   INTEGER NOT NULL DEFAULT 0,
    UNIQUE (room, member, device)
  ) STRICT;

  -- The logs. A line is kept as it goes over the wire, its LF included.
  CREATE TABLE entries (
    room   INTEGER NOT NULL REFERENCES rooms (id) ON DELETE CASCADE,
    seq    INTEGER NOT NULL,
    author INTEGER REFERENCES authors (id),
    n      INTEGER,
    line   BLOB NOT NULL,
    PRIMARY KEY (room, seq)
  ) STRICT, WITHOUT ROWID;

  -- A number is an entry once, for ever; also how a repeated post finds it.
  CREATE UNIQUE INDEX entries_by_author ON entries (author, n) WHERE author IS NOT NULL;
  `,
  `
  -- A room whose id was typed like a password is in no list.
  ALTER TABLE rooms ADD COLUMN is_listed INTEGER NOT NULL DEFAULT 1;
  `,
];
