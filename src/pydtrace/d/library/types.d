/* Types that scripts know from Solaris. */

typedef char *caddr_t;
typedef id_t psetid_t;
typedef id_t chipid_t;
typedef id_t lgrp_id_t;
typedef id_t taskid_t;
typedef id_t dprojid_t;
typedef id_t poolid_t;
typedef id_t zoneid_t;
typedef long time_t;
typedef uint_t dev_t;
typedef longlong_t loff_t;
typedef uint64_t netstackid_t;
typedef struct timestruc {
	time_t tv_sec;
	long tv_nsec;
} timestruc_t;
typedef struct in6_addr in6_addr_t;
