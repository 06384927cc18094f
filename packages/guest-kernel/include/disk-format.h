/*
 * The file system on disk. Blocks of 4096 bytes, little endian:
 *
 *   block 0            superblock
 *   block 1            bitmap of blocks in use (bit 0 of byte 0 is block 0)
 *   inode_start ..     inodes, 64 bytes each; number 0 is never used, number 1 is the root directory
 *   data_start ..      data blocks: files, directories, indirect blocks
 *   raw_start ..       raw_blocks blocks outside the file system, for the block workload
 *
 * A directory is a file of 32-byte struct entry (abi.h); inode 0 marks a free one. A device's number is in `size`.
 */
#pragma once

#include "types.h"

#define BLOCK_SIZE 4096UL
#define DISK_MAGIC 0x3148435449575357UL /* "WSWITCH1" */
#define ROOT_INODE 1
#define DIRECT_BLOCKS 12
#define INDIRECT_BLOCKS (BLOCK_SIZE / 4)
#define FILE_BLOCKS_MAX (DIRECT_BLOCKS + INDIRECT_BLOCKS)

struct superblock {
  u64 magic;
  u32 blocks; /* of the file system, without the raw region */
  u32 inode_start, inode_count;
  u32 data_start;
  u32 raw_start, raw_blocks;
};

struct disk_inode {
  u16 type, links;
  u32 size;
  u32 direct[DIRECT_BLOCKS];
  u32 indirect;
  u32 unused;
};

#define INODES_PER_BLOCK (BLOCK_SIZE / sizeof(struct disk_inode))
