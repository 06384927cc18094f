import { PassThrough } from 'node:stream'
import { describe, expect, test } from 'vitest'
import { type Sample, Sampler } from './sample.ts'
import { FakeHost, HERTZ } from './test-machine.ts'
import { jsonView, linesView, terminalView } from './views.ts'

/** What happened in a tenth of a second, or in less. */
const sample = (cycles = HERTZ / 10): Sample => {
  const host = new FakeHost()
  const sampler = new Sampler(host.watched, HERTZ, 0)
  host.run(cycles)
  return sampler.take(host.cycles)
}

/** A stream that keeps what is written, and says that it is a terminal of 100 columns. */
function terminal() {
  const stream = new PassThrough() as unknown as NodeJS.WriteStream & PassThrough
  Object.assign(stream, { isTTY: true, columns: 100, rows: 30 })
  let text = ''
  stream.on('data', (bytes: Buffer) => {
    text += bytes.toString()
  })
  return { stream, text: () => text }
}

const ESCAPE = '\x1b['
const plain = (text: string): string =>
  text
    .split(ESCAPE)
    .map((piece, i) => (i === 0 ? piece : piece.replace(/^[\d;?]*[A-Za-z]/, '')))
    .join('')

test('lines name what is not zero, per second', () => {
  const { stream, text } = terminal()
  linesView(stream).show(sample())
  expect(text()).toMatch(
    /^0\.100 vm1 hardware-assisted running \d+ % 0?·? ?instructions\/s, 1000 exits\/s: mmioWrite 1000\n/,
  )
  expect(text()).toMatch(/\n0\.100 vm2 trap-emulate running 0 % 1\.00M instructions\/s, · exits\/s\n$/)
})

test('JSON has exact counts, a line for each sample', () => {
  const { stream, text } = terminal()
  const view = jsonView(stream)
  view.show(sample())
  view.show(sample(HERTZ / 1000))
  const [first, second, rest] = text().split('\n')
  expect(JSON.parse(first!)).toEqual(sample())
  expect(JSON.parse(second!)).toMatchObject({ seconds: 0.001, vms: [{ exits: { mmioWrite: 1 } }, {}] })
  expect(rest).toBe('')
})

describe('on a terminal', () => {
  test('a table is shown and, when it changes, replaced', () => {
    const { stream, text } = terminal()
    const view = terminalView(stream)
    view.show(sample())
    const shown = plain(text())
    expect(shown).toContain('2 virtual machines on one hart')
    expect(shown).toMatch(/vm1 +hardware-assisted +running +\d+ % +· +1000\s/)
    expect(shown).toMatch(/vm2 +trap-emulate +running +0 % +1\.00M +·\s/)
    expect(shown).toMatch(/exits by kind +vm1 +vm2\s+mmioWrite +1000 +·\s/)
    const before = text().length
    view.show(sample(HERTZ / 5))
    // What is there is erased, or gone over, line by line; nothing scrolls away.
    expect(text().slice(before)).toContain(`${ESCAPE}1A`)
    view.stop()
  })

  test('a kind of exit that has stopped keeps its row', () => {
    const { stream, text } = terminal()
    const view = terminalView(stream)
    view.show(sample())
    const { vms, ...rest } = sample()
    view.show({ ...rest, vms: vms.map((vm) => ({ ...vm, exits: { ...vm.exits, mmioWrite: 0 } })) })
    view.stop()
    expect(plain(text())).toMatch(/mmioWrite +· +·\s/)
  })

  test('machines whose exits have no room are in the first table alone', () => {
    const { stream, text } = terminal()
    const view = terminalView(stream)
    const { vms, ...rest } = sample()
    const many = Array.from({ length: 12 }, (_, i) => ({ ...vms[0]!, name: `vm${i + 1}` }))
    view.show({ ...rest, vms: many })
    view.stop()
    expect(plain(text())).toMatch(/\nvm12 /)
    expect(plain(text())).toMatch(/exits by kind.* vm10\s*\n/)
    expect(
      Math.max(
        ...plain(text())
          .split('\n')
          .map(({ length }) => length),
      ),
    ).toBeLessThanOrEqual(100)
  })
})
