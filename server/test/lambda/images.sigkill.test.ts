// Kills a server while it takes an image in: an image is there whole, with its tag, or not at all, and nothing half of it is
// ever the root of a cell. What was acknowledged runs after the restart.
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { existsSync, readdirSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { CreateFunctionCommand, InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda'
import { KillableServer } from '../events/killable-server.ts'
import { imageOf, layerOf, pushImage, putBytes } from '../images/oci-image.ts'
import { buildProgram, skipImages } from '../images/program.ts'
import { ROLE } from './server-fixture.ts'

const KILLS = 3
const FILES = 3_000

test(`an image survives ${KILLS} kills while it is taken in: whole, or not there`, { skip: skipImages }, async (t) => {
  const seed = Number(process.env['SEED'] ?? Math.floor(Math.random() * 1e6))
  t.diagnostic(`seed ${seed}`)
  const dataFolder = await mkdtemp(join(tmpdir(), 'mayfly-images-'))
  const many = Object.fromEntries(
    Array.from({ length: FILES }, (_, at) => [`many/${at % 50}/${at}`, randomBytes(2_000)]),
  )
  const layers = [await layerOf({ ...many, last: 'whole' }, 'plain'), await layerOf({ program: buildProgram() })]
  const image = imageOf(layers, { Entrypoint: ['/program'] })
  const live = join(dataFolder, 'engine/images/live')
  let node = await KillableServer.start(dataFolder, { region: 'us-east-1' })
  t.after(async () => {
    await node.kill()
    await rm(dataFolder, { recursive: true, force: true })
  })
  for (const blob of [image.configuration, ...image.layers])
    assert.equal((await putBytes(node.settings.endpoint, blob)).status, 201)
  for (let kill = 0; kill < KILLS; kill++) {
    const pushed = pushImage(node.settings.endpoint, 'torn:v1', image).then(
      ({ status }) => status === 200,
      () => false,
    )
    await pause(((seed * (kill + 1) * 7919) % 400) + 20)
    await node.kill()
    const acknowledged = await pushed
    node = await KillableServer.start(dataFolder, { region: 'us-east-1' })
    const answer = await fetch(`${node.settings.endpoint}/_mayfly/images`)
    const { images } = (await answer.json()) as { images: { digest: string }[] }
    if (acknowledged) assert.equal(images.length, 1)
    for (const id of readdirSync(live)) assert.ok(existsSync(join(live, id, 'root/last')), 'only what is whole is live')
    const removed = await fetch(`${node.settings.endpoint}/_mayfly/images/torn:v1`, { method: 'DELETE' })
    assert.equal(removed.status, images.length === 1 ? 200 : 404)
  }
  assert.equal((await pushImage(node.settings.endpoint, 'torn:v1', image)).status, 200)
  const Code = { ImageUri: '000000000000.dkr.ecr.us-east-1.localhost/torn:v1' }
  const made = new CreateFunctionCommand({ FunctionName: 'torn', PackageType: 'Image', Role: ROLE, Code })
  await node.client(LambdaClient).send(made)
  await node.kill()
  node = await KillableServer.start(dataFolder, { region: 'us-east-1' })
  const event = { FunctionName: 'torn', Payload: JSON.stringify({ do: 'read', path: '/last' }) }
  const { Payload } = await node.client(LambdaClient).send(new InvokeCommand(event))
  assert.equal(Payload?.transformToString(), '"whole"')
})
