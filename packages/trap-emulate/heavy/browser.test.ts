import { existsSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'
import { disk, expectedTranscript } from '@worldswitch/guest-kernel'
import { build } from 'esbuild'
import { type Browser, chromium, type Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { GUEST_MEMORY } from '../test/kernel-guest.ts'
import { bench, type EngineRun, engines, type GuestRun, guestRun } from './guest-run.ts'

const executablePath = process.env.CHROMIUM || '/usr/bin/chromium'
const args = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

/** Where in the page the run takes place. */
const threads = ['main thread', 'module worker'] as const

const page = `<!doctype html><link rel="icon" href="data:,"><script type="module">
import { guestRun } from './guest-run.js'
const inWorker = () =>
  new Promise((resolve, reject) => {
    const worker = new Worker('./worker.js', { type: 'module' })
    worker.onmessage = ({ data }) => ('run' in data ? resolve(data.run) : reject(new Error(data.error)))
    worker.onerror = ({ message }) => reject(new Error('the worker did not start: ' + message))
  })
globalThis.start = { 'main thread': guestRun, 'module worker': inWorker }
</script>`

const worker = `import { guestRun } from './guest-run.js'
guestRun().then((run) => postMessage({ run }), (error) => postMessage({ error: String(error.stack) }))`

/** What a browser would load: the packages bundled for it, which fails if any of them needs Node. */
async function bundle(): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(new URL('guest-run.ts', import.meta.url))],
    bundle: true,
    write: false,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    conditions: ['@worldswitch/source'],
    logLevel: 'silent',
  })
  return outputFiles[0].text
}

/** Serves the page without the headers that would isolate it from other origins. */
async function serve(): Promise<Server> {
  const files: Record<string, readonly [type: string, text: string]> = {
    '/': ['text/html', page],
    '/worker.js': ['text/javascript', worker],
    '/guest-run.js': ['text/javascript', await bundle()],
  }
  const server = createServer(({ url }, response) => {
    const file = files[url ?? '']
    if (file) response.setHeader('content-type', `${file[0]}; charset=utf-8`).end(file[1])
    else response.writeHead(404).end()
  })
  return new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(server)))
}

const missing = existsSync(executablePath)
  ? undefined
  : `there is no Chromium at ${executablePath}: install it, or name another one in CHROMIUM`
let server: Server | undefined
let browser: Browser | undefined
let node: GuestRun
let diskSize: number

beforeAll(async () => {
  node = await guestRun()
  diskSize = (await disk()).length
  server = await serve()
  if (!missing) browser = await chromium.launch({ executablePath, args })
}, 300_000)

afterAll(async () => {
  await browser?.close()
  server?.close()
})

/** Opens the page anew, so that each run compiles and warms up its own code. */
async function open(errors: string[]): Promise<Page> {
  const opened = await browser!.newPage()
  opened.on('pageerror', (error) => errors.push(String(error)))
  opened.on('requestfailed', (request) => errors.push(request.url()))
  await opened.goto(`http://127.0.0.1:${(server!.address() as AddressInfo).port}/`)
  await opened.waitForFunction('globalThis.start')
  return opened
}

test.each(engines)('Node, engine %s, runs to power-off and says what is expected', (engine) => {
  const { bare, virtual, program } = node[engine]
  const expected = expectedTranscript({ memoryBytes: GUEST_MEMORY, bench, diskBytes: diskSize })
  expect(bare).toMatchObject({ reason: 'poweroff', text: expected })
  expect(virtual).toMatchObject({ end: { reason: 'poweroff', code: 0 }, text: expected })
  expect(program).toMatchObject({ reason: 'poweroff', status: 'ok' })
  for (const { translated } of [bare, virtual, program]) {
    expect(translated.translated).toBeGreaterThan(0)
    expect(translated.entries).toBeGreaterThan(0)
  }
})

test('engines count the same steps, whatever they translate', () => {
  const counts = ({ bare, virtual, program }: EngineRun) => [bare.counters, virtual.totals, program.counters]
  expect(counts(node.translator)).toEqual(counts(node.auto))
  expect(node.translator.bare.translated.translated).toBeGreaterThan(node.auto.bare.translated.translated)
})

for (const thread of threads)
  test(`Chromium, ${thread}, no cross-origin isolation: the same console, and exactly the same counts`, async (context) => {
    if (missing && !process.env.CI) {
      console.warn(`skipped: ${missing}`)
      context.skip(missing)
    }
    expect(missing).toBeUndefined()
    const errors: string[] = []
    const opened = await open(errors)
    expect(await opened.evaluate('crossOriginIsolated')).toBe(false)
    const run: GuestRun = await opened.evaluate(`start['${thread}']()`)
    await opened.close()
    expect(errors).toEqual([])
    for (const engine of engines) {
      const { milliseconds, ...counts } = run[engine]
      const { milliseconds: inNode, ...wanted } = node[engine]
      expect(counts).toEqual(wanted)
      const times = ({ bare, virtual, program }: EngineRun['milliseconds']) =>
        `${bare.toFixed()} ms bare, ${virtual.toFixed()} ms in a VM, ${program.toFixed()} ms computing`
      console.info(
        `Chromium ${browser!.version()}, ${thread}, ${engine}: ${times(milliseconds)}; Node: ${times(inNode)}`,
      )
    }
  })
