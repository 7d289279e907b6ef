// `mayfly dev`: the server for development in this process and, with a path, a function that follows its sources.
import type { RunningServer } from '@mayfly/server'
import { begin, type CliContext } from '../context.ts'
import { type Hotkey, listenForKeys } from '../dev/hotkeys.ts'
import { DevSession } from '../dev/session.ts'
import { asCliError } from '../errors.ts'
import { findEntry } from '../packager/entry.ts'
import { type HostFlags, hostServer, sayAuthority, sayIsolation } from '../server-host.ts'
import type { Output } from '../terminal/output.ts'
import { VERSION } from '../version.ts'
import type { FunctionFlags } from './deploy.ts'

export interface DevFlags extends HostFlags, FunctionFlags {
  readonly enforce?: boolean | undefined
}

/** Resolves when a signal ended the server. Throws CliError when it cannot start or the path holds no function. */
export async function dev(context: CliContext, flags: DevFlags, path?: string): Promise<void> {
  const output = begin(context, flags)
  // A mistyped path is told before a server is started for it.
  if (path !== undefined) findEntry(path, flags)
  let session: DevSession | undefined
  let stopKeys = (): void => undefined
  await hostServer({
    mode: 'dev',
    ...(flags.enforce === true && { enforce: true }),
    flags,
    output,
    onReady: (server) => {
      announce(output, server)
      if (path !== undefined) {
        session = new DevSession({ path, flags, output, endpoint: server.endpoint, env: envOf(context, server) })
        session.start().catch((error: unknown) => output.error(asCliError(error)))
      }
      stopKeys = offerKeys(output, session)
    },
    onEnding: async () => {
      stopKeys()
      await session?.close()
    },
  })
}

/** The command finds the server's own certificate authority in its data folder. */
function envOf({ env }: CliContext, { dataFolder }: RunningServer): CliContext['env'] {
  return { ...env, MAYFLY_DATA: dataFolder }
}

function announce(output: Output, server: RunningServer): void {
  const { endpoint, mode, dataFolder } = server
  const { tier, weaknesses } = server.engineStatus()
  output.record(
    { event: 'ready', endpoint, mode, dataFolder, tier, weaknesses, version: VERSION },
    `mayfly ${VERSION} ready on ${endpoint}`,
  )
  output.note('development: any credentials are taken, and only this machine can connect')
  output.note(
    `env: AWS_ENDPOINT_URL=${endpoint} AWS_ACCESS_KEY_ID=test AWS_SECRET_ACCESS_KEY=test AWS_REGION=us-east-1`,
  )
  sayAuthority(output, server)
  sayIsolation(output, server)
}

function offerKeys(output: Output, session: DevSession | undefined): () => void {
  if (!output.interactive || !process.stdin.isTTY) return () => undefined
  const keys: readonly Hotkey[] = [
    { key: 'r', does: 'deploy again', run: () => void session?.reload() },
    { key: 'c', does: 'clear', run: () => output.raw('\u001B[2J\u001B[3J\u001B[H') },
    { key: 'q', does: 'quit', run: () => process.kill(process.pid, 'SIGTERM') },
    { key: '?', does: 'help', run: () => output.note(help()) },
  ]
  const help = (): string => `keys: ${keys.map(({ key, does }) => `${key} ${does}`).join(` ${output.symbol('dot')} `)}`
  output.note(help())
  return listenForKeys(process.stdin, keys)
}
