/* The file system: inodes, directories, paths. All functions take the file-system lock unless they say otherwise. */
#pragma once

#include "abi.h"
#include "disk-format.h"
#include "process.h"

/** An inode in memory, shared by all its users. */
struct inode {
  u32 number;
  u32 references;
  struct disk_inode disk;
};

extern struct lock fs_lock;
extern struct superblock superblock;

/* inode.c; the lock is held by the caller, except for inode_share, inode_put and inode_page */
void fs_start(void);
struct inode *inode_get(u32 number);
struct inode *inode_share(struct inode *inode);
/** Drops a reference without holding the lock; the last one of an unlinked file frees it. */
void inode_put(struct inode *inode);
void inode_put_locked(struct inode *inode);
struct inode *inode_create(u16 type);
i64 inode_save(struct inode *inode);
/** `buffer` may be user memory that user_prepare accepted. Bytes or an error. */
i64 inode_read(struct inode *inode, u64 offset, void *buffer, u64 length);
i64 inode_write(struct inode *inode, u64 offset, const void *buffer, u64 length);
void inode_truncate(struct inode *inode);
/** Fills one page of kernel memory from a file; takes the lock. */
i64 inode_page(struct inode *inode, u64 offset, void *page, u64 length);

/* directory.c; these take the lock */
/** The inode of a path or NULL with *error set. */
struct inode *path_find(const char *path, i64 *error);
struct inode *path_create(const char *path, u16 type, i64 *error);
i64 path_unlink(const char *path);
i64 path_link(const char *existing, const char *created);
