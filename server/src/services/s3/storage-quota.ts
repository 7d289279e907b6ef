// What an account stores is held to its quota: whoever owns the bucket pays, whoever writes. AWS has no such limit; the
// error is the one of other servers of this API.
import type { IncomingBody, RequestContext } from '#protocol/operation.ts'
import { eachStored } from '#storage/each-stored.ts'
import type { Key, Store } from '#storage/store.ts'
import { buckets } from './bucket.ts'
import { copyConditions, findCopySource, parseCopySource } from './copy-source.ts'
import type { S3Deps, S3Input } from './deps.ts'
import { s3Error } from './errors.ts'
import { parts, uploads } from './multipart-record.ts'
import { objects, type VersionRecord, versions } from './object-record.ts'
import { parseCopyRange } from './range.ts'
import { announcedLength } from './receive-body.ts'

type S3Handler<I, O> = (deps: S3Deps, input: I, context: RequestContext) => Promise<O>
type BytesOf<I> = (deps: S3Deps, input: I, context: RequestContext) => number | Promise<number>

/** The handler, within the quota of the bucket's owner. Throws QuotaExceeded. */
export function withinStorage<I extends { readonly Bucket: string }, O>(
  handle: S3Handler<I, O>,
  bytesOf: BytesOf<I>,
): S3Handler<I, O> {
  return (deps, input, context) =>
    deps.storage.isLimited ? held(handle, bytesOf, { deps, input, context }) : handle(deps, input, context)
}

async function held<I extends { readonly Bucket: string }, O>(
  handle: S3Handler<I, O>,
  bytesOf: BytesOf<I>,
  { deps, input, context }: { readonly deps: S3Deps; readonly input: I; readonly context: RequestContext },
): Promise<O> {
  const owner = (await deps.seen.look(input.Bucket))?.value.account
  // There is no such bucket: the handler says so.
  if (owner === undefined) return handle(deps, input, context)
  return deps.storage.within(
    owner,
    await bytesOf(deps, input, context),
    () => handle(deps, input, context),
    (bytesMax) =>
      s3Error('QuotaExceeded', {
        message: `The account that owns the bucket may store ${bytesMax} bytes, and this would be more.`,
      }),
  )
}

export function bytesOfBody(
  _deps: S3Deps,
  { Body: body }: { readonly Body?: IncomingBody | undefined },
  context: RequestContext,
): number {
  return announcedLength(body, context)
}

export async function bytesOfSource(
  deps: S3Deps,
  input: S3Input<'CopyObject'> | S3Input<'UploadPartCopy'>,
  context: RequestContext,
): Promise<number> {
  const found = await findCopySource(deps, parseCopySource(input.CopySource), copyConditions(context, input))
  if (!('CopySourceRange' in input)) return found.record.size
  const range = parseCopyRange(input.CopySourceRange, found.record.size)
  return range.end - range.start
}

/** All that the buckets of an account hold: versions, and parts of uploads under way. */
export async function storedBytes(store: Store, account: string): Promise<number> {
  let bytes = 0
  const add = ({ value }: { readonly key: Key; readonly value: VersionRecord }): void => {
    if (value.kind === 'object') bytes += value.size
  }
  await eachStored(
    (after) => buckets.listIndex(store, 'account', { prefix: [account], ...(after && { after: [account, ...after] }) }),
    async ({ value: bucket }) => {
      const prefix = [bucket.name]
      await eachStored((after) => objects.list(store, { prefix, ...(after && { after }) }), add)
      await eachStored((after) => versions.list(store, { prefix, ...(after && { after }) }), add)
      await eachStored(
        (after) => uploads.list(store, { prefix, ...(after && { after }) }),
        ({ key: [, , uploadId = ''] }) =>
          eachStored(
            (after) => parts.list(store, { prefix: [uploadId], ...(after && { after }) }),
            ({ value }) => void (bytes += value.size),
          ),
      )
    },
  )
  return bytes
}
