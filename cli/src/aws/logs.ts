// The CloudWatch Logs operations that the command uses (Amazon CloudWatch Logs API Reference, 2014-03-28).
import { LOG_GROUPS_MAX } from '../limits.ts'
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

/** Where Lambda keeps the logs of functions: below it the function's name. */
export const LAMBDA_LOG_GROUPS = '/aws/lambda/'

/** Where Lambda keeps a function's log. */
export function logGroupOf(functionName: string): string {
  return LAMBDA_LOG_GROUPS + functionName
}

export class Logs {
  readonly #client: AwsClient

  constructor(client: AwsClient) {
    this.#client = client
  }

  /** One page of events in order of time. Throws CliError MF2101 when the group is not there. */
  async filter(query: LogQuery): Promise<LogPage> {
    const page = await this.#call<{ events?: LogEvent[]; nextToken?: string }>(
      'FilterLogEvents',
      {
        logGroupName: query.group,
        startTime: query.startMs,
        filterPattern: query.pattern,
        nextToken: query.nextToken,
      },
      `log group ${query.group}`,
      query.signal,
    )
    return { events: page.events ?? [], nextToken: page.nextToken }
  }

  /** Names of the groups that begin with the prefix, up to a bound. */
  async groups(prefix: string, signal?: AbortSignal): Promise<readonly string[]> {
    const names: string[] = []
    let nextToken: string | undefined
    do {
      const page = await this.#call<{ logGroups?: { logGroupName: string }[]; nextToken?: string }>(
        'DescribeLogGroups',
        { logGroupNamePrefix: prefix, nextToken },
        'log groups',
        signal,
      )
      names.push(...(page.logGroups ?? []).map(({ logGroupName }) => logGroupName))
      nextToken = page.nextToken
    } while (nextToken !== undefined && names.length < LOG_GROUPS_MAX)
    return names.slice(0, LOG_GROUPS_MAX)
  }

  async #call<ANSWER>(operation: string, input: object, about: string, signal?: AbortSignal): Promise<ANSWER> {
    const response = await this.#client.send(LOGS, {
      method: 'POST',
      path: '/',
      headers: { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': `${TARGET_PREFIX}.${operation}` },
      body: JSON.stringify(input),
      about,
      signal,
    })
    // The wire's form is AWS's; the fields are those of its API reference.
    return JSON.parse(response.body.toString('utf8')) as ANSWER
  }
}
