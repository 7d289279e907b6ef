// Layers as functions use them: found when the function's settings change, and laid over each other in one package.
import { createHash } from 'node:crypto'
import { lstat, mkdir, readdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { CodePackage } from '#engine/engine.ts'
import type { RequestContext } from '#protocol/operation.ts'
import type { Blobs } from '#storage/blobs.ts'
import type { Reader } from '#storage/transact.ts'
import { codePackage } from './code-store.ts'
import { accessDenied, invalidParameter } from './errors.ts'
import type { FunctionImage, LayerUse, StoredCode } from './function-record.ts'
import { layerKey, type LayerRef, layerVersionArn, layerVersions, parseLayerVersionArn } from './layer-record.ts'
import { LAYERS_MAX, UNZIPPED_BYTES_MAX } from './limits.ts'

/** The layer versions that a function asks for, in their order. Throws AWS's errors for what cannot be used. */
export async function usedLayers(
  reader: Reader,
  arns: readonly string[],
  context: Pick<RequestContext, 'account' | 'region'>,
): Promise<readonly LayerUse[]> {
  if (arns.length > LAYERS_MAX)
    throw invalidParameter(`Cannot reference more than ${LAYERS_MAX} layers. Given: ${arns.length} layers`)
  const names = new Set<string>()
  const used: LayerUse[] = []
  for (const arn of arns) {
    const ref = parseLayerVersionArn(arn)
    if (!ref) throw invalidParameter(`${arn} is not the ARN of a layer version`)
    const name = layerVersionArn(ref, 0)
    if (names.has(name))
      throw invalidParameter(
        `Two different versions of the same layer are not allowed to be referenced in the same function. ${arn} and another version of it`,
      )
    names.add(name)
    used.push(await usedLayer(reader, ref, context))
  }
  return used
}

async function usedLayer(
  reader: Reader,
  ref: LayerRef & { readonly number: number },
  context: Pick<RequestContext, 'account' | 'region'>,
): Promise<LayerUse> {
  const arn = layerVersionArn(ref, ref.number)
  if (ref.region !== context.region)
    throw invalidParameter(
      `Layers are not in the same region as the function. Layers are expected to be in region ${context.region}.`,
    )
  const found = await layerVersions.get(reader, [...layerKey(ref), ref.number])
  if (ref.account !== context.account && !mayUse(found?.value.policy?.statements, context.account))
    throw accessDenied(
      `User of account ${context.account} is not authorized to perform: lambda:GetLayerVersion on resource: ${arn} because no resource-based policy allows the lambda:GetLayerVersion action`,
    )
  if (!found) throw invalidParameter(`Layer version ${arn} does not exist.`)
  return { arn, code: found.value.code }
}

function mayUse(
  statements: readonly { readonly Principal: string | Readonly<Record<string, string>> }[] | undefined,
  account: string,
): boolean {
  return (statements ?? []).some(({ Principal }) => {
    const named = typeof Principal === 'string' ? Principal : Principal['AWS']
    return named === '*' || named === `arn:aws:iam::${account}:root`
  })
}

/** Code and layers together may not be larger than a package may. */
export function checkTotalSize(code: StoredCode | FunctionImage, used: readonly LayerUse[]): void {
  // An image has no layers, and a bound of its own.
  if (code.kind === 'image') return
  const bytes = used.reduce((sum, layer) => sum + layer.code.unpackedBytes, code.unpackedBytes)
  if (bytes > UNZIPPED_BYTES_MAX)
    throw invalidParameter(
      `Function code combined with layers exceeds the maximum allowed size of ${UNZIPPED_BYTES_MAX} bytes. The actual size is ${bytes} bytes.`,
    )
}

/** The layers as one package: a file of a later layer takes the place of an earlier one's. Undefined without layers. */
export function layerPackage(blobs: Blobs, used: readonly LayerUse[]): CodePackage | undefined {
  const [first, ...more] = used
  if (!first) return undefined
  if (more.length === 0) return codePackage(blobs, first.code)
  const id = createHash('sha256')
  for (const { code } of used) id.update(`${code.sha256}\n`)
  return {
    id: id.digest('hex'),
    size: used.reduce((sum, { code }) => sum + code.unpackedBytes, 0),
    async unpack(folder) {
      await codePackage(blobs, first.code).unpack(folder)
      for (const { code } of more) {
        // Beside what it is laid over: a rename does not leave the file system.
        const aside = join(folder, '.layer')
        await mkdir(aside)
        await codePackage(blobs, code).unpack(aside)
        await layOver(aside, folder)
        await rm(aside, { recursive: true })
      }
    },
  }
}

/** Moves everything below `from` over what is at `to`. Links are moved as links, and nothing is written through one. */
async function layOver(from: string, to: string): Promise<void> {
  for (const entry of await readdir(from, { withFileTypes: true })) {
    const source = join(from, entry.name)
    const target = join(to, entry.name)
    const there = await lstat(target).catch(() => undefined)
    if (entry.isDirectory() && there?.isDirectory() === true) {
      await layOver(source, target)
      continue
    }
    if (there) await rm(target, { recursive: true })
    await rename(source, target)
  }
}
