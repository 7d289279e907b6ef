import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { silentLog } from '#base/log.ts'
import { findInstallation } from './installation.ts'

test('what the SDK needs is remembered until something is installed, or is not there any more', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'mayfly-installation-'))
  t.after(() => rmSync(folder, { recursive: true }))
  const sdkFolder = join(folder, 'node_modules')
  const engineFolder = join(folder, 'engine')
  mkdirSync(engineFolder)
  const found = (): readonly string[] => {
    const { runFolder, sdkPackages } = findInstallation({
      folder: engineFolder,
      log: silentLog,
      acceptSocket() {},
      sdkFolder,
    })
    rmSync(runFolder, { recursive: true })
    return sdkPackages.map(({ name }) => name)
  }
  const put = (at: string, dependencies: Readonly<Record<string, string>> = {}): void => {
    mkdirSync(at, { recursive: true })
    writeFileSync(join(at, 'package.json'), JSON.stringify({ dependencies }))
  }
  put(join(sdkFolder, '@aws-sdk/client-s3'), { '@smithy/core': '1.0.0' })
  put(join(sdkFolder, '@smithy/core'))
  put(join(folder, 'elsewhere'))
  symlinkSync(join(folder, 'elsewhere'), join(sdkFolder, 'tslib'))
  const list = join(sdkFolder, '.package-lock.json')
  writeFileSync(list, '{}')
  assert.deepEqual(found(), ['@aws-sdk', '@smithy'])

  // A manifest alone changes nothing: it is not read again. The list of what is installed does.
  put(join(sdkFolder, '@smithy/core'), { tslib: '1.0.0' })
  assert.deepEqual(found(), ['@aws-sdk', '@smithy'])
  utimesSync(list, 1, 1)
  assert.deepEqual(found(), ['@aws-sdk', '@smithy', 'tslib'])

  rmSync(join(folder, 'elsewhere'), { recursive: true })
  assert.deepEqual(found(), ['@aws-sdk', '@smithy'])
})
