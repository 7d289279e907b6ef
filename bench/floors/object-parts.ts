// What a put of a large object cannot do without, each alone in this process: CPU time, for wall time shows the others on the
// machine. MD5 is the entity tag, CRC64NVME the checksum of a client that declares none, AES-256-GCM what lies on the disk.
import { createCipheriv, createHash, createSecretKey, randomBytes } from 'node:crypto'
import { open, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { crc32 } from 'node:zlib'
import { createHasher, preloadChecksums } from '../../server/src/identity/checksums.ts'

const CHUNK_BYTES = 64 * 1024
const TURNS = 7

export interface ObjectPart {
  readonly name: string
  /** Least of several turns. */
  readonly cpuUs: number
}

/** The parts of a put of `bytes`. */
export async function objectParts(bytes: number): Promise<readonly ObjectPart[]> {
  const chunk = Buffer.alloc(CHUNK_BYTES, 'x')
  const chunks = bytes / CHUNK_BYTES
  await preloadChecksums()
  const key = createSecretKey(randomBytes(32))
  const each = (take: () => unknown): void => {
    for (let index = 0; index < chunks; index++) take()
  }
  const path = join(tmpdir(), `mayfly-bench-${randomBytes(6).toString('hex')}`)
  return [
    {
      name: 'MD5',
      cpuUs: await leastCpuUs(async () => {
        const hash = createHash('md5')
        each(() => hash.update(chunk))
        hash.digest()
      }),
    },
    {
      name: 'CRC64NVME',
      cpuUs: await leastCpuUs(async () => {
        const hasher = createHasher('CRC64NVME')
        each(() => hasher.update(chunk))
        hasher.digest()
      }),
    },
    {
      name: 'CRC-32 of what is kept',
      cpuUs: await leastCpuUs(async () => {
        let sum = 0
        each(() => (sum = crc32(chunk, sum)))
      }),
    },
    {
      name: 'AES-256-GCM',
      cpuUs: await leastCpuUs(async () => {
        each(() => {
          const cipher = createCipheriv('aes-256-gcm', key, randomBytes(12))
          cipher.update(chunk).buffer.transfer(0)
          cipher.final()
        })
      }),
    },
    {
      name: 'write and fdatasync',
      cpuUs: await leastCpuUs(async () => {
        const file = await open(path, 'w')
        const pieces = Array.from({ length: 8 }, () => chunk)
        for (let written = 0; written < bytes; written += 8 * CHUNK_BYTES) await file.writev(pieces)
        await file.datasync()
        await file.close()
        await rm(path)
      }),
    },
  ]
}

async function leastCpuUs(work: () => Promise<void>): Promise<number> {
  const found: number[] = []
  for (let turn = 0; turn < TURNS; turn++) {
    const before = process.cpuUsage()
    await work()
    const { user, system } = process.cpuUsage(before)
    found.push(user + system)
  }
  return Math.min(...found)
}
