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
  -- The two to whom a room of two belongs.
  ALTER TABLE rooms ADD COLUMN low  INTEGER REFERENCES members (id);
  ALTER TABLE rooms ADD COLUMN high INTEGER REFERENCES members (id);
  CREATE INDEX rooms_by_low  ON rooms (low)  WHERE low  IS NOT NULL;
  CREATE INDEX rooms_by_high ON rooms (high) WHERE high IS NOT NULL;

  CREATE TABLE files (
    id           TEXT PRIMARY KEY,
    room         INTEGER NOT NULL REFERENCES rooms (id) ON DELETE CASCADE,
    member       INTEGER NOT NULL REFERENCES members (id),
    name         TEXT NOT NULL,
    size         INTEGER NOT NULL,
    -- Of a folder: how many files, and the size of its index.
    files        INTEGER,
    index_bytes  INTEGER,
    state        TEXT NOT NULL CHECK (state IN ('arriving', 'complete', 'failed', 'gone')),
    reason       TEXT,
    -- Also of an arriving file, from the moment in which its bytes are about to be moved to their place.
    sha256       TEXT,
    media_type   TEXT,
    offered_at   INTEGER NOT NULL,
    completed_at INTEGER
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX files_arriving  ON files (room)         WHERE state = 'arriving';
  CREATE INDEX files_by_sha256 ON files (sha256)       WHERE sha256 IS NOT NULL;
  CREATE INDEX files_complete  ON files (completed_at) WHERE state = 'complete';

  -- Who took all bytes of a file, once each.
  CREATE TABLE received (
    file   TEXT NOT NULL REFERENCES files (id) ON DELETE CASCADE,
    member INTEGER NOT NULL REFERENCES members (id),
    PRIMARY KEY (file, member)
  ) STRICT, WITHOUT ROWID;
  `,
  `
  -- A room whose id was typed like a password is in no list.
  ALTER TABLE rooms ADD COLUMN is_listed INTEGER NOT NULL DEFAULT 1;
  `,
  `
  -- How a name looks, for names that look like others; see room/likeness.ts, which fills it in.
  ALTER TABLE members ADD COLUMN name_look TEXT;
  CREATE INDEX members_by_look ON members (name_look) WHERE name_look IS NOT NULL;
  `,
  `
  -- Who may manage the room, and what its key is checked against; no lock: it is open.
  ALTER TABLE rooms ADD COLUMN maker INTEGER REFERENCES members (id);
  ALTER TABLE rooms ADD COLUMN lock  TEXT;
  -- Rooms that are there already: entry 1 says who made them. Who has no key can prove nothing later.
  UPDATE rooms SET maker = (
    SELECT members.id FROM entries
    JOIN members ON members.id = CAST(substr(json_extract(CAST(line AS TEXT), '$.member'), 2) AS INTEGER)
    WHERE room = rooms.id AND seq = 1 AND key IS NOT NULL
      AND json_extract(CAST(line AS TEXT), '$.action') = 'created'
  );

  -- Who need not show the room's key again, and who has to stay out.
  CREATE TABLE standings (
    room     INTEGER NOT NULL REFERENCES rooms (id) ON DELETE CASCADE,
    member   INTEGER NOT NULL REFERENCES members (id),
    standing TEXT NOT NULL CHECK (standing IN ('member', 'removed')),
    at       INTEGER NOT NULL,
    PRIMARY KEY (room, member)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX standings_by_member ON standings (member);
  `,
];
