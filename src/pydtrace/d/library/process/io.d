/* Open files, from /proc: F is the file's number, or -1. */

translator fileinfo_t < int F > {
	fi_name = basename(__fdtext(F, "path"));
	fi_dirname = dirname(__fdtext(F, "path"));
	fi_pathname = __fdtext(F, "path");
	fi_offset = __fdfact(F, "pos");
	fi_fs = __fdtext(F, "fs");
	fi_mount = __fdtext(F, "mount");
	fi_oflags = __fdfact(F, "flags") & ~O_CLOEXEC;	/* that is the number's, not the file's */
};

/* There is no struct file here: what stands for one is its number, above addresses that could be read. */
inline struct file *getf[int fd] = (struct file *)(__fdfact(fd, "open") ? 0xfffff00000000000 | fd : 0);
translator fileinfo_t < struct file *F > {
	fi_name = xlate <fileinfo_t> (F == NULL ? -1 : (int)(uintptr_t)F).fi_name;
	fi_dirname = xlate <fileinfo_t> (F == NULL ? -1 : (int)(uintptr_t)F).fi_dirname;
	fi_pathname = xlate <fileinfo_t> (F == NULL ? -1 : (int)(uintptr_t)F).fi_pathname;
	fi_offset = xlate <fileinfo_t> (F == NULL ? -1 : (int)(uintptr_t)F).fi_offset;
	fi_fs = xlate <fileinfo_t> (F == NULL ? -1 : (int)(uintptr_t)F).fi_fs;
	fi_mount = xlate <fileinfo_t> (F == NULL ? -1 : (int)(uintptr_t)F).fi_mount;
	fi_oflags = xlate <fileinfo_t> (F == NULL ? -1 : (int)(uintptr_t)F).fi_oflags;
};


inline fileinfo_t fds[int fd] = xlate <fileinfo_t> (fd);
