// Floor H: what node:http alone can do. One process, hello world, content-length set. Prints its port.
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

const body = Buffer.from('{"hello":"world"}')

const server = createServer((request, response) => {
  request.resume()
  request.on('end', () => {
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': body.length })
    response.end(body)
  })
})
server.listen(0, '127.0.0.1', () => {
  // Listening on an address and a port, so the address is an object.
  process.stdout.write(`${(server.address() as AddressInfo).port}\n`)
})
