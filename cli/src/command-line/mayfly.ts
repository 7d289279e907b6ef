// The command line as a whole. Each command is loaded when it is called, so that starting costs no more than it must.
import { type Application, buildApplication, buildRouteMap } from '@stricli/core'
import type { CliContext } from '../context.ts'
import { VERSION } from '../version.ts'
import { accounts } from './accounts.ts'
import { audit, explain } from './auditing.ts'
import { deploy, executions, invoke, logs, mappings, rules } from './functions.ts'
import { image } from './images.ts'
import { dev, doctor, reset, start, version } from './serving.ts'
import { budget, usage } from './usage.ts'
import { collecting } from './usage-errors.ts'
import { webhook } from './webhooks.ts'

/** The application. `fail` is given every error; nothing is printed by stricli itself except help. */
export function buildMayfly(fail: (error: unknown) => void): Application<CliContext> {
  const root = buildRouteMap({
    routes: {
      start,
      dev,
      deploy,
      image,
      invoke,
      executions,
      logs,
      mappings,
      rules,
      usage,
      budget,
      webhook,
      audit,
      account: accounts,
      explain,
      reset,
      doctor,
      version,
    },
    docs: {
      brief: 'A serverless cloud that you own',
      fullDescription: 'Begin with: mayfly dev <folder>. Errors and exit codes are explained in docs/cli.md.',
    },
  })
  return buildApplication<CliContext>(root, {
    name: 'mayfly',
    versionInfo: { currentVersion: VERSION },
    scanner: { caseStyle: 'allow-kebab-for-camel', allowArgumentEscapeSequence: true },
    documentation: { caseStyle: 'convert-camel-to-kebab', disableAnsiColor: true, onlyRequiredInUsageLine: true },
    localization: { text: collecting(fail) },
  })
}
