// How GitHub, Stripe and Slack sign their calls, and what a call says it is. Sources: GitHub "Validating webhook
// deliveries", Stripe "Verify webhook signatures", Slack "Verifying requests from Slack".
import { createHmac, timingSafeEqual } from 'node:crypto'
import { DELIVERY_ID_CHARS_MAX, SIGNATURES_MAX, TOLERANCE_MS } from './limits.ts'

export type Scheme = 'github' | 'stripe' | 'slack'

export const SCHEMES: readonly Scheme[] = ['github', 'stripe', 'slack']

export interface WebhookCall {
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string | undefined>>
  /** As it came: signatures are about bytes. */
  readonly body: Buffer
}

export type Verdict = { readonly kind: 'genuine' } | { readonly kind: 'refused'; readonly reason: string }

/** Whether the call was signed with the secret, and not too long ago where the scheme signs the time. */
export function verifyCall(scheme: Scheme, secret: string, call: WebhookCall, nowMs: number): Verdict {
  switch (scheme) {
    case 'github':
      return verifyGithub(secret, call)
    case 'stripe':
      return verifyStripe(secret, call, nowMs)
    case 'slack':
      return verifySlack(secret, call, nowMs)
  }
}

function verifyGithub(secret: string, { headers, body }: WebhookCall): Verdict {
  const signature = headers['x-hub-signature-256']
  if (signature === undefined) return refused('x-hub-signature-256 is missing')
  return judge(secret, [body], [signature.replace(/^sha256=/, '')])
}

function verifyStripe(secret: string, { headers, body }: WebhookCall, nowMs: number): Verdict {
  const header = headers['stripe-signature']
  if (header === undefined) return refused('stripe-signature is missing')
  const parts = header.split(',').map((part) => part.trim().split('='))
  const time = parts.find(([name]) => name === 't')?.[1] ?? ''
  const signatures = parts.flatMap(([name, value = '']) => (name === 'v1' ? [value] : [])).slice(0, SIGNATURES_MAX)
  if (!isRecent(time, nowMs)) return refused('the signed time is missing or too far from now')
  return judge(secret, [`${time}.`, body], signatures)
}

function verifySlack(secret: string, { headers, body }: WebhookCall, nowMs: number): Verdict {
  const signature = headers['x-slack-signature']
  const time = headers['x-slack-request-timestamp'] ?? ''
  if (signature === undefined) return refused('x-slack-signature is missing')
  if (!isRecent(time, nowMs)) return refused('the signed time is missing or too far from now')
  return judge(secret, [`v0:${time}:`, body], [signature.replace(/^v0=/, '')])
}

function refused(reason: string): Verdict {
  return { kind: 'refused', reason }
}

/** Seconds since 1970, as all schemes write it. */
function isRecent(seconds: string, nowMs: number): boolean {
  return /^\d{1,12}$/.test(seconds) && Math.abs(nowMs - Number(seconds) * 1000) <= TOLERANCE_MS
}

/** Compares every signature in a time that tells nothing of how much of it is right. */
function judge(secret: string, signed: readonly (string | Buffer)[], signatures: readonly string[]): Verdict {
  const hmac = createHmac('sha256', secret)
  for (const piece of signed) hmac.update(piece)
  const wanted = hmac.digest()
  let genuine = false
  for (const signature of signatures) {
    const given = Buffer.from(/^[0-9a-f]{64}$/i.test(signature) ? signature : '', 'hex')
    if (given.length === wanted.length && timingSafeEqual(given, wanted)) genuine = true
  }
  return genuine ? { kind: 'genuine' } : refused('the signature is not right')
}

/** What a genuine call is about. */
export interface Call {
  /** Names the delivery: a call that is sent again has the same one. */
  readonly id: string
  /** `push`, `invoice.paid`, `app_mention`. */
  readonly type: string
  /** JSON as values, forms as texts by name, anything else as text. */
  readonly body: unknown
  /** Slack asks once whether the endpoint is there: this is the answer. */
  readonly challenge: string | undefined
}

export function readCall(scheme: Scheme, call: WebhookCall): Call {
  const body = readBody(call)
  const { headers } = call
  const field = (name: string): string | undefined => textIn(body, name)
  switch (scheme) {
    case 'github':
      return {
        id: idOf(headers['x-github-delivery'] ?? headers['x-hub-signature-256']),
        type: headers['x-github-event'] ?? 'unknown',
        body,
        challenge: undefined,
      }
    case 'stripe':
      return {
        id: idOf(field('id') ?? headers['stripe-signature']),
        type: field('type') ?? 'unknown',
        body,
        challenge: undefined,
      }
    case 'slack':
      return {
        id: idOf(field('event_id') ?? headers['x-slack-signature']),
        type: textIn(member(body, 'event'), 'type') ?? field('type') ?? field('command') ?? 'unknown',
        body,
        challenge: field('type') === 'url_verification' ? field('challenge') : undefined,
      }
  }
}

function idOf(text = ''): string {
  return text.slice(0, DELIVERY_ID_CHARS_MAX)
}

function readBody({ headers, body }: WebhookCall): unknown {
  const text = body.toString('utf8')
  if (headers['content-type']?.startsWith('application/x-www-form-urlencoded') === true)
    return Object.fromEntries(new URLSearchParams(text))
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

function member(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined
  // Looked up by its own name just above.
  return (value as Readonly<Record<string, unknown>>)[name]
}

function textIn(value: unknown, name: string): string | undefined {
  const found = member(value, name)
  return typeof found === 'string' ? found : undefined
}
