// Turns a botocore service model (`service-2.json`) into a model file. What a reference says wins over what its shape
// says, as in botocore. Names that botocore keeps in one field (`locationName`) become the trait of their place.
import { CODE, KIND, type ModelFile, type Ref, type Row, type Traits } from '../server/src/protocol/model.ts'
import { ModelBuilder, withTraits } from './model-builder.ts'

/** What stands at a shape and at each reference to it. */
interface BotocoreTraits {
  readonly location?: 'uri' | 'querystring' | 'header' | 'headers' | 'statusCode'
  readonly locationName?: string
  readonly flattened?: boolean
  readonly xmlAttribute?: boolean
  readonly xmlNamespace?: string | { readonly uri: string; readonly prefix?: string }
  readonly timestampFormat?: string
  readonly jsonvalue?: boolean
  readonly streaming?: boolean
  readonly sensitive?: boolean
  readonly idempotencyToken?: boolean
  readonly hostLabel?: boolean
  readonly eventpayload?: boolean
  readonly eventheader?: boolean
  readonly sparse?: boolean
  readonly box?: boolean
}

interface BotocoreRef extends BotocoreTraits {
  readonly shape: string
  readonly resultWrapper?: string
  /** At an operation's input or output only. */
  readonly payload?: string
}

interface BotocoreShape extends BotocoreTraits {
  readonly type: string
  readonly members?: Readonly<Record<string, BotocoreRef>>
  readonly required?: readonly string[]
  readonly payload?: string
  readonly resultWrapper?: string
  readonly member?: BotocoreRef
  readonly key?: BotocoreRef
  readonly value?: BotocoreRef
  readonly document?: boolean
  readonly union?: boolean
  readonly eventstream?: boolean
  readonly exception?: boolean
  readonly fault?: boolean
  readonly error?: { readonly code?: string; readonly httpStatusCode?: number; readonly senderFault?: boolean }
}

interface BotocoreOperation {
  readonly name: string
  readonly http?: { readonly method?: string; readonly requestUri?: string; readonly responseCode?: number }
  readonly input?: BotocoreRef
  readonly output?: BotocoreRef
  readonly errors?: readonly BotocoreRef[]
  readonly idempotent?: boolean
  readonly endpoint?: { readonly hostPrefix?: string }
}

export interface BotocoreModel {
  readonly metadata: {
    readonly protocol?: string
    readonly jsonVersion?: string | number
    readonly apiVersion?: string
    readonly targetPrefix?: string
    readonly xmlNamespace?: string | { readonly uri: string }
    readonly awsQueryCompatible?: unknown
  }
  readonly shapes: Readonly<Record<string, BotocoreShape>>
  readonly operations: Readonly<Record<string, BotocoreOperation>>
}

type Place = 'member' | 'payload' | 'part'

const SIMPLE: Readonly<Record<string, number>> = {
  string: CODE.string,
  character: CODE.string,
  boolean: CODE.boolean,
  blob: CODE.blob,
  integer: CODE.number,
  long: CODE.number,
  short: CODE.number,
  byte: CODE.number,
  float: CODE.number,
  double: CODE.number,
  biginteger: CODE.bigint,
}
const TIMESTAMPS: Readonly<Record<string, number>> = {
  iso8601: CODE.timestampDateTime,
  rfc822: CODE.timestampHttpDate,
  unixTimestamp: CODE.timestampEpochSeconds,
  unixTimestampMillis: CODE.timestampEpochSeconds,
}

/** Our name of a protocol that botocore names; names of ours pass. */
export function protocolOfBotocore(name: string, jsonVersion: string | number | undefined): string {
  switch (name) {
    case 'json':
      return String(jsonVersion ?? '1.1') === '1.0' ? 'awsJson1_0' : 'awsJson1_1'
    case 'rest-json':
      return 'restJson1'
    case 'rest-xml':
      return 'restXml'
    case 'query':
      return 'awsQuery'
    case 'smithy-rpc-v2-cbor':
      return 'rpcv2Cbor'
    default:
      return name
  }
}

export interface ConversionOptions {
  /** Ours or botocore's name; replaces what the metadata say. */
  readonly protocol?: string
  /** botocore models do not say which lists and maps may hold null: take all as such. */
  readonly allSparse?: boolean
}

/** The model in our form. */
export function modelFromBotocore(model: BotocoreModel, options: ConversionOptions = {}): ModelFile {
  const { metadata } = model
  const own = protocolOfBotocore(options.protocol ?? metadata.protocol ?? '', metadata.jsonVersion)
  const walk = new BotocoreWalk(model, own, options.allSparse === true)
  for (const name of Object.keys(model.operations)) walk.operation(name)
  for (const [name, shape] of Object.entries(model.shapes)) if (isError(shape)) walk.error(name)
  const xmlNamespace = namespaceUri(metadata.xmlNamespace)
  return walk.builder.finish({
    protocol: own,
    version: metadata.apiVersion ?? '',
    ...(xmlNamespace === undefined ? {} : { xmlNamespace }),
    ...(metadata.targetPrefix === undefined ? {} : { targetPrefix: metadata.targetPrefix }),
    ...(metadata.awsQueryCompatible === undefined ? {} : { queryCompatible: true as const }),
  })
}

class BotocoreWalk {
  readonly builder = new ModelBuilder()
  readonly #model: BotocoreModel
  readonly #protocol: string
  readonly #allSparse: boolean

  constructor(model: BotocoreModel, protocol: string, allSparse: boolean) {
    this.#model = model
    this.#protocol = protocol
    this.#allSparse = allSparse
  }

  operation(name: string): void {
    const operation = this.#model.operations[name]
    if (operation === undefined) return
    this.builder.operation(`operation ${name}`, () => [
      KIND.operation,
      name,
      this.#operationTraits(operation),
      operation.input === undefined ? 'unit' : this.#root(operation.input),
      operation.output === undefined ? 'unit' : this.#root(operation.output),
    ])
    for (const error of operation.errors ?? []) this.error(error.shape)
  }

  error(name: string): void {
    const shape = this.#shape(name)
    this.builder.error(`error ${name}`, () => {
      const { code, httpStatusCode, senderFault } = shape.error ?? {}
      const status = httpStatusCode ?? (shape.fault === true ? 500 : 400)
      return this.#structureRow(KIND.error, name, shape, {
        error: senderFault === false || shape.fault === true ? 'server' : 'client',
        httpError: status,
        ...(code === undefined ? {} : { awsQueryError: [code, status] as const }),
      })
    })
  }

  #operationTraits(operation: BotocoreOperation): Traits {
    const { method = 'POST', requestUri = '/', responseCode = 200 } = operation.http ?? {}
    const prefix = operation.endpoint?.hostPrefix
    const { output } = operation
    const wrapper = output === undefined ? undefined : (output.resultWrapper ?? this.#shape(output.shape).resultWrapper)
    return {
      http: [method, this.#uriWithMemberNames(requestUri, operation.input), responseCode],
      ...(operation.idempotent === true ? { idempotent: 1 as const } : {}),
      ...(prefix === undefined ? {} : { endpoint: [prefix] as const }),
      ...(this.#protocol === 'awsQuery' && operation.output !== undefined ? { resultWrapper: wrapper ?? false } : {}),
    }
  }

  /** botocore names labels by `locationName`, we by member. */
  #uriWithMemberNames(uri: string, input: BotocoreRef | undefined): string {
    if (input === undefined) return uri
    let result = uri
    for (const [name, ref] of Object.entries(this.#shape(input.shape).members ?? {})) {
      const { location, locationName } = { ...this.#shape(ref.shape), ...ref }
      if (location === 'uri' && locationName !== undefined)
        result = result.replace(`{${locationName}}`, `{${name}}`).replace(`{${locationName}+}`, `{${name}+}`)
    }
    return result
  }

  /** An operation's input or output: its `locationName` names the root element. */
  #root(ref: BotocoreRef): Ref {
    const { locationName, xmlNamespace } = ref
    return withTraits(this.#rootShape(ref), {
      ...(locationName === undefined ? {} : { xmlName: locationName }),
      ...namespaceTrait(xmlNamespace),
    })
  }

  /** The payload may be named where the operation refers to the shape. */
  #rootShape({ shape: name, payload }: BotocoreRef): Ref {
    const shape = this.#shape(name)
    if (payload === undefined || payload === shape.payload) return this.#named(name)
    return this.builder.shape(`${name} with payload ${payload}`, () => this.#row(name, { ...shape, payload }))
  }

  #shape(name: string): BotocoreShape {
    const shape = Object.hasOwn(this.#model.shapes, name) ? this.#model.shapes[name] : undefined
    if (shape === undefined) throw new Error(`the model has no shape ${name}`)
    return shape
  }

  #named(name: string): Ref {
    const shape = this.#shape(name)
    const code = this.#simpleCode(shape)
    return code ?? this.builder.shape(name, () => this.#row(name, shape))
  }

  #simpleCode(shape: BotocoreShape & Partial<BotocoreRef>): number | undefined {
    if (shape.type === 'timestamp') return TIMESTAMPS[shape.timestampFormat ?? ''] ?? CODE.timestampDefault
    if (shape.type === 'blob' && shape.streaming === true) return CODE.streamingBlob
    if (shape.type === 'structure' && shape.document === true) return CODE.document
    const code = Object.hasOwn(SIMPLE, shape.type) ? SIMPLE[shape.type] : undefined
    if (code === undefined && !['structure', 'list', 'map'].includes(shape.type))
      throw new Error(`unknown type ${shape.type}`)
    return code
  }

  #row(name: string, shape: BotocoreShape): Row {
    const { member, key, value } = shape
    if (shape.type === 'list') {
      if (member === undefined) throw new Error(`list ${name} has no member`)
      return [KIND.list, name, this.#containerTraits(shape), this.#part(member, 'part')]
    }
    if (shape.type === 'map') {
      if (key === undefined || value === undefined) throw new Error(`map ${name} has no key or value`)
      return [KIND.map, name, this.#containerTraits(shape), this.#part(key, 'part'), this.#part(value, 'part')]
    }
    const kind = shape.eventstream === true || shape.union === true ? KIND.union : KIND.structure
    return this.#structureRow(kind, name, shape, {
      ...(shape.eventstream === true ? { streaming: 1 as const } : {}),
      ...(shape.locationName === undefined ? {} : { xmlName: shape.locationName }),
      ...namespaceTrait(shape.xmlNamespace),
    })
  }

  #containerTraits(shape: BotocoreShape): Traits {
    return {
      ...(shape.flattened === true ? { xmlFlattened: 1 as const } : {}),
      ...(shape.sparse === true || this.#allSparse ? { sparse: 1 as const } : {}),
      ...(shape.sensitive === true ? { sensitive: 1 as const } : {}),
    }
  }

  #structureRow(kind: 3 | 4 | -3, name: string, shape: BotocoreShape, traits: Traits): Row {
    const members = shape.members ?? {}
    const required = (shape.required ?? []).filter((member) => Object.hasOwn(members, member))
    const names = [...required, ...Object.keys(members).filter((member) => !required.includes(member))]
    const refs = names.flatMap((member) => {
      const ref = members[member]
      return ref === undefined ? [] : [this.#part(ref, member === shape.payload ? 'payload' : 'member', member)]
    })
    return [kind, name, traits, names, refs, required.length]
  }

  #part(ref: BotocoreRef, place: Place, name = ''): Ref {
    const shape = this.#shape(ref.shape)
    const merged = { ...shape, ...ref }
    // Streaming is a property of the payload: the SDK's code for it says more than the shape alone.
    const target = this.#simpleCode(merged) ?? this.#named(ref.shape)
    return withTraits(target, { ...this.#placeTraits(merged, place, name), ...flagTraits(merged) })
  }

  #placeTraits(merged: BotocoreShape & BotocoreRef, place: Place, memberName: string): Traits {
    const { location, locationName } = merged
    if (place === 'payload') return { httpPayload: 1, ...(locationName === undefined ? {} : { xmlName: locationName }) }
    if (location !== undefined && place === 'member') return locationTraits(merged, memberName)
    const name = this.#wireName(merged)
    if (name === undefined) return {}
    if (this.#protocol === 'restXml' || this.#protocol === 'awsQuery') return { xmlName: name }
    return this.#protocol === 'rpcv2Cbor' ? {} : { jsonName: name }
  }

  /** In the query protocol, a flattened list without a name of its own takes that of its elements. */
  #wireName(merged: BotocoreShape & BotocoreRef): string | undefined {
    const isFlatList = this.#protocol === 'awsQuery' && merged.type === 'list' && merged.flattened === true
    return merged.locationName ?? (isFlatList ? merged.member?.locationName : undefined)
  }
}

function locationTraits(merged: BotocoreShape & BotocoreRef, name: string): Traits {
  const wireName = merged.locationName ?? name
  switch (merged.location) {
    case 'uri':
      return { httpLabel: 1 }
    case 'querystring':
      return merged.type === 'map' ? { httpQueryParams: 1 } : { httpQuery: wireName }
    case 'header':
      return { httpHeader: wireName }
    case 'headers':
      return { httpPrefixHeaders: merged.locationName ?? '' }
    case 'statusCode':
      return { httpResponseCode: 1 }
    case undefined:
    default:
      return {}
  }
}

function flagTraits(merged: BotocoreShape & BotocoreRef): Traits {
  return {
    ...(merged.flattened === true ? { xmlFlattened: 1 as const } : {}),
    ...(merged.sparse === true ? { sparse: 1 as const } : {}),
    ...(merged.xmlAttribute === true ? { xmlAttribute: 1 as const } : {}),
    ...namespaceTrait(merged.xmlNamespace),
    ...(merged.jsonvalue === true ? { mediaType: 'application/json' } : {}),
    ...(merged.eventpayload === true ? { eventPayload: 1 as const } : {}),
    ...(merged.eventheader === true ? { eventHeader: 1 as const } : {}),
    ...(merged.sensitive === true ? { sensitive: 1 as const } : {}),
    ...(merged.idempotencyToken === true ? { idempotencyToken: 1 as const } : {}),
    ...(merged.hostLabel === true ? { hostLabel: 1 as const } : {}),
  }
}

function isError(shape: BotocoreShape): boolean {
  return shape.exception === true || shape.error !== undefined
}

function namespaceUri(value: BotocoreTraits['xmlNamespace']): string | undefined {
  return typeof value === 'object' ? value.uri : value
}

function namespaceTrait(value: BotocoreTraits['xmlNamespace']): Traits {
  const uri = namespaceUri(value)
  if (uri === undefined) return {}
  return { xmlNamespace: [typeof value === 'object' ? (value.prefix ?? '') : '', uri] }
}
