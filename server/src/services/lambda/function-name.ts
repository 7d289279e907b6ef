// The forms in which AWS lets a function be named: `name`, `name:qualifier`, `account:function:name`, and whole ARNs,
// each with or without a qualifier; and the ARNs that answers carry.
import type { RequestContext } from '#protocol/operation.ts'
import { Constraints } from './constraints.ts'
import { accessDenied, invalidParameter, resourceNotFound } from './errors.ts'

/** A function, or one version of it, wherever it was named. */
export interface FunctionRef {
  readonly account: string
  readonly region: string
  readonly name: string
  /** `$LATEST`, a version number or an alias; undefined when none was given. */
  readonly qualifier: string | undefined
}

const NAME_FORM =
  /^(?:arn:(?:aws[a-zA-Z-]*)?:lambda:)?(?:([a-z]{2}(?:-gov)?(?:-[a-z]+)+-\d):)?(?:(\d{12}):)?(?:function:)?([a-zA-Z0-9_-]+)(?::(\$LATEST|[a-zA-Z0-9_-]+))?$/
const NAME_FORM_SHOWN = String.raw`(arn:(aws[a-zA-Z-]*)?:lambda:)?([a-z]{2}(-gov)?-[a-z]+-\d{1}:)?(\d{12}:)?(function:)?([a-zA-Z0-9-_]+)(:(\$LATEST|[a-zA-Z0-9-_]+))?`
const QUALIFIER_FORM = /^(\$LATEST|[a-zA-Z0-9$_-]+)$/
const QUALIFIER_FORM_SHOWN = String.raw`(|[a-zA-Z0-9$_-]+)`
const NAME_CHARS_MAX = 64
const NAME_FORM_CHARS_MAX = 140
const QUALIFIER_CHARS_MAX = 128

/**
 * Functions of another region are refused as AWS does. Of another account, the gateway has asked the function's policy
 * whether this caller may.
 */
export function parseFunctionName(
  functionName: string,
  qualifier: string | undefined,
  context: RequestContext,
): FunctionRef {
  new Constraints()
    .length('functionName', functionName, { min: 1, max: NAME_FORM_CHARS_MAX })
    .pattern('functionName', functionName, NAME_FORM, NAME_FORM_SHOWN)
    .length('qualifier', qualifier, { min: 1, max: QUALIFIER_CHARS_MAX })
    .pattern('qualifier', qualifier, QUALIFIER_FORM, QUALIFIER_FORM_SHOWN)
    .check()
  const [, region = context.region, account = context.account, name = '', named] = NAME_FORM.exec(functionName) ?? []
  if (named !== undefined && qualifier !== undefined && named !== qualifier)
    throw invalidParameter('The derived qualifier from the function name does not match the specified qualifier.')
  const ref = { account, region, name, qualifier: qualifier ?? named }
  if (ref.region !== context.region)
    throw resourceNotFound(`Functions from '${ref.region}' are not reachable in this region ('${context.region}')`)
  return ref
}

/** For operations whose permission is not asked on the function: it must be of the caller's account. */
export function parseOwnFunctionName(functionName: string, context: RequestContext): FunctionRef {
  const ref = parseFunctionName(functionName, undefined, context)
  if (ref.account !== context.account)
    throw accessDenied(
      `User of account ${context.account} is not authorized to perform: lambda:${context.operation} on resource: ${qualifiedArn(ref)} because no resource-based policy allows the lambda:${context.operation} action`,
    )
  return ref
}

/** The name for a new function: no qualifier, at most 64 characters. */
export function parseNewFunctionName(functionName: string, context: RequestContext): FunctionRef {
  const bare = functionName.includes(':') ? undefined : functionName
  new Constraints().length('functionName', bare, { min: 1, max: NAME_CHARS_MAX }).check()
  const ref = parseOwnFunctionName(functionName, context)
  if (ref.qualifier !== undefined) throw invalidParameter(`Unsupported function name: ${functionName}`)
  new Constraints().length('functionName', ref.name, { max: NAME_CHARS_MAX }).check()
  return ref
}

/** Takes a function's ARN apart; undefined when it is not one. */
export function parseFunctionArn(arn: string): FunctionRef | undefined {
  const [, region, account, name, qualifier] = NAME_FORM.exec(arn) ?? []
  if (!arn.startsWith('arn:') || region === undefined || account === undefined || name === undefined) return undefined
  return { account, region, name, qualifier }
}

export function functionArn(ref: { readonly account: string; readonly region: string; readonly name: string }): string {
  return `arn:aws:lambda:${ref.region}:${ref.account}:function:${ref.name}`
}

/** The ARN with its qualifier, if it has one. */
export function qualifiedArn(ref: FunctionRef): string {
  return ref.qualifier === undefined ? functionArn(ref) : `${functionArn(ref)}:${ref.qualifier}`
}

/** What permission is checked on; `*` for a name that has no valid form (the handler will refuse it). */
export function resourceOfName(functionName: string, qualifier: string | undefined, context: RequestContext): string {
  const [, region = context.region, account = context.account, name, named] = NAME_FORM.exec(functionName) ?? []
  return name === undefined ? '*' : qualifiedArn({ account, region, name, qualifier: qualifier ?? named })
}
