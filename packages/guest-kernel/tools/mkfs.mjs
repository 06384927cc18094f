/**
 * Makes a disk image of a tree (format: include/disk-format.h). The same tree always gives the same bytes: there are
 * no times, owners or random numbers in the format, and names are sorted.
 */

export const blockSize = 4096
const directBlocks = 12
const inodeSize = 64
const entrySize = 32
const nameMax = 27
const rootInode = 1
const types = { file: 1, directory: 2, device: 3 }

/**
 * @param tree nested objects: a `Uint8Array` is a file, a number a device, an object a directory
 * @param geometry `blocks` of the file system, `inodes`, and `rawBlocks` after it
 * @returns the image
 */
export const makeDisk = (tree, { blocks, inodes, rawBlocks }) => {
  const image = new Uint8Array((blocks + rawBlocks) * blockSize)
  const view = new DataView(image.buffer)
  const inodeStart = 2
  const inodeBlocks = Math.ceil((inodes * inodeSize) / blockSize)
  const dataStart = inodeStart + inodeBlocks

  let nextBlock = dataStart
  let nextInode = rootInode
  const allocateBlock = () => {
    if (nextBlock === blocks) throw new Error(`the tree does not fit into ${blocks} blocks`)
    return nextBlock++
  }
  const allocateInode = () => {
    if (nextInode === inodes) throw new Error(`the tree does not fit into ${inodes} inodes`)
    return nextInode++
  }

  const writeInode = (number, { type, links, size, blockList = [] }) => {
    const at = inodeStart * blockSize + number * inodeSize
    view.setUint16(at, type, true)
    view.setUint16(at + 2, links, true)
    view.setUint32(at + 4, size, true)
    for (const [i, block] of blockList.slice(0, directBlocks).entries())
      view.setUint32(at + 8 + 4 * i, block, true)
    const rest = blockList.slice(directBlocks)
    if (rest.length === 0) return
    const indirect = allocateBlock()
    view.setUint32(at + 8 + 4 * directBlocks, indirect, true)
    for (const [i, block] of rest.entries()) view.setUint32(indirect * blockSize + 4 * i, block, true)
  }

  const writeData = (bytes) => {
    const blockList = []
    for (let at = 0; at < bytes.length; at += blockSize) {
      const block = allocateBlock()
      image.set(bytes.subarray(at, at + blockSize), block * blockSize)
      blockList.push(block)
    }
    return blockList
  }

  const writeDirectory = (number, parent, children) => {
    const entries = [
      ['.', number],
      ['..', parent],
    ]
    for (const name of Object.keys(children).sort()) {
      if (Buffer.byteLength(name) > nameMax) throw new Error(`${name}: names have at most ${nameMax} bytes`)
      entries.push([name, writeNode(children[name], number)])
    }
    const bytes = new Uint8Array(entries.length * entrySize)
    for (const [i, [name, inode]] of entries.entries()) {
      new DataView(bytes.buffer).setUint32(i * entrySize, inode, true)
      bytes.set(new TextEncoder().encode(name), i * entrySize + 4)
    }
    writeInode(number, { type: types.directory, links: 1, size: bytes.length, blockList: writeData(bytes) })
  }

  const writeNode = (node, parent) => {
    const number = allocateInode()
    if (typeof node === 'number') writeInode(number, { type: types.device, links: 1, size: node })
    else if (node instanceof Uint8Array)
      writeInode(number, { type: types.file, links: 1, size: node.length, blockList: writeData(node) })
    else writeDirectory(number, parent, node)
    return number
  }

  writeDirectory(allocateInode(), rootInode, tree)

  image.set(new TextEncoder().encode('WSWITCH1'), 0)
  for (const [i, value] of [blocks, inodeStart, inodes, dataStart, blocks, rawBlocks].entries())
    view.setUint32(8 + 4 * i, value, true)
  for (let block = 0; block < nextBlock; block++) image[blockSize + (block >> 3)] |= 1 << (block & 7)
  return image
}
