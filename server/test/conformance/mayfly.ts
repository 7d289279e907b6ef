// The `mayfly` command as a child process, acting with given keys.
import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const MAYFLY = fileURLToPath(new URL('../../../cli/bin/mayfly.js', import.meta.url))

export interface Target {
  readonly endpoint: string
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string }
}

/** Runs the command; resolves with its status whatever it is. */
export function mayfly(
  { endpoint, credentials }: Target,
  args: readonly string[],
): Promise<{ readonly status: number; readonly stdout: string; readonly stderr: string }> {
  const env = {
    PATH: process.env['PATH'],
    MAYFLY_ENDPOINT: endpoint,
    AWS_ACCESS_KEY_ID: credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
  }
  return new Promise((resolve) => {
    execFile(process.execPath, [MAYFLY, ...args], { env }, (error, stdout, stderr) => {
      resolve({ status: typeof error?.code === 'number' ? error.code : error === null ? 0 : -1, stdout, stderr })
    })
  })
}
