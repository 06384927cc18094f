import { spawnSync } from 'node:child_process'
import { describe, expect, test } from 'vitest'
import { commandFile, start } from './command.ts'

/** util-linux's `script` runs a program on a terminal of its own. */
const hasScript =
  spawnSync('script', ['--version'], { encoding: 'utf8' }).stdout?.includes('util-linux') ?? false

/** Starts the command on a terminal, and says afterwards whether it left the terminal as it was. */
const onTerminal = (...args: readonly string[]) =>
  start('script', [
    '--quiet',
    '--return',
    '--flush',
    '--command',
    `stty rows 30 columns 120; '${process.execPath}' '${commandFile}' ${args.join(' ')}; status=$?; stty -a | grep -ow -e '-*icanon'; exit $status`,
    '/dev/null',
  ])

describe.skipIf(!hasScript).each(['bare', 'trap-emulate'])('boot on a terminal, %s', (strategy) => {
  test('is the guest’s shell: keys and Ctrl-C go to it', async () => {
    const { process, seen, finished } = onTerminal('boot', '-s', strategy)
    await seen('Ctrl-A x quits')
    await seen('$ ')
    process.stdin?.write('echo over to $you\r')
    await seen('\nover to $you')
    process.stdin?.write('cat\r')
    await seen('cat\r\n')
    process.stdin?.write('\x03')
    await seen('^C')
    process.stdin?.write('\x01h')
    await seen('Ctrl-A Ctrl-A  one Ctrl-A for the guest')
    process.stdin?.write('echo\rexit\r')
    const { status, stdout } = await finished
    expect(status).toBe(0)
    expect(stdout).toMatch(/[^-]icanon\s*$/)
  })

  test('is left with Ctrl-A x', async () => {
    const { process, seen, finished } = onTerminal('boot', '-s', strategy)
    await seen('$ ')
    process.stdin?.write('\x01x')
    const { status, stdout } = await finished
    expect(status).toBe(130)
    expect(stdout).toMatch(/[^-]icanon\s*$/)
  })
})

test.skipIf(!hasScript).each([
  ['q', 'q'],
  ['Ctrl-C', '\x03'],
])('top on a terminal shows a table until %s is pressed', async (_name, key) => {
  const { process, seen, finished } = onTerminal('top', '-n', '2', '--scale', '8', '-i', '50')
  await seen('2 virtual machines on one hart')
  await seen('q quits')
  process.stdin?.write(key)
  const { status, stdout } = await finished
  expect(status).toBe(130)
  // The cursor is back, and lines are edited again.
  expect(stdout.lastIndexOf('\x1b[?25h')).toBeGreaterThan(stdout.lastIndexOf('\x1b[?25l'))
  expect(stdout).toMatch(/[^-]icanon\s*$/)
})
