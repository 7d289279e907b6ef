// Runs the benchmarks and prints one table. Arguments select by name: `npm run bench -- store s3`. `--json` prints the
// rows as JSON for comparing runs.
import { execFileSync } from 'node:child_process'
import { globSync } from 'node:fs'
import { basename } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import type { BenchRow } from './row.ts'

execFileSync(process.execPath, [fileURLToPath(new URL('../tools/setup-machine.js', import.meta.url)), '--bench'], {
  stdio: 'inherit',
})

const NOT_A_BENCHMARK = new Set(['run.ts', 'row.ts'])

const folder = fileURLToPath(new URL('.', import.meta.url))
const options = process.argv.slice(2)
const names = options.filter((option) => !option.startsWith('--'))

interface Benchmark {
  run(): Promise<readonly BenchRow[]>
}

function isBenchmark(loaded: unknown): loaded is Benchmark {
  return typeof loaded === 'object' && loaded !== null && 'run' in loaded && typeof loaded.run === 'function'
}

const rows: BenchRow[] = []
for (const file of globSync('*.ts', { cwd: folder }).toSorted()) {
  const name = basename(file, '.ts')
  if (NOT_A_BENCHMARK.has(file) || (names.length > 0 && !names.includes(name))) continue
  const loaded: unknown = await import(pathToFileURL(folder + file).href)
  if (!isBenchmark(loaded)) throw new Error(`bench/${file} exports no run()`)
  process.stderr.write(`${name} …\n`)
  rows.push(...(await loaded.run()))
}
if (options.includes('--json')) process.stdout.write(`${JSON.stringify({ schemaVersion: 1, rows })}\n`)
else process.stdout.write(table(rows))
// Benchmarks end what they start; a leaked handle must not keep the table from being the last word.
process.exit(0)

function table(found: readonly BenchRow[]): string {
  const head = ['what', 'value', 'ratio', 'floor', 'target', 'note']
  const lines = found.map((row) => [
    row.name,
    `${figure(row.value)} ${row.unit}`,
    row.ratio === undefined ? '' : figure(row.ratio),
    row.floor ?? '',
    row.target ?? '',
    row.note ?? '',
  ])
  const widths = head.map((title, column) => Math.max(title.length, ...lines.map((line) => line[column]?.length ?? 0)))
  const print = (cells: readonly string[]): string =>
    cells
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd()
  return `${[print(head), print(widths.map((width) => '─'.repeat(width))), ...lines.map(print)].join('\n')}\n`
}

function figure(value: number): string {
  if (value >= 1000) return Math.round(value).toLocaleString('en')
  return value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(value >= 1 ? 2 : 3)
}
