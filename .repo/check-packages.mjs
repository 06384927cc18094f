/** `pnpm check:packages`: publint and are-the-types-wrong over every packed package. */
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { publint } from 'publint'
import { formatMessage } from 'publint/utils'
import { withPackedPackages } from './pack.mjs'
import { root } from './packages.mjs'
import { collect, exitWith } from './process.mjs'

await exitWith(() =>
  withPackedPackages(async ({ packages }) => {
    let bad = 0
    for (const { name, tarball } of packages) {
      const complaints = [...(await lint(tarball)), ...(await checkTypes(tarball))]
      console.log(`${complaints.length === 0 ? 'ok    ' : 'FAILED'}  ${name}`)
      for (const complaint of complaints) console.log(complaint.replace(/^/gm, '        '))
      if (complaints.length > 0) bad += 1
    }
    console.log(`\n${packages.length - bad} packages good, ${bad} bad`)
    return bad === 0 ? 0 : 1
  }),
)

async function lint(tarball) {
  const content = readFileSync(tarball)
  const { messages, pkg } = await publint({
    pack: { tarball: content.buffer.slice(content.byteOffset, content.byteOffset + content.byteLength) },
    level: 'warning',
    strict: true,
  })
  return messages.map((message) => `publint: ${formatMessage(message, pkg)}`)
}

/** The packages are ESM only, so the two CommonJS ways of resolving are not judged. */
async function checkTypes(tarball) {
  const attw = path.join(root, 'node_modules/@arethetypeswrong/cli/dist/index.js')
  const { status, output } = await collect(process.execPath, [
    attw,
    tarball,
    '--profile',
    'esm-only',
    '--no-color',
    '--no-emoji',
  ])
  return status === 0 ? [] : [`are-the-types-wrong:\n${output}`]
}
