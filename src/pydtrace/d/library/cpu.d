/* CPUs. __chip and __lgrp are made from what /sys says of this machine. */

typedef struct cpuinfo {
	processorid_t cpu_id;
	psetid_t cpu_pset;		/* 0: there are no processor sets */
	chipid_t cpu_chip;		/* package */
	lgrp_id_t cpu_lgrp;		/* NUMA node */
} cpuinfo_t;
typedef cpuinfo_t *cpuinfo_t_p;
translator cpuinfo_t < int C > {
	cpu_id = C;
	cpu_pset = 0;
	cpu_chip = __chip[C];
	cpu_lgrp = __lgrp[C];
};

inline cpuinfo_t *curcpu = xlate <cpuinfo_t *> (cpu);
inline psetid_t pset = curcpu->cpu_pset;
inline chipid_t chip = curcpu->cpu_chip;
inline lgrp_id_t lgrp = curcpu->cpu_lgrp;
