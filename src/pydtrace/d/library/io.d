/* Buffers, devices and files of block I/O, and open files. */

typedef struct bufinfo {
	int b_flags;			/* B_READ … */
	size_t b_bcount;		/* bytes */
	caddr_t b_addr;			/* where, in memory */
	uint64_t b_lblkno;		/* block on the device */
	uint64_t b_blkno;
	size_t b_resid;			/* bytes not transferred */
	size_t b_bufsize;
	caddr_t b_iodone;		/* routine to call at the end */
	int b_error;
	dev_t b_edev;			/* the device */
} bufinfo_t;
typedef struct devinfo {
	int dev_major;
	int dev_minor;
	int dev_instance;		/* 0 */
	string dev_name;		/* its driver */
	string dev_statname;		/* as in /proc/diskstats */
	string dev_pathname;		/* as in /dev */
} devinfo_t;
typedef struct fileinfo {
	string fi_name;			/* last part of fi_pathname */
	string fi_dirname;		/* what is before it */
	string fi_pathname;
	loff_t fi_offset;
	string fi_fs;			/* kind of file system */
	string fi_mount;		/* where it is mounted */
	int fi_oflags;			/* flags of open(2) */
} fileinfo_t;
