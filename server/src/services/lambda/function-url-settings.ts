// The settings of a function URL: their checks, and the document in which they are answered. Source: API pages of
// CreateFunctionUrlConfig and Cors.
import type { RequestContext } from '#protocol/operation.ts'
import { schemeOf } from '#protocol/origin.ts'
import { Constraints } from './constraints.ts'
import { invalidParameter } from './errors.ts'
import { type FunctionRef, parseFunctionName, qualifiedArn } from './function-name.ts'
import type { FunctionUrlRecord, UrlCors } from './function-url-record.ts'
import type { LambdaInput, LambdaOutput } from './model.ts'

type SettingsInput = Pick<LambdaInput<'UpdateFunctionUrlConfig'>, 'AuthType' | 'Cors' | 'InvokeMode'>

const METHODS = ['GET', 'PUT', 'HEAD', 'POST', 'PATCH', 'DELETE', '*']
const MAX_AGE_S_MAX = 86_400
const LIST_MAX = 100

/** The function of a URL: an alias may qualify it, a version may not. */
export function parseUrlFunction(
  input: { readonly FunctionName: string | undefined; readonly Qualifier?: string | undefined },
  context: RequestContext,
): FunctionRef {
  new Constraints()
    .pattern('qualifier', input.Qualifier, /^(?!^\d+$)(?!\$LATEST)[a-zA-Z0-9-_]+$/, '((?!^\\d+$)^[0-9a-zA-Z-_]+$)')
    .check()
  const ref = parseFunctionName(input.FunctionName ?? '', input.Qualifier, context)
  if (ref.qualifier !== undefined && /^(\d+|\$LATEST)$/.test(ref.qualifier))
    throw invalidParameter('The function name must not carry a version: a URL belongs to the function or an alias.')
  return ref
}

/** Throws a ValidationException for values outside the model. */
export function checkUrlSettings({ AuthType, Cors, InvokeMode }: SettingsInput): void {
  const constraints = new Constraints()
    .oneOf('authType', AuthType, ['NONE', 'AWS_IAM'])
    .oneOf('invokeMode', InvokeMode, ['BUFFERED', 'RESPONSE_STREAM'])
    .range('cors.maxAge', Cors?.MaxAge, { min: 0, max: MAX_AGE_S_MAX })
  for (const method of Cors?.AllowMethods ?? []) constraints.oneOf('cors.allowMethods', method, METHODS)
  constraints.check()
  for (const list of [Cors?.AllowOrigins, Cors?.AllowHeaders, Cors?.ExposeHeaders])
    if ((list?.length ?? 0) > LIST_MAX) throw invalidParameter(`A list of Cors has at most ${LIST_MAX} items.`)
}

/** Undefined for settings that allow nothing: they end what was allowed before. */
export function corsOf(cors: SettingsInput['Cors']): UrlCors | undefined {
  if (cors === undefined || Object.values(cors).every((value) => value === undefined)) return undefined
  return {
    allowOrigins: cors.AllowOrigins ?? [],
    allowMethods: cors.AllowMethods ?? [],
    allowHeaders: cors.AllowHeaders ?? [],
    exposeHeaders: cors.ExposeHeaders ?? [],
    maxAgeS: cors.MaxAge,
    allowCredentials: cors.AllowCredentials,
  }
}

/**
 * Where functions' URLs are, seen from a client that used this Host header: a name below the same domain. Addresses have
 * no names below them, so a client that used one is sent to localhost, which needs no name server.
 */
export function domainOf(host: string): string {
  const [, name = '', port = ''] = /^(\[[^\]]*\]|[^:]*)(:\d+)?$/.exec(host) ?? []
  const isAddress = name.startsWith('[') || /^\d{1,3}(?:\.\d{1,3}){3}$/.test(name) || name === ''
  return `${isAddress ? 'localhost' : name.toLowerCase()}${port}`
}

/** The FunctionUrlConfig document. */
export function functionUrlAnswer(
  record: FunctionUrlRecord,
  { http }: Pick<RequestContext, 'http'>,
): LambdaOutput<'CreateFunctionUrlConfig'> & { readonly LastModifiedTime: string } {
  const { urlId, account, region, functionName, alias, authType, cors, domain } = record
  return {
    FunctionUrl: `${schemeOf(http)}://${urlId}.lambda-url.${region}.${domain}/`,
    FunctionArn: qualifiedArn({ account, region, name: functionName, qualifier: alias }),
    AuthType: authType,
    ...(cors && { Cors: corsAnswer(cors) }),
    CreationTime: new Date(record.createdMs).toISOString(),
    LastModifiedTime: new Date(record.modifiedMs).toISOString(),
    InvokeMode: record.mode === 'stream' ? 'RESPONSE_STREAM' : 'BUFFERED',
  }
}

function corsAnswer(cors: UrlCors): NonNullable<LambdaOutput<'GetFunctionUrlConfig'>['Cors']> {
  return {
    ...(cors.allowCredentials !== undefined && { AllowCredentials: cors.allowCredentials }),
    ...(cors.allowHeaders.length > 0 && { AllowHeaders: cors.allowHeaders }),
    ...(cors.allowMethods.length > 0 && { AllowMethods: cors.allowMethods }),
    ...(cors.allowOrigins.length > 0 && { AllowOrigins: cors.allowOrigins }),
    ...(cors.exposeHeaders.length > 0 && { ExposeHeaders: cors.exposeHeaders }),
    ...(cors.maxAgeS !== undefined && { MaxAge: cors.maxAgeS }),
  }
}
