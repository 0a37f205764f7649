/* Open files, from /proc: F is the file's number, or -1. */

translator fileinfo_t < int F > {
	fi_name = basename(__fdtext(F, "path"));
	fi_dirname = dirname(__fdtext(F, "path"));
	fi_pathname = __fdtext(F, "path");
	fi_offset = __fdfact(F, "pos");
	fi_fs = __fdtext(F, "fs");
	fi_mount = __fdtext(F, "mount");
	fi_oflags = __fdfact(F, "flags");
};

inline fileinfo_t fds[int fd] = xlate <fileinfo_t> (fd);
