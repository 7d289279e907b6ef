// What doctor says about a program that isolation uses, where it is and where it is not.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { perl } from './sandbox.ts'

test('without Perl doctor warns that refused system calls are not logged, and names the line that installs it', async () => {
  const { name, status, found, mend } = await perl('/nowhere/perl')
  assert.deepEqual([name, status], ['perl', 'warn'])
  assert.match(found, /refused, but not logged/)
  assert.match(mend ?? '', /^sudo apt-get install -y perl-base /)
})

test('with Perl it says which', async (t) => {
  const finding = await perl()
  if (finding.status === 'warn') return t.skip('Perl is not installed here')
  assert.match(finding.found, /^perl v5\./)
  assert.equal(finding.mend, undefined)
})
