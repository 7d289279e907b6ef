import { storeContract } from '../store.contract.ts'
import { createMemoryStore, type MemoryStore, type MemoryStoreOptions } from './memory-store.ts'

storeContract('memory', {
  open: async () => createMemoryStore(),
  reopen: async (closed) => (closed as MemoryStore).restart(),
  dispose: async () => {},
})

const seed = Number(process.env['MAYFLY_TEST_SEED'] ?? Math.trunc(Math.random() * 2 ** 31))
console.log(`memory-store.test.ts seed ${seed}`)
const delayed = (): MemoryStoreOptions => ({ faults: { seed, delayMsMax: 1.5 } })

storeContract('memory with delays', {
  open: async () => createMemoryStore(delayed()),
  reopen: async (closed) => (closed as MemoryStore).restart(delayed()),
  dispose: async () => {},
})
