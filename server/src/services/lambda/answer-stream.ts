// An invocation whose answer is handed on while the function makes it.
import { PassThrough } from 'node:stream'
import type { DeployedVersion } from './deployed-versions.ts'
import type { InvokeAnswer, FunctionInvoker, InvokeOrder } from './invoker.ts'

export type StreamedInvocation =
  | {
      readonly kind: 'begun'
      readonly contentType: string | undefined
      /** Ends when the answer is whole; is destroyed when the function fails on the way. */
      readonly body: AsyncIterable<Uint8Array>
      /** How it ended; never rejects after the body was read to its end. */
      readonly end: Promise<InvokeAnswer>
    }
  /** The function made its answer in one piece, failed before its first part, or was never begun. */
  | { readonly kind: 'whole'; readonly answer: InvokeAnswer }

/** Bytes that wait for a slow reader before the function must. */
const WAITING_BYTES_MAX = 1024 * 1024

/** Resolves with the first part, or with the end if there is none. */
export async function invokeStreaming(
  invoker: FunctionInvoker,
  deployed: DeployedVersion,
  order: Omit<InvokeOrder, 'stream'>,
): Promise<StreamedInvocation> {
  const to = new PassThrough({ highWaterMark: WAITING_BYTES_MAX })
  const begun = Promise.withResolvers<StreamedInvocation>()
  const end = invoker.invoke(deployed, {
    ...order,
    stream: {
      to,
      begin: (contentType) => begun.resolve({ kind: 'begun', contentType, body: to, end }),
    },
  })
  void end.then(
    (answer) => {
      to.end()
      begun.resolve({ kind: 'whole', answer })
    },
    (error: unknown) => {
      to.destroy()
      begun.reject(error)
    },
  )
  return begun.promise
}
