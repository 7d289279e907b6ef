// What a service is, in types: an operation table whose rows are derived from the SDK module's own types, so that an
// operation without a row, or a handler of the wrong shape, does not compile. Types only: no SDK code is loaded.
import type { Principal } from '#base/principal.ts'
import type { Readable } from 'node:stream'
import type { EdgeAnswer, EdgeRequest, ServiceEdge } from './edge.ts'
import type { ServiceId } from './services.ts'

/** A request body that is read at most once. Reading to the end means that lengths, hashes and signatures held. */
export interface IncomingBody {
  /** Decoded length in bytes, where the client told it. */
  readonly length: number | undefined
  /** Where `length` is unknown (the file of a form): it has at most this many. */
  readonly lengthMax?: number
  /** The whole body; rejects with EntityTooLarge-like AwsError above the pipeline's cap for buffered bodies. */
  bytes(): Promise<Buffer>
  /**
   * Each piece is done with when the next one is asked for: its memory may be used again. Throws an AwsError at the latest at
   * the end when the body is not what was signed and announced.
   */
  stream(): AsyncIterable<Buffer>
  /** Present where the client declared a hash of the whole body: for readers who hash the bytes anyway. */
  readonly declared?: DeclaredHash
  /** Trailer fields (lower-case names); complete after the last byte was read. */
  trailers(): ReadonlyMap<string, string>
}

/** A body whose reader holds it to its hash; everything else still holds as for `stream`. */
export interface DeclaredHash {
  /** Base64. */
  readonly sha256: string
  /** As `stream` of the body, in its place, and without a look at the hash. */
  stream(): AsyncIterable<Buffer>
  /** What the client is told when the hash is another one, base64 as well. */
  mismatch(computed: string): unknown
}

/** What a handler may answer as a streaming payload. Each piece is sent before the next one is asked for: its memory may be used again. */
export type OutgoingBody = Uint8Array | AsyncIterable<Uint8Array>

/** What a handler gets besides its input. */
export interface RequestContext {
  readonly requestId: string
  readonly service: ServiceId
  readonly operation: string
  /** 12 digits: the account that the request acts in. */
  readonly account: string
  readonly region: string
  readonly principal: Principal
  readonly http: {
    readonly method: string
    /** As received, undecoded, with the query. */
    readonly url: string
    /** Lower-case names. */
    readonly headers: Readonly<Record<string, string | undefined>>
    /** Host header without the port. */
    readonly host: string
    readonly remoteAddress: string
    /** Came over TLS that ended at the server; undefined for what the server does by itself. */
    readonly secure?: boolean | undefined
  }
  /** Aborted when the client went away. Created when first asked for. */
  readonly signal: AbortSignal
  /**
   * May this caller do this as well? For operations that decide item by item, or whose errors tell only those who may know.
   * A resource of the own service is named by its own ARN. It may be another service's; `conditions` are then the values of
   * its keys. Not there where nobody asks for permission.
   */
  readonly permits?: ((action: string, resource: string, conditions?: ConditionValues) => Promise<boolean>) | undefined
  /** Adds a header to the answer (for what the model does not bind). */
  setHeader(name: string, value: string): void
  /** Overrides the modelled HTTP status of a success. */
  setStatus(status: number): void
}

type CommandClass = new (input: never) => { resolveMiddleware(...args: never[]): unknown }

/** The operations of an SDK module (`typeof import('@aws-sdk/client-x')`): each export `<Name>Command`. */
export type OperationName<M> = {
  [K in keyof M]: K extends `${infer Op}Command` ? (M[K] extends CommandClass ? Op : never) : never
}[keyof M] &
  string

/** From the instance, not the constructor: commands whose members are all optional have two constructors. */
type RawInput<M, Op extends string> = `${Op}Command` extends keyof M
  ? M[`${Op}Command`] extends new (input: never) => { readonly input: infer I }
    ? I
    : never
  : never

type RawOutput<M, Op extends string> = `${Op}Command` extends keyof M
  ? M[`${Op}Command`] extends new (input: never) => {
      resolveMiddleware(...args: never[]): (...args: never[]) => Promise<{ output: infer O }>
    }
    ? O
    : never
  : never

type Bytes = Uint8Array
type IsStream<T> = T extends { transformToByteArray(): unknown } ? true : false
/** True for what SDK inputs call StreamingBlobPayloadInputTypes: the only union that holds both a stream and a string. */
type IsStreamInput<T> = Readable extends T ? true : false
type IsBlobInput<T> = ArrayBuffer extends T ? true : false

/** A member that the model requires is typed `T | undefined` without `?`: the decoder has checked that it is there. */
type InputMember<T> =
  IsBlobInput<NonNullable<T>> extends true
    ? Buffer
    : IsStreamInput<NonNullable<T>> extends true
      ? IncomingBody
      : InputValue<NonNullable<T>>

export type InputValue<T> = T extends Bytes
  ? Buffer
  : T extends Date | string | number | bigint | boolean
    ? T
    : T extends AsyncIterable<infer E>
      ? AsyncIterable<E>
      : T extends readonly (infer E)[]
        ? InputValue<E>[]
        : T extends object
          ? {
              [K in keyof T]: undefined extends T[K]
                ? object extends Pick<T, K>
                  ? InputMember<T[K]> | undefined
                  : InputMember<T[K]>
                : InputMember<T[K]>
            }
          : T

export type OutputValue<T> =
  IsStream<NonNullable<T>> extends true
    ? OutgoingBody
    : T extends Bytes
      ? Bytes
      : T extends Date | string | number | bigint | boolean | undefined | null
        ? T
        : T extends AsyncIterable<infer E>
          ? AsyncIterable<E>
          : T extends readonly (infer E)[]
            ? readonly OutputValue<E>[]
            : T extends object
              ? {
                  readonly [K in keyof T as K extends '$metadata' ? never : K]:
                    | OutputValue<T[K]>
                    | (object extends Pick<T, K> ? undefined : never)
                }
              : T

/** The decoded input of an operation. */
export type Input<M, Op extends OperationName<M>> = InputValue<RawInput<M, Op>>
/** What its handler answers. */
export type Output<M, Op extends OperationName<M>> = OutputValue<RawOutput<M, Op>>

/** `deps` is whatever the service was built with (its store, blobs, clock, ...). Throw AwsError for an error answer. */
export type Handler<D, I, O> = (deps: D, input: I, context: RequestContext) => Promise<O>

/** One row of an operation table. */
export interface OperationRow<D, I, O> {
  /** `notImplemented` answers with an explicit error and stands as such in the parity page. */
  readonly handle: Handler<D, I, O> | 'notImplemented'
  /** IAM action, from the service authorization reference, for example `s3:PutObject`. */
  readonly action: string
  /** Where it depends on the input which action it is; `action` then names the usual one. */
  readonly actionOf?: (input: I, context: RequestContext) => string
  /** The resource ARN that the action is checked on, from the input; `*` where the action knows no resource. */
  readonly resource: (input: I, context: RequestContext) => string
  /** Checked after the row's own action, each like it. */
  readonly also?: (input: I, context: RequestContext) => readonly FurtherPermission[]
  readonly conditions?: (input: I, context: RequestContext) => ConditionValues
}

export type OperationTable<D, M> = { readonly [Op in OperationName<M>]: OperationRow<D, Input<M, Op>, Output<M, Op>> }

/** The policies that hang on one resource. */
export interface ResourcePolicies {
  /** 12 digits: the account that owns the resource. */
  readonly owner: string
  /** As JSON text; none: the owner's own principals only. They were checked when they were put. */
  readonly documents: readonly string[]
  /** The resource has the last word: without its policy's word even its own account's policies allow nothing (KMS keys). */
  readonly decides?: boolean
  /** The resource's own ARN, where the row can only name it by another: an alias, an id without its path. */
  readonly arn?: string
  /** `trust`: of a role; its statements name no resource. */
  readonly kind?: 'resource' | 'trust'
}

/** What a site is asked. */
export interface SiteRequest {
  readonly request: EdgeRequest
  readonly body: Buffer
}

/**
 * A service's site: a host of its own, where a request of any method and path is meant for one resource, such as a function
 * by its URL. No model knows these requests; the gateway still says who sends them and asks whether they may.
 */
export interface Site {
  /** Callers sign as for any API. Otherwise they are anonymous, and what they authorize with is the resource's business. */
  readonly signed: boolean
  readonly bodyBytesMax: number
  /** What is asked for and done: its input is a SiteRequest, its output an EdgeAnswer. */
  readonly operation: BoundOperation
  /** An answer before anybody is believed: a browser's preflight. */
  preflight(request: EdgeRequest): EdgeAnswer | undefined
  /** Headers that go with every answer but a preflight's. */
  headers(request: EdgeRequest): Readonly<Record<string, string>>
}

/** A service with its dependencies bound: what the gateway dispatches to. */
export interface Service {
  readonly id: ServiceId
  readonly operations: ReadonlyMap<string, BoundOperation>
  /**
   * What a resource itself says of who may use it. `resource` is what the operation's row names; undefined when there is
   * no such resource, or none that could have a policy. Answer at once, without a promise, where it is in memory: it is
   * asked with every request.
   */
  resourcePolicies?(
    resource: string,
    context: RequestContext,
  ): ResourcePolicies | undefined | Promise<ResourcePolicies | undefined>
  /** What a host of its own is for, by the name in front of the host; undefined when there is no such name. */
  site?(name: string): Promise<Site | undefined>
  /**
   * The own ARN of what rows can only name by another, as it is before the operation: afterwards it may be gone. For the audit
   * trail.
   */
  ownArn?(resource: string, context: RequestContext): Promise<string | undefined>
  /** Condition keys that only a resource knows. */
  readonly resourceConditions?: ResourceConditions
  /**
   * Whether the policy of a resource may deny this operation to root of the account that owns it. Not asked where it is left
   * out: root then may everything in its account.
   */
  deniesRoot?(operation: string): boolean
  /** Business around the operations, where a service has any. */
  readonly edge?: ServiceEdge
}

/**
 * Condition keys whose values lie in the resource itself: its tags (`aws:ResourceTag/stage`), those of an object
 * (`s3:ExistingObjectTag/stage`). Reading them costs a look at the resource, so they are read when a policy asks for one.
 */
export interface ResourceConditions {
  /** What such keys begin with, in lower case: `aws:resourcetag/`. */
  readonly prefixes: readonly string[]
  /** `resource` as an operation's row names it; no values for what is not there. */
  read(resource: string, context: RequestContext, input: unknown): Promise<ConditionValues>
}

/** What an operation needs beside its row's action: CopyObject reads its source, CreateFunction passes a role. */
export interface FurtherPermission {
  readonly action: string
  readonly resource: string
}

/** Values of condition keys that only the operation knows, such as `s3:prefix`; names in any case. */
export type ConditionValues = Readonly<Record<string, string | readonly string[] | undefined>>

export interface BoundOperation {
  readonly implemented: boolean
  readonly action: string
  actionOf?(input: unknown, context: RequestContext): string
  resource(input: unknown, context: RequestContext): string
  also?(input: unknown, context: RequestContext): readonly FurtherPermission[]
  conditions?(input: unknown, context: RequestContext): ConditionValues
  handle(input: unknown, context: RequestContext): Promise<unknown>
}

function boundPermissions<D>(
  row: OperationRow<D, never, unknown>,
): Pick<BoundOperation, 'actionOf' | 'also' | 'conditions'> {
  const { actionOf, also, conditions } = row
  return {
    ...(actionOf !== undefined && { actionOf: (input, context) => actionOf(input as never, context) }),
    ...(also !== undefined && { also: (input, context) => also(input as never, context) }),
    ...(conditions !== undefined && { conditions: (input, context) => conditions(input as never, context) }),
  }
}

/**
 * Members of inputs that ask for what is not built. They are refused by name: who asks for something must not take its absence
 * for success. `Member=value`: this value asks for what is done anyway.
 */
export interface UnbuiltMembers<M> {
  readonly members: { readonly [Op in OperationName<M>]?: readonly UnbuiltMember<keyof Input<M, Op> & string>[] }
  /** The error of the service; `member` is its name. */
  readonly fault: (member: string) => Error
}

type UnbuiltMember<Name extends string> = Name | `${Name}=${string}`

/** Joins a table with its dependencies. The one place where the typed table meets the untyped wire. */
export function bindService<D, M>(
  id: ServiceId,
  table: OperationTable<D, M>,
  deps: D,
  unbuilt?: UnbuiltMembers<M>,
): Service {
  const operations = new Map<string, BoundOperation>()
  for (const [name, row] of Object.entries<OperationRow<D, never, unknown>>(table)) {
    const { handle } = row
    const refuse = unbuilt && refusalOf(unbuilt, name)
    operations.set(name, {
      implemented: handle !== 'notImplemented',
      action: row.action,
      resource: (input, context) => row.resource(input as never, context),
      ...boundPermissions(row),
      handle: (input, context) => {
        if (handle === 'notImplemented') throw new TypeError(`${id}.${name} has no handler`)
        refuse?.(input)
        return handle(deps, input as never, context)
      },
    })
  }
  return { id, operations }
}

/** Throws the service's error for what the input of this operation may not ask for; undefined where it may everything. */
function refusalOf<M>(
  { members, fault }: UnbuiltMembers<M>,
  operation: string,
): ((input: unknown) => void) | undefined {
  const names = new Map<string, readonly string[] | undefined>(Object.entries(members)).get(operation)
  const refused = names?.map((one) => one.split('='))
  return (
    refused &&
    ((input) => {
      const given = new Map<string, unknown>(Object.entries(Object(input)))
      for (const [member = '', harmless] of refused) {
        const value = given.get(member)
        const asksNothing = harmless === undefined ? value === false || value === '' : String(value) === harmless
        if (value !== undefined && !asksNothing) throw fault(member)
      }
    })
  )
}
