#!/usr/bin/env node
// Opens the command. Any Node from 20 on may start it; the work is done by the Node that Mayfly pins, because the sources
// are TypeScript and rely on what that version has built in. Plain JavaScript, and quick: this file is in every start.
import { spawn } from 'node:child_process'
import module from 'node:module'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'
import process from 'node:process'

const OLDEST = [24, 21]

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
if (major > OLDEST[0] || (major === OLDEST[0] && minor >= OLDEST[1])) {
  // The variable is for worker threads: they do not take over what enableCompileCache sets.
  process.env.NODE_COMPILE_CACHE ??= join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'mayfly', 'compile')
  module.enableCompileCache(process.env.NODE_COMPILE_CACHE)
  const { findBundle } = await import('../src/bundle.ts')
  const bundle = findBundle()
  const { main } = await import(bundle.kind === 'fresh' ? bundle.entry.href : '../src/main.ts')
  await main(process.argv.slice(2))
} else {
  runPinned()
}

function runPinned() {
  const name = `node-${process.platform}-${process.arch}`
  let node
  try {
    node = join(dirname(module.createRequire(import.meta.url).resolve(`${name}/package.json`)), 'bin', 'node')
  } catch {
    process.stderr.write(
      `mayfly: this is Node ${process.versions.node}; Mayfly needs ${OLDEST.join('.')} or newer, and the package ${name} that brings it is not installed.\n` +
        `  fix: run npm ci again (without --omit=optional), or start mayfly with a newer Node.\n`,
    )
    process.exit(3)
  }
  const child = spawn(node, process.argv.slice(1), { stdio: 'inherit' })
  // A terminal sends its signals to both; others send them to this process alone. The child decides when it ends.
  for (const signal of ['SIGTERM', 'SIGHUP', 'SIGQUIT']) process.on(signal, () => child.kill(signal))
  process.on('SIGINT', () => {
    if (!process.stdin.isTTY) child.kill('SIGINT')
  })
  child.on('error', (error) => {
    process.stderr.write(`mayfly: cannot run ${node}: ${error.message}\n`)
    process.exit(1)
  })
  child.on('exit', (code, signal) => {
    if (signal === null) process.exit(code ?? 1)
    for (const name of ['SIGTERM', 'SIGHUP', 'SIGQUIT', 'SIGINT']) process.removeAllListeners(name)
    process.kill(process.pid, signal)
  })
}
