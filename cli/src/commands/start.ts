// `mayfly start`: the server, verifying signatures. One line on standard output when it is ready.
import { begin, type CliContext } from '../context.ts'
import { type HostFlags, hostServer, sayAuthority, sayIsolation } from '../server-host.ts'
import { VERSION } from '../version.ts'

/** Resolves when a signal ended the server. Throws CliError when it cannot start. */
export async function start(context: CliContext, flags: HostFlags): Promise<void> {
  const output = begin(context, flags)
  await hostServer({
    mode: 'start',
    flags,
    output,
    onReady(server) {
      const { endpoint, mode, dataFolder, credentialsFile, authorityFile } = server
      const { tier, weaknesses } = server.engineStatus()
      output.result(
        {
          event: 'ready',
          endpoint,
          mode,
          dataFolder,
          credentialsFile,
          authorityFile,
          tier,
          weaknesses,
          version: VERSION,
        },
        `mayfly ${VERSION} ready on ${endpoint}`,
      )
      if (credentialsFile !== undefined) output.note(`root access key: ${credentialsFile}`)
      sayAuthority(output, server)
      sayIsolation(output, server)
    },
  })
}
