// The console's shell: served by the server, complete, and with nothing from elsewhere.
import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { startServer } from '@mayfly/server'

const folder = new URL('..', import.meta.url)
const assets = readdirSync(folder).filter((name) => /\.(html|css|js|svg)$/.test(name))

test('no asset names another host', () => {
  for (const name of assets) {
    const text = readFileSync(new URL(name, folder), 'utf8').replaceAll('http://www.w3.org/2000/svg', '')
    assert.doesNotMatch(text, /https?:\/\/|\/\/[a-z]+\.[a-z]/, name)
  }
})

test('the server serves the page, everything it refers to, and the health that it shows', async (t) => {
  const data = await mkdtemp(join(tmpdir(), 'mayfly-console-'))
  const server = await startServer({ mode: 'dev', port: 0, dataFolder: data })
  t.after(async () => {
    await server.close()
    await rm(data, { recursive: true, force: true })
  })
  const page = await fetch(`${server.endpoint}/_mayfly/`)
  assert.equal(page.status, 200)
  assert.match(page.headers.get('content-type') ?? '', /^text\/html/)
  const html = await page.text()
  assert.match(html, /<h1>.*Mayfly<\/h1>/)
  const references = [...html.matchAll(/(?:src|href)="([^"#]+)"/g)].map(([, path]) => path ?? '')
  assert.deepEqual(new Set(references), new Set([...assets.filter((name) => !name.endsWith('.html')), 'health']))
  for (const path of references) {
    const answer = await fetch(new URL(path, page.url))
    assert.equal(answer.status, 200, path)
    await answer.arrayBuffer()
  }
  const browser = await fetch(server.endpoint, { headers: { accept: 'text/html' }, redirect: 'manual' })
  assert.equal(browser.headers.get('location'), '/_mayfly/')
  const health = (await (await fetch(`${server.endpoint}/_mayfly/health`)).json()) as Record<string, unknown>
  for (const shown of ['version', 'mode', 'status', 'services', 'engine']) assert.ok(shown in health, shown)
})
