// Uploads, and what the function makes of them.
import { GetObjectCommand, ListObjectsV2Command, NoSuchKey, PutObjectCommand, type S3Client } from '@aws-sdk/client-s3'
import { readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import sharp from 'sharp'
import { BUCKET } from './deploy.ts'

export const PHOTOS = [
  { name: 'pond.jpg', contentType: 'image/jpeg' },
  { name: 'hills.png', contentType: 'image/png' },
  { name: 'city.webp', contentType: 'image/webp' },
] as const

export type Photo = (typeof PHOTOS)[number]

/** What the function wrote about a photo. */
export interface PhotoFacts {
  readonly format: string
  readonly width: number
  readonly height: number
  readonly orientation: number
  readonly exif?: {
    readonly camera?: string
    readonly taken?: string
    readonly exposure?: string
    readonly gps?: { readonly latitude: number; readonly longitude: number }
  }
  readonly thumbs: readonly { readonly key: string; readonly width: number; readonly height: number }[]
}

const MADE_WITHIN_MS = 60_000
const LOOK_EVERY_MS = 20
const SIZES = 3

/** Puts the photo; returns its size in bytes. */
export async function upload(s3: S3Client, photo: Photo): Promise<number> {
  const body = readFileSync(new URL(`../photos/${photo.name}`, import.meta.url))
  const put = { Bucket: BUCKET, Key: `uploads/${photo.name}`, Body: body, ContentType: photo.contentType }
  await s3.send(new PutObjectCommand(put))
  return body.length
}

/** Waits for what the function says about the photo, which it writes last. Throws when it does not come. */
export async function waitForFacts(s3: S3Client, photo: Photo): Promise<PhotoFacts> {
  const deadline = performance.now() + MADE_WITHIN_MS
  while (performance.now() < deadline) {
    const facts = await readFacts(s3, photo)
    if (facts !== undefined) return facts
    await sleep(LOOK_EVERY_MS)
  }
  throw new Error(`no thumbnails within ${MADE_WITHIN_MS / 1_000} s`)
}

async function readFacts(s3: S3Client, photo: Photo): Promise<PhotoFacts | undefined> {
  try {
    const { Body } = await s3.send(new GetObjectCommand({ Bucket: BUCKET, Key: `thumbs/${photo.name}/photo.json` }))
    return JSON.parse((await Body?.transformToString()) ?? '') as PhotoFacts
  } catch (error) {
    if (error instanceof NoSuchKey) return undefined
    throw error
  }
}

export interface Thumb {
  readonly key: string
  readonly width: number
  readonly height: number
  readonly bytes: number
}

/** Downloads the thumbnails and looks whether they are what the function says. Throws when one is not. */
export async function checkThumbs(s3: S3Client, photo: Photo, facts: PhotoFacts): Promise<readonly Thumb[]> {
  const listed = await s3.send(new ListObjectsV2Command({ Bucket: BUCKET, Prefix: `thumbs/${photo.name}/` }))
  if (listed.KeyCount !== SIZES + 1) throw new Error(`${photo.name}: ${listed.KeyCount} objects, not ${SIZES + 1}`)
  return Promise.all(
    facts.thumbs.map(async ({ key, width, height }) => {
      const { Body } = await s3.send(new GetObjectCommand({ Bucket: BUCKET, Key: key }))
      const bytes = (await Body?.transformToByteArray()) ?? new Uint8Array()
      const found = await sharp(bytes).metadata()
      if (found.format !== 'webp' || found.width !== width || found.height !== height)
        throw new Error(`${key} is ${found.format} ${found.width}x${found.height}, not webp ${width}x${height}`)
      return { key, width, height, bytes: bytes.length }
    }),
  )
}
