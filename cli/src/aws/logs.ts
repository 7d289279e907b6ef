// The CloudWatch Logs operations that the command uses (Amazon CloudWatch Logs API Reference, 2014-03-28).
import type { AwsClient, Service } from './client.ts'

const LOGS: Service = { variable: 'CLOUDWATCH_LOGS', signingName: 'logs' }
const TARGET_PREFIX = 'Logs_20140328'

export interface LogEvent {
  readonly eventId: string
  readonly logStreamName: string
  readonly timestamp: number
  readonly message: string
}

export interface LogPage {
  readonly events: readonly LogEvent[]
  readonly nextToken: string | undefined
}

export interface LogQuery {
  readonly group: string
  /** Epoch milliseconds, inclusive. */
  readonly startMs?: number | undefined
  readonly pattern?: string | undefined
  readonly nextToken?: string | undefined
  readonly signal?: AbortSignal | undefined
}

/** Where Lambda keeps a function's log. */
export function logGroupOf(functionName: string): string {
  return `/aws/lambda/${functionName}`
}

export class Logs {
  readonly #client: AwsClient

  constructor(client: AwsClient) {
    this.#client = client
  }

  /** One page of events in order of time. Throws CliError MF2101 when the group is not there. */
  async filter(query: LogQuery): Promise<LogPage> {
    const response = await this.#client.send(LOGS, {
      method: 'POST',
      path: '/',
      headers: { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': `${TARGET_PREFIX}.FilterLogEvents` },
      body: JSON.stringify({
        logGroupName: query.group,
        startTime: query.startMs,
        filterPattern: query.pattern,
        nextToken: query.nextToken,
      }),
      about: `log group ${query.group}`,
      signal: query.signal,
    })
    const page = JSON.parse(response.body.toString('utf8')) as { events?: LogEvent[]; nextToken?: string }
    return { events: page.events ?? [], nextToken: page.nextToken }
  }
}
