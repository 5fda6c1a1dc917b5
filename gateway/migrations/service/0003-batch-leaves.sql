-- Which batch from here has a version of a record: a Merkle root does not show that another has it, too.
CREATE TABLE batch_leaves (
  record text NOT NULL,
  version integer NOT NULL,
  batch text NOT NULL,
  -- Known to be on the ledger; until then the version is kept free for a while.
  anchored boolean NOT NULL DEFAULT false,
  taken_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (record, version)
);
CREATE INDEX batch_leaves_batch ON batch_leaves (batch);
