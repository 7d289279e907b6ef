// `mayfly version`: what runs here.
import { begin, type CliContext } from '../context.ts'
import type { CommonFlags } from '../flags.ts'
import { VERSION } from '../version.ts'

/** Prints the versions. */
export function version(context: CliContext, flags: CommonFlags): void {
  const platform = `${process.platform}-${process.arch}`
  begin(context, flags).result(
    { mayfly: VERSION, node: process.versions.node, platform },
    `mayfly ${VERSION} (node ${process.versions.node}, ${platform})`,
  )
}
