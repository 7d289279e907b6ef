// A bare process to call, beside sandboxed ones: it answers each call after some milliseconds, or at once.
import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'

export interface BareProcess {
  /** Resolves when it has answered; one call at a time. */
  call(): Promise<void>
  kill(): void
}

const PROGRAM = fileURLToPath(new URL('waiting-process.ts', import.meta.url))

/** Resolves when it is ready. */
export async function startBareProcess(waitMs: number): Promise<BareProcess> {
  const child = spawn(process.execPath, [PROGRAM, String(waitMs)], { stdio: ['pipe', 'pipe', 'inherit'] })
  const { stdin, stdout } = child
  const answered = (): Promise<void> => new Promise((resolve) => stdout.once('data', () => resolve()))
  await answered()
  return {
    call() {
      const answer = answered()
      stdin.write('.')
      return answer
    },
    kill: () => void child.kill('SIGKILL'),
  }
}
