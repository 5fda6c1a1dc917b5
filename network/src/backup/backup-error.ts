import { CodedError } from '../coded-error.js';

export type BackupErrorCode =
  | 'BACKUP_EXISTS'
  | 'BACKUP_UNREADABLE'
  | 'BACKUP_KEY_WRONG'
  | 'BACKUP_KEY_INVALID'
  | 'BACKUP_DAMAGED'
  | 'BACKUP_NEEDS_STOP'
  | 'HOME_NOT_EMPTY';

export class BackupError extends CodedError {
  override readonly name = 'BackupError';
  declare readonly code: BackupErrorCode;

  constructor(code: BackupErrorCode, message: string, hint?: string, cause?: unknown) {
    super(code, message, { hint, cause });
  }
}
