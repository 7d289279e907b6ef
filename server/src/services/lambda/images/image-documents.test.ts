import assert from 'node:assert/strict'
import { test } from 'node:test'
import { HOST_PLATFORM, manifestForHost, readConfiguration, readManifest } from './image-documents.ts'
import { ImageFault } from './image-fault.ts'
import { LAYERS_MAX, PROGRAM_BYTES_MAX } from './limits.ts'

const digest = `sha256:${'a'.repeat(64)}`
const config = { mediaType: 'application/vnd.oci.image.config.v1+json', digest, size: 10 }
const layer = { mediaType: 'application/vnd.oci.image.layer.v1.tar+gzip', digest, size: 10 }
const bytes = (document: unknown): Buffer => Buffer.from(JSON.stringify(document))

function refused(work: () => unknown, reason: RegExp): void {
  assert.throws(work, (error: unknown) => error instanceof ImageFault && reason.test(error.message), String(reason))
}

test('a manifest is read, in the forms of OCI and of Docker', () => {
  const docker = {
    schemaVersion: 2,
    config: { ...config, mediaType: 'application/vnd.docker.container.image.v1+json' },
    layers: [{ ...layer, mediaType: 'application/vnd.docker.image.rootfs.diff.tar.gzip' }],
  }
  for (const document of [{ schemaVersion: 2, config, layers: [layer] }, docker]) {
    const read = readManifest(bytes(document))
    assert.ok(read.kind === 'manifest')
    assert.deepEqual([read.layers[0]?.packing, read.layers[0]?.bytes], ['gzip', 10])
  }
})

test('what is no manifest of an image is refused, with the reason', () => {
  const manifest = (more: object): Buffer => bytes({ schemaVersion: 2, config, layers: [layer], ...more })
  const cases: [Buffer, RegExp][] = [
    [Buffer.from('{'), /not JSON/],
    [manifest({ schemaVersion: 1 }), /schema version 2/],
    [manifest({ layers: [] }), /names no layers/],
    [manifest({ layers: Array.from({ length: LAYERS_MAX + 1 }, () => layer) }), /more than 127 layers/],
    [
      manifest({ layers: [{ ...layer, mediaType: 'application/vnd.oci.image.layer.nondistributable.v1.tar' }] }),
      /media type/,
    ],
    [manifest({ layers: [{ ...layer, mediaType: 'constructor' }] }), /media type constructor/],
    [manifest({ layers: [{ ...layer, digest: 'sha512:ab' }] }), /no SHA-256 digest/],
    [manifest({ layers: [{ ...layer, size: -1 }] }), /no size/],
    [manifest({ layers: [{ ...layer, size: 1e15 }] }), /no size, or one above/],
    [
      manifest({ config: { ...config, mediaType: 'application/vnd.cncf.helm.config.v1+json' } }),
      /no image of a container/,
    ],
  ]
  for (const [document, reason] of cases) refused(() => readManifest(document), reason)
})

test('an index gives the image of this machine, or says which there are', () => {
  const entry = (platform: string, digit: string) => {
    const [os, architecture] = platform.split('/')
    return { ...config, digest: `sha256:${digit.repeat(64)}`, platform: { os, architecture } }
  }
  const choose = (...manifests: readonly object[]): string => {
    const index = readManifest(bytes({ schemaVersion: 2, manifests }))
    assert.ok(index.kind === 'index')
    return manifestForHost(index).digest.slice(0, 1)
  }
  assert.equal(choose(entry('linux/s390x', 'b'), entry(HOST_PLATFORM, 'c'), entry('unknown/unknown', 'd')), 'c')
  assert.equal(choose(config), 'a')
  refused(() => choose(entry('linux/s390x', 'b'), entry('unknown/unknown', 'd')), /the image is for linux\/s390x$/)
})

test('a configuration says what runs; what cannot run here is refused', () => {
  const [os, architecture] = HOST_PLATFORM.split('/')
  const read = (more: object = {}, image: object = {}) =>
    readConfiguration(bytes({ os, architecture, rootfs: { diff_ids: [digest] }, config: image, ...more }), 1)
  const { program } = read({}, { Entrypoint: ['/a'], Cmd: ['b'], Env: ['A=1', 'B=2=3'], User: 'root' })
  assert.deepEqual(program, {
    entryPoint: ['/a'],
    command: ['b'],
    workingDirectory: '/',
    variables: { A: '1', B: '2=3' },
  })
  assert.deepEqual(read({}, { Entrypoint: null, Cmd: null }).program.entryPoint, [])
  refused(() => read({ architecture: 's390x' }), /the image is for linux\/s390x/)
  refused(() => read({ os: 'windows' }), /the image is for windows/)
  refused(() => read({ rootfs: { diff_ids: [] } }), /names 0 layers, the manifest 1/)
  refused(() => read({}, { Env: ['no-equals'] }), /NAME=value/)
  refused(() => read({}, { Entrypoint: 'text' }), /no list/)
  refused(() => read({}, { WorkingDir: 'relative' }), /relative/)
  refused(() => read({}, { Cmd: ['x'.repeat(PROGRAM_BYTES_MAX)] }), /take more than/)
})
