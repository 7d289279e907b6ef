// What a local developer may ask of the server besides the AWS APIs: a reset, and the console's page.
import type { Clock } from '#base/clock.ts'
import type { Log } from '#base/log.ts'
import { readFile } from 'node:fs/promises'
import { extname, join } from 'node:path'
import { type InternalAnswer, type InternalRoute, json, NOT_FOUND } from './internal-routes.ts'

export interface ResetOptions {
  readonly clock: Clock
  readonly log: Log
  /** Empties all state. */
  readonly reset: () => Promise<void>
}

/** `POST /_mayfly/reset`: only `dev` has it. */
export function resetRoute({ clock, log, reset }: ResetOptions): InternalRoute {
  return {
    method: 'POST',
    path: '/_mayfly/reset',
    guard: 'local',
    async handle() {
      const startMs = clock.monotonicMs()
      await reset()
      const tookMs = Math.round((clock.monotonicMs() - startMs) * 100) / 100
      log.info('reset', { tookMs })
      return json(200, { status: 'reset', tookMs })
    },
  }
}

const CONTENT_TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.json': 'application/json',
  '.woff2': 'font/woff2',
}
/** One file name, or one folder and a file name, without leading dots. */
const ASSET = /^\/_mayfly\/((?:[a-zA-Z0-9_-][a-zA-Z0-9._-]*\/)?[a-zA-Z0-9_-][a-zA-Z0-9._-]*)$/

/** The console's files below `/_mayfly/`. Other routes there win, as they are exact. */
export function consoleRoutes(folder: string): readonly InternalRoute[] {
  const page = (): Promise<InternalAnswer> => fileAnswer(folder, 'index.html')
  return [
    { method: 'GET', path: '/_mayfly/', guard: 'local', handle: page },
    { method: 'GET', path: '/_mayfly', guard: 'local', handle: () => redirectToConsole() },
    {
      method: 'GET',
      path: '/_mayfly/*',
      guard: 'local',
      handle: (request) => {
        const name = ASSET.exec(request.head.path)?.[1]
        return name === undefined ? NOT_FOUND.handle(request) : fileAnswer(folder, name)
      },
    },
  ]
}

/** Where a browser that opens the endpoint is sent. */
export function redirectToConsole(): InternalAnswer {
  return {
    status: 302,
    contentType: 'text/plain',
    headers: { location: '/_mayfly/' },
    body: 'The console is at /_mayfly/\n',
  }
}

async function fileAnswer(folder: string, name: string): Promise<InternalAnswer> {
  const contentType = CONTENT_TYPES[extname(name)]
  if (contentType === undefined) return json(404, { error: 'There is nothing here.' })
  try {
    return { status: 200, contentType, body: await readFile(join(folder, name)) }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return json(404, { error: 'There is nothing here.' })
    throw error
  }
}
