// What is answered when something goes wrong on a request's way, at whatever point of it.
import { newRequestId } from '#base/ids.ts'
import type { Log } from '#base/log.ts'
import { BodyRefused } from '#identity/refusal.ts'
import type { AwsError } from '#protocol/errors.ts'
import type { WireResponse } from '#protocol/wire.ts'
import type { AuthFailures } from './auth-failures.ts'
import type { Exchange } from './exchange.ts'
import { diskFull, internalFailure, knownError, overloaded, tooManyFailures } from './faults.ts'
import type { BadHead } from './http/bad-head.ts'
import { type Family, familyOf } from './refusals.ts'

/** Why storage did not take something: too much at once, which is worth another attempt, or a disk without room. */
export type StorageFault = 'overload' | 'disk-full'

export interface FailureOptions {
  readonly mode: 'start' | 'dev'
  readonly storageFault: (thrown: unknown) => StorageFault | undefined
  readonly log: Log
}

export class FailureAnswers {
  readonly #options: FailureOptions
  readonly #failures: AuthFailures

  constructor(options: FailureOptions, failures: AuthFailures) {
    this.#options = options
    this.#failures = failures
  }

  /** The error answer: what the client may know of it, in the protocol's form. Bugs are logged here and nowhere else. */
  answer(exchange: Exchange, thrown: unknown): WireResponse {
    const family = familyOf(exchange.protocol ?? 'restXml')
    const { wire, requestId } = exchange
    let error = this.isGuessing(exchange, thrown)
      ? tooManyFailures(family)
      : knownError(thrown, family, exchange.operation)
    error ??= storageError(this.#options.storageFault(thrown), family)
    if (error === undefined) {
      this.#options.log.error('request failed', {
        requestId,
        service: wire?.id,
        operation: exchange.operation,
        error: thrown,
      })
      error = internalFailure(family)
    }
    exchange.error = error
    exchange.refused = thrown instanceof BodyRefused
    if (wire === undefined || exchange.protocol === undefined) return plainError(error)
    const request = exchange.wireRequest ?? exchange.head
    const answer = wire.writeError(exchange.protocol, exchange.operation, error, requestId, request)
    Object.assign(answer.headers, exchange.context?.headers, error.headers)
    return answer
  }

  /** Counts whoever is not believed; true when they fail so often that they are told nothing more. */
  isGuessing({ head, door }: Exchange, thrown: unknown): boolean {
    if (this.#options.mode === 'dev' || !(thrown instanceof BodyRefused)) return false
    const { refusal } = thrown
    switch (refusal.kind) {
      case 'unknown-key':
      case 'signature-mismatch':
        return this.#failures.failed(door === 'public' ? head.remoteAddress : undefined, refusal.accessKeyId)
      case 'invalid-token':
        return this.#failures.failed(door === 'public' ? head.remoteAddress : undefined, undefined)
      default:
        return false
    }
  }
}

function storageError(fault: StorageFault | undefined, family: Family): AwsError | undefined {
  switch (fault) {
    case 'overload':
      return overloaded(family)
    case 'disk-full':
      return diskFull(family)
    case undefined:
      return undefined
  }
}

/** Before there was an exchange. */
export function badHead(error: BadHead): WireResponse {
  return textAnswer(error.status, `${error.message}\n`)
}

/** Before a protocol was recognised. */
function plainError(error: AwsError): WireResponse {
  return textAnswer(error.status, `${error.code}: ${error.message}\n`)
}

function textAnswer(status: number, text: string): WireResponse {
  const body = Buffer.from(text)
  return {
    status,
    headers: {
      'content-type': 'text/plain; charset=utf-8',
      'content-length': String(body.length),
      'x-amzn-requestid': newRequestId(),
    },
    body,
  }
}
