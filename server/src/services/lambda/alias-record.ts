// What is stored about aliases: lambda.aliases [functionId, name]. They hang on the function's id, as versions do.
import { Collection, jsonCodec } from '#storage/collection.ts'
import { Constraints } from './constraints.ts'
import { invalidParameter } from './errors.ts'
import { type FunctionRef, functionArn } from './function-name.ts'
import type { FunctionRecord } from './function-record.ts'
import type { LambdaOutput } from './model.ts'

/** A share of an alias's invocations that goes to a second version. */
export interface AliasRouting {
  readonly version: string
  /** 0..1 */
  readonly weight: number
}

export interface AliasRecord {
  readonly name: string
  /** `$LATEST` or a number. */
  readonly version: string
  readonly routing: AliasRouting | undefined
  readonly description: string
  readonly revisionId: string
}

export const aliases = new Collection<AliasRecord>({
  name: 'lambda.aliases',
  codec: jsonCodec(1),
  indexes: { version: ({ version, routing }, [functionId = '']) => aliasTargets(functionId, version, routing) },
})

function aliasTargets(
  functionId: string | number | bigint | boolean | Uint8Array,
  version: string,
  routing: AliasRouting | undefined,
): readonly (readonly (typeof functionId)[])[] {
  return routing === undefined
    ? [[functionId, version]]
    : [
        [functionId, version],
        [functionId, routing.version],
      ]
}

const NAME_FORM = /^(?!^[0-9]+$)[a-zA-Z0-9-_]+$/
const NAME_FORM_SHOWN = '(?!^[0-9]+$)([a-zA-Z0-9-_]+)'
const VERSION_FORM = /^(\$LATEST|[0-9]+)$/
const VERSION_FORM_SHOWN = String.raw`(\$LATEST|[0-9]+)`
const NAME_CHARS_MAX = 128
const VERSION_CHARS_MAX = 1024
const DESCRIPTION_CHARS_MAX = 256

/** The members that CreateAlias and UpdateAlias share. */
interface AliasInput {
  readonly Name?: string | undefined
  readonly FunctionVersion?: string | undefined
  readonly Description?: string | undefined
}

/** The checks that AWS makes from its model. */
export function checkAliasInput(input: AliasInput): void {
  new Constraints()
    .length('name', input.Name, { min: 1, max: NAME_CHARS_MAX })
    .pattern('name', input.Name, NAME_FORM, NAME_FORM_SHOWN)
    .length('functionVersion', input.FunctionVersion, { min: 1, max: VERSION_CHARS_MAX })
    .pattern('functionVersion', input.FunctionVersion, VERSION_FORM, VERSION_FORM_SHOWN)
    .length('description', input.Description, { max: DESCRIPTION_CHARS_MAX })
    .check()
}

/**
 * The routing that a request asks for; undefined for none, and for one that was emptied. Source: developer guide,
 * "Implement Lambda canary deployments using a weighted alias": two versions at most, neither of them $LATEST.
 */
export function routingOf(
  weights: Readonly<Record<string, number>> | undefined,
  mainVersion: string,
): AliasRouting | undefined {
  const entries = Object.entries(weights ?? {})
  const [first] = entries
  if (!first) return undefined
  if (entries.length > 1) throw invalidParameter('Number of items in AdditionalVersionWeights cannot be greater than 1')
  const [version, weight] = first
  if (!(weight >= 0 && weight <= 1))
    throw invalidParameter(`The weight of version ${version} must be a number from 0.0 to 1.0`)
  if (!/^\d+$/.test(version)) throw invalidParameter(`Invalid function version ${version}.`)
  if (mainVersion === '$LATEST')
    throw invalidParameter('$LATEST is not supported for an alias pointing to more than 1 version')
  if (version === mainVersion)
    throw invalidParameter(
      `Invalid function version ${version}. Function version ${version} is already included in routing configuration.`,
    )
  return { version, weight }
}

/** The AliasConfiguration document. */
export function aliasAnswer(owner: FunctionRecord, alias: AliasRecord): LambdaOutput<'GetAlias'> {
  return {
    AliasArn: `${functionArn(owner)}:${alias.name}`,
    Name: alias.name,
    FunctionVersion: alias.version,
    Description: alias.description,
    ...(alias.routing && {
      RoutingConfig: { AdditionalVersionWeights: { [alias.routing.version]: alias.routing.weight } },
    }),
    RevisionId: alias.revisionId,
  }
}

/** The ARN of an alias, as its errors name it. */
export function aliasArn(ref: FunctionRef, name: string): string {
  return `${functionArn(ref)}:${name}`
}
