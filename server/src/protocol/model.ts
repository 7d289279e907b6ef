// The form of `generated/<service>.json`: a service's operations and shapes as the SDK's schemas describe them, without
// namespaces. tools/gen-schemas.ts writes it, schema.ts reads it.

/** Kinds of shape (first entry of its array). */
export const KIND = { operation: 9, structure: 3, union: 4, error: -3, list: 1, map: 2 } as const

/** Simple types; `listOf | x` and `mapOf | x` are a plain list of x and a plain map of string to x. */
export const CODE = {
  string: 0,
  number: 1,
  boolean: 2,
  timestampDefault: 4,
  timestampDateTime: 5,
  timestampHttpDate: 6,
  timestampEpochSeconds: 7,
  document: 15,
  bigint: 17,
  bigdecimal: 19,
  blob: 21,
  streamingBlob: 42,
  listOf: 64,
  mapOf: 128,
} as const

/** What a shape or member says beyond its type. Names as in the SDK's schemas, plus what botocore models add. */
export interface Traits {
  /** Method, URI with labels and literal query keys, status of a success. */
  readonly http?: readonly [method: string, uri: string, status: number]
  readonly httpLabel?: 1
  readonly httpQuery?: string
  readonly httpQueryParams?: 1
  readonly httpHeader?: string
  readonly httpPrefixHeaders?: string
  readonly httpPayload?: 1
  readonly httpResponseCode?: 1
  readonly jsonName?: string
  readonly xmlName?: string
  readonly xmlFlattened?: 1
  readonly xmlAttribute?: 1
  readonly xmlNamespace?: readonly [prefix: string, uri: string]
  readonly streaming?: 1
  readonly sparse?: 1
  readonly mediaType?: string
  readonly eventHeader?: 1
  readonly eventPayload?: 1
  readonly idempotent?: 1
  readonly idempotencyToken?: 1
  readonly sensitive?: 1
  readonly endpoint?: readonly [prefix: string]
  readonly hostLabel?: 1
  readonly httpChecksum?: string
  readonly error?: 'client' | 'server'
  readonly httpError?: number
  /** Code and status of the error in the query protocol. */
  readonly awsQueryError?: readonly [code: string, status: number]
  /** Query protocol: name of the element around the result; false when there is none. Default `<Operation>Result`. */
  readonly resultWrapper?: string | false
}

/** Bits of the number form of traits. */
export const TRAIT_BITS: readonly (readonly [bit: number, name: keyof Traits])[] = [
  [1, 'httpLabel'],
  [2, 'idempotent'],
  [4, 'idempotencyToken'],
  [8, 'sensitive'],
  [16, 'httpPayload'],
  [32, 'httpResponseCode'],
  [64, 'httpQueryParams'],
]

export type RawTraits = number | Traits

/** A simple code, an index into `shapes`, or either with traits (which win over those of the shape). */
export type Ref = number | { readonly $: number } | readonly [ref: Ref, traits: RawTraits]

export type OperationRow = readonly [
  kind: typeof KIND.operation,
  name: string,
  traits: RawTraits,
  input: Ref | 'unit',
  output: Ref | 'unit',
]
/** The first `required` members must be there. */
export type StructureRow = readonly [
  kind: typeof KIND.structure | typeof KIND.union | typeof KIND.error,
  name: string,
  traits: RawTraits,
  memberNames: readonly string[],
  members: readonly Ref[],
  required: number,
]
export type ListRow = readonly [kind: typeof KIND.list, name: string, traits: RawTraits, element: Ref]
export type MapRow = readonly [kind: typeof KIND.map, name: string, traits: RawTraits, key: Ref, value: Ref]
export type ShapeRow = StructureRow | ListRow | MapRow
export type Row = OperationRow | ShapeRow

/** The file of one service. */
export interface ModelFile {
  /** As the SDK client of the service speaks by default. */
  readonly protocol: string
  /** API version, also the query protocol's `Version`. */
  readonly version: string
  readonly xmlNamespace?: string
  /** Prefix of X-Amz-Target and of the CBOR paths. */
  readonly targetPrefix?: string
  /** The service spoke the query protocol before: its error codes travel along. */
  readonly queryCompatible?: true
  readonly operations: readonly number[]
  readonly errors: readonly number[]
  readonly shapes: readonly Row[]
}
