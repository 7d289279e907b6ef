// `mayfly doctor`: looks at this machine and says, one line each, what is well, what is weak and what must be mended.
import { resolve } from 'node:path'
import { findBundle } from '../bundle.ts'
import { clientSettings, dataFolder as defaultDataFolder, DEFAULT_HOST, DEFAULT_PORT, schemeOf } from '../config.ts'
import { begin, type CliContext } from '../context.ts'
import type { Finding } from '../doctor/check.ts'
import { clock, dataFolder, disk, fileWatches, modules, node, openFiles, port, python } from '../doctor/machine.ts'
import { objectFindings } from '../doctor/objects.ts'
import { sandboxFindings } from '../doctor/sandbox.ts'
import { askServer, serverFindings } from '../doctor/server.ts'
import { tlsFindings } from '../doctor/tls.ts'
import { CliError } from '../errors.ts'
import type { ServerFlags } from '../flags.ts'
import type { HostFlags } from '../server-host.ts'
import type { Output } from '../terminal/output.ts'

export interface DoctorFlags extends ServerFlags, HostFlags {}

/** Throws CliError MF4003 when something must be mended before Mayfly works. */
export async function doctor(context: CliContext, flags: DoctorFlags): Promise<void> {
  const output = begin(context, flags)
  const env = flags.data === undefined ? context.env : { ...context.env, MAYFLY_DATA: resolve(flags.data) }
  const at = {
    host: flags.host ?? env['MAYFLY_HOST'] ?? DEFAULT_HOST,
    port: flags.port ?? Number(env['MAYFLY_PORT'] ?? DEFAULT_PORT),
  }
  const scheme = flags.tls === true || flags.tlsCert !== undefined ? 'https' : schemeOf(env)
  const server = flags.endpoint === undefined ? { ...flags, endpoint: `${scheme}://${at.host}:${at.port}` } : flags
  const folder = resolve(defaultDataFolder(env))
  const health = await askServer(server, env)
  const findings: readonly Finding[] = [
    node(),
    modules(findBundle()),
    await python(),
    ...(await sandboxFindings()),
    await port(at.host, at.port, health !== undefined),
    dataFolder(folder),
    disk(folder),
    fileWatches(),
    openFiles(),
    clock(Date.now()),
    ...serverFindings(health, server, env),
    ...(await tlsFindings(clientSettings(server, env).endpoint('MAYFLY'), env, Date.now())),
    ...(health === undefined ? [] : await objectFindings(server, env)),
  ]
  const failed = findings.filter(({ status }) => status === 'fail').map(({ name }) => name)
  const result = { ok: failed.length === 0, checks: findings }
  const lines = findings.map((finding) => line(output, finding)).join('\n')
  if (failed.length === 0) return output.result(result, lines)
  if (!output.json) output.result(result, lines)
  throw new CliError('MF4003', `must be mended: ${failed.join(', ')}`, {
    mend: findings.find(({ status }) => status === 'fail')?.mend,
    result,
  })
}

const COLORS = { ok: 'green', warn: 'yellow', fail: 'red' } as const

function line(output: Output, { name, status, found, mend }: Finding): string {
  const first = `${output.style(COLORS[status], status.padEnd(4))}  ${name.padEnd(13)} ${found}`
  return mend === undefined ? first : `${first}\n      ${output.symbol('arrow')} ${mend}`
}
