// How programs in the cell find the way to other machines: a proxy on the cell's own loopback, told by the variables that
// HTTP clients read. Node's own clients read them too, but loading what they need costs 14 MB and 100 ms: so it waits
// until the function first calls fetch. Agents of node:http look when that module is first loaded, which is after the
// assignment.
import { createRequire } from 'node:module'

/** The usual port of a proxy. */
export const PROXY_PORT = 3128

/** Mayfly's own API is not behind the proxy. */
const NO_PROXY = '127.0.0.1,localhost,::1'

/** Variables for the function's environment. */
export function proxyVariables(port: number): Readonly<Record<string, string>> {
  const proxy = `http://127.0.0.1:${port}`
  return {
    NODE_USE_ENV_PROXY: '1',
    HTTP_PROXY: proxy,
    HTTPS_PROXY: proxy,
    http_proxy: proxy,
    https_proxy: proxy,
    NO_PROXY,
    no_proxy: NO_PROXY,
  }
}

type Fetch = typeof globalThis.fetch

/** From the first call on Node's fetch goes through the proxy that the variables of that moment name. */
export function proxyFetchWhenUsed(): void {
  const original = globalThis.fetch
  let ready = false
  const fetch: Fetch = (input, init) => {
    if (!ready) {
      ready = true
      // Loaded here: most functions never call fetch.
      const http = createRequire(import.meta.url)('node:http') as { setGlobalProxyFromEnv?: () => void }
      http.setGlobalProxyFromEnv?.()
    }
    return original(input, init)
  }
  Object.defineProperty(globalThis, 'fetch', { value: fetch, writable: true, configurable: true, enumerable: true })
}
