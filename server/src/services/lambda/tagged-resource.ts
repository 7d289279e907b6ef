// What can be tagged: a function by its ARN without a qualifier, an event source mapping, a code signing configuration.
import type { Engine } from '#engine/engine.ts'
import { AwsError } from '#protocol/errors.ts'
import type { RequestContext } from '#protocol/operation.ts'
import type { Reader, Transaction } from '#storage/transact.ts'
import { codeSigningConfigKey, codeSigningConfigs, requireCodeSigningConfig } from './code-signing.ts'
import { Constraints } from './constraints.ts'
import { requireFunction } from './deployed-versions.ts'
import { invalidParameter, notSupportedYet } from './errors.ts'
import { requireMapping } from './event-sources/find-mapping.ts'
import { mappingKey, mappings } from './event-sources/mapping-record.ts'
import { parseFunctionArn, parseFunctionName } from './function-name.ts'
import { functionKey, functions } from './function-record.ts'
import { functionToChange } from './function-writes.ts'
import { checkNetworkTags } from './network-tags.ts'

type Tags = Readonly<Record<string, string>>

/** Both throw ResourceNotFoundException when the resource is not there. */
export interface TaggedResource {
  tags(reader: Reader): Promise<Tags>
  change(transaction: Transaction, next: (tags: Tags) => Tags): Promise<void>
}

const ARN_FORM =
  /^arn:(aws[a-zA-Z-]*):lambda:[a-z]{2}(-gov)?(-[a-z]+)+-\d:\d{12}:(function|layer|event-source-mapping|code-signing-config|capacity-provider):[a-zA-Z0-9-_:$]+$/
const ARN_FORM_SHOWN = String.raw`arn:(aws[a-zA-Z-]*):lambda:[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\d{1}:\d{12}:(function:[a-zA-Z0-9-_]+(:(\$LATEST|[a-zA-Z0-9-_]+))?|layer:([a-zA-Z0-9-_]+)|code-signing-config:csc-[a-z0-9]{17}|event-source-mapping:[a-f0-9]{8}-[a-f0-9]{4}-[a-f0-9]{4}-[a-f0-9]{4}-[a-f0-9]{12}|capacity-provider:[a-zA-Z0-9-_]+)`

/** Throws a ValidationException for what is no ARN of Lambda, and AWS's error for versions and aliases. */
export function taggedResource(arn: string, context: RequestContext, engine: Engine): TaggedResource {
  new Constraints().pattern('resource', arn, ARN_FORM, ARN_FORM_SHOWN).check()
  if (arn.includes(':function:')) return taggedFunction(arn, context, engine)
  if (arn.includes(':event-source-mapping:')) return taggedMapping(arn, context)
  if (arn.includes(':code-signing-config:')) return taggedCodeSigningConfig(arn, context)
  throw notSupportedYet('tags of this kind of resource')
}

/** The tags that policies see; a version or alias has those of its function. Undefined for what is not there. */
export async function tagsOfResource(
  reader: Reader,
  arn: string,
  context: RequestContext,
  engine: Engine,
): Promise<Tags | undefined> {
  const ref = parseFunctionArn(arn)
  if (ref !== undefined) return (await functions.get(reader, functionKey(ref)))?.value.tags
  if (!/:(event-source-mapping|code-signing-config):/.test(arn) || arn.endsWith('*')) return undefined
  try {
    return await taggedResource(arn, context, engine).tags(reader)
  } catch (error) {
    if (error instanceof AwsError) return undefined
    throw error
  }
}

function taggedFunction(arn: string, context: RequestContext, engine: Engine): TaggedResource {
  const ref = parseFunctionName(arn, undefined, context)
  if (ref.qualifier !== undefined)
    throw invalidParameter('Tags on function aliases and versions are not supported. Please specify a function ARN.')
  return {
    tags: async (reader) => (await requireFunction(reader, ref)).tags,
    async change(transaction, next) {
      const owner = await functionToChange(transaction, ref, undefined)
      const tags = next(owner.tags)
      checkNetworkTags(tags, engine)
      await functions.set(transaction, functionKey(ref), { ...owner, tags })
    },
  }
}

function taggedCodeSigningConfig(arn: string, context: RequestContext): TaggedResource {
  return {
    tags: async (reader) => (await requireCodeSigningConfig(reader, arn, context)).tags,
    async change(transaction, next) {
      const config = await requireCodeSigningConfig(transaction, arn, context)
      await codeSigningConfigs.set(transaction, codeSigningConfigKey(config), { ...config, tags: next(config.tags) })
    },
  }
}

/** A mapping of another account or region is not there for this caller. */
function taggedMapping(arn: string, context: RequestContext): TaggedResource {
  const [, , , region = '', account = '', , uuid] = arn.split(':')
  const isHere = region === context.region && account === context.account
  const found = (reader: Reader): ReturnType<typeof requireMapping> =>
    requireMapping(reader, isHere ? uuid : undefined, context)
  return {
    tags: async (reader) => (await found(reader)).value.tags,
    async change(transaction, next) {
      const { value } = await found(transaction)
      await mappings.set(transaction, mappingKey(value), { ...value, tags: next(value.tags) })
    },
  }
}
