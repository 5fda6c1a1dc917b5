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

-- Descriptors of sealed records; the blocks are files in the vault's folder.
CREATE TABLE records (
  record text NOT NULL,
  version integer NOT NULL,
  patient text NOT NULL,
  category text NOT NULL,
  leaf_hash text NOT NULL UNIQUE,
  -- stored: block and key are durable; anchored: the ledger has the leaf; erased: block and key are gone.
  state text NOT NULL CHECK (state IN ('stored', 'anchored', 'erased')),
  descriptor jsonb NOT NULL,
  reference jsonb,
  transaction_id text,
  stored_at timestamptz NOT NULL DEFAULT now(),
  -- Order of storing: pages go by it.
  position bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
  PRIMARY KEY (record, version)
);
CREATE INDEX records_patient ON records (patient, position);
CREATE INDEX records_unanchored ON records (position) WHERE state = 'stored';

-- Wrapped record keys, apart from what is kept when a record is erased.
CREATE TABLE record_keys (
  record text NOT NULL,
  version integer NOT NULL,
  wrapped bytea NOT NULL,
  PRIMARY KEY (record, version),
  FOREIGN KEY (record, version) REFERENCES records
);

-- Leaves of batches anchored from here, in tree order, so that a proof can be made again.
CREATE TABLE batches (
  id text PRIMARY KEY,
  root text NOT NULL,
  leaves jsonb NOT NULL,
  state text NOT NULL CHECK (state IN ('stored', 'anchored')),
  transaction_id text,
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
