// Floor for objects: what node:http alone can do with bodies. PUT reads and discards, GET answers `?bytes=` from memory.
// Prints its port.
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

const bodies = new Map<number, Buffer>()

function bodyOf(bytes: number): Buffer {
  let body = bodies.get(bytes)
  if (!body) bodies.set(bytes, (body = Buffer.alloc(bytes, 'x')))
  return body
}

const server = createServer((request, response) => {
  if (request.method === 'GET') {
    const body = bodyOf(Number(new URLSearchParams(request.url?.split('?')[1]).get('bytes')))
    response.writeHead(200, { 'content-length': body.length, 'content-type': 'binary/octet-stream' })
    response.end(body)
    return
  }
  request.resume()
  request.on('end', () => {
    response.writeHead(200, { 'content-length': 0 })
    response.end()
  })
})
server.listen(0, '127.0.0.1', () => {
  // Listening on an address and a port, so the address is an object.
  process.stdout.write(`${(server.address() as AddressInfo).port}\n`)
})
