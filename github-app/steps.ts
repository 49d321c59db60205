/** The tables of one pull request. Steps are never edited, only added; the host takes those missing. */
export const steps = [
  [
    'CREATE TABLE pull_state (one INTEGER PRIMARY KEY CHECK (one = 1), state TEXT NOT NULL)',
    `CREATE TABLE inbox (
      id INTEGER PRIMARY KEY AUTOINCREMENT, event TEXT NOT NULL,
      due_ms INTEGER NOT NULL, attempts INTEGER NOT NULL)`,
    'CREATE TABLE deliveries (guid TEXT PRIMARY KEY, at_ms INTEGER NOT NULL)',
    'CREATE INDEX deliveries_by_time ON deliveries (at_ms)',
    'CREATE TABLE orders (comment_id INTEGER PRIMARY KEY)',
    `CREATE TABLE heads (
      sha TEXT PRIMARY KEY, seen_ms INTEGER, pushed_ms INTEGER, touched_ms INTEGER NOT NULL)`,
    `CREATE TABLE access_orders (
      comment_id INTEGER PRIMARY KEY, access TEXT NOT NULL, state TEXT NOT NULL,
      actor_id INTEGER NOT NULL, actor_login TEXT NOT NULL, own INTEGER NOT NULL,
      created_ms INTEGER NOT NULL, until_ms INTEGER NOT NULL, spelt INTEGER NOT NULL,
      sha TEXT NOT NULL)`,
    'CREATE TABLE applied (label TEXT PRIMARY KEY, comment_id INTEGER NOT NULL, access TEXT NOT NULL)',
    'CREATE TABLE removals (owner_id INTEGER PRIMARY KEY, at_ms INTEGER NOT NULL, actor TEXT NOT NULL)',
    'CREATE TABLE allowances (user_id INTEGER PRIMARY KEY, comment_id INTEGER NOT NULL)',
    'CREATE TABLE replies (comment_id INTEGER PRIMARY KEY, at_ms INTEGER NOT NULL)',
  ],
];
