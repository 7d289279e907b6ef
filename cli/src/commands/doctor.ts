import { begin, type CliContext } from '../context.ts'
import type { ServerFlags } from '../flags.ts'
export function doctor(context: CliContext, flags: ServerFlags): void {
  begin(context, flags)
}
