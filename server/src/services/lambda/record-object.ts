// Where a record goes that is sent to a bucket: an object of its own, below a prefix that tells what it is about. Source:
// developer guide, "Capturing records of Lambda asynchronous invocations", and "Retain discarded records" for streams.
import type { Destination } from '#events/envelope.ts'
import { serviceOf } from './destinations.ts'

/** The destination of a record: itself, or an object of the bucket. `id`: the random part of its name. */
export function recordPlace(
  arn: string,
  about: string,
  { id, timeMs }: { readonly id: string; readonly timeMs: number },
): Pick<Destination, 'target' | 'arn'> {
  const target = serviceOf(arn)
  if (target !== 's3') return { target, arn }
  const time = new Date(timeMs).toISOString().slice(0, 19)
  const day = time.slice(0, 10).replaceAll('-', '/')
  return { target, arn: `${arn}/aws/lambda/${about}/${day}/${time.replaceAll(':', '.')}-${id}` }
}

/** What a record of an asynchronous invocation is about. */
export function aboutAsync(functionName: string): string {
  return `async/${functionName}`
}
