// What an API client may be told. Everything else that is thrown is a bug and reaches the client as the protocol's own
// internal failure, without its message.

export interface AwsErrorOptions extends ErrorOptions {
  /** Further members of the modelled error shape (for example `Reason`, `RetryAfterSeconds`, `Key`). */
  readonly fields?: Readonly<Record<string, unknown>>
  /** Extra response headers. */
  readonly headers?: Readonly<Record<string, string>>
}

/**
 * An error of a service, as its clients see it: `code` is the error's name on the wire (`NoSuchBucket`,
 * `ResourceNotFoundException`), `status` the HTTP status. Each service lists its own in its `errors.ts`.
 */
export class AwsError extends Error {
  override readonly name = 'AwsError'
  readonly code: string
  readonly status: number
  readonly fields: Readonly<Record<string, unknown>>
  readonly headers: Readonly<Record<string, string>>

  constructor(code: string, status: number, message: string, options: AwsErrorOptions = {}) {
    super(message, options)
    this.code = code
    this.status = status
    this.fields = options.fields ?? {}
    this.headers = options.headers ?? {}
  }
}
