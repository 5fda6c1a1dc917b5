/** What `_lifecycle` answers a call with that it refuses; the message is Fabric's. */
export class LifecycleError extends Error {
  override readonly name = 'LifecycleError';
  /** Of the response: 404 where a namespace is not defined, else 500. */
  readonly status: number;

  constructor(message: string, status = 500) {
    super(message);
    this.status = status;
  }
}
