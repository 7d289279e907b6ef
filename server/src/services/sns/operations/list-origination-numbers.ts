import type { SnsOutput } from '../model.ts'

/** ListOriginationNumbers: there is no way to buy one here, so there are none. */
export async function listOriginationNumbers(): Promise<SnsOutput<'ListOriginationNumbers'>> {
  return { PhoneNumbers: [] }
}
