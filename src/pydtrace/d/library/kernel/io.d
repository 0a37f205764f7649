/* From the kernel's bio, buffer_head and file. */

translator bufinfo_t < struct bio *B > {
	b_flags = (B->bi_opf & 1 ? B_WRITE : B_READ) | (B->bi_opf & 0x800 ? 0 : B_ASYNC) | (B->bi_flags & 0x40 ? B_PAGEIO : B_PHYS);
	b_bcount = B->bi_iter.bi_size;
	b_addr = (caddr_t)0;
	b_lblkno = B->bi_iter.bi_sector;
	b_blkno = B->bi_iter.bi_sector;
	b_resid = 0;
	b_bufsize = B->bi_iter.bi_size;
	b_iodone = (caddr_t)B->bi_end_io;
	b_error = 0;
	b_edev = B->bi_bdev == NULL ? 0 : B->bi_bdev->bd_dev;
};
translator bufinfo_t < struct buffer_head *B > {
	b_flags = B_ASYNC | B_PAGEIO | (B->b_state & 2 ? B_WRITE : B_READ);
	b_bcount = B->b_size;
	b_addr = (caddr_t)B->b_data;
	b_lblkno = B->b_blocknr;
	b_blkno = B->b_blocknr;
	b_resid = 0;
	b_bufsize = B->b_size;
	b_iodone = (caddr_t)B->b_end_io;
	b_error = 0;
	b_edev = B->b_bdev->bd_dev;
};
translator bufinfo_t < struct request *R > {
	b_flags = (R->cmd_flags & 1 ? B_WRITE : B_READ) | (R->cmd_flags & 0x800 ? 0 : B_ASYNC) | B_PHYS;
	b_bcount = R->__data_len;
	b_addr = (caddr_t)0;
	b_lblkno = R->__sector;
	b_blkno = R->__sector;
	b_resid = 0;
	b_bufsize = R->__data_len;
	b_iodone = (caddr_t)R->end_io;
	b_error = 0;
	b_edev = R->part == NULL ? 0 : R->part->bd_dev;
};

/* Device numbers as the kernel keeps them: 12 bits of major, 20 of minor. */
inline int __major[unsigned int dev] = dev >> 20;
inline int __minor[unsigned int dev] = dev & 0xfffff;

inline string __driver[struct block_device *D] = D->bd_disk->part0->bd_device.parent == NULL ||
    D->bd_disk->part0->bd_device.parent->driver == NULL ? "<none>" : stringof(D->bd_disk->part0->bd_device.parent->driver->name);

translator devinfo_t < struct block_device *D > {
	dev_major = __major[D->bd_dev];
	dev_minor = __minor[D->bd_dev];
	dev_instance = 0;
	dev_name = __driver[D];
	dev_statname = stringof(D->bd_device.kobj.name);
	dev_pathname = strjoin("/dev/", stringof(D->bd_device.kobj.name));
};
translator devinfo_t < struct bio *B > {
	dev_major = B->bi_bdev == NULL ? 0 : xlate <devinfo_t> (B->bi_bdev).dev_major;
	dev_minor = B->bi_bdev == NULL ? 0 : xlate <devinfo_t> (B->bi_bdev).dev_minor;
	dev_instance = 0;
	dev_name = B->bi_bdev == NULL ? "nfs" : xlate <devinfo_t> (B->bi_bdev).dev_name;
	dev_statname = B->bi_bdev == NULL ? "nfs" : xlate <devinfo_t> (B->bi_bdev).dev_statname;
	dev_pathname = B->bi_bdev == NULL ? "<nfs>" : xlate <devinfo_t> (B->bi_bdev).dev_pathname;
};
translator devinfo_t < struct buffer_head *B > {
	dev_major = xlate <devinfo_t> (B->b_bdev).dev_major;
	dev_minor = xlate <devinfo_t> (B->b_bdev).dev_minor;
	dev_instance = 0;
	dev_name = xlate <devinfo_t> (B->b_bdev).dev_name;
	dev_statname = xlate <devinfo_t> (B->b_bdev).dev_statname;
	dev_pathname = xlate <devinfo_t> (B->b_bdev).dev_pathname;
};
translator devinfo_t < struct request *R > {
	dev_major = R->part == NULL ? 0 : xlate <devinfo_t> (R->part).dev_major;
	dev_minor = R->part == NULL ? 0 : xlate <devinfo_t> (R->part).dev_minor;
	dev_instance = 0;
	dev_name = R->part == NULL ? "<none>" : xlate <devinfo_t> (R->part).dev_name;
	dev_statname = R->part == NULL ? "<none>" : xlate <devinfo_t> (R->part).dev_statname;
	dev_pathname = R->part == NULL ? "<none>" : xlate <devinfo_t> (R->part).dev_pathname;
};

/* A mount that is nobody's has no namespace: NULL, or an error number in its place. */
inline int __attached[struct vfsmount *M] =
    (uintptr_t)((struct mount *)((uintptr_t)M - offsetof (struct mount, mnt)))->mnt_ns - 1 < (uintptr_t)-4096;

translator fileinfo_t < struct file *F > {
	fi_name = F == NULL ? "<none>" : basename(d_path(&F->f_path));
	fi_dirname = F == NULL ? "<none>" : dirname(d_path(&F->f_path));
	fi_pathname = F == NULL ? "<none>" : d_path(&F->f_path);
	fi_offset = F == NULL ? 0 : F->f_pos;
	fi_fs = F == NULL ? "<none>" : stringof(F->f_path.mnt->mnt_sb->s_type->name);
	fi_mount = F == NULL ? "<none>" : __attached[F->f_path.mnt] ? __mount(F->f_path.mnt) : "<none>";
	fi_oflags = F == NULL ? 0 : F->f_flags & ~O_CLOEXEC;	/* that is the number's, not the file's */
};
translator fileinfo_t < struct buffer_head *B > {
	fi_name = "<unknown>";
	fi_dirname = "<unknown>";
	fi_pathname = "<unknown>";
	fi_offset = 0;
	fi_fs = "<unknown>";
	fi_mount = "<unknown>";
	fi_oflags = 0;
};
translator fileinfo_t < struct bio *B > {
	fi_name = "<unknown>";
	fi_dirname = "<unknown>";
	fi_pathname = "<unknown>";
	fi_offset = 0;
	fi_fs = "<unknown>";
	fi_mount = "<unknown>";
	fi_oflags = 0;
};

inline struct file *getf[int fd] = curthread->files == NULL || fd < 0 || fd >= curthread->files->fdt->max_fds ? NULL :
    curthread->files->fdt->fd[fd];
inline fileinfo_t fds[int fd] = xlate <fileinfo_t> (getf[fd]);
