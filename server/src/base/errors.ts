// Three kinds of error, never mixed: service errors (protocol/errors.ts, for API clients), operator errors (this file,
// for whoever runs Mayfly), and bugs (this file; the client sees an internal failure, the log sees everything).

/** Something that the operator can mend. `hint` is the one sentence that says how. */
export class OperatorError extends Error {
  override readonly name = 'OperatorError'
  readonly hint: string

  constructor(message: string, hint: string, options?: ErrorOptions) {
    super(message, options)
    this.hint = hint
  }
}

/** A broken invariant: a bug in Mayfly. */
export class InvariantError extends Error {
  override readonly name = 'InvariantError'
}

/** Throws `InvariantError` unless `condition` holds. */
export function invariant(condition: unknown, message: string): asserts condition {
  if (!condition) throw new InvariantError(message)
}
