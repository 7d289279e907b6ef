// Makes the three pictures of this folder: scenes drawn from nothing, with the grain of a sensor, in the formats that
// cameras, screens and browsers use. Run it with `node examples/photos/photos/make-photos.ts`.
import { writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import sharp from 'sharp'

const folder = fileURLToPath(new URL('.', import.meta.url))

/** A pond at dusk as a phone would take it: lying on its side, with the orientation in its EXIF. */
async function pond(): Promise<Buffer> {
  const scene = await grain(await draw(1200, 1600, pondScene()), 7)
  return sharp(scene)
    .rotate(-90)
    .withExif({
      IFD0: { Make: 'Mayfly', Model: 'Ephemera 1', Software: 'make-photos', Orientation: '6' },
      IFD2: {
        DateTimeOriginal: '2026:06:21 21:42:05',
        ExposureTime: '1/125',
        FNumber: '28/10',
        ISOSpeedRatings: '200',
        FocalLength: '26/1',
      },
      IFD3: {
        GPSLatitudeRef: 'N',
        GPSLatitude: '54/1 34/1 3000/100',
        GPSLongitudeRef: 'W',
        GPSLongitude: '3/1 6/1 1800/100',
      },
    })
    .withMetadata({ orientation: 6 })
    .jpeg({ quality: 72, mozjpeg: true })
    .toBuffer()
}

/** Hills at noon, as a drawing program would save them. */
async function hills(): Promise<Buffer> {
  const scene = await draw(1500, 1000, hillScene())
  return sharp(scene).png({ palette: true, colours: 96, dither: 0, compressionLevel: 9 }).toBuffer()
}

/** A city at night, as a browser would load it. */
async function city(): Promise<Buffer> {
  const scene = await grain(await draw(1800, 1200, cityScene()), 5)
  return sharp(scene).webp({ quality: 70 }).toBuffer()
}

function draw(width: number, height: number, body: string): Promise<Buffer> {
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}">${body}</svg>`
  return sharp(Buffer.from(svg)).removeAlpha().png().toBuffer()
}

/** Adds noise with the given standard deviation: flat areas would compress to nothing, as no photo does. */
async function grain(scene: Buffer, sigma: number): Promise<Buffer> {
  const { data, info } = await sharp(scene).raw().toBuffer({ resolveWithObject: true })
  const next = gaussian(20_261_121)
  for (let at = 0; at < data.length; at++)
    data[at] = Math.max(0, Math.min(255, Math.round((data[at] ?? 0) + next() * sigma)))
  return sharp(data, { raw: { width: info.width, height: info.height, channels: info.channels } })
    .png()
    .toBuffer()
}

/** Normally distributed numbers from a seed: the same pictures every time. */
function gaussian(seed: number): () => number {
  const uniform = uniformFrom(seed)
  return () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform())
}

/** Numbers in [0, 1): mulberry32. */
function uniformFrom(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

function pondScene(): string {
  const next = uniformFrom(1)
  const reeds = Array.from({ length: 70 }, () => {
    const x = Math.round(next() * 1200)
    const top = Math.round(900 + next() * 380)
    return `<path d="M${x} 1600 Q${x + Math.round(next() * 40 - 20)} ${(1600 + top) / 2} ${x + Math.round(next() * 90 - 45)} ${top}" stroke="#20301c" stroke-width="${(3 + next() * 5).toFixed(1)}" fill="none"/>`
  }).join('')
  return `<defs><linearGradient id="sky" x2="0" y2="1"><stop offset="0" stop-color="#28365e"/><stop offset=".55" stop-color="#c9736b"/><stop offset="1" stop-color="#f3c27a"/></linearGradient>
  <linearGradient id="water" x2="0" y2="1"><stop offset="0" stop-color="#d99a6c"/><stop offset="1" stop-color="#1c2b44"/></linearGradient></defs>
  <rect width="1200" height="800" fill="url(#sky)"/><circle cx="780" cy="690" r="85" fill="#ffe9b8"/>
  <path d="M0 720 Q300 600 620 730 T1200 690 V800 H0 Z" fill="#2d3550"/><rect y="800" width="1200" height="800" fill="url(#water)"/>
  <ellipse cx="780" cy="900" rx="70" ry="16" fill="#ffe2ae" opacity=".8"/><ellipse cx="780" cy="980" rx="110" ry="12" fill="#ffd9a0" opacity=".5"/>${reeds}`
}

function hillScene(): string {
  const ridge = (base: number, height: number, colour: string, seed: number): string => {
    const next = uniformFrom(seed)
    const points = Array.from(
      { length: 16 },
      (_unused, index) => `${index * 100} ${Math.round(base - next() * height)}`,
    )
    return `<path d="M0 1000 L${points.join(' L')} L1500 1000 Z" fill="${colour}"/>`
  }
  return `<defs><linearGradient id="sky" x2="0" y2="1"><stop offset="0" stop-color="#4f8fd0"/><stop offset="1" stop-color="#dcebf7"/></linearGradient></defs>
  <rect width="1500" height="1000" fill="url(#sky)"/><circle cx="1200" cy="180" r="70" fill="#fff6d8"/>
  ${ridge(560, 180, '#8fa9b8', 2)}${ridge(680, 160, '#6c8f7b', 3)}${ridge(800, 140, '#4d7a4f', 4)}${ridge(920, 110, '#345b34', 5)}`
}

function cityScene(): string {
  const next = uniformFrom(6)
  const houses = Array.from({ length: 26 }, (_unused, index) => {
    const height = Math.round(260 + next() * 620)
    const x = index * 70
    const windows = Array.from({ length: Math.floor(height / 42) }, (_none, row) =>
      [10, 40]
        .filter(() => next() > 0.45)
        .map((dx) => `<rect x="${x + dx}" y="${1200 - height + 16 + row * 42}" width="16" height="22" fill="#ffd98a"/>`)
        .join(''),
    ).join('')
    return `<rect x="${x}" y="${1200 - height}" width="66" height="${height}" fill="#141b2b"/>${windows}`
  }).join('')
  return `<defs><linearGradient id="sky" x2="0" y2="1"><stop offset="0" stop-color="#070b18"/><stop offset="1" stop-color="#31335c"/></linearGradient></defs>
  <rect width="1800" height="1200" fill="url(#sky)"/><circle cx="300" cy="220" r="60" fill="#e8e6d8"/>${houses}`
}

for (const [name, make] of [
  ['pond.jpg', pond],
  ['hills.png', hills],
  ['city.webp', city],
] as const) {
  const bytes = await make()
  writeFileSync(folder + name, bytes)
  const { format, width, height } = await sharp(bytes).metadata()
  console.log(`${name}: ${format} ${width}x${height}, ${Math.round(bytes.length / 1024)} KB`)
}
