/** `npm test`: every package's tests, one line a package, the whole log of what failed. */
import { existsSync, readFileSync, rmSync } from 'node:fs'
import path from 'node:path'
import { turbo } from './build.mjs'
import { root, toolPackage, workspacePackages } from './packages.mjs'
import { collect, seconds } from './process.mjs'

/** Where vitest.config.base.ts leaves a package's results. */
export const resultsFile = (folder) => path.join(root, folder, '.results/vitest.json')

/**
 * Runs the tests of all packages, or of those named.
 *
 * @param {string[]} names short names such as `isa` or `apps/bench`; other arguments go to turbo
 * @returns {Promise<number>} the exit status
 */
export async function runTests(names) {
  const packages = [...workspacePackages(), toolPackage()].filter(({ manifest }) => manifest.scripts?.test)
  const flags = names.filter((name) => name.startsWith('-'))
  const wanted = names.filter((name) => !name.startsWith('-'))
  const unknown = wanted.filter((name) => !packages.some(({ shortName }) => shortName === name))
  if (unknown.length > 0) {
    const known = packages.map(({ shortName }) => shortName).join(' ')
    console.error(`no package named ${unknown.join(', ')}; there are: ${known}`)
    return 2
  }
  const chosen = packages.filter(({ shortName }) => wanted.length === 0 || wanted.includes(shortName))
  for (const { folder } of chosen) rmSync(resultsFile(folder), { force: true })

  console.log(`Testing ${chosen.length} packages`)
  const started = Date.now()
  const report = reportAsTheyEnd(chosen)
  const filters = chosen.map(({ folder }) => `--filter=./${folder}`)
  const { status, output } = await collect(
    ...turbo('run', 'test', '--continue', '--output-logs=errors-only', '--ui=stream', ...filters, ...flags),
  )
  const totals = report.finish()
  if (status !== 0) console.log(`\n${output}`)
  const failed = totals.failed > 0 ? `, ${totals.failed} failed` : ''
  const skipped = totals.skipped > 0 ? `, ${totals.skipped} skipped` : ''
  console.log(
    `\n${totals.passed} tests passed${failed}${skipped} in ${totals.files} files, ${seconds(Date.now() - started)}`,
  )
  if (totals.missing.length > 0) console.log(`No results from: ${totals.missing.join(', ')}`)
  if (status !== 0) console.log('FAILED; the logs are above.')
  return status
}

/** Prints each package's line when its results arrive. */
function reportAsTheyEnd(packages) {
  const waiting = new Set(packages)
  const totals = { passed: 0, failed: 0, skipped: 0, files: 0, missing: [] }
  const look = () => {
    for (const one of waiting) {
      const result = readResults(one.folder)
      if (result === undefined) continue
      waiting.delete(one)
      for (const key of ['passed', 'failed', 'skipped', 'files']) totals[key] += result[key]
      const failed = result.failed > 0 ? `, ${result.failed} FAILED` : ''
      const skipped = result.skipped > 0 ? `, ${result.skipped} skipped` : ''
      const count = `${result.passed}`.padStart(6)
      console.log(
        `  ${one.shortName.padEnd(16)}${count} passed${failed}${skipped}  ${seconds(result.milliseconds)}`,
      )
    }
  }
  const timer = setInterval(look, 300)
  return {
    finish() {
      clearInterval(timer)
      look()
      totals.missing = [...waiting].map(({ shortName }) => shortName)
      return totals
    },
  }
}

/** A package's totals; `undefined` while its results are not there or only half written. */
export function readResults(folder) {
  if (!existsSync(resultsFile(folder))) return undefined
  try {
    const json = JSON.parse(readFileSync(resultsFile(folder), 'utf8'))
    const ends = json.testResults.map(({ endTime }) => endTime)
    return {
      passed: json.numPassedTests,
      // A file that does not even load has no failed test, but fails.
      failed:
        json.numFailedTests +
        json.testResults.filter((file) => file.status === 'failed' && file.assertionResults.length === 0)
          .length,
      skipped: json.numPendingTests + json.numTodoTests,
      files: json.testResults.length,
      milliseconds: Math.max(0, ...ends.map((end) => end - json.startTime)),
    }
  } catch {
    return undefined
  }
}
