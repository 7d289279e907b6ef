import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { storeContract } from '../store.contract.ts'
import { openSqliteStore } from './sqlite-store.ts'

const folder = await mkdtemp(join(tmpdir(), 'mayfly-sqlite-'))
const onFatal = (error: Error): void => {
  throw error
}
const open = (name = 'store.sqlite') => openSqliteStore({ path: join(folder, name), onFatal })

storeContract('sqlite', { open, reopen: () => open(), dispose: () => rm(folder, { recursive: true }) })
