import assert from 'node:assert/strict'
import { networkInterfaces } from 'node:os'
import { test } from 'node:test'
import { addressRefusal, hostRefusal, type NetworkRule, parseDestinations } from './network-rule.ts'

function allow(text: string): NetworkRule {
  const destinations = parseDestinations(text)
  if (typeof destinations === 'string') throw new Error(destinations)
  return { kind: 'allow-list', destinations }
}

const INTERNET: NetworkRule = { kind: 'internet' }

for (const [list, host, port, allowed] of [
  ['api.example.com', 'api.example.com', 443, true],
  ['api.example.com', 'API.example.com.', 443, true],
  ['api.example.com', 'other.example.com', 443, false],
  ['api.example.com', 'api.example.com.evil.test', 443, false],
  ['api.example.com:443', 'api.example.com', 80, false],
  ['*.example.com', 'a.b.example.com', 443, true],
  ['*.example.com', 'example.com', 443, false],
  ['.example.com', 'www.example.com', 8443, true],
  ['.example.com', 'badexample.com', 443, false],
  ['a.test, b.test c.test', 'b.test', 1, true],
] as const)
  test(`${list} ${allowed ? 'lets' : 'does not let'} ${host}:${port} be called`, () => {
    assert.equal(hostRefusal(allow(list), { host, port }) === undefined, allowed)
  })

test('addresses are listed as such or in blocks, and a port closes all others', () => {
  const rule = allow('203.1.112.0/24:5432 [2606:4700::1]:443 2a00:1450::/32')
  for (const [host, port, allowed] of [
    ['203.1.112.9', 5432, true],
    ['203.1.112.9', 5433, false],
    ['203.1.113.9', 5432, false],
    ['2606:4700::1', 443, true],
    ['2606:4700::2', 443, false],
    ['2a00:1450:4001::7', 80, true],
  ] as const)
    assert.equal(addressRefusal(rule, { host, port }, host, false) === undefined, allowed, `${host} ${port}`)
})

test('private addresses need to be listed, and the server’s leave', () => {
  const goal = { host: 'db.test', port: 5432 }
  assert.match(addressRefusal(INTERNET, goal, '10.1.2.3', true) ?? '', /private/)
  assert.match(addressRefusal(allow('db.test'), goal, '10.1.2.3', true) ?? '', /private/)
  assert.match(addressRefusal(allow('db.test 10.0.0.0/8'), goal, '10.1.2.3', false) ?? '', /lets no function/)
  assert.equal(addressRefusal(allow('db.test 10.0.0.0/8'), goal, '10.1.2.3', true), undefined)
})

test('this machine, its loopback, link-local addresses and the metadata services of clouds are closed whatever is listed', () => {
  const own = Object.values(networkInterfaces()).flatMap((list) => list?.map(({ address }) => address) ?? [])
  const closed = [
    '127.0.0.1',
    '127.9.9.9',
    '0.0.0.0',
    '169.254.169.254',
    '169.254.170.2',
    '::',
    '::1',
    'fe80::1',
    'fd00:ec2::254',
    '::ffff:127.0.0.1',
    '::ffff:93.184.216.34',
    '::127.0.0.1',
    '64:ff9b::a9fe:a9fe',
    '2002:7f00:1::',
    '224.0.0.1',
    '255.255.255.255',
    '168.63.129.16',
    '100.100.100.200',
    '192.0.0.192',
    ...own.map((address) => address.replace(/%.*/, '')),
  ]
  const everything = allow('1.0.0.0/1 128.0.0.0/1 8000::/1 4000::/2 2000::/3 .test')
  for (const rule of [INTERNET, everything])
    for (const address of closed)
      assert.notEqual(addressRefusal(rule, { host: 'a.test', port: 80 }, address, true), undefined, address)
  for (const rule of [INTERNET, everything])
    for (const host of ['localhost', 'x.localhost', 'LOCALHOST.', 'a b', ''])
      assert.notEqual(hostRefusal(rule, { host, port: 80 }), undefined, host)
})

test('without a network, and to the port of mail servers, nothing goes', () => {
  assert.match(hostRefusal({ kind: 'none' }, { host: 'example.com', port: 443 }) ?? '', /no network/)
  assert.match(hostRefusal(INTERNET, { host: 'example.com', port: 25 }) ?? '', /port 25/)
  assert.equal(hostRefusal(INTERNET, { host: 'example.com', port: 443 }), undefined)
})

for (const text of [
  '',
  ' , ',
  'http://example.com',
  'exa mple/..',
  '10.0.0.0/33',
  'a.test:0',
  'a.test:70000',
  'localhost',
  '127.0.0.1',
  '169.254.169.254:80',
  '*',
  '*.*.test',
  'x'.repeat(300),
])
  test(`no list of destinations: ${text.slice(0, 30)}`, () => {
    assert.equal(typeof parseDestinations(text), 'string')
  })
