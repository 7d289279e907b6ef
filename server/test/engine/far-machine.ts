// Another machine, for tests: a network namespace behind a pair of virtual devices, with a public address that only this
// machine has a route to. Its servers: TCP echo 5000, UDP echo 5001, TCP that closes
// first 5002, TLS 4433, names 53, and a PostgreSQL 5432 where there is one.
import { execFileSync, spawn, type ChildProcess } from 'node:child_process'
import { generateKeyPairSync } from 'node:crypto'
import { once } from 'node:events'
import { existsSync, readdirSync } from 'node:fs'
import { selfSignedCertificate } from '#services/sns/certificate.ts'

/** Several runs of the tests may be on one machine: each has addresses of its own. */
const [HIGH, LOW] = [(process.pid >> 8) & 255, process.pid & 252]
const NEAR = `10.211.${HIGH}.${LOW + 1}`
const FAR = `10.211.${HIGH}.${LOW + 2}`
/** As good as public: only this machine has a route to it, and only while the test runs. */
const PUBLIC = `93.${HIGH}.${LOW}.34`
const IP = '/usr/sbin/ip'
const NAME = 'mayfly-far-'
const NAMES_FOLDER = '/run/netns'

/** Answers every question for an address with PUBLIC. Node's own modules only: it runs as text. */
const SERVERS = `
const { createServer, connect } = require('node:net')
const tls = require('node:tls'), dgram = require('node:dgram')
const { KEY: key, CERT: cert, POSTGRES: postgres } = process.env
const echo = (socket) => { socket.on('error', () => {}); socket.pipe(socket) }
createServer(echo).listen(5000, '0.0.0.0')
createServer((socket) => { socket.on('error', () => {}); socket.once('data', () => socket.end('bye')) }).listen(5002, '0.0.0.0')
createServer(echo).listen(25, '0.0.0.0')
tls.createServer({ key, cert }, echo).listen(4433, '0.0.0.0')
if (postgres) createServer((near) => {
  const far = connect(postgres)
  near.on('error', () => far.destroy()); far.on('error', () => near.destroy())
  near.pipe(far).pipe(near)
}).listen(5432, '0.0.0.0')
const udp = dgram.createSocket('udp4', (message, from) => udp.send(message, from.port, from.address)).bind(5001, '${PUBLIC}')
const names = dgram.createSocket('udp4', (question, from) => {
  const answer = Buffer.from([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, ...'${PUBLIC}'.split('.').map(Number)])
  const head = Buffer.from(question.subarray(0, 12))
  head.writeUInt16BE(0x8180, 2); head.writeUInt16BE(1, 6); head.writeUInt32BE(0, 8)
  let end = 12
  while (question[end] !== 0) end += question[end] + 1
  names.send(Buffer.concat([head, question.subarray(12, end + 5), answer]), from.port, from.address)
}).bind(53, '${PUBLIC}', () => console.log('ready'))
`

/** Why there can be no such machine here; undefined when there can. */
export function missingForFarMachine(): string | undefined {
  if (process.getuid?.() !== 0) return 'this needs root'
  return existsSync(IP) ? undefined : 'iproute2 is not installed (apt-get install iproute2)'
}

export class FarMachine {
  /** Its address, as if it were on the internet. */
  readonly publicAddress = PUBLIC
  /** Its private address. */
  readonly privateAddress = FAR
  /** An address of this machine, next to it. */
  readonly nearAddress = NEAR
  /** Of its TLS server. */
  readonly certificate: string
  /** One that this machine may get. */
  readonly laterAddress = `93.${HIGH}.${LOW}.77`
  readonly #name: string
  readonly #servers: ChildProcess

  private constructor(name: string, certificate: string, servers: ChildProcess) {
    this.#name = name
    this.certificate = certificate
    this.#servers = servers
  }

  /** `postgres`: the path of a PostgreSQL's socket, which it offers. */
  static async open(postgres: string | undefined): Promise<FarMachine> {
    removeStale()
    const name = `${NAME}${process.pid}`
    const device = deviceName()
    ip('netns', 'add', name)
    try {
      ip('link', 'add', device, 'type', 'veth', 'peer', 'name', 'far0', 'netns', name)
      ip('addr', 'add', `${NEAR}/30`, 'dev', device)
      ip('link', 'set', device, 'up')
      ip('route', 'add', `${PUBLIC}/32`, 'via', FAR)
      for (const line of [
        `addr add ${FAR}/30 dev far0`,
        `addr add ${PUBLIC}/32 dev lo`,
        'link set lo up',
        'link set far0 up',
      ])
        ip('-n', name, ...line.split(' '))
      const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
      const day = 86_400_000
      const certificate = selfSignedCertificate(privateKey, {
        commonName: 'far.test',
        serial: Buffer.of(1),
        notBefore: new Date(Date.now() - day),
        notAfter: new Date(Date.now() + day),
      })
      const key = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
      const servers = spawn(IP, ['netns', 'exec', name, process.execPath, '-e', SERVERS], {
        env: { KEY: key, CERT: certificate, ...(postgres !== undefined && { POSTGRES: postgres }) },
        stdio: ['ignore', 'pipe', 'inherit'],
      })
      await once(servers.stdout, 'data')
      return new FarMachine(name, certificate, servers)
    } catch (error) {
      ip('netns', 'delete', name)
      throw error
    }
  }

  /** Gives this machine one more address, until the other one is closed. */
  addToThisMachine(address: string): void {
    ip('addr', 'add', `${address}/32`, 'dev', deviceName())
  }

  /** The devices and the route go with the namespace. */
  async close(): Promise<void> {
    const ended = once(this.#servers, 'exit')
    this.#servers.kill('SIGKILL')
    await ended
    ip('netns', 'delete', this.#name)
  }
}

/** What a run left behind that was killed. */
function removeStale(): void {
  if (!existsSync(NAMES_FOLDER)) return
  for (const name of readdirSync(NAMES_FOLDER))
    if (name.startsWith(NAME) && !existsSync(`/proc/${name.slice(NAME.length)}`)) ip('netns', 'delete', name)
}

function deviceName(): string {
  return `mf${process.pid}`
}

function ip(...args: string[]): void {
  execFileSync(IP, args, { stdio: ['ignore', 'ignore', 'pipe'] })
}
