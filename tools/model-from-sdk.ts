// Turns the schemas that an `@aws-sdk/client-*` package exports (`<Name>$`) into a model file. The layout of those
// arrays is the SDK's own affair: this reads exactly the pinned versions, and a test compares the result.
import { KIND, type ModelFile, type RawTraits, type Ref, type Row } from '../server/src/protocol/model.ts'
import { ModelBuilder, withTraits } from './model-builder.ts'

/** An array of the SDK: kind, namespace, name, traits, and what belongs to the kind. */
type SdkShape = readonly [kind: number, namespace: string, name: string, traits: RawTraits, ...rest: unknown[]]

const SIMPLE = 0
const PROTOCOLS: Readonly<Record<string, string>> = {
  AwsRestJsonProtocol: 'restJson1',
  AwsJson1_0Protocol: 'awsJson1_0',
  AwsJson1_1Protocol: 'awsJson1_1',
  AwsQueryProtocol: 'awsQuery',
  AwsRestXmlProtocol: 'restXml',
  S3RestXmlProtocol: 'restXml',
}

interface SdkClient {
  readonly config: {
    readonly protocol: { readonly constructor: { readonly name: string }; readonly name?: string }
    readonly protocolSettings: {
      readonly version: string
      readonly xmlNamespace?: string
      readonly serviceTarget: string
      readonly awsQueryCompatible?: boolean
    }
  }
}

/** The model of a loaded client module; undefined when the module is older than the SDK's schemas. */
export function modelFromSdk(module: Readonly<Record<string, unknown>>): ModelFile | undefined {
  const shapes = Object.keys(module)
    .toSorted()
    .map((key) => module[key])
    .filter(isSdkShape)
  if (shapes.length === 0) return undefined
  const { config } = clientOf(module)
  const { version, xmlNamespace, serviceTarget, awsQueryCompatible } = config.protocolSettings
  const className = typeof config.protocol === 'function' ? config.protocol.name : config.protocol.constructor.name
  const protocol = PROTOCOLS[className ?? '']
  if (protocol === undefined) throw new Error(`unknown protocol class ${className}`)

  const walk = new SdkWalk(protocol === 'restJson1')
  for (const shape of shapes) {
    if (shape[0] === KIND.operation) walk.operation(shape)
    else if (shape[0] === KIND.error && !shape[1].startsWith('smithy.ts.sdk.synthetic')) walk.error(shape)
  }
  return walk.builder.finish({
    protocol,
    version,
    ...(xmlNamespace === undefined ? {} : { xmlNamespace }),
    targetPrefix: serviceTarget,
    ...(awsQueryCompatible === true ? { queryCompatible: true as const } : {}),
  })
}

class SdkWalk {
  readonly builder = new ModelBuilder()
  /** awsJson and CBOR ignore `jsonName`: only REST models keep it. */
  readonly #keepJsonNames: boolean

  constructor(keepJsonNames: boolean) {
    this.#keepJsonNames = keepJsonNames
  }

  operation(shape: SdkShape): void {
    this.builder.operation(shape, () => [
      KIND.operation,
      shape[2],
      this.#traits(shape[3]),
      this.#refOrUnit(shape[4]),
      this.#refOrUnit(shape[5]),
    ])
  }

  error(shape: SdkShape): void {
    this.builder.error(shape, () => this.#row(shape))
  }

  #refOrUnit(ref: unknown): Ref | 'unit' {
    const target = typeof ref === 'function' ? (ref as () => unknown)() : ref
    return target === 'unit' ? 'unit' : this.#ref(target)
  }

  #ref(given: unknown): Ref {
    const ref = typeof given === 'function' ? (given as () => unknown)() : given
    if (typeof ref === 'number') return ref
    if (!Array.isArray(ref)) throw new Error(`unknown reference ${String(ref)}`)
    const shape = ref as unknown as SdkShape
    if (ref.length === 2) return withTraits(this.#ref(ref[0]), this.#traits(ref[1] as RawTraits))
    if (shape[0] === SIMPLE) return withTraits(shape[4] as number, this.#traits(shape[3]))
    return this.builder.shape(shape, () => this.#row(shape))
  }

  #row(shape: SdkShape): Row {
    const [kind, , name, rawTraits, ...rest] = shape
    const traits = this.#traits(rawTraits)
    switch (kind) {
      case KIND.structure:
      case KIND.union:
      case KIND.error: {
        const names = (rest[0] ?? []) as readonly string[]
        const members = ((rest[1] ?? []) as readonly unknown[]).map((member) => this.#ref(member))
        return [kind, name, traits, names, members, (rest[2] as number | undefined) ?? 0]
      }
      case KIND.list:
        return [kind, name, traits, this.#ref(rest[0])]
      case KIND.map:
        return [kind, name, traits, this.#ref(rest[0]), this.#ref(rest[1])]
      default:
        throw new Error(`unknown kind ${kind} of ${name}`)
    }
  }

  #traits(traits: RawTraits): RawTraits {
    if (typeof traits === 'number') return traits
    const { jsonName, ...kept } = traits
    const result = this.#keepJsonNames && jsonName !== undefined ? { ...kept, jsonName } : kept
    return Object.keys(result).length === 0 ? 0 : result
  }
}

function isSdkShape(value: unknown): value is SdkShape {
  return Array.isArray(value) && typeof value[0] === 'number' && typeof value[2] === 'string'
}

function clientOf(module: Readonly<Record<string, unknown>>): SdkClient {
  for (const [name, value] of Object.entries(module)) {
    if (!/^[A-Za-z0-9]+Client$/.test(name) || name === 'Client' || typeof value !== 'function') continue
    const Client = value as new (settings: object) => SdkClient
    return new Client({ region: 'us-east-1' })
  }
  throw new Error('the module exports no client')
}
