// `mayfly image push|list|remove`: container images that functions are made of.
import { AwsClient } from '../aws/client.ts'
import { askOperator } from '../aws/operator.ts'
import { begin, type CliContext } from '../context.ts'
import type { ServerFlags } from '../flags.ts'
import { IMAGES, pushImage, type ShownImage, sizeOf } from '../images/push-image.ts'

export interface ImageFlags extends ServerFlags {
  /** Whose images; the default account's without it. */
  readonly account?: string | undefined
}

export async function push(context: CliContext, flags: ImageFlags, source: string, name: string): Promise<void> {
  const output = begin(context, flags)
  const client = new AwsClient(flags, context.env)
  const { image, sentBytes } = await pushImage(client, source, name, placeOf(client, flags), (line) =>
    output.note(line),
  )
  output.result({ image, sentBytes }, image.uri)
  output.note(`${image.name} is there: ${image.digest}, ${sizeOf(sentBytes)} sent`)
}

export async function list(context: CliContext, flags: ImageFlags): Promise<void> {
  const output = begin(context, flags)
  const client = new AwsClient(flags, context.env)
  const path = `${IMAGES}?${placeOf(client, flags)}`
  // The server's answer to this request, schema version 1.
  const { images } = (await askOperator(client, { method: 'GET', path })) as { readonly images: readonly ShownImage[] }
  const lines = images.map(({ name, digest, bytes, pushedAt }) =>
    [name, digest.slice(0, 19), sizeOf(bytes), pushedAt].join('  '),
  )
  output.result({ images }, lines.join('\n'))
  if (images.length === 0) output.note('there are no images; `mayfly image push` sends one')
}

export async function remove(context: CliContext, flags: ImageFlags, name: string): Promise<void> {
  const output = begin(context, flags)
  const client = new AwsClient(flags, context.env)
  const path = `${IMAGES}/${encodeURIComponent(name)}?${placeOf(client, flags)}`
  await askOperator(client, { method: 'DELETE', path, about: `image ${name}` })
  output.result({ removed: name }, '')
  output.note(`image ${name} is gone; functions that were made of it stay as they are`)
}

function placeOf({ region }: AwsClient, { account }: ImageFlags): string {
  return new URLSearchParams({ region, ...(account !== undefined && { account }) }).toString()
}
