// Protection of what listens on loopback against web pages: a page of another site may send requests here (CSRF), and a
// name that its owner points at 127.0.0.1 makes it even "the same site" (DNS rebinding). So the Host must be a local
// name, and an Origin, where a browser sends one, must be local too. Pure.
import type { RequestHead } from './head.ts'

const LOCAL_HOST = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\]|(?:[a-z0-9-]+\.)*localhost)$/

const LOOPBACK = /^(?:127(?:\.\d{1,3}){3}|::1)$/

/** For Mayfly's control routes: a connection from this machine, a local Host, and an Origin that is that same host. */
export function isLocalCaller(head: RequestHead): boolean {
  if (!LOOPBACK.test(head.remoteAddress) || !LOCAL_HOST.test(head.host)) return false
  if (head.headers['sec-fetch-site'] === 'cross-site') return false
  const origin = head.headers['origin']
  return (
    origin === undefined ||
    origin.toLowerCase() === `${head.secure ? 'https' : 'http'}://${head.headers['host']?.toLowerCase()}`
  )
}

/**
 * For the AWS APIs where no signature protects them (`dev`): a page may call them only from a local site. Requests that
 * browsers send without an Origin (images, links, plain forms of GET) name themselves by `sec-fetch-site`; such a one may
 * `read`, which a page gets to see nothing of, and no more: `GET /?Action=DeleteQueue` is one, too.
 */
export function isForeignPage(head: RequestHead, reads: boolean): boolean {
  const origin = head.headers['origin']
  if (origin === undefined) return head.headers['sec-fetch-site'] === 'cross-site' && !reads
  const match = /^https?:\/\/(\[[^\]]+\]|[^:/]+)(?::\d+)?$/i.exec(origin)
  return match?.[1] === undefined || !LOCAL_HOST.test(match[1].toLowerCase())
}

/** Names that no stranger can point at this machine: reserved ones, AWS's own, LocalStack's, and names without a dot. */
const SAFE_HOST =
  /^[^.]*$|(?:^|\.)(?:localhost|internal|local|lan|test|amazonaws\.com|amazonaws\.com\.cn|localstack\.cloud)$|^\[[0-9a-f:.]+\]$|^\d{1,3}(?:\.\d{1,3}){3}$/

/** For `dev`: a public name that leads here may belong to a page that wants to look around (DNS rebinding). */
export function isForeignHost(host: string): boolean {
  return !SAFE_HOST.test(host)
}
