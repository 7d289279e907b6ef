// Container images by the command: sent from what tools write, listed, deployed, removed.
import assert from 'node:assert/strict'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { packTar, type TarEntry } from 'modern-tar'
import { type Image, imageOf, layerOf, type Layer, sha256, writeLayout } from '../../server/test/images/oci-image.ts'
import { buildProgram, skipImages } from '../../server/test/images/program.ts'
import { folderWith, mayfly, RunningCommand } from './support/command.ts'

const images = { skip: skipImages }
const undo: (() => void | Promise<void>)[] = []
let server: RunningCommand
let env: Record<string, string>
let folder: string
let layer: Layer
let image: Image
before(async () => {
  if (skipImages !== false) return
  folder = folderWith({ after: (work) => undo.push(work) }, {})
  server = new RunningCommand(['dev', '--port', '0', '--data', join(folder, 'data')])
  const [, endpoint = ''] = /(http:\/\/127\.0\.0\.1:\d+)/.exec(await server.line(/http:\/\/127\.0\.0\.1:\d+/)) ?? []
  env = { MAYFLY_ENDPOINT: endpoint }
  layer = await layerOf({ program: buildProgram() }, 'plain')
  image = imageOf([layer], { Entrypoint: ['/program'], Cmd: ['by', 'command'] })
})
after(async () => {
  await server?.end()
  for (const work of undo) await work()
})

const file = (name: string, body: Buffer): TarEntry => ({ header: { name, size: body.length, type: 'file' }, body })

async function writeTar(name: string, entries: readonly TarEntry[], packed = false): Promise<string> {
  const path = join(folder, name)
  const bytes = Buffer.from(await packTar(entries))
  writeFileSync(path, packed ? gzipSync(bytes) : bytes)
  return path
}

test('a layout is sent once, listed and removed', images, async () => {
  const layout = join(folder, 'layout')
  mkdirSync(layout)
  await writeLayout(layout, image)
  const first = await mayfly(['image', 'push', layout, 'team/one:v1', '--json'], env)
  assert.equal(first.code, 0, first.err)
  const pushed = JSON.parse(first.out)
  assert.equal(pushed.image.uri, '000000000000.dkr.ecr.us-east-1.localhost/team/one:v1')
  assert.equal(pushed.image.digest, `sha256:${image.manifest.digest}`)
  assert.equal(pushed.sentBytes, layer.bytes.length + image.configuration.bytes.length)
  const again = await mayfly(['image', 'push', layout, 'team/two', '--json'], env)
  assert.equal(JSON.parse(again.out).sentBytes, 0, again.err)
  const listed = await mayfly(['image', 'list'], env)
  assert.match(listed.out, /^team\/one:v1 {2}sha256:\w+ {2}[\d.]+ KB {2}.*\nteam\/two:latest /)
  assert.equal((await mayfly(['image', 'remove', 'team/one:v1'], env)).code, 0)
  const gone = await mayfly(['image', 'remove', 'team/one:v1'], env)
  assert.equal(gone.code, 5)
  assert.match(gone.err, /no image team\/one:v1/)
})

test('a function is deployed from an archive, and only what changed is updated', images, async () => {
  const layout = [image.manifest, image.configuration, ...image.layers].map(({ digest, bytes }) =>
    file(`blobs/sha256/${digest}`, bytes),
  )
  const index = readFileSync(join(folder, 'layout/index.json'))
  const path = await writeTar('archive.tar.gz', [...layout, file('index.json', index)], true)
  const deploy = ['deploy', '--image', path, '--name', 'archived', '--json']
  const first = await mayfly(deploy, env)
  assert.equal(first.code, 0, first.err)
  assert.ok(JSON.parse(first.out).plan.includes('create'))
  assert.deepEqual(JSON.parse((await mayfly(deploy, env)).out).plan, ['unchanged'])
  const invoked = await mayfly(['invoke', 'archived', '--payload', '{}'], env)
  assert.match(invoked.out, /^"\/ \/program by command\\n/, invoked.err)
  const changed = await mayfly([...deploy, '--memory', '256'], env)
  assert.deepEqual(JSON.parse(changed.out).plan, ['update-configuration'])
})

test('what Docker wrote before version 25 is an image, too', images, async () => {
  const [one, two] = ['1'.repeat(64), '2'.repeat(64)]
  const config = JSON.stringify({
    os: 'linux',
    architecture: process.arch === 'arm64' ? 'arm64' : 'amd64',
    config: { Entrypoint: ['/program'] },
    rootfs: { type: 'layers', diff_ids: [layer, layer].map(({ archive }) => `sha256:${sha256(archive)}`) },
  })
  const name = sha256(Buffer.from(config))
  const manifest = [{ Config: `${name}.json`, RepoTags: ['old:v1'], Layers: [`${one}/layer.tar`, `${two}/layer.tar`] }]
  const path = await writeTar('docker.tar', [
    file(`${name}.json`, Buffer.from(config)),
    file(`${one}/layer.tar`, layer.archive),
    { header: { name: `${two}/layer.tar`, size: 0, type: 'symlink', linkname: `../${one}/layer.tar` } },
    file('../escape', Buffer.from('x')),
    file('manifest.json', Buffer.from(JSON.stringify(manifest))),
  ])
  const pushed = await mayfly(['image', 'push', path, 'old:v1', '--json'], env)
  assert.equal(pushed.code, 0, pushed.err)
  assert.equal(JSON.parse(pushed.out).image.layers, 2)
})

test('a server that verifies signatures takes images from its operator alone', images, async (t) => {
  const data = join(folder, 'verified')
  const verifying = new RunningCommand(['start', '--port', '0', '--data', data])
  t.after(() => verifying.end())
  const [endpoint = ''] = /http:\/\/[\d.:]+/.exec(await verifying.line(/http:\/\/[\d.:]+/)) ?? []
  const layout = join(folder, 'layout')
  const refused = await mayfly(['image', 'push', layout, 'a/b:v1'], {
    MAYFLY_ENDPOINT: endpoint,
    AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE',
    AWS_SECRET_ACCESS_KEY: 'none',
  })
  assert.equal(refused.code, 6, refused.err)
  const own = { MAYFLY_ENDPOINT: endpoint, MAYFLY_DATA: data }
  const deployed = await mayfly(['deploy', '--image', layout, '--name', 'signed'], own)
  assert.equal(deployed.code, 0, deployed.err)
  const invoked = await mayfly(['invoke', 'signed', '--payload', '{}'], own)
  assert.match(invoked.out, /program by command/, invoked.err)
})

test('what is no image is told, with what would be one', images, async () => {
  const cases: [string[], number, RegExp][] = [
    [['image', 'push', join(folder, 'missing'), 'a/b:v1'], 5, /MF1201.*there is no/s],
    [
      ['image', 'push', await writeTar('empty.tar', []), 'a/b:v1'],
      1,
      /MF1305.*neither index\.json nor manifest\.json/s,
    ],
    ...(await Promise.all(
      ['index.json', 'manifest.json'].flatMap((name) =>
        ['no JSON', 'null', '[]'].map(async (text, at): Promise<[string[], number, RegExp]> => {
          const path = await writeTar(`${name}-${at}.tar`, [file(name, Buffer.from(text))])
          const why = at < 2 ? `its ${name} cannot be read` : `its ${name} names no image`
          return [['image', 'push', path, 'a/b:v1'], 1, new RegExp(`MF1305.*${path} holds no image.*${why}`, 's')]
        }),
      ),
    )),
    [['image', 'push', folder, 'a/b:v1'], 1, /MF1305.*no index\.json.*docker save/s],
    [['image', 'push', join(folder, 'layout'), 'Not:A:Name'], 1, /no name of an image/],
    [['deploy'], 2, /nothing to deploy is named/],
    [['deploy', '--image', join(folder, 'layout')], 2, /needs a name/],
    [['deploy', '.', '--image', join(folder, 'layout'), '--name', 'x'], 2, /no folder, runtime or handler/],
  ]
  for (const [args, code, message] of cases) {
    const { code: found, err } = await mayfly(args, env)
    assert.match(err, message)
    assert.equal(found, code, err)
  }
})
