// The system-call filter of every cell: allow, minus what can widen the kernel's surface or leave the sandbox. It is
// loaded after the namespaces are made, so it can forbid making more of them.
import { BpfProgram } from './bpf.ts'
import { AUDIT_ARCHITECTURE, SYSCALLS } from './syscalls.ts'
import type { Architecture, SyscallName } from './syscalls.ts'

const ALLOW = 0x7fff0000
const KILL_PROCESS = 0x80000000
const errno = (number: number): number => 0x00050000 | number
const EPERM = errno(1)
const ENOSYS = errno(38)
const EAFNOSUPPORT = errno(97)
/** The kernel asks the guard (guard.ts), and waits for its answer. */
const ASK = 0x7fc00000

/** Offsets in struct seccomp_data (little-endian: the low word of an argument comes first). */
const NUMBER_AT = 0
const ARCHITECTURE_AT = 4
const ARGUMENT_0_AT = 16

/** x32 calls on x86-64 carry this bit. */
const X32_BIT = 0x40000000

/** CLONE_NEW{CGROUP,UTS,IPC,USER,PID,NET} and CLONE_NEWNS. */
const CLONE_NAMESPACES = 0x7e020000

/** AF_UNIX, AF_INET, AF_INET6, AF_NETLINK. All others are refused: AF_VSOCK, for one, is in no namespace. */
const SOCKET_FAMILIES = [1, 2, 10, 16]

/**
 * Answered as if the kernel did not know them. The flags of clone3 lie in memory where a filter cannot look; libc then
 * falls back to clone. libuv falls back from io_uring to threads.
 */
const UNKNOWN: readonly SyscallName[] = ['io_uring_setup', 'io_uring_enter', 'io_uring_register', 'clone3']

const FORBIDDEN: readonly SyscallName[] = [
  // Namespaces and mounts.
  ...(['unshare', 'setns', 'mount', 'umount2', 'pivot_root', 'chroot', 'move_mount', 'open_tree'] as const),
  ...(['open_tree_attr', 'fsopen', 'fsconfig', 'fsmount', 'fspick', 'mount_setattr'] as const),
  // Other processes.
  ...(['ptrace', 'process_vm_readv', 'process_vm_writev', 'process_madvise', 'pidfd_getfd', 'kcmp'] as const),
  // Kernel subsystems with a history.
  ...(['keyctl', 'add_key', 'request_key', 'bpf', 'perf_event_open', 'userfaultfd', 'fanotify_init'] as const),
  ...(['open_by_handle_at', 'name_to_handle_at', 'lookup_dcookie', 'nfsservctl', 'uselib', '_sysctl'] as const),
  // The machine.
  ...(['init_module', 'finit_module', 'delete_module', 'create_module', 'get_kernel_syms', 'query_module'] as const),
  ...(['kexec_load', 'kexec_file_load', 'swapon', 'swapoff', 'reboot', 'quotactl', 'quotactl_fd', 'acct'] as const),
  ...(['settimeofday', 'clock_settime', 'clock_adjtime', 'adjtimex', 'vhangup', 'syslog'] as const),
  ...(['sethostname', 'setdomainname'] as const),
  ...(['personality', 'iopl', 'ioperm', 'modify_ldt'] as const),
]

/**
 * What becomes of calls that are not allowed. `refuse`: the kernel refuses them. Or two filters, one over the other:
 * `leave` has what must be answered at once (other architectures, calls that do not exist here), `ask` the rest.
 */
export type Refusals = 'refuse' | 'leave' | 'ask'

/** A filter as bytes, for bubblewrap's --seccomp or for the guard. */
export function seccompFilter(architecture: Architecture, refusals: Refusals = 'refuse'): Buffer {
  const refusing = (answer: number): number => ({ refuse: answer, leave: ALLOW, ask: ASK })[refusals]
  const numbers = SYSCALLS[architecture]
  const program = new BpfProgram()
  program.load(ARCHITECTURE_AT).jump('equal', AUDIT_ARCHITECTURE[architecture], { no: 'kill' }).load(NUMBER_AT)
  if (architecture === 'x64') program.jump('greater-equal', X32_BIT, { yes: 'kill' })
  const when = (names: readonly SyscallName[], label: string): void => {
    for (const name of names) {
      const number = numbers[name]
      if (number !== undefined) program.jump('equal', number, { yes: label })
    }
  }
  when(['clone'], 'clone')
  when(['socket'], 'socket')
  when(UNKNOWN, 'unknown')
  when(FORBIDDEN, 'forbidden')
  program.label('allow').answer(ALLOW)
  program.label('clone').load(ARGUMENT_0_AT).and(CLONE_NAMESPACES)
  program.jump('equal', 0, { no: 'forbidden' }).answer(ALLOW)
  program.label('socket').load(ARGUMENT_0_AT)
  for (const family of SOCKET_FAMILIES) program.jump('equal', family, { yes: 'socket-allowed' })
  program.answer(refusing(EAFNOSUPPORT)).label('socket-allowed').answer(ALLOW)
  program.label('forbidden').answer(refusing(EPERM))
  program.label('unknown').answer(refusals === 'ask' ? ALLOW : ENOSYS)
  program.label('kill').answer(KILL_PROCESS)
  return program.assemble()
}
