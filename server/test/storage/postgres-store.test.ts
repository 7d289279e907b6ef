// The PostgreSQL driver against a real server: the contract; two nodes on one database; the server killed under load.
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { Client } from 'pg'
import { ManualClock } from '#base/clock.ts'
import { OperatorError } from '#base/errors.ts'
import { openPostgresStore } from '#storage/postgres/postgres-store.ts'
import { bytes, committed, freshRoot, storeContract } from '#storage/store.contract.ts'
import { historyContract } from '#storage/store.history.contract.ts'
import { StoreUnavailableError, type Store } from '#storage/store.ts'
import { findPostgres, PostgresServer } from './postgres-server.ts'

const found = findPostgres()
const skip = 'missing' in found ? found.missing : false
if (skip) console.log(`skipped: ${skip}`)

describe('postgres', { skip, timeout: 180_000 }, () => {
  let server: PostgresServer
  before(async () => {
    if ('bin' in found) server = await PostgresServer.create(found.bin)
  })
  after(() => server.dispose())

  const run = async (statement: string, database?: string): Promise<void> => {
    const client = new Client({ connectionString: server.url(database) })
    await client.connect()
    await client.query(statement)
    await client.end()
  }
  const open = async (database: string): Promise<Store> => openPostgresStore({ url: server.url(database) })

  storeContract('postgres', {
    open: async () => {
      await run('CREATE DATABASE contract')
      return open('contract')
    },
    reopen: () => open('contract'),
    dispose: async () => {},
  })

  describe('two nodes on one database', () => {
    let nodes: [Store, Store]
    let turn = 0
    before(async () => {
      await run('CREATE DATABASE shared')
      nodes = await Promise.all([open('shared'), open('shared')])
    })
    after(() => Promise.all(nodes.map((node) => node.close())))

    describe('histories', () => historyContract(() => nodes[turn++ % 2] ?? nodes[0]))

    test('a log that both append to has no gap, and sequence order is version order', async () => {
      const root = freshRoot()
      const writer = async (node: Store): Promise<[number, number][]> => {
        const given: [number, number][] = []
        for (let round = 0; round < 15; round++) {
          const { version, sequences } = await committed(node, { appends: [{ log: [root], value: bytes('x') }] })
          given.push([version, sequences[0] ?? 0])
        }
        return given
      }
      const writers = nodes.flatMap((node) => Array.from({ length: 5 }, () => writer(node)))
      const given = (await Promise.all(writers)).flat().sort(([a], [b]) => a - b)
      assert.deepEqual(
        given.map(([, sequence]) => sequence),
        Array.from({ length: 150 }, (_, index) => index + 1),
      )
    })

    test('batches that wait for each other in a circle are untied: writes below a log, by hand and by append', async () => {
      const root = freshRoot()
      const client = async (node: Store, id: number): Promise<void> => {
        for (let round = 1; round <= 6; round++)
          await committed(node, {
            sets: [1, 2, 3].map((ahead) => ({ key: [root, 'log', round * 10 + ahead + id], value: bytes('by hand') })),
            deletes: [[root, 'other', id % 2]],
            appends: Array.from({ length: 4 }, () => ({ log: [root, 'log'], value: bytes('by append') })),
          })
      }
      await Promise.all([0, 1, 2, 3].map((id) => client(nodes[id % 2] ?? nodes[0], id)))
      const { sequences } = await committed(nodes[0], { appends: [{ log: [root, 'log'], value: bytes('last') }] })
      assert.deepEqual(sequences, [4 * 6 * 4 + 1])
    })

    test('S3: what one node acknowledged the other one reads', async () => {
      const root = freshRoot()
      for (let round = 0; round < 20; round++) {
        const { version } = await committed(nodes[0], { sets: [{ key: [root], value: bytes(String(round)) }] })
        assert.equal((await nodes[1].get([root]))?.version, version)
      }
    })

    test('S5: a commit on one node wakes a watcher on another by notification', async (t) => {
      const root = freshRoot()
      // Its clock stands still: this node never polls.
      const watching = await openPostgresStore({ url: server.url('shared'), clock: new ManualClock() })
      t.after(() => watching.close())
      const deep = [root, 'a', 'b', 'c', 'd', 'e']
      for (const prefix of [[root], deep, [...deep, 'f']]) {
        const woken = new Promise<void>((resolve) => watching.watch(prefix, resolve))
        await committed(nodes[0], { sets: [{ key: [...deep, 'f'], value: bytes('x') }] })
        await woken
      }
      const emptied = new Promise<void>((resolve) => watching.watch(['elsewhere'], resolve))
      await nodes[0].clear()
      await emptied
    })

    test('S5: what no notification told of is found by polling, in both directions', async () => {
      const root = freshRoot()
      // One of the two nodes cannot send or hear for a while.
      await run(
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
         WHERE application_name = 'mayfly-signals' ORDER BY backend_start LIMIT 1`,
        'shared',
      )
      const isSeen = nodes.map(async (node, id) => {
        const seen = Promise.withResolvers<void>()
        const end = node.watch([root, id], () => {
          void node.get([root, id]).then((entry) => entry && seen.resolve())
        })
        await seen.promise
        end()
      })
      for (const [id, node] of nodes.toReversed().entries())
        await committed(node, { sets: [{ key: [root, id], value: bytes('x') }] })
      await Promise.all(isSeen)
    })
  })

  test('what was acknowledged survives an immediate shutdown under load; afterwards the store goes on', async () => {
    await run('CREATE DATABASE crash')
    const store = await open('crash')
    const acknowledged: { readonly id: number; readonly sequence: number }[] = []
    const load = { isOn: true }
    let unavailable = 0
    const writer = async (id: number): Promise<void> => {
      for (let round = 0; load.isOn; round++) {
        const entry = id * 1_000_000 + round
        try {
          const { sequences } = await committed(store, {
            sets: [{ key: ['entry', entry], value: bytes(String(entry)) }],
            appends: [{ log: ['log'], value: bytes(String(entry)) }],
          })
          acknowledged.push({ id: entry, sequence: sequences[0] ?? 0 })
        } catch (error) {
          assert.ok(error instanceof StoreUnavailableError, String(error))
          unavailable++
          await new Promise((resolve) => setTimeout(resolve, 20))
        }
      }
    }
    const writers = Array.from({ length: 8 }, (_, id) => writer(id))
    for (let kill = 0; kill < 2; kill++) {
      await new Promise((resolve) => setTimeout(resolve, 300))
      await server.stop('SIGQUIT')
      await server.start()
    }
    // The store goes on: this waits for it.
    for (const before = acknowledged.length; acknowledged.length === before;)
      await new Promise((resolve) => setTimeout(resolve, 20))
    load.isOn = false
    await Promise.all(writers)
    assert.ok(unavailable > 0, 'the kills were noticed')
    for (const { id, sequence } of acknowledged) {
      const [entry, logged] = await store.getMany([
        ['entry', id],
        ['log', sequence],
      ])
      assert.ok(entry, `entry ${id} is lost`)
      assert.equal(Buffer.from(logged?.value ?? []).toString(), String(id))
    }
    await store.close()
  })

  test('a database that is not there, or does not answer, is an operator error with a hint', async () => {
    await assert.rejects(open('absent'), OperatorError)
    await assert.rejects(openPostgresStore({ url: 'postgres://localhost:1/x' }), OperatorError)
  })

  test('a format of a newer Mayfly is refused', async () => {
    await run('CREATE DATABASE newer')
    await (await open('newer')).close()
    await run("UPDATE mayfly_meta SET value = 99 WHERE name = 'format'", 'newer')
    await assert.rejects(open('newer'), OperatorError)
  })

  test('a server that acknowledges before the disk is refused', async () => {
    await run('CREATE DATABASE hasty')
    await run('ALTER DATABASE hasty SET synchronous_commit = off')
    await assert.rejects(open('hasty'), OperatorError)
  })
})
