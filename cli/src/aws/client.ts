// One signed request to the server, over HTTP as any other client sends it. Not the AWS SDK: the command needs a dozen
// JSON operations, and starts in a fraction of the time that loading a client of the SDK takes.
import { clientSettings, type ClientFlags, type Environment } from '../config.ts'
import { type Credentials, findCredentials } from './credentials.ts'
import { type ClientRequest, type ClientResponse, exchange, isFileBody, type PlainRequest } from './exchange.ts'
import { serviceError } from './service-error.ts'
import { sign } from './signature.ts'
import { trustedAuthorities } from './trust.ts'

export interface Service {
  /** Suffix of its AWS_ENDPOINT_URL variable. */
  readonly variable: string
  readonly signingName: string
}

export class AwsClient {
  readonly credentials: Credentials
  readonly region: string
  readonly #endpoint: (service: string) => URL
  readonly #authorities: () => string[]

  constructor(flags: ClientFlags, env: Environment) {
    const settings = clientSettings(flags, env)
    this.region = settings.region
    this.#endpoint = settings.endpoint
    this.credentials = findCredentials(settings.profile, env)
    this.#authorities = () => trustedAuthorities(env)
  }

  endpoint(service: Service): URL {
    return this.#endpoint(service.variable)
  }

  /**
   * Sends a signed request. Throws CliError when the server is not reached or answers with an error; `expected`: statuses that
   * are none.
   */
  async send(service: Service, request: ClientRequest, expected: readonly number[] = []): Promise<ClientResponse> {
    const endpoint = this.endpoint(service)
    const url = new URL(endpoint.pathname.replace(/\/$/, '') + request.path, endpoint)
    const body = isFileBody(request.body) ? request.body : Buffer.from(request.body ?? '')
    // What is not in memory is declared: the receiver holds the bytes to it.
    const declared = isFileBody(body) ? { 'x-amz-content-sha256': body.sha256 } : {}
    const signable = { method: request.method, url, headers: { ...request.headers, ...declared }, body }
    const headers = sign(signable, this.credentials, {
      service: service.signingName,
      region: this.region,
      at: new Date(),
    })
    const response = await exchange(url, { ...request, headers, body, authorities: this.#authorities })
    if ((response.status >= 200 && response.status < 300) || expected.includes(response.status)) return response
    throw serviceError(response, { endpoint, about: request.about, credentials: this.credentials })
  }
}

/** An unsigned request to one of Mayfly's own routes, below the general endpoint. */
export async function sendPlain(flags: ClientFlags, env: Environment, request: PlainRequest): Promise<ClientResponse> {
  const endpoint = clientSettings(flags, env).endpoint('MAYFLY')
  const authorities = (): string[] => trustedAuthorities(env)
  return exchange(new URL(request.path, endpoint), { ...request, body: Buffer.from(request.body ?? ''), authorities })
}
