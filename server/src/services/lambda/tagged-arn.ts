// What can be tagged: a function by its ARN, without a qualifier.
import type { RequestContext } from '#protocol/operation.ts'
import { Constraints } from './constraints.ts'
import { invalidParameter, notSupportedYet } from './errors.ts'
import { type FunctionRef, parseFunctionName } from './function-name.ts'

const ARN_FORM =
  /^arn:(aws[a-zA-Z-]*):lambda:[a-z]{2}(-gov)?(-[a-z]+)+-\d:\d{12}:(function|layer|event-source-mapping|code-signing-config|capacity-provider):[a-zA-Z0-9-_:$]+$/
const ARN_FORM_SHOWN = String.raw`arn:(aws[a-zA-Z-]*):lambda:[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\d{1}:\d{12}:(function:[a-zA-Z0-9-_]+(:(\$LATEST|[a-zA-Z0-9-_]+))?|layer:([a-zA-Z0-9-_]+)|code-signing-config:csc-[a-z0-9]{17}|event-source-mapping:[a-f0-9]{8}-[a-f0-9]{4}-[a-f0-9]{4}-[a-f0-9]{4}-[a-f0-9]{12}|capacity-provider:[a-zA-Z0-9-_]+)`

/** Throws a ValidationException for what is no ARN of Lambda, and AWS's error for versions and aliases. */
export function parseTaggedArn(arn: string, context: RequestContext): FunctionRef {
  new Constraints().pattern('resource', arn, ARN_FORM, ARN_FORM_SHOWN).check()
  if (!arn.includes(':function:')) throw notSupportedYet('tags of this kind of resource')
  const ref = parseFunctionName(arn, undefined, context)
  if (ref.qualifier !== undefined)
    throw invalidParameter('Tags on function aliases and versions are not supported. Please specify a function ARN.')
  return ref
}
