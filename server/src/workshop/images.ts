// Container images of functions, for whoever runs the server: no path of the machine is named here, the bytes of an image
// come in requests. An image is sent by its manifest first; the answer names what is missing, which is sent by digest, and
// the manifest again.
import { type InternalAnswer, type InternalRequest, type InternalRoute, json } from '#gateway/internal-routes.ts'
import { DEFAULT_ACCOUNT, DEFAULT_REGION } from '#identity/accounts.ts'
import { AwsError } from '#protocol/errors.ts'
import type { LambdaDeps } from '#services/lambda/deps.ts'
import type { ImageTag } from '#services/lambda/images/image-name.ts'
import type { TaggedImage } from '#services/lambda/images/image-record.ts'
import { recordCall } from './control-call.ts'
import type { Surroundings } from './part.ts'

const IMAGES = '/_mayfly/images'
const BYTES = '/_mayfly/image-bytes'

const ACCOUNT = /^\d{12}$/
const REGION = /^[a-z]{2,}(?:-[a-z]+)+-\d{1,2}$/
const DIGEST = /^[0-9a-f]{64}$/

interface Around {
  readonly around: Surroundings
  readonly open: () => Promise<LambdaDeps>
}

export function imageRoutes(around: Surroundings, open: () => Promise<LambdaDeps>): readonly InternalRoute[] {
  const route = (
    method: InternalRoute['method'],
    path: string,
    handle: (around: Around, request: InternalRequest) => Promise<InternalAnswer>,
  ): InternalRoute => ({
    method,
    path,
    guard: 'operator',
    handle: (request) => handle({ around, open }, request).catch(refusal),
  })
  return [
    route('GET', IMAGES, list),
    route('PUT', `${IMAGES}/*`, push),
    route('DELETE', `${IMAGES}/*`, remove),
    route('PUT', `${BYTES}/*`, keepBytes),
  ]
}

/** `PUT /_mayfly/image-bytes/<SHA-256>?account=`: a document or a layer of an image. */
async function keepBytes({ open }: Around, request: InternalRequest): Promise<InternalAnswer> {
  const { keepUpload } = await import('#services/lambda/images/uploads.ts')
  const { LAYER_BYTES_MAX } = await import('#services/lambda/images/limits.ts')
  const digest = request.head.path.slice(BYTES.length + 1)
  const { account } = placeOf(request)
  const { bytes, body } = request.streamBody()
  if (!DIGEST.test(digest)) return json(400, { error: 'The path ends with a SHA-256 digest: 64 hexadecimal digits.' })
  if (bytes === undefined || bytes > LAYER_BYTES_MAX)
    return json(400, { error: `The length of the bytes must be known, and at most ${LAYER_BYTES_MAX}.` })
  const { ports } = await open()
  await keepUpload(ports, account, digest, { bytes, body })
  return json(201, { schemaVersion: 1, digest: `sha256:${digest}` })
}

/** `PUT /_mayfly/images/<repository>:<tag>?account=&region=` with a manifest or an index: 409 names what must be sent first. */
async function push({ around, open }: Around, request: InternalRequest): Promise<InternalAnswer> {
  const { pushImage } = await import('#services/lambda/images/push-image.ts')
  const { DOCUMENT_BYTES_MAX } = await import('#services/lambda/images/limits.ts')
  const tag = await tagOf(request)
  if (!tag) return badName(request)
  const { ports } = await open()
  const outcome = await pushImage(ports, tag, await request.readBody(DOCUMENT_BYTES_MAX))
  if (outcome.kind === 'missing') {
    const missing = outcome.missing.map(({ digest, bytes }) => ({ digest: `sha256:${digest}`, bytes }))
    return json(409, { error: `${missing.length} parts of the image were not sent yet.`, missing })
  }
  const image = await viewOf(outcome.tagged)
  await recordCall(around, request, {
    operation: 'PushImage',
    parameters: { ...image },
    resource: resourceOf(tag),
  })
  return json(200, { schemaVersion: 1, image })
}

/** `GET /_mayfly/images?account=&region=`. */
async function list({ around: { store } }: Around, request: InternalRequest): Promise<InternalAnswer> {
  const [{ images }, { eachStored }] = await Promise.all([
    import('#services/lambda/images/image-record.ts'),
    import('#storage/each-stored.ts'),
  ])
  const { account, region } = placeOf(request)
  const found: TaggedImage[] = []
  await eachStored(
    (after) => images.list(store, { prefix: [account, region], ...(after && { after }) }),
    ({ value }) => void found.push(value),
  )
  return json(200, { schemaVersion: 1, images: await Promise.all(found.map(viewOf)) })
}

/** `DELETE /_mayfly/images/<repository>:<tag>`: functions that were made of it stay as they are. */
async function remove({ around, open }: Around, request: InternalRequest): Promise<InternalAnswer> {
  const { removeImage } = await import('#services/lambda/images/remove-image.ts')
  const tag = await tagOf(request)
  if (!tag) return badName(request)
  const { ports } = await open()
  const removed = await removeImage(ports, tag)
  if (!removed)
    return json(404, { error: `There is no image ${tag.repository}:${tag.tag}. \`mayfly image list\` shows all.` })
  const image = await viewOf(removed)
  await recordCall(around, request, {
    operation: 'RemoveImage',
    parameters: { ...image },
    resource: resourceOf(tag),
  })
  return json(200, { schemaVersion: 1, image })
}

async function tagOf(request: InternalRequest): Promise<ImageTag | undefined> {
  const { parseImageName } = await import('#services/lambda/images/image-name.ts')
  const named = parseImageName(decoded(request.head.path.slice(IMAGES.length + 1)))
  return named && { ...placeOf(request), ...named }
}

/** A broken escape is part of no name. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return ''
  }
}

function badName({ head }: InternalRequest): InternalAnswer {
  const name = head.path.slice(IMAGES.length + 1)
  return json(400, {
    error: `${name} is no name of an image: lower-case letters, digits, and . _ - / between them, then : and a tag.`,
  })
}

function placeOf({ params }: InternalRequest): { readonly account: string; readonly region: string } {
  const account = params.get('account') ?? DEFAULT_ACCOUNT
  const region = params.get('region') ?? DEFAULT_REGION
  if (!ACCOUNT.test(account) || !REGION.test(region)) throw new BadPlace('account has 12 digits; region is one of AWS.')
  return { account, region }
}

class BadPlace extends Error {
  override readonly name = 'BadPlace'
}

function resourceOf({ account, region, repository }: ImageTag) {
  const arn = `arn:aws:ecr:${region}:${account}:repository/${repository}`
  return { account, type: 'AWS::ECR::Repository', arn, name: repository }
}

async function viewOf(tagged: TaggedImage) {
  const { imageUri } = await import('#services/lambda/images/image-name.ts')
  const { repository, tag, account, region, image, pushedMs } = tagged
  return {
    name: `${repository}:${tag}`,
    uri: imageUri(tagged),
    account,
    region,
    digest: `sha256:${image.digest}`,
    architecture: image.architecture,
    layers: image.layers.length,
    bytes: image.layers.reduce((sum, layer) => sum + layer.bytes, 0),
    pushedAt: new Date(pushedMs).toISOString(),
  }
}

/** What whoever pushes can mend is told; the rest is the gateway's to answer. */
async function refusal(error: unknown): Promise<InternalAnswer> {
  const { ImageFault } = await import('#services/lambda/images/image-fault.ts')
  if (error instanceof ImageFault || error instanceof BadPlace) return json(400, { error: error.message })
  // Over the quota of the account.
  if (error instanceof AwsError && error.status < 500) return json(error.status, { error: error.message })
  throw error
}
