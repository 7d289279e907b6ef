// The digest thread: hashes large bodies, so that the main thread can receive and write meanwhile. It knows nothing but
// the channel.
import { parentPort } from 'node:worker_threads'
import { InvariantError } from '#base/errors.ts'
import { createRunningDigests, type RunningDigests } from './digests.ts'
import type { DigestAnswer, DigestRequest } from './digest-channel.ts'
import { preloadChecksums } from '#identity/checksums.ts'

const port = parentPort
if (!port) throw new InvariantError('the digest thread was started as a program')
const bodies = new Map<number, RunningDigests>()
const answer = (message: DigestAnswer): void => port.postMessage(message)

function serve(request: DigestRequest): void {
  const { body } = request
  if (request.kind === 'begin') return void bodies.set(body, createRunningDigests(request.algorithms))
  const running = bodies.get(body)
  if (!running) throw new InvariantError(`no body ${body} is being hashed`)
  if (request.kind === 'update') {
    running.update(request.bytes)
    return answer({ kind: 'taken', body })
  }
  bodies.delete(body)
  if (request.kind === 'end') answer({ kind: 'digests', body, ...running.end() })
}

await preloadChecksums()
port.on('message', serve)
