// Shows what the server says about itself, and looks again every few seconds while the page is seen.
const HEALTH = '/_mayfly/health'
const LOOK_EVERY_MS = 5_000
const ANSWER_WITHIN_MS = 4_000

for (const place of document.querySelectorAll('.endpoint')) place.textContent = location.origin

async function look() {
  if (document.hidden) return
  try {
    const answer = await fetch(HEALTH, { signal: AbortSignal.timeout(ANSWER_WITHIN_MS) })
    show(await answer.json())
  } catch {
    say('gone', 'The server does not answer. Is it still running?')
  }
}

function show(health) {
  const ready = health.status === 'ready'
  say(ready ? 'ready' : 'not-ready', ready ? 'ready' : `not ready: ${(health.reasons ?? []).join('; ')}`)
  const runtimes = Object.entries(health.engine?.runtimes ?? {})
    .filter(([, runtime]) => runtime.available)
    .map(([name, runtime]) => `${name} ${runtime.version ?? ''}`.trim())
  facts([
    ['version', health.version],
    ['mode', health.mode === 'dev' ? 'dev: any credentials' : 'start: signatures are verified'],
    ['endpoint', location.origin],
    ['isolation', health.engine && `tier ${health.engine.tier}`],
    ['runtimes', runtimes.join(', ')],
    ['instances', health.engine && `${health.engine.instances} running, ${health.engine.readyCells} cells ready`],
  ])
  const weaknesses = health.engine?.weaknesses ?? []
  list(
    'weaknesses',
    weaknesses.map(({ what, mend }) => `${what}. ${mend}`),
  )
  const services = Object.entries(health.services ?? {})
  list(
    'built',
    services.filter(([, state]) => state === 'running').map(([name]) => name),
  )
  list(
    'not-built',
    services.filter(([, state]) => state !== 'running').map(([name]) => name),
  )
}

function say(state, text) {
  const status = document.getElementById('status')
  // Only a change is read out.
  if (status.textContent === text) return
  status.dataset.state = state
  status.textContent = text
}

function facts(rows) {
  document
    .getElementById('facts')
    .replaceChildren(
      ...rows.filter(([, value]) => value).flatMap(([name, value]) => [element('dt', name), element('dd', value)]),
    )
}

function list(id, texts) {
  const place = document.getElementById(id)
  place.hidden = texts.length === 0
  place.replaceChildren(...texts.map((text) => element('li', text)))
}

function element(name, text) {
  const made = document.createElement(name)
  made.textContent = text
  return made
}

document.addEventListener('visibilitychange', () => void look())
setInterval(() => void look(), LOOK_EVERY_MS)
await look()
