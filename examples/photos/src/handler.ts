// A photo arrives in `uploads/`; its thumbnails and what its EXIF says are written to `thumbs/`, in the same bucket.
//
// The AWS SDK is used with no configuration: endpoint, region and credentials are in the environment of the function, on
// Mayfly as on AWS. A function that writes into the bucket that starts it could start itself for ever: the notification
// has the prefix `uploads/`, and the function looks once more itself.
import { GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3'
import type { S3Event } from 'aws-lambda'
import sharp, { type Sharp } from 'sharp'
import { readExif } from './exif.ts'

/** Longest side in pixels. */
const SIZES = [160, 640, 1280]
const UPLOADS = 'uploads/'
const THUMBS = 'thumbs/'
const WEBP_QUALITY = 78

const s3 = new S3Client({})

interface Made {
  readonly source: string
  readonly width: number
  readonly height: number
  readonly format: string
  readonly thumbs: readonly {
    readonly key: string
    readonly width: number
    readonly height: number
    readonly bytes: number
  }[]
}

/** What S3 sends once when the notification is set up. */
interface TestEvent {
  readonly Event: 's3:TestEvent'
}

/** Makes the thumbnails of every photo in the event. Throws when one cannot be read: Lambda then tries again. */
export async function handler(event: S3Event | TestEvent): Promise<readonly Made[]> {
  if ('Event' in event) {
    console.log(`${event.Event}: the trigger is set up`)
    return []
  }
  const made: Made[] = []
  for (const record of event.Records) {
    // Keys come as a form would send them.
    const key = decodeURIComponent(record.s3.object.key.replaceAll('+', ' '))
    if (key.startsWith(UPLOADS)) made.push(await makeThumbs(record.s3.bucket.name, key))
    else console.warn(`left alone: ${key} is not below ${UPLOADS}`)
  }
  return made
}

async function makeThumbs(bucket: string, key: string): Promise<Made> {
  const { Body } = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: key }))
  if (Body === undefined) throw new Error(`${key} has no body`)
  const photo = sharp(await Body.transformToByteArray())
  const { width, height, format, exif, orientation } = await photo.metadata()
  const folder = `${THUMBS}${key.slice(UPLOADS.length)}`
  const thumbs = await Promise.all(SIZES.map((size) => putThumb(photo, bucket, folder, size)))
  const facts = { source: key, format, width, height, orientation: orientation ?? 1, exif: readExif(exif), thumbs }
  await put(bucket, `${folder}/photo.json`, JSON.stringify(facts, undefined, 2), 'application/json')
  console.log(`${key}: ${format} ${width}x${height} to ${thumbs.map(({ key: thumb }) => thumb).join(', ')}`)
  return { source: key, width, height, format, thumbs }
}

async function putThumb(photo: Sharp, bucket: string, folder: string, size: number) {
  const { data, info } = await photo
    .clone()
    .autoOrient()
    .resize(size, size, { fit: 'inside', withoutEnlargement: true })
    .webp({ quality: WEBP_QUALITY })
    .toBuffer({ resolveWithObject: true })
  const key = `${folder}/${size}.webp`
  await put(bucket, key, data, 'image/webp')
  return { key, width: info.width, height: info.height, bytes: info.size }
}

async function put(bucket: string, key: string, body: string | Uint8Array, contentType: string): Promise<void> {
  await s3.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: body, ContentType: contentType }))
}
