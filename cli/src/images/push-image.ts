// Sends an image: its manifest first; the server answers what it lacks, which is sent by digest, and the manifest again.
import type { AwsClient } from '../aws/client.ts'
import { askOperator, tellOperator } from '../aws/operator.ts'
import { CliError } from '../errors.ts'
import { IMAGE_TIMEOUT_MS } from '../limits.ts'
import { openImage } from './image-source.ts'

export const IMAGES = '/_mayfly/images'
const BYTES = '/_mayfly/image-bytes'

/** As the server shows it. */
export interface ShownImage {
  readonly name: string
  readonly uri: string
  readonly account: string
  readonly region: string
  /** `sha256:...`. */
  readonly digest: string
  readonly architecture: string
  readonly layers: number
  readonly bytes: number
  readonly pushedAt: string
}

interface Missing {
  readonly digest: string
  readonly bytes: number
}

/** Documents come before layers, and what they name before the image: more turns than these no server needs. */
const TURNS_MAX = 4

export interface Pushed {
  readonly image: ShownImage
  /** Bytes that the server did not have. */
  readonly sentBytes: number
}

/** `query`: account and region, for every request. `say` hears of each part before it is sent. */
export async function pushImage(
  client: AwsClient,
  source: string,
  name: string,
  query: string,
  say: (line: string) => void,
): Promise<Pushed> {
  const image = await openImage(source, name.split(':')[1] ?? 'latest')
  let sentBytes = 0
  try {
    for (let turn = 0; turn < TURNS_MAX; turn++) {
      const path = `${IMAGES}/${encodeURIComponent(name)}?${query}`
      const request = { method: 'PUT', path, body: image.document, timeoutMs: IMAGE_TIMEOUT_MS } as const
      const answer = await tellOperator(client, request)
      // The server's answers to this request, schema version 1.
      if (answer.status !== 409) return { image: (answer.body as { readonly image: ShownImage }).image, sentBytes }
      const { missing } = answer.body as { readonly missing: readonly Missing[] }
      for (const { digest, bytes } of missing) {
        say(`sending   ${digest.slice(0, 19)} ${sizeOf(bytes)}`)
        const part = { method: 'PUT', path: `${BYTES}/${digest.slice('sha256:'.length)}?${query}` } as const
        await askOperator(client, { ...part, body: image.find(digest), timeoutMs: IMAGE_TIMEOUT_MS })
        sentBytes += bytes
      }
    }
  } finally {
    image.close()
  }
  throw new CliError('MF2003', 'the server asks for the same parts of the image again and again', {
    mend: 'Look at the log of the server.',
  })
}

/** `12.3 MB`. */
export function sizeOf(bytes: number): string {
  return bytes < 1_000_000 ? `${(bytes / 1000).toFixed(1)} KB` : `${(bytes / 1e6).toFixed(1)} MB`
}
