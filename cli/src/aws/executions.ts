// The operations on durable executions that the command uses (AWS Lambda API Reference, 2025-12-01).
import type { AwsClient } from './client.ts'
import { LAMBDA } from './lambda.ts'

const FUNCTIONS = '/2025-12-01/functions'
const EXECUTIONS = '/2025-12-01/durable-executions'
/** Events of one execution: 3000 operations have a few each. */
const EVENTS_MAX = 20_000

export interface Execution {
  readonly DurableExecutionArn: string
  readonly DurableExecutionName: string
  readonly Status: string
  /** Seconds since 1970. */
  readonly StartTimestamp: number
  readonly EndTimestamp?: number
}

/** The part of an event that the command shows. */
export interface ExecutionEvent {
  readonly EventType: string
  readonly EventTimestamp: number
  readonly Name?: string
  readonly ParentId?: string
  readonly [details: string]: unknown
}

interface Page {
  readonly DurableExecutions?: readonly Execution[]
  readonly Events?: readonly ExecutionEvent[]
  readonly NextMarker?: string
}

export class Executions {
  readonly #client: AwsClient

  constructor(client: AwsClient) {
    this.#client = client
  }

  /** The newest first. */
  async list(
    functionName: string,
    filter: Readonly<Record<string, string>>,
    max: number,
  ): Promise<readonly Execution[]> {
    const found: Execution[] = []
    const path = `${FUNCTIONS}/${encodeURIComponent(functionName)}/durable-executions`
    for await (const page of this.#pages(path, filter, `function ${functionName}`)) {
      found.push(...(page.DurableExecutions ?? []))
      if (found.length >= max) return found.slice(0, max)
    }
    return found
  }

  async history(arn: string): Promise<readonly ExecutionEvent[]> {
    const found: ExecutionEvent[] = []
    const path = `${EXECUTIONS}/${encodeURIComponent(arn)}/history`
    for await (const page of this.#pages(path, { MaxItems: '1000' }, `execution ${arn}`)) {
      found.push(...(page.Events ?? []))
      if (found.length >= EVENTS_MAX) break
    }
    return found
  }

  async stop(arn: string): Promise<void> {
    await this.#client.send(LAMBDA, {
      method: 'POST',
      path: `${EXECUTIONS}/${encodeURIComponent(arn)}/stop`,
      headers: { 'content-type': 'application/json' },
      body: '',
      about: `execution ${arn}`,
    })
  }

  async *#pages(path: string, query: Readonly<Record<string, string>>, about: string): AsyncGenerator<Page> {
    for (let marker: string | undefined; ;) {
      const all = new URLSearchParams({ ...query, ...(marker !== undefined && { Marker: marker }) })
      const response = await this.#client.send(LAMBDA, { method: 'GET', path: `${path}?${all.toString()}`, about })
      // The wire's form is AWS's; the fields are those of its API reference.
      const page = JSON.parse(response.body.toString('utf8')) as Page
      yield page
      marker = page.NextMarker
      if (marker === undefined) return
    }
  }
}
