// What the end of a cell means for an invocation that was under way in it.
import type { CellEnd } from './cell.ts'
import type { InvocationOutcome, Metering } from './engine.ts'

const BYTES_PER_MB = 1024 * 1024

/** How the sandbox tells that its process was ended by a signal. Only signals that a process does not get by its own exit code. */
const SIGNAL_OF_CODE: Readonly<Record<number, string>> = {
  132: 'SIGILL',
  133: 'SIGTRAP',
  134: 'SIGABRT',
  135: 'SIGBUS',
  136: 'SIGFPE',
  137: 'SIGKILL',
  139: 'SIGSEGV',
  143: 'SIGTERM',
}

/** Out of memory, when the kernel says so; else an exit. */
export function endOutcome(end: CellEnd, metering: Metering, memoryMb: number): InvocationOutcome {
  const peakMemoryMb = Math.max(metering.peakMemoryMb, (end.memoryPeakBytes ?? 0) / BYTES_PER_MB)
  const killed = end.code === 137 || end.signal === 'SIGKILL'
  if (end.memoryKills > 0 && killed) return { kind: 'out-of-memory', metering: { ...metering, peakMemoryMb: memoryMb } }
  const signal = end.signal ?? SIGNAL_OF_CODE[end.code ?? 0] ?? null
  return { kind: 'exit', code: signal === null ? end.code : null, signal, metering: { ...metering, peakMemoryMb } }
}
