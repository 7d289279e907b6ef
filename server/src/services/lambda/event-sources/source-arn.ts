// What an event source is, by its ARN.

export type SourceService = 'sqs' | 'dynamodb' | 'kinesis'

export interface SourceArn {
  readonly service: SourceService
  readonly kind: 'queue' | 'stream'
  readonly region: string
  readonly fifo: boolean
}

export type SourceArnOutcome =
  | { readonly kind: 'source'; readonly source: SourceArn }
  | { readonly kind: 'kafka' }
  /** AWS takes events from there; Mayfly has no such service. */
  | { readonly kind: 'absent'; readonly what: string }
  | { readonly kind: 'unknown' }

/** Services that AWS polls and that are no part of Mayfly. */
const ABSENT: Readonly<Record<string, string>> = {
  mq: 'Amazon MQ event sources',
  rds: 'Amazon DocumentDB event sources',
}

/** Takes the ARN of an event source apart. */
export function parseSourceArn(arn: string): SourceArnOutcome {
  const [, service = '', region = '', resource = ''] = /^arn:[^:]*:([^:]*):([^:]*):[^:]*:(.*)$/s.exec(arn) ?? []
  if (service === 'kafka') return { kind: 'kafka' }
  const absent = ABSENT[service]
  if (absent !== undefined) return { kind: 'absent', what: absent }
  if (service === 'sqs' && resource !== '')
    return { kind: 'source', source: { service, kind: 'queue', region, fifo: resource.endsWith('.fifo') } }
  if (service === 'dynamodb' && /^table\/[^/]+\/stream\/.+$/.test(resource))
    return { kind: 'source', source: { service, kind: 'stream', region, fifo: false } }
  if (service === 'kinesis' && /^stream\/.+$/.test(resource))
    return { kind: 'source', source: { service, kind: 'stream', region, fifo: false } }
  return { kind: 'unknown' }
}
