// Where a list goes on: the key of the last row, opaque to clients.
import { AwsError } from '#protocol/errors.ts'

type MarkerPart = string | number

export function markerOf(key: readonly MarkerPart[]): string {
  return Buffer.from(JSON.stringify(key)).toString('base64url')
}

/** Undefined for the first page. Throws InvalidParameterValueException for what markerOf did not make. */
export function readMarker(marker: string | undefined): readonly MarkerPart[] | undefined {
  if (marker === undefined || marker === '') return undefined
  try {
    const key: unknown = JSON.parse(Buffer.from(marker, 'base64url').toString('utf8'))
    if (Array.isArray(key) && key.every((part) => typeof part === 'string' || typeof part === 'number')) return key
  } catch {
    // Falls through to the answer for anything that is not a marker.
  }
  throw invalidMarker()
}

/** The number in a marker of one; undefined for the first page. Throws InvalidParameterValueException. */
export function readNumberMarker(marker: string | undefined): number | undefined {
  const [number, ...more] = readMarker(marker) ?? []
  if (number === undefined) return undefined
  if (typeof number !== 'number' || !Number.isSafeInteger(number) || number < 0 || more.length > 0)
    throw invalidMarker()
  return number
}

export function invalidMarker(): AwsError {
  return new AwsError('InvalidParameterValueException', 400, 'Invalid value provided for the Marker parameter.', {
    fields: { Type: 'User' },
  })
}
