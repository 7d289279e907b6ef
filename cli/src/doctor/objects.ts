// What the server's scrubber found out about the bytes of objects.
import { sendPlain } from '../aws/client.ts'
import type { ClientFlags, Environment } from '../config.ts'
import { CliError } from '../errors.ts'
import { fail, type Finding, ok } from './check.ts'

interface ScrubReport {
  readonly finishedMs?: number
  readonly blobs: number
  readonly inlineBodies: number
  readonly damaged: number
  readonly findings: readonly { readonly bucket?: string; readonly key?: string; readonly blob?: string }[]
}

const NAME = 'objects'
const TIMEOUT_MS = 3_000
const SHOWN_MAX = 5

/** One finding about all objects; none where the server does not tell. */
export async function objectFindings(flags: ClientFlags, env: Environment): Promise<readonly Finding[]> {
  const report = await lastReport(flags, env)
  if (report === undefined) return []
  if (report === null) return [ok(NAME, 'not scrubbed yet')]
  const read = `${report.blobs + report.inlineBodies} bodies read`
  const when = report.finishedMs === undefined ? 'a round is under way' : new Date(report.finishedMs).toISOString()
  if (report.damaged === 0) return [ok(NAME, `${read}, all as they were written (${when})`)]
  const named = report.findings
    .slice(0, SHOWN_MAX)
    .map(({ bucket, key, blob }) => (bucket === undefined ? (key ?? blob) : `${bucket}/${key}`))
  const more = report.damaged > SHOWN_MAX ? ', ...' : ''
  return [
    fail(
      NAME,
      `${report.damaged} of ${read} are damaged: ${named.join(', ')}${more}`,
      'Put these objects again from another copy, and look at the disk: its bytes have changed.',
    ),
  ]
}

/** Null: there is none yet. Undefined: no server, or one that does not tell. */
async function lastReport(flags: ClientFlags, env: Environment): Promise<ScrubReport | null | undefined> {
  try {
    const answer = await sendPlain(flags, env, { method: 'GET', path: '/_mayfly/s3/scrub', timeoutMs: TIMEOUT_MS })
    if (answer.status !== 200) return undefined
    return (JSON.parse(answer.body.toString('utf8')) as { report: ScrubReport | null }).report
  } catch (error) {
    if (error instanceof CliError || error instanceof SyntaxError) return undefined
    throw error
  }
}
