-- What the blocks say, by value. Dropped and built anew by `medaccord-gateway rebuild`; nothing here is a source.
-- created_* is where a row first appeared: it never changes, so pages over it are stable.

CREATE TABLE checkpoint (
  singleton boolean PRIMARY KEY DEFAULT true CHECK (singleton),
  next_block bigint NOT NULL,
  block_hash text NOT NULL
);
INSERT INTO checkpoint (next_block, block_hash) VALUES (0, '');

CREATE TABLE transactions (
  id text PRIMARY KEY,
  block bigint NOT NULL,
  tx integer NOT NULL,
  code integer NOT NULL,
  function text,
  creator_msp text NOT NULL,
  at timestamptz NOT NULL
);
CREATE INDEX transactions_block ON transactions (block, tx);

-- The event feed: one row for each entry of each ChangeSet.
CREATE TABLE changes (
  block bigint NOT NULL,
  tx integer NOT NULL,
  index integer NOT NULL,
  tx_id text NOT NULL,
  function text NOT NULL,
  type text NOT NULL,
  id text NOT NULL,
  status text,
  version integer NOT NULL,
  at timestamptz NOT NULL,
  PRIMARY KEY (block, tx, index)
);
CREATE INDEX changes_asset ON changes (type, id);

-- Every version of every public asset.
CREATE TABLE history (
  type text NOT NULL,
  id text NOT NULL,
  version integer NOT NULL,
  status text,
  block bigint NOT NULL,
  tx integer NOT NULL,
  tx_id text NOT NULL,
  at timestamptz NOT NULL,
  value jsonb NOT NULL,
  PRIMARY KEY (type, id, version)
);

-- Which row a state key holds, so that a delete or purge (known by the key's hash alone) finds it.
CREATE TABLE state_keys (
  collection text NOT NULL,
  key_hash text NOT NULL,
  table_name text NOT NULL,
  row_id text NOT NULL,
  PRIMARY KEY (collection, key_hash)
);

CREATE TABLE organisations (
  id text PRIMARY KEY,
  version integer NOT NULL,
  status text,
  updated_at timestamptz,
  kind text NOT NULL,
  msp_id text NOT NULL,
  block bigint NOT NULL,
  tx integer NOT NULL,
  created_block bigint NOT NULL,
  created_tx integer NOT NULL,
  value jsonb NOT NULL
);
CREATE INDEX organisations_created ON organisations (created_block, created_tx, id);

CREATE TABLE practitioners (
  id text PRIMARY KEY,
  version integer NOT NULL,
  status text,
  updated_at timestamptz,
  organisation text NOT NULL,
  role text NOT NULL,
  block bigint NOT NULL,
  tx integer NOT NULL,
  created_block bigint NOT NULL,
  created_tx integer NOT NULL,
  value jsonb NOT NULL
);
CREATE INDEX practitioners_created ON practitioners (created_block, created_tx, id);
CREATE INDEX practitioners_organisation ON practitioners (organisation);

CREATE TABLE registrations (
  id text PRIMARY KEY,
  version integer NOT NULL,
  status text,
  updated_at timestamptz,
  custodian text NOT NULL,
  block bigint NOT NULL,
  tx integer NOT NULL,
  created_block bigint NOT NULL,
  created_tx integer NOT NULL,
  value jsonb NOT NULL
);
CREATE INDEX registrations_created ON registrations (created_block, created_tx, id);

-- Of the collection `care`: no rows at an organisation that is no member of it.
CREATE TABLE patients (
  id text PRIMARY KEY,
  version integer NOT NULL,
  status text,
  updated_at timestamptz,
  custodian text NOT NULL,
  registration text NOT NULL,
  block bigint NOT NULL,
  tx integer NOT NULL,
  created_block bigint NOT NULL,
  created_tx integer NOT NULL,
  value jsonb NOT NULL
);
CREATE INDEX patients_created ON patients (created_block, created_tx, id);
CREATE INDEX patients_custodian ON patients (custodian);
CREATE INDEX patients_registration ON patients (registration);

CREATE TABLE relations (
  id text PRIMARY KEY,
  version integer NOT NULL,
  status text,
  updated_at timestamptz,
  custodian text NOT NULL,
  block bigint NOT NULL,
  tx integer NOT NULL,
  created_block bigint NOT NULL,
  created_tx integer NOT NULL,
  value jsonb NOT NULL
);
CREATE INDEX relations_created ON relations (created_block, created_tx, id);

CREATE TABLE relation_details (
  id text PRIMARY KEY,
  version integer NOT NULL,
  status text,
  updated_at timestamptz,
  custodian text NOT NULL,
  patient text NOT NULL,
  block bigint NOT NULL,
  tx integer NOT NULL,
  created_block bigint NOT NULL,
  created_tx integer NOT NULL,
  value jsonb NOT NULL
);
CREATE INDEX relation_details_created ON relation_details (created_block, created_tx, id);
CREATE INDEX relation_details_patient ON relation_details (patient);

CREATE TABLE devices (
  id text PRIMARY KEY,
  version integer NOT NULL,
  status text,
  updated_at timestamptz,
  custodian text NOT NULL,
  block bigint NOT NULL,
  tx integer NOT NULL,
  created_block bigint NOT NULL,
  created_tx integer NOT NULL,
  value jsonb NOT NULL
);
CREATE INDEX devices_created ON devices (created_block, created_tx, id);

CREATE TABLE device_details (
  id text PRIMARY KEY,
  version integer NOT NULL,
  status text,
  updated_at timestamptz,
  custodian text NOT NULL,
  patient text NOT NULL,
  block bigint NOT NULL,
  tx integer NOT NULL,
  created_block bigint NOT NULL,
  created_tx integer NOT NULL,
  value jsonb NOT NULL
);
CREATE INDEX device_details_created ON device_details (created_block, created_tx, id);
CREATE INDEX device_details_patient ON device_details (patient);

CREATE TABLE treatments (
  id text PRIMARY KEY,
  version integer NOT NULL,
  status text,
  updated_at timestamptz,
  custodian text NOT NULL,
  patient text NOT NULL,
  practitioner text NOT NULL,
  valid_from timestamptz NOT NULL,
  valid_until timestamptz NOT NULL,
  block bigint NOT NULL,
  tx integer NOT NULL,
  created_block bigint NOT NULL,
  created_tx integer NOT NULL,
  value jsonb NOT NULL
);
CREATE INDEX treatments_created ON treatments (created_block, created_tx, id);
CREATE INDEX treatments_patient ON treatments (patient);
CREATE INDEX treatments_practitioner ON treatments (practitioner);

CREATE TABLE consents (
  id text PRIMARY KEY,
  version integer NOT NULL,
  status text,
  updated_at timestamptz,
  custodian text NOT NULL,
  block bigint NOT NULL,
  tx integer NOT NULL,
  created_block bigint NOT NULL,
  created_tx integer NOT NULL,
  value jsonb NOT NULL
);
CREATE INDEX consents_created ON consents (created_block, created_tx, id);
CREATE INDEX consents_custodian ON consents (custodian);

CREATE TABLE consent_details (
  id text PRIMARY KEY,
  version integer NOT NULL,
  status text,
  updated_at timestamptz,
  custodian text NOT NULL,
  patient text NOT NULL,
  grantee_organisation text NOT NULL,
  grantee_id text,
  grantee_role text,
  expires_at timestamptz NOT NULL,
  block bigint NOT NULL,
  tx integer NOT NULL,
  created_block bigint NOT NULL,
  created_tx integer NOT NULL,
  value jsonb NOT NULL
);
CREATE INDEX consent_details_created ON consent_details (created_block, created_tx, id);
CREATE INDEX consent_details_patient ON consent_details (patient);
CREATE INDEX consent_details_grantee_organisation ON consent_details (grantee_organisation);

CREATE TABLE break_glass (
  id text PRIMARY KEY,
  version integer NOT NULL,
  status text,
  updated_at timestamptz,
  closes_at timestamptz NOT NULL,
  block bigint NOT NULL,
  tx integer NOT NULL,
  created_block bigint NOT NULL,
  created_tx integer NOT NULL,
  value jsonb NOT NULL
);
CREATE INDEX break_glass_created ON break_glass (created_block, created_tx, id);

CREATE TABLE break_glass_details (
  id text PRIMARY KEY,
  version integer NOT NULL,
  status text,
  updated_at timestamptz,
  custodian text NOT NULL,
  patient text NOT NULL,
  practitioner text NOT NULL,
  organisation text NOT NULL,
  block bigint NOT NULL,
  tx integer NOT NULL,
  created_block bigint NOT NULL,
  created_tx integer NOT NULL,
  value jsonb NOT NULL
);
CREATE INDEX break_glass_details_created ON break_glass_details (created_block, created_tx, id);
CREATE INDEX break_glass_details_patient ON break_glass_details (patient);

CREATE TABLE anchors (
  id text PRIMARY KEY,
  version integer NOT NULL,
  status text,
  updated_at timestamptz,
  custodian text NOT NULL,
  writer text NOT NULL,
  author text NOT NULL,
  leaf text NOT NULL,
  block bigint NOT NULL,
  tx integer NOT NULL,
  created_block bigint NOT NULL,
  created_tx integer NOT NULL,
  value jsonb NOT NULL
);
CREATE INDEX anchors_created ON anchors (created_block, created_tx, id);
CREATE INDEX anchors_leaf ON anchors (leaf);

CREATE TABLE anchor_batches (
  id text PRIMARY KEY,
  version integer NOT NULL,
  status text,
  updated_at timestamptz,
  custodian text NOT NULL,
  author text NOT NULL,
  root text NOT NULL,
  block bigint NOT NULL,
  tx integer NOT NULL,
  created_block bigint NOT NULL,
  created_tx integer NOT NULL,
  value jsonb NOT NULL
);
CREATE INDEX anchor_batches_created ON anchor_batches (created_block, created_tx, id);

CREATE TABLE erasures (
  id text PRIMARY KEY,
  version integer NOT NULL,
  status text,
  updated_at timestamptz,
  custodian text NOT NULL,
  leaf text NOT NULL,
  block bigint NOT NULL,
  tx integer NOT NULL,
  created_block bigint NOT NULL,
  created_tx integer NOT NULL,
  value jsonb NOT NULL
);
CREATE INDEX erasures_created ON erasures (created_block, created_tx, id);
CREATE INDEX erasures_leaf ON erasures (leaf);

CREATE TABLE accesses (
  id text PRIMARY KEY,
  version integer NOT NULL,
  status text,
  updated_at timestamptz,
  block bigint NOT NULL,
  tx integer NOT NULL,
  created_block bigint NOT NULL,
  created_tx integer NOT NULL,
  value jsonb NOT NULL
);
CREATE INDEX accesses_created ON accesses (created_block, created_tx, id);

CREATE TABLE access_details (
  id text PRIMARY KEY,
  version integer NOT NULL,
  status text,
  updated_at timestamptz,
  custodian text NOT NULL,
  patient text NOT NULL,
  record text NOT NULL,
  reader_organisation text NOT NULL,
  reader text NOT NULL,
  basis text NOT NULL,
  block bigint NOT NULL,
  tx integer NOT NULL,
  created_block bigint NOT NULL,
  created_tx integer NOT NULL,
  value jsonb NOT NULL
);
CREATE INDEX access_details_created ON access_details (created_block, created_tx, id);
CREATE INDEX access_details_patient ON access_details (patient);
CREATE INDEX access_details_record ON access_details (record);

CREATE TABLE invoices (
  id text PRIMARY KEY,
  version integer NOT NULL,
  status text,
  updated_at timestamptz,
  issuer text NOT NULL,
  block bigint NOT NULL,
  tx integer NOT NULL,
  created_block bigint NOT NULL,
  created_tx integer NOT NULL,
  value jsonb NOT NULL
);
CREATE INDEX invoices_created ON invoices (created_block, created_tx, id);

CREATE TABLE invoice_details (
  id text PRIMARY KEY,
  version integer NOT NULL,
  status text,
  updated_at timestamptz,
  patient text NOT NULL,
  block bigint NOT NULL,
  tx integer NOT NULL,
  created_block bigint NOT NULL,
  created_tx integer NOT NULL,
  value jsonb NOT NULL
);
CREATE INDEX invoice_details_created ON invoice_details (created_block, created_tx, id);
CREATE INDEX invoice_details_patient ON invoice_details (patient);

CREATE TABLE claims (
  id text PRIMARY KEY,
  version integer NOT NULL,
  status text,
  updated_at timestamptz,
  hospital text NOT NULL,
  insurer text NOT NULL,
  appeals integer NOT NULL,
  block bigint NOT NULL,
  tx integer NOT NULL,
  created_block bigint NOT NULL,
  created_tx integer NOT NULL,
  value jsonb NOT NULL
);
CREATE INDEX claims_created ON claims (created_block, created_tx, id);
CREATE INDEX claims_hospital ON claims (hospital);
CREATE INDEX claims_insurer ON claims (insurer);

CREATE TABLE claim_lines (
  id text PRIMARY KEY,
  version integer NOT NULL,
  status text,
  updated_at timestamptz,
  hospital text NOT NULL,
  insurer text NOT NULL,
  patient text NOT NULL,
  block bigint NOT NULL,
  tx integer NOT NULL,
  created_block bigint NOT NULL,
  created_tx integer NOT NULL,
  value jsonb NOT NULL
);
CREATE INDEX claim_lines_created ON claim_lines (created_block, created_tx, id);
CREATE INDEX claim_lines_patient ON claim_lines (patient);

CREATE TABLE claim_decisions (
  id text PRIMARY KEY,
  version integer NOT NULL,
  status text,
  updated_at timestamptz,
  hospital text NOT NULL,
  insurer text NOT NULL,
  round integer NOT NULL,
  block bigint NOT NULL,
  tx integer NOT NULL,
  created_block bigint NOT NULL,
  created_tx integer NOT NULL,
  value jsonb NOT NULL
);
CREATE INDEX claim_decisions_created ON claim_decisions (created_block, created_tx, id);

CREATE TABLE decision_details (
  id text PRIMARY KEY,
  version integer NOT NULL,
  status text,
  updated_at timestamptz,
  claim text NOT NULL,
  round integer NOT NULL,
  block bigint NOT NULL,
  tx integer NOT NULL,
  created_block bigint NOT NULL,
  created_tx integer NOT NULL,
  value jsonb NOT NULL
);
CREATE INDEX decision_details_created ON decision_details (created_block, created_tx, id);
CREATE INDEX decision_details_claim ON decision_details (claim);

CREATE TABLE payments (
  id text PRIMARY KEY,
  version integer NOT NULL,
  status text,
  updated_at timestamptz,
  claim text NOT NULL,
  payer text NOT NULL,
  payee text NOT NULL,
  block bigint NOT NULL,
  tx integer NOT NULL,
  created_block bigint NOT NULL,
  created_tx integer NOT NULL,
  value jsonb NOT NULL
);
CREATE INDEX payments_created ON payments (created_block, created_tx, id);
CREATE INDEX payments_claim ON payments (claim);

CREATE TABLE payment_details (
  id text PRIMARY KEY,
  version integer NOT NULL,
  status text,
  updated_at timestamptz,
  claim text NOT NULL,
  block bigint NOT NULL,
  tx integer NOT NULL,
  created_block bigint NOT NULL,
  created_tx integer NOT NULL,
  value jsonb NOT NULL
);
CREATE INDEX payment_details_created ON payment_details (created_block, created_tx, id);
CREATE INDEX payment_details_claim ON payment_details (claim);

-- A claim as people see it: what the provider says and what was decided, in one status.
CREATE VIEW claim_views AS
SELECT
  c.id, c.version,
  CASE
    WHEN c.status <> 'submitted' THEN c.status
    WHEN c.appeals > coalesce(d.round, 0) THEN 'appealed'
    WHEN coalesce(d.status, 'none') = 'none' THEN 'submitted'
    -- The provider sent the payment back: what was decided shows again (claimStatus of the contracts' api).
    WHEN d.status = 'settled' AND d.value ->> 'payment' = c.value ->> 'rejectedPayment' THEN d.value ->> 'outcome'
    ELSE d.status
  END AS status,
  greatest(c.updated_at, d.updated_at) AS updated_at,
  c.hospital, c.insurer, l.patient,
  c.block, c.tx, c.created_block, c.created_tx,
  c.value AS claim, d.value AS decision
FROM claims c
LEFT JOIN claim_decisions d USING (id)
LEFT JOIN claim_lines l USING (id);
