// The step between "we know who sends" and "what they sent": gives the operation its body as bytes or as a stream,
// verified as far as it is there.
import { gunzip } from 'node:zlib'
import { preloadChecksums } from '#identity/checksums.ts'
import type { IncomingBody } from '#protocol/operation.ts'
import { promisify } from 'node:util'
import type { Caller } from './authenticate.ts'
import type { Exchange } from './exchange.ts'
import { type BodyRules, decodeWhole, streamedBody, wholeBody } from './incoming-body.ts'
import { checkIntegrity, type Declared } from './integrity.ts'
import { SMALL_BODY_BYTES } from './limits.ts'
import { BodyTooLarge } from './request-body.ts'

export interface ReceiveOptions {
  /** The operation reads its body itself. */
  readonly stream: boolean
  readonly verify: boolean
  /** An operation of S3: the body is held to the digests that are declared for it. */
  readonly s3: boolean
  /** Undefined where only the body tells which one is asked for. */
  readonly operation: string | undefined
  readonly bytesMax: number
  readonly toAwsError: (thrown: unknown) => unknown
}

const unzip = promisify(gunzip)

/** At once when the bytes are there. Throws or rejects with BodyRefused, BodyTooLarge, BodyStalled, or the AwsError of a digest that does not match. */
export function receiveBody(
  exchange: Exchange,
  caller: Caller,
  options: ReceiveOptions,
): Buffer | IncomingBody | Promise<Buffer | IncomingBody> {
  const { body, head } = exchange
  const rules: BodyRules = {
    mode: caller.mode,
    headers: head.headers,
    seed: caller.seed,
    verify: options.verify,
    bytesMax: options.bytesMax,
    toAwsError: options.toAwsError,
  }
  const early = caller.body ?? exchange.rawBody
  if (options.stream && early === undefined && !(body.length !== undefined && body.length <= SMALL_BODY_BYTES))
    return streamedBody(body, rules)
  const raw = early ?? body.readAll(options.bytesMax)
  return raw instanceof Promise ? raw.then((bytes) => decode(bytes, rules, options)) : decode(raw, rules, options)
}

function decode(
  raw: Buffer,
  rules: BodyRules,
  options: ReceiveOptions,
): Buffer | IncomingBody | Promise<Buffer | IncomingBody> {
  const { headers, bytesMax } = rules
  const { bytes, trailers } = decodeWhole(raw, rules)
  if (options.stream) return wholeBody(bytes, trailers)
  if (options.s3) {
    const check = (): Buffer => checked(bytes, { headers, trailers, operation: options.operation })
    return preloadChecksums()?.then(check) ?? check()
  }
  if (headers['content-encoding'] === 'gzip' && bytes.length > 0) return inflate(bytes, bytesMax)
  return bytes
}

function checked(bytes: Buffer, declared: Declared): Buffer {
  checkIntegrity(bytes, declared)
  return bytes
}

/** Metrics clients compress large requests. The bound holds for what comes out. */
async function inflate(bytes: Buffer, bytesMax: number): Promise<Buffer> {
  try {
    return await unzip(bytes, { maxOutputLength: bytesMax })
  } catch {
    // Too large or no gzip at all: either way not a body that this operation takes.
    throw new BodyTooLarge(bytesMax)
  }
}
