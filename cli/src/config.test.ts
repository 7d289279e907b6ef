import assert from 'node:assert/strict'
import { test } from 'node:test'
import { clientSettings, dataFolder, type Environment, terminalSettings } from './config.ts'

function endpoint(env: Environment, flag?: string, service = 'LAMBDA'): string {
  return clientSettings({ endpoint: flag }, env).endpoint(service).href
}

test('the endpoint is the flag, else Mayfly’s variable, else AWS’s, else the default', () => {
  const env = {
    MAYFLY_ENDPOINT: 'http://b:2',
    AWS_ENDPOINT_URL_LAMBDA: 'http://c:3',
    AWS_ENDPOINT_URL: 'http://d:4',
    MAYFLY_PORT: '5',
  }
  assert.equal(endpoint(env, 'http://a:1'), 'http://a:1/')
  assert.equal(endpoint(env), 'http://b:2/')
  assert.equal(endpoint({ ...env, MAYFLY_ENDPOINT: '' }), 'http://c:3/')
  assert.equal(endpoint({ ...env, MAYFLY_ENDPOINT: '' }, undefined, 'CLOUDWATCH_LOGS'), 'http://d:4/')
  assert.equal(
    endpoint({ ...env, MAYFLY_ENDPOINT: '', AWS_IGNORE_CONFIGURED_ENDPOINT_URLS: 'true' }),
    'http://127.0.0.1:5/',
  )
  assert.equal(endpoint({}), 'http://127.0.0.1:4566/')
})

test('a server that listens everywhere is reached on loopback, and IPv6 gets its brackets', () => {
  assert.equal(endpoint({ MAYFLY_HOST: '0.0.0.0', MAYFLY_PORT: '1' }), 'http://127.0.0.1:1/')
  assert.equal(endpoint({ MAYFLY_HOST: '::1' }), 'http://[::1]:4566/')
})

test('an endpoint that is no URL is refused, naming where it came from', () => {
  assert.throws(() => endpoint({}, 'localhost:4566'), { code: 'MF1101', message: /--endpoint/ })
  assert.throws(() => endpoint({ AWS_ENDPOINT_URL: 'nowhere' }), { code: 'MF1101', message: /AWS_ENDPOINT_URL/ })
})

test('the region is the flag, else AWS_REGION, else AWS_DEFAULT_REGION, else us-east-1', () => {
  const env = { AWS_REGION: 'eu-west-1', AWS_DEFAULT_REGION: 'eu-west-2' }
  assert.equal(clientSettings({ region: 'eu-west-3' }, env).region, 'eu-west-3')
  assert.equal(clientSettings({}, env).region, 'eu-west-1')
  assert.equal(clientSettings({}, { ...env, AWS_REGION: '' }).region, 'eu-west-2')
  assert.equal(clientSettings({}, {}).region, 'us-east-1')
})

test('colour: the flag, then NO_COLOR, then what forces it, then the terminal', () => {
  const color = (env: Environment, tty: boolean, flag?: boolean) => terminalSettings({ color: flag }, env).color(tty)
  assert.equal(color({}, true), true)
  assert.equal(color({}, false), false)
  assert.equal(color({ NO_COLOR: '1', FORCE_COLOR: '1' }, true), false)
  assert.equal(color({ NO_COLOR: '' }, true), true)
  assert.equal(color({ TERM: 'dumb' }, true), false)
  assert.equal(color({ FORCE_COLOR: '1' }, false), true)
  assert.equal(color({ CLICOLOR_FORCE: '1' }, false), true)
  assert.equal(color({ FORCE_COLOR: '0' }, true), false)
  assert.equal(color({ FORCE_COLOR: '1' }, true, false), false)
  assert.equal(color({ NO_COLOR: '1' }, false, true), true)
})

test('symbols are ASCII where the locale is not UTF-8, and nobody sits at continuous integration', () => {
  assert.equal(terminalSettings({}, { LC_ALL: 'C' }).unicode, false)
  assert.equal(terminalSettings({}, { LC_ALL: '', LANG: 'de_DE.UTF-8' }).unicode, true)
  assert.equal(terminalSettings({}, { CI: 'true' }).interactive, false)
  assert.equal(terminalSettings({}, { CI: 'false' }).interactive, true)
})

test('the data folder follows the server’s rule', () => {
  assert.equal(dataFolder({ MAYFLY_DATA: '/a', MAYFLY_HOME: '/b' }), '/a')
  assert.equal(dataFolder({ MAYFLY_HOME: '/b', XDG_DATA_HOME: '/c' }), '/b/data')
  assert.equal(dataFolder({ XDG_DATA_HOME: '/c' }), '/c/mayfly')
  assert.match(dataFolder({}), /\.local\/share\/mayfly$/)
})
