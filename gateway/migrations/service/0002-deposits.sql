-- Records that authors of other organisations write for this custodian: the writer's organisation and its name for
-- the deposit, by which a repeated one is found again.
ALTER TABLE records ADD COLUMN depositor text, ADD COLUMN deposit text;
CREATE UNIQUE INDEX records_deposit ON records (depositor, deposit) WHERE deposit IS NOT NULL;
