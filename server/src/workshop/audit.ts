// The audit trail as the operator sees it, over all accounts and regions, and its retention.
import { decodeEvent } from '#audit/event.ts'
import { type AuditFilter, fits } from '#audit/filter.ts'
import type { Journal, JournalEntry } from '#audit/journal.ts'
import { PAGE_RECORDS, SWEEP_INTERVAL_MS } from '#audit/limits.ts'
import { sweepAccount } from '#audit/retention.ts'
import { searchJournal } from '#audit/search.ts'
import { verifyChain } from '#audit/verify.ts'
import { type InternalAnswer, json } from '#gateway/internal-routes.ts'
import { DEFAULT_ACCOUNT } from '#identity/accounts.ts'
import type { Part, Surroundings } from './part.ts'

const PAGE_DEFAULT = 100
const PAGE_MAX = 1000

export function auditPart({ journal, clock, log, closing }: Surroundings): Part {
  return {
    services: {},
    routes: [
      {
        method: 'GET',
        path: '/_mayfly/audit',
        guard: 'operator',
        handle: ({ params }) => listRecords(journal, params),
      },
      {
        method: 'GET',
        path: '/_mayfly/audit/verify',
        guard: 'operator',
        handle: ({ params }) => verify(journal, params),
      },
    ],
    async start() {
      for (;;) {
        await clock.sleep(SWEEP_INTERVAL_MS, closing)
        if (closing.aborted) return
        for (const account of await journal.accounts())
          while (await sweepAccount({ journal, clock, log }, account)) if (closing.aborted) return
      }
    },
  }
}

/**
 * `GET /_mayfly/audit?account=&who=&what=&resource=&denied=1&changes=1&from=&to=&max=&before=`, newest first; with
 * `after=<sequence>` what came since, oldest first. Times in milliseconds.
 */
async function listRecords(journal: Journal, params: URLSearchParams): Promise<InternalAnswer> {
  const account = params.get('account') ?? DEFAULT_ACCOUNT
  const filter = filterOf(params)
  const max = Math.min(PAGE_MAX, numberOf(params, 'max') ?? PAGE_DEFAULT)
  const wants = (entry: JournalEntry): boolean => fits(decodeEvent(entry.event), filter)
  const after = numberOf(params, 'after')
  if (after !== undefined) {
    const page = await journal.after(account, after, PAGE_RECORDS)
    const last = page.at(-1)?.sequence ?? after
    return json(200, { schemaVersion: 1, records: page.filter(wants).map(viewOf), last })
  }
  const { entries, next } = await searchJournal(journal, {
    account,
    fromMs: numberOf(params, 'from'),
    toMs: numberOf(params, 'to'),
    before: numberOf(params, 'before'),
    holding: [],
    wants,
    max: Math.max(1, max),
  })
  const last = await journal.lastSequence(account)
  return json(200, { schemaVersion: 1, records: entries.map(viewOf), ...(next !== undefined && { next }), last })
}

function filterOf(params: URLSearchParams): AuditFilter {
  const text = (name: string): string | undefined => params.get(name) ?? undefined
  return {
    who: text('who'),
    what: text('what'),
    resource: text('resource'),
    denied: params.get('denied') === '1',
    changes: params.get('changes') === '1',
  }
}

function viewOf({ sequence, event }: JournalEntry) {
  return { sequence, event: decodeEvent(event) }
}

function numberOf(params: URLSearchParams, name: string): number | undefined {
  const text = params.get(name)
  return text !== null && /^\d{1,15}$/.test(text) ? Number(text) : undefined
}

const WITNESS = /^(\d{1,15}):([0-9a-f]{64})$/

/** `GET /_mayfly/audit/verify?account=&witness=<sequence>:<hash>`; all accounts without one. */
async function verify(journal: Journal, params: URLSearchParams): Promise<InternalAnswer> {
  const account = params.get('account')
  const witness = WITNESS.exec(params.get('witness') ?? '')
  if (params.has('witness') && (witness === null || account === null))
    return json(400, { error: 'A witness is <sequence>:<hash> of one account, as an earlier verification told it.' })
  const place = witness === null ? undefined : { sequence: Number(witness[1]), hash: witness[2] ?? '' }
  const chains = []
  for (const one of account === null ? await journal.accounts() : [account])
    chains.push(await verifyChain(journal, one, place))
  return json(200, { schemaVersion: 1, chains })
}
