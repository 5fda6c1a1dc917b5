-- What no block can give back. `medaccord-gateway rebuild` never touches this schema.

-- Runs of POST requests, each named by caller, operation and Idempotency-Key; kept for a day.
CREATE TABLE runs (
  id text PRIMARY KEY,
  owner text NOT NULL,
  operation text NOT NULL,
  request_hash text NOT NULL,
  state text NOT NULL CHECK (state IN ('running', 'succeeded', 'failed')),
  -- The process that runs it: a run of a process that is gone may start again.
  process text NOT NULL,
  -- Sealed; NULL while it runs, and for answers that are never replayed.
  answer bytea,
  expires_at timestamptz NOT NULL
);
CREATE INDEX runs_expiry ON runs (expires_at);

-- What a run has done so far, sealed.
CREATE TABLE run_steps (
  run text NOT NULL REFERENCES runs ON DELETE CASCADE,
  name text NOT NULL,
  value bytea NOT NULL,
  PRIMARY KEY (run, name)
);

-- Descriptors of sealed records; the blocks are files in the vault's folder. A version may have several stored
-- candidates (attempts that did not end); the one whose leaf the ledger has is the version.
CREATE TABLE records (
  leaf_hash text PRIMARY KEY,
  record text NOT NULL,
  version integer NOT NULL,
  patient text NOT NULL,
  category text NOT NULL,
  encounter text,
  batch text,
  content_hash text NOT NULL,
  -- stored: block and key are durable; anchored: the ledger has the leaf; erased: block and key are gone.
  state text NOT NULL CHECK (state IN ('stored', 'anchored', 'erased')),
  -- Leaf, meta, its salt, media type, size.
  descriptor jsonb NOT NULL,
  -- Where the leaf is anchored.
  reference jsonb,
  transaction_id text,
  anchored_at timestamptz,
  stored_at timestamptz NOT NULL DEFAULT now(),
  -- Order of storing: pages go by it.
  position bigint GENERATED ALWAYS AS IDENTITY UNIQUE
);
CREATE UNIQUE INDEX records_version ON records (record, version) WHERE state <> 'stored';
CREATE INDEX records_patient ON records (patient, position);
CREATE INDEX records_batch ON records (batch) WHERE batch IS NOT NULL;
CREATE INDEX records_stored ON records (stored_at) WHERE state = 'stored';

-- Wrapped record keys, apart from what stays when a record is erased.
CREATE TABLE record_keys (
  leaf_hash text PRIMARY KEY REFERENCES records ON DELETE CASCADE,
  wrapped bytea NOT NULL
);

-- Batches anchored from here, leaves in tree order, so that a proof can be made again.
CREATE TABLE batches (
  id text PRIMARY KEY,
  root text NOT NULL,
  leaves jsonb NOT NULL,
  stored_at timestamptz NOT NULL DEFAULT now()
);

-- What left this organisation: one row for each access event that was released.
CREATE TABLE releases (
  event text PRIMARY KEY,
  organisation text NOT NULL,
  transaction_id text NOT NULL,
  leaf_hash text NOT NULL,
  recipient_key text NOT NULL,
  count integer NOT NULL DEFAULT 1,
  first_at timestamptz NOT NULL,
  last_at timestamptz NOT NULL
);
