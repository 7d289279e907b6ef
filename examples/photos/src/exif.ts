// What is worth knowing of a photo's EXIF: the camera, the moment, and where it was taken.
import readTags from 'exif-reader'

export interface PhotoExif {
  readonly camera: string | undefined
  /** ISO 8601; EXIF knows no time zone, so this is the camera's local time. */
  readonly taken: string | undefined
  readonly exposure: string | undefined
  readonly gps: { readonly latitude: number; readonly longitude: number } | undefined
}

/** Undefined for a picture without EXIF. Throws for EXIF that is broken. */
export function readExif(bytes: Uint8Array | undefined): PhotoExif | undefined {
  if (bytes === undefined) return undefined
  const { Image, Photo, GPSInfo } = readTags(Buffer.from(bytes))
  const camera = [Image?.Make, Image?.Model].filter((part) => part !== undefined).join(' ')
  return {
    camera: camera === '' ? undefined : camera,
    taken: Photo?.DateTimeOriginal?.toISOString().slice(0, 19),
    exposure: exposureText(Photo?.ExposureTime, Photo?.FNumber, Photo?.ISOSpeedRatings),
    gps: position(GPSInfo),
  }
}

function exposureText(time: number | undefined, aperture: number | undefined, iso: unknown): string | undefined {
  if (time === undefined || aperture === undefined) return undefined
  const seconds = time < 1 ? `1/${Math.round(1 / time)}` : String(time)
  return `${seconds} s, f/${aperture}${typeof iso === 'number' ? `, ISO ${iso}` : ''}`
}

interface Gps {
  readonly GPSLatitude?: number[]
  readonly GPSLatitudeRef?: string
  readonly GPSLongitude?: number[]
  readonly GPSLongitudeRef?: string
}

function position(gps: Gps | undefined): PhotoExif['gps'] {
  const latitude = degrees(gps?.GPSLatitude, gps?.GPSLatitudeRef === 'S')
  const longitude = degrees(gps?.GPSLongitude, gps?.GPSLongitudeRef === 'W')
  return latitude === undefined || longitude === undefined ? undefined : { latitude, longitude }
}

/** Degrees, minutes and seconds as decimal degrees, to about ten centimetres. */
function degrees(parts: readonly number[] | undefined, negative: boolean): number | undefined {
  const [whole, minutes = 0, seconds = 0] = parts ?? []
  if (whole === undefined) return undefined
  const value = Math.round((whole + minutes / 60 + seconds / 3600) * 1e6) / 1e6
  return negative ? -value : value
}
