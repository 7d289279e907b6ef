// The EventBridge operations that the command uses (Amazon EventBridge API Reference, 2015-10-07).
import type { AwsClient, Service } from './client.ts'

const EVENTS: Service = { variable: 'EVENTBRIDGE', signingName: 'events' }

export interface BusRule {
  readonly Name: string
  readonly EventBusName: string
  readonly State: string
  readonly EventPattern?: string
  readonly ScheduleExpression?: string
}

interface Paged {
  readonly NextToken?: string
}

export class EventBridge {
  readonly #client: AwsClient

  constructor(client: AwsClient) {
    this.#client = client
  }

  /** Names of all buses. */
  async buses(): Promise<readonly string[]> {
    const pages = await this.#pages<Paged & { EventBuses?: { Name: string }[] }>('ListEventBuses', {}, 'event buses')
    return pages.flatMap(({ EventBuses = [] }) => EventBuses.map(({ Name }) => Name))
  }

  /** Throws CliError MF2101 when there is no such bus. */
  async rules(bus: string): Promise<readonly BusRule[]> {
    const input = { EventBusName: bus }
    const pages = await this.#pages<Paged & { Rules?: BusRule[] }>('ListRules', input, `event bus ${bus}`)
    return pages.flatMap(({ Rules = [] }) => Rules)
  }

  /** ARNs of the targets of a rule. */
  async targets({ Name, EventBusName }: BusRule): Promise<readonly string[]> {
    const input = { Rule: Name, EventBusName }
    const pages = await this.#pages<Paged & { Targets?: { Arn: string }[] }>('ListTargetsByRule', input, `rule ${Name}`)
    return pages.flatMap(({ Targets = [] }) => Targets.map(({ Arn }) => Arn))
  }

  async #pages<PAGE extends Paged>(operation: string, input: object, about: string): Promise<readonly PAGE[]> {
    const pages: PAGE[] = []
    for (let token: string | undefined; ;) {
      const response = await this.#client.send(EVENTS, {
        method: 'POST',
        path: '/',
        headers: { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': `AWSEvents.${operation}` },
        body: JSON.stringify({ ...input, ...(token !== undefined && { NextToken: token }) }),
        about,
      })
      // The wire's form is AWS's; the fields are those of its API reference.
      const page = JSON.parse(response.body.toString('utf8')) as PAGE
      pages.push(page)
      token = page.NextToken
      if (token === undefined) return pages
    }
  }
}
