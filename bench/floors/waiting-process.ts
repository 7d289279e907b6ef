// A bare process that sends a byte for each that it is sent, after as many milliseconds as its argument says, or at once.
// No sandbox, no frames, no logs. Sends one when it is ready.
const waitMs = Number(process.argv[2])

function answer(): void {
  process.stdout.write('.')
}

process.stdin.on('data', (bytes: Buffer) => {
  for (let count = 0; count < bytes.length; count++) {
    if (waitMs === 0) answer()
    else setTimeout(answer, waitMs)
  }
})
answer()
