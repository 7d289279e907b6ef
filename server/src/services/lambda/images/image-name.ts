// What an image is called: a repository of an account in a region, as in Amazon ECR, and in it a tag or a digest. The host
// of an image's URI may end in any domain: images are Mayfly's own, wherever a template was written for.
import { REPOSITORY_CHARS_MAX } from './limits.ts'

/** A place for images. */
export interface Repository {
  readonly account: string
  readonly region: string
  readonly repository: string
}

export interface ImageTag extends Repository {
  readonly tag: string
}

/** What a URI names. `digest`: 64 hexadecimal digits. */
export type ImageReference = Repository &
  ({ readonly kind: 'tag'; readonly tag: string } | { readonly kind: 'digest'; readonly digest: string })

const URI =
  /^(\d{12})\.dkr[.-]ecr(?:-fips)?\.([a-z0-9-]{1,32})\.[a-z0-9.-]{1,255}(?::\d{1,5})?\/([^:@]+)(?::([^:@]+)|@sha256:([0-9a-f]{64}))$/
const REPOSITORY = /^(?:[a-z0-9]+(?:[._-][a-z0-9]+)*\/)*[a-z0-9]+(?:[._-][a-z0-9]+)*$/
const TAG = /^\w[\w.-]{0,127}$/

/** Undefined for a text that names no image. A tag or a digest must be there, as on AWS. */
export function parseImageUri(uri: string): ImageReference | undefined {
  const [, account = '', region = '', repository = '', tag, digest] = URI.exec(uri) ?? []
  if (!isRepository(repository)) return undefined
  if (digest !== undefined) return { account, region, repository, kind: 'digest', digest }
  return tag !== undefined && TAG.test(tag) ? { account, region, repository, kind: 'tag', tag } : undefined
}

/** `repository:tag`, or `repository` alone, which means its tag `latest`. Undefined when it is neither. */
export function parseImageName(name: string): { readonly repository: string; readonly tag: string } | undefined {
  const [repository = '', tag = 'latest', more] = name.split(':')
  return isRepository(repository) && TAG.test(tag) && more === undefined ? { repository, tag } : undefined
}

/** The URI of a tag, for functions. */
export function imageUri({ account, region, repository, tag }: ImageTag): string {
  return `${account}.dkr.ecr.${region}.localhost/${repository}:${tag}`
}

/** The same image, by what it holds. */
export function resolvedUri(uri: string, digest: string): string {
  return `${uri.replace(/(?::[^:/@]+|@sha256:[0-9a-f]{64})$/, '')}@sha256:${digest}`
}

function isRepository(text: string): boolean {
  return text.length >= 2 && text.length <= REPOSITORY_CHARS_MAX && REPOSITORY.test(text)
}
