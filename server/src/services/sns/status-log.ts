// Delivery status logs: one line for each attempt that a topic wants to know about, in the log groups that AWS uses.
// Source: SNS developer guide, "Amazon SNS message delivery status".
import { hash } from 'node:crypto'
import type { LogStreamRef, LogWriter } from '#telemetry/logs.ts'
import type { Message } from './message.ts'
import type { SubscriptionRecord } from './subscription.ts'
import type { TopicRecord } from './topic.ts'

export interface DeliveryReport {
  readonly success: boolean
  readonly deliveryId: string
  readonly providerResponse: string
  readonly statusCode: number
  readonly dwellTimeMs: number
  readonly attempts: number
}

/** How the attributes of a topic name a protocol. */
const NAMES: Readonly<Partial<Record<SubscriptionRecord['protocol'], string>>> = {
  http: 'HTTP',
  https: 'HTTP',
  lambda: 'Lambda',
  sqs: 'SQS',
  firehose: 'Firehose',
  application: 'Application',
}

export class StatusLog {
  readonly #logs: LogWriter
  /** Lines are gathered by the identity of their stream. One per topic, kind and day is bounded by what is configured. */
  readonly #streams = new Map<string, LogStreamRef>()

  constructor(logs: LogWriter) {
    this.#logs = logs
  }

  /** Writes where the topic has a role for this protocol and outcome. `sample`: in [0, 100). */
  write(
    topic: TopicRecord,
    { protocol, endpoint }: SubscriptionRecord,
    message: Message,
    report: DeliveryReport,
    nowMs: number,
    sample: number,
  ): void {
    const name = NAMES[protocol]
    if (name === undefined || !isWanted(topic.attributes, name, report.success, sample)) return
    const line = {
      notification: {
        messageMD5Sum: hash('md5', message.text),
        messageId: message.id,
        topicArn: message.topicArn,
        timestamp: logTime(message.timeMs),
      },
      delivery: {
        deliveryId: report.deliveryId,
        destination: endpoint,
        providerResponse: report.providerResponse,
        dwellTimeMs: report.dwellTimeMs,
        attempts: report.attempts,
        statusCode: report.statusCode,
      },
      status: report.success ? 'SUCCESS' : 'FAILURE',
    }
    this.#logs.write(this.#stream(topic, report.success), { timestampMs: nowMs, message: JSON.stringify(line) })
  }

  #stream({ account, region, name, id }: TopicRecord, success: boolean): LogStreamRef {
    const group = `sns/${region}/${account}/${name}${success ? '' : '/Failure'}`
    const known = this.#streams.get(`${id} ${group}`)
    if (known !== undefined) return known
    if (this.#streams.size >= STREAMS_MAX) this.#streams.clear()
    const stream = { account, region, group, stream: id }
    this.#streams.set(`${id} ${group}`, stream)
    return stream
  }
}

const STREAMS_MAX = 1000

function isWanted(
  attributes: Readonly<Record<string, string>>,
  protocol: string,
  success: boolean,
  sample: number,
): boolean {
  const role = attributes[`${protocol}${success ? 'Success' : 'Failure'}FeedbackRoleArn`] ?? ''
  if (role === '') return false
  const rate = attributes[`${protocol}SuccessFeedbackSampleRate`]
  return !success || rate === undefined || sample < Number(rate)
}

/** `2016-03-11 18:23:38.474`. */
function logTime(timeMs: number): string {
  return new Date(timeMs).toISOString().replace('T', ' ').replace('Z', '')
}
