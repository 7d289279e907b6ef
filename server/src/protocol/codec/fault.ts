// What a codec throws when bytes are not what the model says. Each protocol and service has its own code for it: the
// protocol that reads the request turns this into an AwsError (input-faults.ts).

/** `syntax`: not well-formed; `type`: a value of the wrong type; `limit`: deeper or more than limits.ts allows. */
export type FaultKind = 'syntax' | 'type' | 'limit'

export class InputFault extends Error {
  override readonly name = 'InputFault'
  readonly kind: FaultKind

  constructor(kind: FaultKind, message: string, options?: ErrorOptions) {
    super(message, options)
    this.kind = kind
  }
}
