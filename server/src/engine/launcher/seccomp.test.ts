// Runs the filter in a small interpreter: what the kernel would answer to a call.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { seccompFilter } from './seccomp.ts'
import { AUDIT_ARCHITECTURE, SYSCALLS } from './syscalls.ts'
import type { Architecture } from './syscalls.ts'

const ALLOW = 0x7fff0000
const KILL = 0x80000000
const EPERM = 0x00050001
const ENOSYS = 0x00050026
const EAFNOSUPPORT = 0x00050061

/** The answer for a call; `arguments_` are 64-bit. */
function answer(program: Buffer, architecture: number, call: number, arguments_: readonly bigint[] = []): number {
  const data = Buffer.alloc(64)
  data.writeUInt32LE(call >>> 0, 0)
  data.writeUInt32LE(architecture, 4)
  arguments_.forEach((value, index) => data.writeBigUInt64LE(value, 16 + 8 * index))
  let accumulator = 0
  for (let at = 0; ; at++) {
    const [code, yes, no] = [program.readUInt16LE(at * 8), program.readUInt8(at * 8 + 2), program.readUInt8(at * 8 + 3)]
    const constant = program.readUInt32LE(at * 8 + 4)
    if (code === 0x20) accumulator = data.readUInt32LE(constant)
    else if (code === 0x54) accumulator = (accumulator & constant) >>> 0
    else if (code === 0x15) at += accumulator === constant ? yes : no
    else if (code === 0x35) at += accumulator >= constant ? yes : no
    else if (code === 0x06) return constant
    else assert.fail(`instruction ${code}`)
  }
}

for (const architecture of ['x64', 'arm64'] as const satisfies readonly Architecture[]) {
  const program = seccompFilter(architecture)
  const numbers = SYSCALLS[architecture]
  const ask = (call: number, ...given: bigint[]): number =>
    answer(program, AUDIT_ARCHITECTURE[architecture], call, given)

  test(`${architecture}: every named call has its answer, every other is allowed`, () => {
    const special = new Set(['clone', 'socket', 'clone3', 'io_uring_setup', 'io_uring_enter', 'io_uring_register'])
    const named = new Map(Object.entries(numbers).map(([name, number]) => [number, name]))
    for (let call = 0; call < 600; call++) {
      const name = named.get(call)
      if (name === undefined) assert.equal(ask(call), ALLOW, String(call))
      else if (!special.has(name)) assert.equal(ask(call), EPERM, name)
    }
    for (const name of ['clone3', 'io_uring_setup', 'io_uring_enter', 'io_uring_register'] as const)
      assert.equal(ask(numbers[name] ?? -1), ENOSYS, name)
  })

  test(`${architecture}: clone without namespaces, sockets of four families`, () => {
    const clone = numbers.clone ?? -1
    assert.equal(ask(clone, 0x3d0f00n), ALLOW) // a thread
    assert.equal(ask(clone, 17n), ALLOW) // a fork
    for (const flag of [0x00020000n, 0x02000000n, 0x04000000n, 0x08000000n, 0x10000000n, 0x20000000n, 0x40000000n])
      assert.equal(ask(clone, flag | 17n), EPERM, flag.toString(16))
    const socket = numbers.socket ?? -1
    for (let family = 0n; family < 64n; family++)
      assert.equal(ask(socket, family), [1n, 2n, 10n, 16n].includes(family) ? ALLOW : EAFNOSUPPORT, String(family))
    // The kernel takes an int: what is above it must not hide the family.
    assert.equal(ask(socket, (1n << 32n) | 40n), EAFNOSUPPORT)
  })

  test(`${architecture}: another architecture is killed`, () => {
    for (const other of [0x40000003, 0x40000028, ...Object.values(AUDIT_ARCHITECTURE)])
      if (other !== AUDIT_ARCHITECTURE[architecture]) assert.equal(answer(program, other, 1), KILL)
    if (architecture === 'x64') assert.equal(ask(0x40000000 | 1), KILL)
  })
}
