// Website configurations, and the redirects that they say. Source: API page of PutBucketWebsite; S3 user guide, "Configuring
// advanced conditional redirects"; error texts as the service words them.
import { invalidArgument, s3Error } from '../errors.ts'
import { ROUTING_RULES_MAX } from '../limits.ts'

export interface Redirect {
  readonly host?: string
  readonly protocol?: 'http' | 'https'
  readonly status: number
  readonly key?: { readonly kind: 'whole' | 'prefix'; readonly text: string }
}

export interface RoutingRule {
  readonly prefix?: string
  /** HTTP status of the error that it waits for; absent: it holds before anything is looked up. */
  readonly errorStatus?: number
  readonly redirect: Redirect
}

export type WebsiteSettings =
  | { readonly kind: 'redirect-all'; readonly host: string; readonly protocol?: 'http' | 'https' }
  | {
      readonly kind: 'pages'
      readonly index: string
      readonly error?: string
      readonly rules: readonly RoutingRule[]
    }

interface RedirectInput {
  readonly HostName?: string | undefined
  readonly Protocol?: string | undefined
  readonly HttpRedirectCode?: string | undefined
  readonly ReplaceKeyPrefixWith?: string | undefined
  readonly ReplaceKeyWith?: string | undefined
}

/** A configuration as decoded from a request. */
export interface WebsiteInput {
  readonly RedirectAllRequestsTo?:
    | { readonly HostName?: string | undefined; readonly Protocol?: string | undefined }
    | undefined
  readonly IndexDocument?: { readonly Suffix?: string | undefined } | undefined
  readonly ErrorDocument?: { readonly Key?: string | undefined } | undefined
  readonly RoutingRules?:
    | readonly {
        readonly Condition?:
          | {
              readonly KeyPrefixEquals?: string | undefined
              readonly HttpErrorCodeReturnedEquals?: string | undefined
            }
          | undefined
        readonly Redirect?: RedirectInput | undefined
      }[]
    | undefined
}

/** Throws MalformedXML, InvalidArgument, InvalidRequest. */
export function parseWebsite(input: WebsiteInput): WebsiteSettings {
  const { RedirectAllRequestsTo: all, IndexDocument: index, ErrorDocument: error, RoutingRules: rules } = input
  if (all !== undefined) {
    if (index !== undefined || error !== undefined || rules !== undefined)
      throw invalidArgument(
        'RedirectAllRequestsTo',
        'not null',
        'RedirectAllRequestsTo cannot be provided in conjunction with other Routing Rules.',
      )
    if (all.HostName === undefined || all.HostName === '') throw s3Error('MalformedXML')
    return { kind: 'redirect-all', host: all.HostName, ...protocolOf(all.Protocol) }
  }
  if (index === undefined)
    throw invalidArgument(
      'IndexDocument',
      'null',
      'A value for IndexDocument Suffix must be provided if RedirectAllRequestsTo is empty',
    )
  const suffix = index.Suffix ?? ''
  if (suffix === '' || suffix.includes('/'))
    throw invalidArgument('IndexDocument', suffix, 'The IndexDocument Suffix is not well formed')
  if (error !== undefined && (error.Key === undefined || error.Key === '')) throw s3Error('MalformedXML')
  if (rules && rules.length === 0) throw s3Error('MalformedXML')
  if (rules && rules.length > ROUTING_RULES_MAX)
    throw s3Error('InvalidRequest', {
      message: `${rules.length} routing rules provided, the number of routing rules in a website configuration is limited to ${ROUTING_RULES_MAX}.`,
    })
  return {
    kind: 'pages',
    index: suffix,
    ...(error?.Key !== undefined && { error: error.Key }),
    rules: (rules ?? []).map(parseRule),
  }
}

function parseRule({
  Condition: condition,
  Redirect: redirect,
}: NonNullable<WebsiteInput['RoutingRules']>[number]): RoutingRule {
  if (redirect === undefined) throw s3Error('MalformedXML')
  const { KeyPrefixEquals: prefix, HttpErrorCodeReturnedEquals: errorCode } = condition ?? {}
  if (condition !== undefined && prefix === undefined && errorCode === undefined)
    throw s3Error('InvalidRequest', {
      message:
        "Condition cannot be empty. To redirect all requests without a condition, the condition element shouldn't be present.",
    })
  const errorStatus = errorCode === undefined ? undefined : Number(errorCode)
  if (errorStatus !== undefined && !(errorStatus >= 400 && errorStatus < 600))
    throw s3Error('InvalidRequest', {
      message: `The provided HTTP error code (${errorCode}) is not valid. Valid codes are 4XX or 5XX.`,
    })
  return {
    ...(prefix !== undefined && { prefix }),
    ...(errorStatus !== undefined && { errorStatus }),
    redirect: parseRedirect(redirect),
  }
}

function parseRedirect(input: RedirectInput): Redirect {
  const { HostName: host, Protocol: protocol, HttpRedirectCode: code, ReplaceKeyWith, ReplaceKeyPrefixWith } = input
  if (ReplaceKeyWith !== undefined && ReplaceKeyPrefixWith !== undefined)
    throw s3Error('InvalidRequest', {
      message: 'You can only define ReplaceKeyPrefix or ReplaceKey but not both.',
    })
  if ([host, protocol, code, ReplaceKeyWith, ReplaceKeyPrefixWith].every((member) => member === undefined))
    throw s3Error('MalformedXML')
  const status = code === undefined ? 301 : Number(code)
  if (!(status > 300 && status < 400))
    throw s3Error('InvalidRequest', {
      message: `The provided HTTP redirect code (${code}) is not valid. Valid codes are 3XX except 300.`,
    })
  return {
    ...(host !== undefined && { host }),
    ...protocolOf(protocol),
    status,
    ...(ReplaceKeyWith !== undefined && { key: { kind: 'whole', text: ReplaceKeyWith } }),
    ...(ReplaceKeyPrefixWith !== undefined && { key: { kind: 'prefix', text: ReplaceKeyPrefixWith } }),
  }
}

function protocolOf(protocol: string | undefined): { readonly protocol?: 'http' | 'https' } {
  if (protocol === undefined) return {}
  if (protocol === 'http' || protocol === 'https') return { protocol }
  throw s3Error('InvalidRequest', {
    message:
      'Invalid protocol, protocol can be http or https. If not defined the protocol will be selected automatically.',
  })
}

/** A configuration as GetBucketWebsite answers it. */
export function websiteOutput(settings: WebsiteSettings): {
  readonly RedirectAllRequestsTo?: { readonly HostName: string; readonly Protocol: 'http' | 'https' | undefined }
  readonly IndexDocument?: { readonly Suffix: string }
  readonly ErrorDocument?: { readonly Key: string } | undefined
  readonly RoutingRules?: readonly RuleOutput[] | undefined
} {
  if (settings.kind === 'redirect-all')
    return { RedirectAllRequestsTo: { HostName: settings.host, Protocol: settings.protocol } }
  return {
    IndexDocument: { Suffix: settings.index },
    ErrorDocument: settings.error === undefined ? undefined : { Key: settings.error },
    RoutingRules: settings.rules.length === 0 ? undefined : settings.rules.map(ruleOutput),
  }
}

interface RuleOutput {
  readonly Condition:
    | { readonly KeyPrefixEquals: string | undefined; readonly HttpErrorCodeReturnedEquals: string | undefined }
    | undefined
  readonly Redirect: {
    readonly HostName: string | undefined
    readonly Protocol: 'http' | 'https' | undefined
    readonly HttpRedirectCode: string | undefined
    readonly ReplaceKeyWith: string | undefined
    readonly ReplaceKeyPrefixWith: string | undefined
  }
}

function ruleOutput({ prefix, errorStatus, redirect }: RoutingRule): RuleOutput {
  const conditional = prefix !== undefined || errorStatus !== undefined
  return {
    Condition: conditional
      ? {
          KeyPrefixEquals: prefix,
          HttpErrorCodeReturnedEquals: errorStatus === undefined ? undefined : String(errorStatus),
        }
      : undefined,
    Redirect: {
      HostName: redirect.host,
      Protocol: redirect.protocol,
      HttpRedirectCode: redirect.status === 301 ? undefined : String(redirect.status),
      ReplaceKeyWith: redirect.key?.kind === 'whole' ? redirect.key.text : undefined,
      ReplaceKeyPrefixWith: redirect.key?.kind === 'prefix' ? redirect.key.text : undefined,
    },
  }
}

/** The first rule for a key: before the look-up (no `errorStatus`), or after it failed with that status. */
export function routingRule(
  rules: readonly RoutingRule[],
  key: string,
  errorStatus: number | undefined,
): RoutingRule | undefined {
  return rules.find(
    (rule) => rule.errorStatus === errorStatus && (rule.prefix === undefined || key.startsWith(rule.prefix)),
  )
}

/** Where a rule sends the request for `key`. `host` and `protocol` are the request's own. */
export function redirectLocation(
  { prefix, redirect }: RoutingRule,
  key: string,
  { host, protocol }: { readonly host: string; readonly protocol: string },
): string {
  const target =
    redirect.key === undefined
      ? key
      : redirect.key.kind === 'whole'
        ? redirect.key.text
        : redirect.key.text + key.slice(prefix?.length ?? 0)
  return `${redirect.protocol ?? protocol}://${redirect.host ?? host}/${encodePath(target)}`
}

/** A key as the path of an address. */
export function encodePath(key: string): string {
  return key.toWellFormed().split('/').map(encodeURIComponent).join('/')
}
