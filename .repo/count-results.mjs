/** Prints `passed failed` of all results that lie in the packages; nothing if there are none. For .ci/run. */
import { toolPackage, workspacePackages } from './packages.mjs'
import { readResults } from './test.mjs'

const results = [...workspacePackages(), toolPackage()]
  .map(({ folder }) => readResults(folder))
  .filter((result) => result !== undefined)
const sum = (key) => results.reduce((total, result) => total + result[key], 0)

if (results.length > 0) console.log(`${sum('passed')} ${sum('failed')}`)
