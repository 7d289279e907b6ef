// The Lambda operations that the command uses (AWS Lambda API Reference, 2015-03-31).
import { CliError } from '../errors.ts'
import { INVOKE_TIMEOUT_MS } from '../limits.ts'
import type { AwsClient, Service } from './client.ts'
import type { ClientResponse } from './exchange.ts'

export const LAMBDA: Service = { variable: 'LAMBDA', signingName: 'lambda' }

const FUNCTIONS = '/2015-03-31/functions'
const URLS = '/2021-10-31/functions'
const MAPPINGS = '/2015-03-31/event-source-mappings/'

/** What a deploy can set. */
export interface FunctionSettings {
  /** Of a package; an image has neither. */
  readonly Runtime?: string | undefined
  readonly Handler?: string | undefined
  readonly Role?: string | undefined
  readonly MemorySize?: number | undefined
  readonly Timeout?: number | undefined
  readonly Environment?: { readonly Variables: Readonly<Record<string, string>> } | undefined
  readonly DurableConfig?: { readonly ExecutionTimeout: number } | undefined
}

type Tags = Readonly<Record<string, string>>

export interface NewFunction {
  readonly name: string
  readonly settings: FunctionSettings
  readonly tags: Tags
  /** Its instances serve one tenant each. */
  readonly hasTenants: boolean
}

/** A package, or the URI of an image. */
export type Code = { readonly zip: Uint8Array } | { readonly uri: string }

/** The part of a function's configuration that the command reads. */
export interface FunctionConfiguration {
  readonly FunctionName: string
  readonly FunctionArn: string
  readonly CodeSha256: string
  readonly Runtime?: string
  readonly Handler?: string
  readonly Role?: string
  readonly MemorySize?: number
  readonly Timeout?: number
  readonly Environment?: { readonly Variables?: Readonly<Record<string, string>> }
  readonly State?: string
  readonly StateReason?: string
  readonly LastUpdateStatus?: string
  readonly LastUpdateStatusReason?: string
  readonly TenancyConfig?: { readonly TenantIsolationMode: string }
  readonly DurableConfig?: { readonly ExecutionTimeout: number }
}

/** The part of an event source mapping that the command shows. */
export interface EventSourceMapping {
  readonly UUID: string
  readonly EventSourceArn: string
  readonly FunctionArn: string
  readonly State: string
  /** Absent for a queue that has brought nothing yet. */
  readonly LastProcessingResult?: string
}

/** The part of a function URL's settings that the command shows. */
export interface FunctionUrl {
  readonly FunctionUrl: string
}

export interface InvokeRequest {
  readonly payload: Uint8Array
  readonly type: 'RequestResponse' | 'Event' | 'DryRun'
  readonly tail: boolean
  readonly qualifier?: string | undefined
  /** For whom it runs. */
  readonly tenantId?: string | undefined
  /** Of the execution of a durable function. */
  readonly executionName?: string | undefined
  readonly signal?: AbortSignal | undefined
}

export interface InvokeAnswer {
  readonly status: number
  readonly payload: Buffer
  /** `Unhandled` or `Handled` when the function failed. */
  readonly functionError: string | undefined
  /** The last 4 KB of the log. */
  readonly logTail: string | undefined
  readonly version: string | undefined
  readonly requestId: string | undefined
  /** Of the execution, where the function is durable. */
  readonly executionArn: string | undefined
}

export class Lambda {
  readonly #client: AwsClient

  constructor(client: AwsClient) {
    this.#client = client
  }

  /** The configuration, or undefined when there is no such function. */
  async find(name: string): Promise<FunctionConfiguration | undefined> {
    try {
      return await this.#json('GET', `${path(name)}/configuration`, undefined, name)
    } catch (error) {
      if (error instanceof CliError && error.code === 'MF2101') return undefined
      throw error
    }
  }

  create({ name, settings, tags, hasTenants }: NewFunction, code: Code): Promise<FunctionConfiguration> {
    const kind = 'uri' in code ? { PackageType: 'Image' } : {}
    const tenancy = hasTenants ? { TenancyConfig: { TenantIsolationMode: 'PER_TENANT' } } : {}
    const body = { FunctionName: name, ...kind, ...settings, ...tenancy, Tags: tags, Code: membersOf(code) }
    return this.#json('POST', FUNCTIONS, body, name)
  }

  /** `arn`: of the function. */
  async tags(arn: string): Promise<Tags> {
    const { Tags = {} } = await this.#json<{ readonly Tags?: Tags }>('GET', tagsPath(arn), undefined, arn)
    return Tags
  }

  /** Sets tags, and takes away those of `before` that are not among them. */
  async changeTags(arn: string, before: Tags, tags: Tags): Promise<void> {
    await this.#send('POST', tagsPath(arn), { Tags: tags }, arn)
    const gone = Object.keys(before).filter((key) => !(key in tags))
    if (gone.length === 0) return
    const query = new URLSearchParams(gone.map((key): [string, string] => ['tagKeys', key]))
    await this.#send('DELETE', `${tagsPath(arn)}?${query.toString()}`, undefined, arn)
  }

  updateCode(name: string, code: Code): Promise<FunctionConfiguration> {
    return this.#json('PUT', `${path(name)}/code`, membersOf(code), name)
  }

  updateConfiguration(name: string, settings: Partial<FunctionSettings>): Promise<FunctionConfiguration> {
    return this.#json('PUT', `${path(name)}/configuration`, settings, name)
  }

  /** The function's own address, made when there is none: whoever reaches the server may use it. */
  async publicUrl(name: string): Promise<string> {
    const { FunctionUrl } = (await this.#url(name)) ?? (await this.#makeUrl(name))
    return FunctionUrl
  }

  async #url(name: string): Promise<FunctionUrl | undefined> {
    try {
      return await this.#json<FunctionUrl>('GET', `${URLS}/${encodeURIComponent(name)}/url`, undefined, name)
    } catch (error) {
      if (error instanceof CliError && error.code === 'MF2101') return undefined
      throw error
    }
  }

  async #makeUrl(name: string): Promise<FunctionUrl> {
    const settings = { AuthType: 'NONE', InvokeMode: 'RESPONSE_STREAM' }
    const made = await this.#json<FunctionUrl>('POST', `${URLS}/${encodeURIComponent(name)}/url`, settings, name)
    const permission = {
      StatementId: 'public-url',
      Action: 'lambda:InvokeFunctionUrl',
      Principal: '*',
      FunctionUrlAuthType: 'NONE',
    }
    await this.#json('POST', `${path(name)}/policy`, permission, name)
    return made
  }

  async invoke(name: string, request: InvokeRequest): Promise<InvokeAnswer> {
    const query = request.qualifier === undefined ? '' : `?Qualifier=${encodeURIComponent(request.qualifier)}`
    const response = await this.#client.send(LAMBDA, {
      method: 'POST',
      path: `${path(name)}/invocations${query}`,
      headers: {
        'content-type': 'application/json',
        'x-amz-invocation-type': request.type,
        ...(request.tail ? { 'x-amz-log-type': 'Tail' } : {}),
        ...(request.tenantId === undefined ? {} : { 'x-amz-tenant-id': request.tenantId }),
        ...(request.executionName === undefined ? {} : { 'x-amz-durable-execution-name': request.executionName }),
      },
      body: request.payload,
      timeoutMs: INVOKE_TIMEOUT_MS,
      about: `function ${name}`,
      signal: request.signal,
    })
    const tail = one(response, 'x-amz-log-result')
    return {
      status: response.status,
      payload: response.body,
      functionError: one(response, 'x-amz-function-error'),
      logTail: tail === undefined ? undefined : Buffer.from(tail, 'base64').toString('utf8'),
      version: one(response, 'x-amz-executed-version'),
      requestId: one(response, 'x-amzn-requestid'),
      executionArn: one(response, 'x-amz-durable-execution-arn'),
    }
  }

  /** All event source mappings, or those of one function. */
  async mappings(name: string | undefined): Promise<readonly EventSourceMapping[]> {
    const found: EventSourceMapping[] = []
    for (let marker: string | undefined; ;) {
      const query = new URLSearchParams({
        ...(name !== undefined && { FunctionName: name }),
        ...(marker !== undefined && { Marker: marker }),
      })
      const response = await this.#client.send(LAMBDA, {
        method: 'GET',
        path: query.size === 0 ? MAPPINGS : `${MAPPINGS}?${query.toString()}`,
        about: 'event source mappings',
      })
      // The wire's form is AWS's; the fields are those of its API reference.
      const page = JSON.parse(response.body.toString('utf8')) as {
        readonly EventSourceMappings?: readonly EventSourceMapping[]
        readonly NextMarker?: string
      }
      found.push(...(page.EventSourceMappings ?? []))
      marker = page.NextMarker
      if (marker === undefined) return found
    }
  }

  async #json<T = FunctionConfiguration>(
    method: 'GET' | 'POST' | 'PUT',
    requestPath: string,
    body: unknown,
    name: string,
  ): Promise<T> {
    const response = await this.#send(method, requestPath, body, name)
    // The wire's form is AWS's; the fields are those of its API reference.
    return JSON.parse(response.body.toString('utf8')) as T
  }

  #send(
    method: 'GET' | 'POST' | 'PUT' | 'DELETE',
    requestPath: string,
    body: unknown,
    name: string,
  ): Promise<ClientResponse> {
    return this.#client.send(LAMBDA, {
      method,
      path: requestPath,
      headers: { 'content-type': 'application/json' },
      body: body === undefined ? '' : JSON.stringify(body),
      about: `function ${name}`,
    })
  }
}

/** The members that name code. */
function membersOf(code: Code): object {
  return 'uri' in code ? { ImageUri: code.uri } : { ZipFile: Buffer.from(code.zip).toString('base64') }
}

function tagsPath(arn: string): string {
  return `/2017-03-31/tags/${encodeURIComponent(arn)}`
}

function path(name: string): string {
  return `${FUNCTIONS}/${encodeURIComponent(name)}`
}

function one(response: ClientResponse, name: string): string | undefined {
  const value = response.headers[name]
  return Array.isArray(value) ? value[0] : value
}

/** What a call of a durable function must name where it names no version. */
export const LATEST = '$LATEST'

/** Where a plain HTTP client invokes the function; a durable one is called by its version. */
export function invokeUrl(endpoint: URL, name: string, isDurable = false): string {
  return `${endpoint.origin}${path(name)}/invocations${isDurable ? `?Qualifier=${LATEST}` : ''}`
}
