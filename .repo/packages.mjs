/** What is in the workspace: the folders of packages/ and apps/ that have a package.json. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'

/** The repository's top folder. */
export const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)))

/** Every workspace package: `folder` (relative to the root), `shortName` and its `manifest`. */
export function workspacePackages() {
  const parents = ['packages', 'apps'].filter((parent) => existsSync(path.join(root, parent)))
  return parents.flatMap((parent) =>
    readdirSync(path.join(root, parent))
      .sort()
      .map((name) => `${parent}/${name}`)
      .filter((folder) => existsSync(path.join(root, folder, 'package.json')))
      .map(packageAt),
  )
}

/** This folder, whose tests run with the others. */
export const toolPackage = () => packageAt('.repo')

function packageAt(folder) {
  const manifest = JSON.parse(readFileSync(path.join(root, folder, 'package.json'), 'utf8'))
  return { folder, shortName: folder.replace(/^packages\//, ''), manifest }
}

/** The packages that are published. */
export const publicPackages = () => workspacePackages().filter(({ manifest }) => !manifest.private)
